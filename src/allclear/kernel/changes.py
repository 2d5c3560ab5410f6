"""Add, change and remove plain records (people, teams ...): check, save, and one event that says what differs.

Incidents are not plain: they have `decide` and `evolve`. The callers of this module have asked for permission.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, Field, ForeignKey, Model, ProtectedError, TextField

from allclear.kernel.complaints import in_words, taken
from allclear.kernel.errors import Conflict, Invalid, NotFound, Refused
from allclear.kernel.events import Actor, append, position_of
from allclear.kernel.facts import NewEvent
from allclear.kernel.generation import bump
from allclear.kernel.models import Event
from allclear.kernel.words import joined, say

M = TypeVar("M", bound=Model)
Check = Callable[[M], None]
Subscriber = Callable[[str, int, Mapping[str, Any]], None]  # kind of record, key, what differs
SUBSCRIBERS: list[Subscriber] = []  # filled by config/wiring.py only; they run inside the transaction


@dataclass(frozen=True)
class Noun(Generic[M]):
    """How records of one kind change.

    `fields` may be set, named as in the table (`owner_team_id`); `sets` are many-to-many names given as lists of keys.
    `fixed` fields are set once. `private` ones are named in events without their values, for events are never erased.
    `taken` says for a constraint which field breaks it, and a sentence for people.
    """

    model: type[M]
    stream: str
    fields: tuple[str, ...]
    sets: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    topic: str = ""
    taken: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def word(self) -> str:
        return str(self.model._meta.verbose_name)


def serialise(lock: str) -> None:
    """Let one transaction at a time do what `lock` names: rules over many rows (trees, the last administrator)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [lock])


def create(
    noun: Noun[M],
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    initial: Mapping[str, Any] | None = None,
    check: Check[M] | None = None,
) -> M:
    """Write a new record and its first event. `initial` is set without being a change (an instant, a hash)."""
    with transaction.atomic():
        row = noun.model(**dict(initial or {}))
        sets = _fill(noun, row, values, new=True)
        _validate(noun, row, check)
        _save(noun, row)
        before = {name: _plain(_blank(noun, name)) for name in noun.fields}
        data = _difference(noun, row, before) | _set_members(noun, row, sets)
        record(noun, row.pk, "added", data, actor=actor, now=now)
    return row


def change(
    noun: Noun[M],
    pk: int,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
    check: Check[M] | None = None,
) -> M:
    """Change a record under its lock; what is as it was writes nothing."""
    with transaction.atomic():
        row = lock_row(noun, pk, expected_version)
        before = {name: _plain(getattr(row, name)) for name in noun.fields}
        sets = _fill(noun, row, values, new=False)
        _validate(noun, row, check)
        data = _difference(noun, row, before)
        if data:
            _save(noun, row)
        data |= _set_members(noun, row, sets)
        if data:
            record(noun, row.pk, "changed", data, actor=actor, now=now)
    return row


def remove(noun: Noun[M], pk: int, *, actor: Actor, now: datetime, way_on: str) -> None:
    """Delete a record that nothing refers to; else `Refused` with `way_on`, a sentence that says what to do instead."""
    try:
        with transaction.atomic():
            row = lock_row(noun, pk, None)
            values = {name: _plain(getattr(row, name)) for name in noun.fields}
            gone = {name: [value, None] for name, value in values.items() if value not in (None, "", [])}
            public = {name: pair for name, pair in gone.items() if name not in noun.private}
            record(noun, row.pk, "removed", {"changes": public}, actor=actor, now=now)
            row.delete()
    except ProtectedError:
        raise Refused(joined((say("This {noun} is in use.", noun=say(noun.word)), way_on)), code="in_use") from None


def lock_row(noun: Noun[M], pk: int, expected_version: int | None) -> M:
    """The record for update, if it is there and as new as the caller believes."""
    row = noun.model._default_manager.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise NotFound(say("There is no such {noun}.", noun=say(noun.word)))
    check_version(noun.stream, pk, expected_version)
    return row


