"""From the text of one cell to a value of ours. A reader gives None for what is missing, and words in a ValueError."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Table
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from allclear.incidents.importing.mapping import INSTANTS, OTHERWISE, SAME, Custom, Mapping
from allclear.incidents.texts import LONGEST, plain

Reader = Callable[[str], Any]
PEOPLE = ("updated_by", "opened_by", "requester", "on_behalf_of", "assignee", "resolved_by")
LONG = ("description", "resolution")
_TABLES = {"impact": "impacts", "urgency": "urgencies", "priority": "priorities", "channel": "channels"}
_LIMITS = {"location": 200, "team": 120, "category": 150, "subcategory": 150, "ci": 200, "organisation": 200}
_LIMITS |= {"service": 150, "supplier": 200, "resolution_code": 120, "cause_code": 120, "revision": 40}
_LIMITS |= dict.fromkeys(PEOPLE, 120) | dict.fromkeys(LONG, LONGEST)
_REMEMBERED = 50_000  # values of a column: the same words come again and again
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YES = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def reader_of(name: str, mapping: Mapping, now: datetime) -> Reader:
    """The reader of one of our fields."""
    if name in LONG:
        return _unless_missing(_text(_LIMITS[name]), mapping)
    return lru_cache(maxsize=_REMEMBERED)(_unless_missing(_of(name, mapping, now), mapping))


def custom_reader(kept: Custom, mapping: Mapping) -> Reader:
    """The reader of a column that is kept as it is."""

    def read(text: str) -> Any:
        try:
            return _KINDS[kept.kind](text)
        except (KeyError, ValueError):
            raise ValueError(f"{kept.name}: this is no {kept.kind.replace('_', ' or ')}.") from None

    return lru_cache(maxsize=_REMEMBERED)(_unless_missing(read, mapping))


def words_reader(mapping: Mapping) -> Reader:
    """The words of any cell, None when missing."""
    return lru_cache(maxsize=_REMEMBERED)(_unless_missing(one_line, mapping))


def one_line(text: str) -> str:
    """A text in one line, without control characters."""
    return " ".join(plain(text).split())


def _unless_missing(read: Reader, mapping: Mapping) -> Reader:
    missing = frozenset(text.strip().casefold() for text in mapping.missing) | {""}

    def checked(text: str) -> Any:
        text = text.strip()
        return None if text.casefold() in missing else read(text)

    return checked


def _of(name: str, mapping: Mapping, now: datetime) -> Reader:
    if name == "state":
        return _state(mapping.states)
    if name in _TABLES:
        return _label(getattr(mapping, _TABLES[name]), _TABLES[name])
    if name in INSTANTS:
        return _instant(mapping, now + timedelta(days=1))
    if name == "reassignment_count":
        return _count
    if name == "title":
        return lambda text: one_line(text)[:250]
    return _text(_LIMITS.get(name, 200), line=True)


def _text(limit: int, *, line: bool = False) -> Reader:
    def read(text: str) -> str | None:
        kept = one_line(text) if line else plain(text)
        if len(kept) > limit:
            raise ValueError(f"This has {len(kept):,} characters; at most {limit:,} fit.")
        return kept or None

    return read


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise ValueError("This is no whole number.")
    return int(text)


def _state(table: Table[str, str]) -> Reader:
    """Status and hold reason; an empty status leaves it as it was."""

    def read(text: str) -> tuple[str, str]:
        target = table.get(text.casefold())
        if target is None:
            raise ValueError("This state is unknown: say under [states] in the mapping file what it means.")
        status, _, reason = target.partition("/")
        return ("" if target == SAME else status), reason

    return read


def _label(table: Table[str, Any], name: str) -> Reader:
    def read(text: str) -> Any:
        found = table.get(text.casefold(), table.get(OTHERWISE))
        if found is None:
            raise ValueError(f"This label is unknown: say under [{name}] in the mapping file what it means.")
        return found

    return read


def _instant(mapping: Mapping, latest: datetime) -> Reader:
    zone, formats = ZoneInfo(mapping.time_zone), mapping.date_formats

    def read(text: str) -> datetime:
        for format_ in formats:
            try:
                found = datetime.strptime(text, format_)  # noqa: DTZ007 - the zone follows
            except ValueError:
                continue
            at = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
            if at < _EPOCH:
                raise ValueError("This instant lies before 1970.")
            if at > latest:
                raise ValueError("This instant lies in the future: check date_formats (day or month first?).")
            return at
        raise ValueError("This is no possible instant in any of the date_formats of the mapping file.")

    return read


_KINDS: dict[str, Reader] = {
    "text": lambda text: plain(text)[:2000],
    "yes_no": lambda text: _YES[text.casefold()],
    "number": float,
}
