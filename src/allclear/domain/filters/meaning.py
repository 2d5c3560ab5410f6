"""What a filter means now and for this person: names become keys, times become instants, marks become tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from allclear.domain.filters.ast import And, Node, Not, Op, Or, Term, Words
from allclear.domain.filters.bounds import beyond, upper
from allclear.domain.filters.context import Context
from allclear.domain.filters.errors import FilterError, nearest
from allclear.domain.filters.fields import Field, FieldKind, Schema
from allclear.domain.filters.leaves import (
    AllOf,
    Among,
    AnyOf,
    Compare,
    Contains,
    Empty,
    Except,
    Like,
    OneOf,
    Search,
    Tree,
)
from allclear.domain.filters.marks import by_policy, mark_names, part_named, part_names, text_of
from allclear.domain.filters.matching import Named
from allclear.domain.filters.reading import read
from allclear.domain.filters.times import Stretch
from allclear.domain.terms import ENDED, OPEN
from allclear.kernel.words import say

GROUPS = {"open": frozenset(map(str, OPEN)), "ended": frozenset(map(str, ENDED))}
NONE, ANY, ME, MINE = "none", "any", "me", "mine"
_YES, _NO = ("yes", "true"), ("no", "false")
_NUMBER = re.compile(r"[pP]?(-?\d{1,9}(?:\.\d{1,6})?)")


class Directory(Protocol):
    """The records that this person may name."""

    def find(self, refers: str, text: str) -> Sequence[Named]:
        """What a text may mean, of the best kind of match; several when it is not clear."""

    def near(self, refers: str, text: str) -> Sequence[str]:
        """What may have been meant, as one types it."""


def settle(node: Node, schema: Schema, context: Context, directory: Directory) -> Tree:
    """The tests of a tree. Raises `FilterError` for a field or value that is not known."""
    if isinstance(node, Words):
        return Search(node.text)
    if isinstance(node, Not):
        return Except(settle(node.part, schema, context, directory))
    if isinstance(node, And | Or):
        parts = tuple(settle(part, schema, context, directory) for part in node.parts)
        return AllOf(parts) if isinstance(node, And) else AnyOf(parts)
    return _Settler(node, field_of(node, schema), schema, context, directory).tree()


def field_of(term: Term, schema: Schema) -> Field:
    """The field of a term; raises `FilterError` naming the nearest ones."""
    if found := schema.get(term.field):
        return found
    near = nearest(term.field, schema)
    hint = (
        say("There is no field {name}. Did you mean {near}?", name=term.field, near=", ".join(near)) if near else None
    )
    raise FilterError(
        hint or say('There is no field {name}. To search for these words, put them in quotes.', name=term.field),
        term.at, near,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Settler:
    term: Term
    field: Field
    schema: Schema
    context: Context
    directory: Directory

    def tree(self) -> Tree:
        kind = self.field.kind
        if self.term.op is not Op.IS:
            if kind in (FieldKind.NUMBER, FieldKind.INSTANT, FieldKind.DATE):
                return AllOf(tuple(self._bounds()))
            raise self._wrong(say("{name} has no order; write {name}: and a value.", name=self.field.name))
        found = [self._one(value) for value in self.term.values]
        return found[0] if len(found) == 1 else AnyOf(tuple(found))

    def _one(self, value: str) -> Tree:
        kind, word, column = self.field.kind, value.lower(), self.field.column
        if kind is FieldKind.MARK:
            return self._mark(word)
        if kind is FieldKind.PART:
            if found := part_named(word, self.schema):
                return found
            raise self._unknown(word, nearest(word, part_names(self.schema)), part_names(self.schema)[:8])
        if word in (NONE, ANY):
            return Empty(column) if word == NONE else Except(Empty(column))
        if kind is FieldKind.REACHED:
            has_come = Compare(column, Op.AT_MOST, self.context.now)
            return has_come if self._yes_or_no(value) else Except(has_come)
        if kind is FieldKind.FLAG:
            return OneOf(column, frozenset({self._yes_or_no(value)}))
        if kind is FieldKind.CHOICE:
            return OneOf(column, self._choice(value))
        if kind is FieldKind.NUMBER:
            return OneOf(column, frozenset({self._number(value)}))
        if kind in (FieldKind.INSTANT, FieldKind.DATE):
            return self._within(value)
        if kind is FieldKind.TEXT:
            return Contains(column, value)
        if kind is FieldKind.PATTERN:
            return Like(column, value)
        if kind is FieldKind.EXACT:
            return OneOf(column, frozenset({value, value.upper()}))
        keys = self._keys(value)
        return Among(column, keys) if kind is FieldKind.KEYS else OneOf(column, keys)

    def _yes_or_no(self, value: str) -> bool:
        if value.lower() not in (*_YES, *_NO):
            raise self._wrong(
                say("{name} is yes or no, not {value}.", name=self.field.name, value=value), ("yes", "no")
            )
        return value.lower() in _YES

    def _choice(self, value: str) -> frozenset[str]:
        if self.field.column == "status" and value.lower() in GROUPS:
            return GROUPS[value.lower()]
        wanted = _bare(value)
        if same := [one for one in self.field.choices if _bare(one) == wanted]:
            return frozenset(map(str, same[:1]))
        begun = [one for one in self.field.choices if wanted and _bare(one).startswith(wanted)]
        if len(begun) == 1:
            return GROUPS.get(begun[0], frozenset(map(str, begun)))
        if len(begun) > 1:
            raise self._unclear(value, begun)
        raise self._unknown(value, nearest(value, self.field.choices), self.field.choices)

    def _number(self, value: str) -> float:
        found = _NUMBER.fullmatch(value)
        if not found:
            raise self._wrong(
                say("{name} is a number, such as {name}:2, not {value}.", name=self.field.name, value=value)
            )
        number = float(found[1])
        return int(number) if number.is_integer() else number

    def _keys(self, value: str) -> frozenset[int]:
        refers, word = self.field.refers, value.lower()
        if refers == "person" and word == ME:
            return frozenset({self.context.me} - {None})  # type: ignore[arg-type]  # mypy keeps None in the set's type
        if refers == "team" and word in (ME, MINE):
            return self.context.my_teams
        found = self.directory.find(refers, value)
        if len(found) == 1:
            return found[0].meant
        if found:
            raise self._unclear(value, [f"{one.label} ({one.detail})" if one.detail else one.label for one in found])
        raise self._unknown(value, self.directory.near(refers, value))

    def _mark(self, word: str) -> Tree:
        name = word.replace("_", "-")
        if name in mark_names(self.schema):
            if tree := by_policy(name, self.context):
                return tree
            return settle(read(text_of(name)), self.schema, self.context, self.directory)
        names = mark_names(self.schema)
        raise self._unknown(word, nearest(name, names), names)

    # Times and numbers with an order

    def _bounds(self) -> list[Compare]:
        column, op, values = self.field.column, self.term.op, self.term.values
        if self.field.kind is FieldKind.NUMBER:
            numbers = [self._number(value) for value in values]
            if op is not Op.SPAN:
                return [Compare(column, op, numbers[0])]
            self._in_order(numbers[0] <= numbers[1])
            return [Compare(column, Op.AT_LEAST, numbers[0]), Compare(column, Op.AT_MOST, numbers[1])]
        if self.field.kind is FieldKind.DATE:
            return self._day_bounds()
        times = [self._time(value) for value in values]
        if op is not Op.SPAN:
            return [beyond(column, op, times[0], ahead=self.field.ahead)]
        if all(time.is_point for time in times):
            times.sort()
        low, high = times
        self._in_order(low.low <= high.high)
        return [Compare(column, Op.AT_LEAST, low.low), Compare(column, upper(high), high.high)]

    def _within(self, value: str) -> Tree:
        """In a day, week, month ...; a span such as 7d is from then until now, or from now until then."""
        column = self.field.column
        if self.field.kind is FieldKind.DATE:
            first, last = self._days(value)
            return AllOf((Compare(column, Op.AT_LEAST, first), Compare(column, Op.AT_MOST, last)))
        time = self._time(value)
        low, high = sorted((time.low, self.context.now)) if time.is_point else (time.low, time.high)
        return AllOf((Compare(column, Op.AT_LEAST, low), Compare(column, upper(time), high)))

    def _day_bounds(self) -> list[Compare]:
        days = [self._days(value) for value in self.term.values]
        column, op = self.field.column, self.term.op
        if op is Op.SPAN:
            self._in_order(days[0][0] <= days[1][1])
            return [Compare(column, Op.AT_LEAST, days[0][0]), Compare(column, Op.AT_MOST, days[1][1])]
        first, last = days[0]
        return [Compare(column, op, last if op in (Op.MORE, Op.AT_MOST) else first)]

    def _time(self, value: str) -> Stretch:
        try:
            return self.context.calendar.stretch(value, ahead=self.field.ahead)
        except ValueError as error:
            raise self._wrong(error.args[0]) from None

    def _days(self, value: str) -> tuple[str, str]:
        try:
            first, last = self.context.calendar.days(value)
        except ValueError as error:
            raise self._wrong(error.args[0]) from None
        return first.isoformat(), last.isoformat()

    def _in_order(self, is_so: bool) -> None:
        if not is_so:
            raise self._wrong(say("This range ends before it begins; write the smaller value first."))

    # What is wrong

    def _wrong(self, sentence: str, near: Sequence[str] = ()) -> FilterError:
        return FilterError(sentence, self.term.at, near)

    def _unclear(self, value: str, labels: Sequence[str]) -> FilterError:
        named = ", ".join(labels[:5]) + ("…" if len(labels) > 5 else "")
        return self._wrong(say("{value} may mean {names}: write more of it.", value=value, names=named), labels[:5])

    def _unknown(self, value: str, near: Sequence[str], known: Sequence[str] = ()) -> FilterError:
        name = self.field.name
        if near:
            said = say("There is no {name} {value}. Did you mean {near}?", name=name, value=value, near=", ".join(near))
        elif known:
            said = say("There is no {name} {value}; choose of {known}.", name=name, value=value, known=", ".join(known))
        else:
            said = say(
                "There is no {name} {value} that you may see. Type {name}: to choose one.", name=name, value=value
            )
        return self._wrong(said, near)


def _bare(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.lower())