def check_version(stream: str, pk: int, expected: int | None) -> None:
    """Raise `Conflict` naming what changed since version `expected`, by whom and when."""
    if expected is None or expected == position_of(stream, pk):
        return
    since = Event.objects.filter(stream_type=stream, stream_id=pk, position__gt=expected).order_by("position")
    changes = [
        {
            "kind": event.kind,
            "by": event.actor_id,
            "at": event.recorded_at.isoformat(),
            "fields": sorted({*event.data.get("changes", {}), *event.data.get("private", [])}),
        }
        for event in since
    ]
    raise Conflict(
        say("Somebody changed this since you opened it. Load it again and make your change once more."), changes=changes
    )


def record(noun: Noun[M], pk: int, what: str, data: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """One event behind the record's last, and the caches told."""
    event = NewEvent(f"{noun.stream}_{what}", data)
    append(noun.stream, pk, position_of(noun.stream, pk), [event], actor=actor, now=now)
    for subscriber in SUBSCRIBERS:
        subscriber(noun.stream, pk, data)
    if noun.topic:
        bump(noun.topic)


def _fill(noun: Noun[M], row: M, values: Mapping[str, Any], *, new: bool) -> dict[str, frozenset[int]]:
    """Set the given fields; gives the sets apart. Unknown and fixed names are refused in words."""
    wrong: dict[str, str] = {}
    sets: dict[str, frozenset[int]] = {}
    for name, value in values.items():
        if name in noun.sets:
            sets[name] = frozenset(int(key) for key in value or ())
        elif name not in noun.fields:
            wrong[name] = say("There is no such field ({noun}).", noun=say(noun.word))
        elif not new and name in noun.fixed and _clean(_field(noun, name), value) != getattr(row, name):
            wrong[name] = say("This cannot be changed any more: records refer to it. Make a new one instead.")
        else:
            setattr(row, name, _clean(_field(noun, name), value))
    if wrong:
        raise Invalid(wrong)
    return sets


def _field(noun: Noun[M], name: str) -> Field[Any, Any]:
    return noun.model._meta.get_field(name)  # type: ignore[return-value]  # nouns name plain fields only


def _blank(noun: Noun[M], name: str) -> Any:
    return None if isinstance(_field(noun, name), ForeignKey) else _field(noun, name).get_default()


def _clean(column: Field[Any, Any], value: Any) -> Any:
    """Text without control characters and outer blanks; nothing is None where the column knows None, else empty."""
    if isinstance(value, str):
        value = _clean_text(value)
    if isinstance(value, (list, tuple)):
        return [item for item in (_clean_text(i) if isinstance(i, str) else i for i in value) if item not in ("", None)]
    if isinstance(column, (CharField, TextField)) and not isinstance(column, ForeignKey):
        return (None if column.null else "") if value in (None, "") else value
    return None if value == "" else value


def _clean_text(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc").strip()


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _difference(noun: Noun[M], row: M, before: Mapping[str, Any]) -> dict[str, Any]:
    after = {name: _plain(getattr(row, name)) for name in noun.fields}
    moved = {name: [before[name], after[name]] for name in noun.fields if before[name] != after[name]}
    data: dict[str, Any] = {}
    if public := {name: pair for name, pair in moved.items() if name not in noun.private}:
        data["changes"] = public
    if private := sorted(moved.keys() & noun.private):
        data["private"] = private
    return data


def _set_members(noun: Noun[M], row: M, sets: Mapping[str, frozenset[int]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, wanted in sets.items():
        manager = getattr(row, name)
        held = frozenset(manager.values_list("pk", flat=True))
        if missing := wanted - held - set(manager.model.objects.filter(pk__in=wanted).values_list("pk", flat=True)):
            word = say(str(manager.model._meta.verbose_name))
            raise Invalid({name: say("There is no {noun} with the key {key}.", noun=word, key=min(missing))})
        for sign, keys in (("added", wanted - held), ("removed", held - wanted)):
            if keys:
                data.setdefault(sign, {})[name] = sorted(keys)
        if wanted != held:
            manager.set(wanted)
    return data


def _validate(noun: Noun[M], row: M, check: Check[M] | None) -> None:
    try:
        row.full_clean(validate_constraints=False)
    except ValidationError as error:
        raise Invalid(in_words(noun, error)) from None
    if check is not None:
        check(row)
    for constraint in row._meta.constraints:
        try:
            constraint.validate(noun.model, row)
        except ValidationError:
            raise taken(noun, constraint.name) from None


def _save(noun: Noun[M], row: M) -> None:
    """Of two who save the same name at once, the second is told like one who came later."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        raise taken(noun, name) from None
