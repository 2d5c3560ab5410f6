"""Verbs on agreements. A change is a new version, in force from now or later; incidents keep what they began under."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.domain import sla
from allclear.kernel import changes
from allclear.kernel.changes import Noun
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.words import listed, marked, say
from allclear.slas.facts import known_for
from allclear.slas.models import Agreement, AgreementVersion

AGREEMENT: Final = Noun(
    Agreement,
    "agreement",
    fields=("name", "kind", "description", "position"),
    fixed=frozenset({"kind"}),
    topic="agreements",
    taken={"agreement_name_once": ("name", marked("There is an agreement of this name already."))},
)
BODY: Final = ("party_ids", "targets", "on_reopen", "on_change", "penalty")  # what a version says
MOST_NOTE = 300
MEASURED: list[Callable[[int], bool]] = []  # by key of an agreement; filled by config/wiring.py only
_LOCK = "agreements"  # two changes may not close a circle of hand-overs together


def add_agreement(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Agreement:
    """Add an agreement and its first version.

    `values`: `name`, `kind`, `description`, `position`; the parts of `BODY`; `effective_at` (by default now), `note`.
    Raises `Invalid` with the place of everything that is wrong, such as `targets.2.calendar_id`.
    """
    viewer.require("policy.change")
    plain, body, rest = _parted(values)
    plain.setdefault("kind", sla.AgreementKind.SLA.value)
    if plain["kind"] not in set(sla.AgreementKind):
        raise Invalid({"kind": say("Choose one of {choices}.", choices=listed(sla.AgreementKind))})
    with transaction.atomic():
        changes.serialise(_LOCK)
        wrong: dict[str, str] = {}
        effective_at, note = _rest(rest, now, wrong)
        checked = _checked(None, str(plain.get("name") or "-"), plain["kind"], body, effective_at, wrong)
        try:
            row = changes.create(AGREEMENT, plain, actor=actor_of(viewer), now=now)
        except Invalid as error:
            raise Invalid({**error.fields, **wrong}) from None
        if wrong:
            raise Invalid(wrong)
        _write(viewer, row, 1, checked, effective_at, note, now)
    return row


def change_agreement(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Agreement:
    """Change an agreement. Parts of `BODY` become the next version, the others stay as the last version has them.

    Name, description and position are the record's own and make no version. `expected_version` is the position of the
    record's last event. One that has ended begins again with the next version.
    """
    viewer.require("policy.change")
    plain, body, rest = _parted(values)
    with transaction.atomic():
        changes.serialise(_LOCK)
        row = changes.lock_row(AGREEMENT, pk, expected_version)
        last = _last(row)
        wrong: dict[str, str] = {}
        effective_at, note = _rest(rest, now, wrong)
        asks = bool(body) or rest.get("effective_at") is not None
        checked = dict(last.body)
        if asks:
            name = str(plain.get("name") or row.name)
            checked = _checked(pk, name, row.kind, {**last.body, **body}, effective_at, wrong)
        try:
            row = changes.change(AGREEMENT, pk, plain, actor=actor_of(viewer), now=now)
        except Invalid as error:
            raise Invalid({**error.fields, **wrong}) from None
        if wrong:
            raise Invalid(wrong)
        if asks and (checked != last.body or last.is_ended or last.effective_at > now):
            _write(viewer, row, last.version + 1, checked, effective_at, note, now)
    return row


def end_agreement(
    viewer: Viewer,
    pk: int,
    *,
    now: datetime,
    at: datetime | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> Agreement:
    """Let an agreement apply to nothing that is logged from an instant on; what began under it goes on.

    Versions that are planned for later come to nothing: each is ended where it would have begun.
    """
    viewer.require("policy.change")
    with transaction.atomic():
        changes.serialise(_LOCK)
        row = changes.lock_row(AGREEMENT, pk, expected_version)
        last = _last(row)
        wrong: dict[str, str] = {}
        effective_at, note = _rest({"effective_at": at, "note": note}, now, wrong)
        if wrong:
            raise Invalid(wrong)
        ends = _ends(row, effective_at)
        if not ends:
            raise Refused(say("This agreement has ended already. Change it to let it begin again."), code="ended")
        for number, begins in enumerate(ends, start=last.version + 1):
            _write(viewer, row, number, dict(last.body), begins, note, now, is_ended=True)
    return row


def _ends(row: Agreement, at: datetime) -> list[datetime]:
    """Where versions are needed so that nothing of it is in force from an instant on."""
    starts = {one.effective_at: one for one in row.versions.order_by("version")}  # of one instant the newest counts
    begun = [one for start, one in starts.items() if start <= at]
    is_ended = bool(begun) and max(begun, key=lambda one: one.effective_at).is_ended
    return ([] if is_ended else [at]) + sorted(
        start for start, one in starts.items() if start > at and not one.is_ended
    )


def remove_agreement(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Remove an agreement under which nothing was measured, with its versions; else it can only be ended."""
    viewer.require("policy.change")
    way_on = say("End it instead: what was measured under it stays.")
    with transaction.atomic():
        changes.serialise(_LOCK)
        row = changes.lock_row(AGREEMENT, pk, None)
        if any(measured(pk) for measured in MEASURED):
            text = say("Incidents were measured under {name}. End it instead: it stays readable.", name=row.name)
            raise Refused(text, code="in_use")
        row.versions.all().delete()
        changes.remove(AGREEMENT, pk, actor=actor_of(viewer), now=now, way_on=way_on)


