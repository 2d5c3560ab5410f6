"""What may come next while somebody types a filter: fields first, then the values of a field, by what they may see."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from allclear.accounts.permissions import Viewer
from allclear.domain.filters import (
    LONGEST,
    Field,
    FieldKind,
    Named,
    Schema,
    mark_names,
    part_names,
    quoted,
    slug,
    typed,
)
from allclear.incidents import filters
from allclear.incidents.directory import Names
from allclear.kernel.words import say

MOST = 12
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(
    r'-?(?:(?P<field>[A-Za-z][\w.-]*):(?P<value>(?:"(?:[^"\\]|\\.)*"?|[^\s"()])*)|(?P<word>[^\s:()"]*))$'
)
_TIMES = (
    ("today", say("Since midnight")), ("yesterday", say("The day before")), ("this-week", say("Since Monday")),
    ("last-week", say("Monday to Sunday before")), ("this-month", say("Since the first")),
    ("<2h", say("Within two hours")), ("<1d", say("Within a day")),
    (">7d", say("More than seven days ago")), (">30d", say("More than thirty days ago")),
)  # fmt: skip
_AHEAD = (
    ("<now", say("Has passed")), ("<2h", say("Within two hours")), ("today", say("Before midnight")),
    ("tomorrow", say("The day after")), ("this-week", say("Until Sunday")), (">7d", say("Later than in seven days")),
)  # fmt: skip
_LEVELS = {"priority": 5, "impact": 4, "urgency": 4}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Put `text` in the place of the characters from `start` to `end`. `label` and `detail` are for people."""

    text: str
    label: str
    detail: str
    start: int
    end: int


class Begun(Protocol):
    """Who says which records go on from what is typed."""

    @property
    def viewer(self) -> Viewer: ...

    def begun(self, refers: str, text: str, limit: int) -> list[Named]: ...


Known = Callable[[Field], Sequence[tuple[str, str]]]  # values that a field is known to have, each with words about it


def complete(text: str, cursor: int, viewer: Viewer, now: datetime) -> list[Suggestion]:
    """At most `MOST` ways to go on at this position, the likeliest first; none within quotes or for plain words."""
    return complete_in(text, cursor, filters.schema_for(viewer), Names(viewer))


def complete_in(
    text: str, cursor: int, schema: Schema, names: Begun, known: Known = lambda field: ()
) -> list[Suggestion]:
    """The same for any fields; `known` adds values that a field has had."""
    cursor = max(0, min(cursor, len(text)))
    before = text[:cursor].replace("\0", " ")
    found = _TOKEN.search(before) if len(text) <= LONGEST else None
    if found is None or (found["field"] is None and '"' in re.sub(_QUOTED, "", before)):
        return []
    rest = re.match(r'[^\s"()]*', text[cursor:])
    end = cursor + (rest.end() if rest else 0)
    if found["field"] is None:
        return _fields(found["word"], schema, found.start("word"), end)
    field = schema.get(found["field"]) or schema.get(found["field"].lower())
    if field is None:
        return []
    start = found.start("value") + _last_value(found["value"])
    end = cursor + len((re.match(r'[^\s"(),]*"?', text[cursor:]) or [""])[0])
    return _values(field, text[start:cursor], schema, names, known(field), start, end)


def _last_value(value: str) -> int:
    """Where the value begins that is being typed: behind the last comma outside of quotes, or behind `..`."""
    bare = re.sub(_QUOTED + "?", lambda found: "_" * len(found[0]), value)
    return max(bare.rfind(",") + 1, bare.rfind("..") + 2 if ".." in bare else 0)


def _fields(word: str, schema: Schema, start: int, end: int) -> list[Suggestion]:
    """Fields whose name, or another name of theirs, begins so; in the order of the table."""
    wanted = word.lower()
    fields = {field.name: field for field in schema.values()}.values()
    begun = [f for f in fields if f.name.lower().startswith(wanted)]
    other = [f for f in fields if f not in begun and any(name.startswith(wanted) for name in f.aliases)]
    within = [f for f in fields if f not in begun and f not in other and len(wanted) > 1 and wanted in f.name.lower()]
    return [Suggestion(f"{f.name}:", f"{f.name}:", f.about, start, end) for f in [*begun, *other, *within][:MOST]]


def _values(
    field: Field, given: str, schema: Schema, names: Begun, known: Sequence[tuple[str, str]], start: int, end: int
) -> list[Suggestion]:
    prefix = given.strip('"').replace('\\"', '"')
    if field.kind in (FieldKind.KEY, FieldKind.KEYS):
        fixed = _words_for(field, names)
        found = [(word, word, about) for word, about in fixed if word.startswith(prefix.lower())]
        records = names.begun(field.refers, prefix, MOST)
        found += [(_text_of(one, records, field.refers), one.label, one.detail) for one in records]
    else:
        wanted = slug(prefix)
        found = [(text, text, about) for text, about in (*known, *_choices(field, schema))]
        found = [one for one in found if _begins(one[0], prefix, wanted)]
    return [Suggestion(_typed(text), label, detail, start, end) for text, label, detail in found[:MOST]]


def _typed(text: str) -> str:
    return text if text[:1] in "<>" else quoted(text)


def _begins(text: str, prefix: str, wanted: str) -> bool:
    plain = text.lower()
    return plain.startswith(prefix.lower()) or (bool(wanted) and slug(plain).startswith(wanted))


def _text_of(one: Named, records: list[Named], refers: str) -> str:
    """A person is named by their address: names come twice."""
    if refers == "person" and one.also:
        return one.also[0]
    return one.label if refers == "incident" else typed(one, records)


def _words_for(field: Field, names: Begun) -> list[tuple[str, str]]:
    words = []
    if field.refers == "person" and names.viewer.user_id:
        words.append(("me", say("You")))
    if field.refers == "team" and names.viewer.team_ids:
        words.append(("mine", say("Your teams")))
    return [*words, ("none", say("Nothing is given")), ("any", say("Something is given"))]


def _choices(field: Field, schema: Schema) -> list[tuple[str, str]]:
    missing: list[tuple[str, str]] = [("none", say("Nothing is given")), ("any", say("Something is given"))]
    if field.kind is FieldKind.MARK:
        return [(name, "") for name in mark_names(schema)]
    if field.kind is FieldKind.PART:
        return [(name, "") for name in part_names(schema)]
    if field.kind in (FieldKind.FLAG, FieldKind.REACHED):
        return [("yes", ""), ("no", "")]
    if field.kind is FieldKind.CHOICE:
        return [(str(one), "") for one in field.choices] + missing
    if field.kind in (FieldKind.INSTANT, FieldKind.DATE):
        return [*(_AHEAD if field.ahead else _TIMES), *missing]
    if field.kind is FieldKind.NUMBER:
        return [(str(n), "") for n in range(1, _LEVELS.get(field.name, 0) + 1)] + [(">0", ""), *missing]
    return missing
