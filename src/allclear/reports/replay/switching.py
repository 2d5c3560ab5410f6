"""Switch a draft on: new versions of what it changes, in force from an instant; all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from allclear.accounts.permissions import Viewer
from allclear.catalog.policies import body_of, save_policy
from allclear.domain.sla import AgreementKind, agreement_from
from allclear.kernel.changes import serialise
from allclear.kernel.errors import Conflict, Invalid, Refused
from allclear.kernel.events import Actor, NewEvent, append, position_of
from allclear.kernel.generation import bump
from allclear.kernel.words import listed, say
from allclear.reports.models import WhatIf
from allclear.reports.replay import drafts
from allclear.reports.replay.queries import what_if_of
from allclear.slas.models import Agreement, AgreementVersion, BusinessCalendar, CalendarVersion
from allclear.slas.queries import TOPIC


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
        serialise("service levels")
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
    for key, part in row.draft.get("calendars", {}).items():
        _save(viewer, "calendar", CalendarVersion(calendar_id=int(key), body=part["body"]), at, note, now)
    for key, part in row.draft.get("agreements", {}).items():
        agreement = Agreement.objects.get(pk=key) if key.isdecimal() else _add(part)
        is_ended = bool(part.get("is_ended"))
        body = _last_body(agreement) if is_ended else part["body"]
        version = AgreementVersion(agreement=agreement, body=body, is_ended=is_ended)
        _save(viewer, "agreement", version, at, note, now)
        targets = agreement_from(agreement.pk, 0, agreement.name, agreement.kind, body, is_lenient=True).targets
        version.calendars.set({target.calendar_id for target in targets})
    bump(TOPIC)
    if matrix := row.draft.get("matrix"):
        current, _ = body_of("priority_matrix")
        save_policy(viewer, "priority_matrix", matrix, note=note, expected_version=current, now=now)


def _add(part: Mapping[str, Any]) -> Agreement:
    if Agreement.objects.filter(name__iexact=part["name"].strip()).exists():
        raise Conflict(say("There is an agreement “{name}” by now; give the new one another name.", name=part["name"]))
    return Agreement.objects.create(name=part["name"].strip(), kind=AgreementKind(part["kind"]))


def _last_body(agreement: Agreement) -> dict[str, Any]:
    body: dict[str, Any] = agreement.versions.order_by("-version").values_list("body", flat=True)[0]
    return body


def _save(
    viewer: Viewer, stream: str, version: AgreementVersion | CalendarVersion, at: datetime, note: str, now: datetime
) -> None:
    """The next version of a record, and its event."""
    owner = version.agreement if isinstance(version, AgreementVersion) else version.calendar
    last = owner.versions.order_by("-version").values_list("version", flat=True).first() or 0
    version.version, version.effective_at, version.created_at = last + 1, at, now
    version.note, version.author_id = note, viewer.user_id
    version.save()
    actor = Actor(viewer.user_id, "user" if viewer.user_id else "system")
    moved = {"version": [last or None, last + 1], "effective_at": [None, at.isoformat()], "note": [None, note]}
    event = NewEvent(f"{stream}_changed", {"changes": moved})
    append(stream, owner.pk, position_of(stream, owner.pk), [event], actor=actor, now=now)
