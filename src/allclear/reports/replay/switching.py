"""Switch a draft on: new versions of what it changes, in force from an instant; all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from allclear.accounts.permissions import Viewer
from allclear.catalog.actions import change_policy
from allclear.kernel.changes import serialise
from allclear.kernel.errors import Conflict, Invalid, Refused
from allclear.kernel.words import listed, say
from allclear.reports.models import WhatIf
from allclear.reports.replay import drafts
from allclear.reports.replay.queries import what_if_of
from allclear.slas.actions.agreements import BODY, add_agreement, change_agreement, end_agreement
from allclear.slas.actions.calendars import change_calendar
from allclear.slas.models import Agreement, BusinessCalendar


def switch_on(viewer: Viewer, pk: int, effective_at: datetime | None, note: str, *, now: datetime) -> WhatIf:
    """Write the draft as new versions, in force from `effective_at`, by default now. Needs `policy.change`.

    Raises `Conflict` when one of the real records got a newer version since the draft was made, `Refused` when it was
    not run since its last change.
    """
    viewer.require("policy.change")
    what_if_of(viewer, pk)
    at = (effective_at or now).astimezone(UTC)
    if at < now:
        text = say("Choose now or a later instant: what was counted until now stays as it was counted.")
        raise Invalid({"effective_at": text})
    if len(note) > 300:
        raise Invalid({"note": say("Write at most {most} characters.", most=300)})
    with transaction.atomic():
        serialise("agreements")  # as the verbs on agreements do
        row = WhatIf.objects.select_for_update(of=("self",)).get(pk=pk)
        _require_ready(row, at, now)
        _write(viewer, row, at, note or say("Switched on from the what-if “{name}”", name=row.name), now)
        row.switched_on_at = at
        row.save(update_fields=["switched_on_at"])
    return row


def _require_ready(row: WhatIf, at: datetime, now: datetime) -> None:
    if row.state != WhatIf.DONE:
        raise Refused(say("Run it first: nobody knows yet what it would change."), code="what_if_not_run")
    if not row.draft:
        raise Refused(say("The draft changes nothing."), code="what_if_empty")
    if row.draft.get("matrix") and at > now:
        text = say("The priority matrix changes at once. Switch it on now, or take the matrix out of this draft.")
        raise Invalid({"effective_at": text})
    if stale := stale_parts(row):
        text = say("{names} got a newer version since this draft was made. Take it in anew and run it again.",
                   names=listed(stale))  # fmt: skip
        raise Conflict(text, code="what_if_stale")
    drafts.read(row.draft, now)


def stale_parts(row: WhatIf) -> list[str]:
    """The names of the real records that have newer versions than the draft was made from."""
    newest = drafts.newest_versions(row.draft)
    found = []
    for name, model in (("agreements", Agreement), ("calendars", BusinessCalendar)):
        base = row.base.get(name, {})
        keys = [int(key) for key in base if base[key] != newest[name].get(key)]
        found += list(model._default_manager.filter(pk__in=keys).values_list("name", flat=True))
    if row.draft.get("matrix") and row.base.get("matrix") != newest.get("matrix"):
        found.append(say("The priority matrix"))
    return found


def _write(viewer: Viewer, row: WhatIf, at: datetime, note: str, now: datetime) -> None:
    """By the verbs of the real ones, so that they check and tell as ever. Calendars first: agreements count by them."""
    version = {"effective_at": at, "note": note}
    for key, part in row.draft.get("calendars", {}).items():
        change_calendar(viewer, int(key), {"body": part["body"], **version}, now=now)
    for key, part in row.draft.get("agreements", {}).items():
        if not key.isdecimal():
            plain = {"name": part["name"].strip(), "kind": part["kind"]}
            add_agreement(viewer, {**plain, **_whole(part["body"]), **version}, now=now)
        elif part.get("is_ended"):
            end_agreement(viewer, int(key), now=now, at=at, note=note)
        else:
            change_agreement(viewer, int(key), {**_whole(part["body"]), **version}, now=now)
    if matrix := row.draft.get("matrix"):
        based_on = row.base.get("matrix", 0)
        change_policy(viewer, "priority_matrix", matrix, note=note, expected_version=based_on, now=now)


_BLANK: Mapping[str, Any] = {"party_ids": [], "on_reopen": "", "on_change": "", "penalty": None}


def _whole(body: Mapping[str, Any]) -> dict[str, Any]:
    """Every part of a body: what the draft leaves out is empty, and not as the last version has it."""
    return {name: part for name, part in {**_BLANK, **body}.items() if name in BODY}
