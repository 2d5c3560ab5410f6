"""Addresses of before the filter language: `?team=3&status=open` says the same as a filter text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.http import QueryDict

from allclear.accounts.permissions import Viewer
from allclear.domain.filters import Op, Term, quoted, slug, to_text
from allclear.domain.terms import Channel, Kind, Status
from allclear.incidents.directory import Names
from allclear.web.queue.parts import words

FIELDS = {
    "status": "status", "kind": "kind", "channel": "channel", "priority": "priority", "team": "team",
    "assignee": "assignee", "requester": "requester", "service": "service", "category": "category",
    "organisation": "organisation", "ci": "ci",
}  # fmt: skip
_RECORDS = {"assignee": "person", "requester": "person"}
_LISTS = {
    "status": {"open", "ended", *map(str, Status)},
    "kind": set(map(str, Kind)),
    "channel": {"none", *map(str, Channel)},
    "priority": {"none", *"12345"},
}
_STAFF_ONLY = frozenset({"team", "assignee", "requester", "organisation", "ci", "priority"})
_MOST = 20


def asks(query: QueryDict) -> bool:
    """Whether the address has any of the old parameters."""
    return any(query.get(name) for name in (*FIELDS, "q", "logged_from", "logged_to", "follow_up"))


def narrows_by_status(query: QueryDict) -> bool:
    """Whether it said itself which statuses it wants, or looked for words: else it meant what is open."""
    return bool(query.get("status") or query.get("q"))


def filter_text(query: QueryDict, viewer: Viewer) -> str:
    """What the old parameters ask for. Values that cannot be are left out: an old bookmark still opens."""
    names = Names(viewer)
    found = [
        _term(name, [v.strip() for v in query.getlist(name)][:_MOST], names)
        for name in FIELDS
        if query.get(name) and (viewer.is_staff or name not in _STAFF_ONLY)
    ]
    found += [_day(query.get("logged_from", ""), ">=", 0), _day(query.get("logged_to", ""), "<=", -1)]
    if viewer.is_staff:
        follow_up = {"missing": "status:closed followed-up:none merged-into:none", "done": "followed-up:any"}
        found.append(follow_up.get(query.get("follow_up", ""), ""))
    found.append(words(query.get("q", "").replace("\0", "")[:200]))
    return " ".join(filter(None, found))


def _term(name: str, values: Sequence[str], names: Names) -> str:
    kept = [text for value in values if (text := _value(name, value, names))]
    return to_text(Term(FIELDS[name], Op.IS, tuple(dict.fromkeys(kept)))) if kept else ""


def _value(name: str, value: str, names: Names) -> str:
    if name in _LISTS:
        return value if value in _LISTS[name] else ""
    if value in ("me", "none"):
        return "mine" if name == "team" and value == "me" else value
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        return ""
    return name_of(_RECORDS.get(name, name), int(value), names)


def name_of(refers: str, key: int, names: Names) -> str:
    """The text that names a record in a filter: its name where no other has it, else an address or its key."""
    by_key = f"#{key}"
    found = names.find(refers, by_key)
    if not found:
        return by_key
    first = found[0].also[:1] if refers == "person" else ()
    for text in (*first, slug(found[0].label), found[0].label):
        if text and len(names.find(refers, text)) == 1:
            return text
    return by_key


def _day(text: str, sign: str, days: int) -> str:
    """`logged_from` includes its day, `logged_to` does not."""
    try:
        day = date.fromisoformat(text)
        if len(text) != 10 or not 1900 <= day.year <= 2900:
            return ""
    except ValueError:
        return ""
    return f"opened:{sign}{quoted(str(day + timedelta(days=days)))}"
