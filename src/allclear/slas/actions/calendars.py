"""Verbs on business calendars. A change is a new version, in force from an instant that is never in the past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.domain.business import body_of, check_works, rules_from
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.words import say
from allclear.slas.actions.nouns import CALENDAR
from allclear.slas.models import BusinessCalendar, CalendarVersion
from allclear.slas.queries import users_of

_OF_VERSION = ("body", "effective_at", "note")
MOST_NOTE = 300


def add_calendar(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> BusinessCalendar:
    """Add a business calendar and its first version.

    `values`: `name`, `is_active`, `body` in the form of domain/business, `note`. Raises `Invalid` with paths such as
    `body.week.0.days`.
    """
    viewer.require("policy.change")
    plain, version = _parted(values)
    with transaction.atomic():
        body = checked(version.get("body"), str(plain.get("name") or ""), now)
        _check_note(version.get("note"))
        row = changes.create(CALENDAR, plain, actor=actor_of(viewer), now=now)
        _write(viewer, row, body, _effective_at(version.get("effective_at"), now), version.get("note") or "", now)
    return row


def change_calendar(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> BusinessCalendar:
    """Change a business calendar; a `body` becomes its next version, in force from `effective_at`, by default now.

    `expected_version` is that of the record, the position of its last event.
    """
    viewer.require("policy.change")
    plain, version = _parted(values)
    with transaction.atomic():
        row = changes.lock_row(CALENDAR, pk, expected_version)
        if plain:
            row = changes.change(CALENDAR, pk, plain, actor=actor_of(viewer), now=now)
        if "body" in version:
            body = checked(version["body"], row.name, now)
            _check_note(version.get("note"))
            effective_at = _effective_at(version.get("effective_at"), now)
            last = row.versions.order_by("-version").first()
            if last is None or last.body != body or last.effective_at > now:
                _write(viewer, row, body, effective_at, version.get("note") or "", now)
        elif version:
            raise Invalid({"body": say("Send the calendar's body: only a new version has an instant and a note.")})
    return row


def rename_calendar(
    viewer: Viewer, pk: int, name: str, *, now: datetime, expected_version: int | None = None
) -> BusinessCalendar:
    """Give a business calendar another name; what it says stays, and is no new version."""
    return change_calendar(viewer, pk, {"name": name}, now=now, expected_version=expected_version)


def remove_calendar(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Remove a business calendar that nothing uses, with its versions; else say what uses it."""
    viewer.require("policy.change")
    with transaction.atomic():
        changes.lock_row(CALENDAR, pk, None)
        if users := users_of(pk):
            text = say(
                "This business calendar is in use: {names}. Put it out of use instead: what refers to it stays.",
                names=", ".join(users[:5]) + (" …" if len(users) > 5 else ""),
            )
            raise Refused(text, code="in_use")
        way_on = say("Put it out of use instead: what refers to it stays.")
        changes.remove(CALENDAR, pk, actor=actor_of(viewer), now=now, way_on=way_on)


def checked(data: Any, name: str, now: datetime) -> dict[str, Any]:
    """A body as it is kept. Raises `Invalid` with paths such as `body.week.0.days`."""
    if not isinstance(data, Mapping):
        raise Invalid({"body": say("Write an object with names and values here.")})
    try:
        rules = rules_from(data, name=name)
        check_works(rules, now)
    except Invalid as error:
        raise Invalid({f"body.{path}": text for path, text in error.fields.items()}) from None
    return body_of(rules)


def _parted(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What belongs to the calendar, and what to its next version."""
    plain = {name: value for name, value in values.items() if name not in _OF_VERSION}
    return plain, {name: value for name, value in values.items() if name in _OF_VERSION}


def _effective_at(wanted: datetime | None, now: datetime) -> datetime:
    if wanted is None:
        return now
    if wanted < now:
        text = say("Choose now or a later instant: what was counted until now stays as it was counted.")
        raise Invalid({"effective_at": text})
    return wanted.astimezone(UTC)


def _check_note(note: str | None) -> None:
    if note and len(note) > MOST_NOTE:
        raise Invalid({"note": say("Write at most {most} characters.", most=MOST_NOTE)})


def _write(
    viewer: Viewer, row: BusinessCalendar, body: Mapping[str, Any], effective_at: datetime, note: str, now: datetime
) -> None:
    last = row.versions.order_by("-version").values_list("version", flat=True).first() or 0
    CalendarVersion.objects.create(
        calendar=row,
        version=last + 1,
        body=body,
        effective_at=effective_at,
        note=note,
        author_id=viewer.user_id,
        created_at=now,
    )
    moved = {"version": [last or None, last + 1], "effective_at": [None, effective_at.isoformat()]}
    if note:
        moved["note"] = [None, note]
    changes.record(CALENDAR, row.pk, "changed", {"changes": moved}, actor=actor_of(viewer), now=now)