def reorder_agreements(viewer: Viewer, kind: str, order: Sequence[int], *, now: datetime) -> None:
    """Put the agreements of a kind in this order: where two targets are as specific, the first one wins."""
    viewer.require("policy.change")
    with transaction.atomic():
        changes.serialise(_LOCK)
        rows = {row.pk: row for row in Agreement.objects.filter(kind=kind)}
        if sorted(order) != sorted(rows):
            raise Invalid({"order": say("Name every agreement of this kind once. Load the page again.")})
        for place, pk in enumerate(order, start=1):
            changes.change(AGREEMENT, pk, {"position": place * 10}, actor=actor_of(viewer), now=now)


def _parted(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """What belongs to the record, to its next version, and what is said about that version."""
    body = {name: value for name, value in values.items() if name in BODY}
    rest = {name: value for name, value in values.items() if name in ("effective_at", "note")}
    plain = {name: value for name, value in values.items() if name not in body and name not in rest}
    return plain, body, rest


def _rest(rest: Mapping[str, Any], now: datetime, wrong: dict[str, str]) -> tuple[datetime, str]:
    at, note = rest.get("effective_at"), rest.get("note") or ""
    if not isinstance(note, str) or len(note) > MOST_NOTE:
        wrong["note"], note = say("Write at most {most} characters.", most=MOST_NOTE), ""
    if at is None:
        return now, note.strip()
    if not isinstance(at, datetime) or at.tzinfo is None:
        wrong["effective_at"] = say("Write an instant with its zone, like 2026-03-31T08:30:00+00:00.")
        return now, note
    if at < now:
        wrong["effective_at"] = say("Choose now or a later instant: what was promised until now stays as it was.")
    return max(at, now).astimezone(UTC), note.strip()


def _checked(
    pk: int | None, name: str, kind: str, body: Mapping[str, Any], effective_at: datetime, wrong: dict[str, str]
) -> dict[str, Any]:
    """The body as it is kept; what is wrong with it is added to `wrong`, by place."""
    try:
        agreement = sla.agreement_from(pk or 0, 0, name, kind, body)
    except Invalid as error:
        wrong |= error.fields
        return {}
    wrong |= sla.problems(agreement, known_for(agreement, effective_at))
    return sla.body_of(agreement)


def _last(row: Agreement) -> AgreementVersion:
    found = row.versions.order_by("-version").first()
    assert found is not None
    return found


def _write(
    viewer: Viewer,
    row: Agreement,
    version: int,
    body: dict[str, Any],
    effective_at: datetime,
    note: str,
    now: datetime,
    *,
    is_ended: bool = False,
) -> None:
    made = AgreementVersion.objects.create(
        agreement=row,
        version=version,
        body=body,
        effective_at=effective_at,
        note=note,
        author_id=viewer.user_id,
        created_at=now,
        is_ended=is_ended,
    )
    made.calendars.set({target["calendar_id"] for target in body["targets"]})
    moved = {"version": [version - 1 or None, version], "effective_at": [None, effective_at.isoformat()]}
    if note:
        moved["note"] = [None, note]
    if is_ended:
        moved["is_ended"] = [False, True]
    changes.record(AGREEMENT, row.pk, "changed", {"changes": moved}, actor=actor_of(viewer), now=now)
