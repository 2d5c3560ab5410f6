"""One row of the log to our values, and what is wrong with it when that cannot be done."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from allclear.incidents.importing.mapping import placeholders
from allclear.incidents.importing.readers import Reader, custom_reader, one_line, reader_of, words_reader
from allclear.incidents.importing.reading import LogFile
from allclear.kernel.words import say

LONGEST_NUMBER = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be used. `column` and `value` are those of the source."""

    line: int
    number: str
    column: str
    value: str
    reason: str


class BadCell(Exception):
    """A cell that cannot be read: column, value, reason."""


@dataclass(slots=True)
class SourceRow:
    """A row in our terms: names are still names, not keys. What the source does not say is absent from `facts`."""

    line: int
    number: str
    at: datetime
    status: str  # "" leaves it as it was
    hold_reason: str
    facts: dict[str, Any]
    custom: dict[str, Any]
    hash: str
    title: str = ""  # made up for the first row of an incident, when the log has none


class Cell(NamedTuple):
    """Where a value stands in its row and how it is read; `name` is our field, or the key of a custom one."""

    name: str
    column: str
    position: int
    read: Reader


class RowReader:
    """Reads rows of one file by one mapping."""

    def __init__(self, log: LogFile, now: datetime) -> None:
        mapping = self.mapping = log.mapping
        position = self.position = log.position
        named = {name: column for name, column in mapping.columns.named().items() if column in position}
        self.present = frozenset(named)
        self.width = len(log.header)
        self.cells = [Cell(n, c, position[c], reader_of(n, mapping, now)) for n, c in named.items()]
        self.custom = [
            Cell(kept.key, column, position[column], custom_reader(kept, mapping))
            for column, kept in mapping.custom.items()
            if column in position
        ]
        self.words = words_reader(mapping)
        self.number_columns = [(name, position[name]) for name in placeholders(mapping.number)]
        hashed = sorted(name for name in mapping.used if name in position and name not in mapping.back_filled_columns)
        self.hash_start = "\x1e".join(hashed)
        self.hash_cells = itemgetter(*(position[name] for name in hashed))

    def number(self, cells: list[str]) -> str:
        """The source's number of the incident, or nothing when a part of it is missing."""
        try:
            parts = {name: self.words(cells[index]) for name, index in self.number_columns}
        except IndexError:
            return ""
        return self.mapping.number.format(**parts) if all(parts.values()) else ""

    def read(self, line: int, cells: list[str]) -> SourceRow | Problem:
        """The row, or what is wrong with it."""
        number = self.number(cells)
        if len(cells) != self.width:
            words = f"The row has {len(cells)} values, the header has {self.width} columns."
            cut = " It was probably cut here." if len(cells) < self.width else " A separator is not quoted."
            return Problem(line, number, "", "", words + cut)
        if not number:
            return Problem(line, "", self.number_columns[0][0], "", say("The row has no number."))
        try:
            return self._row(line, number, cells)
        except BadCell as bad:
            column, value, reason = bad.args
            return Problem(line, number, column, value[:200], reason)

    def _row(self, line: int, number: str, cells: list[str]) -> SourceRow:
        columns = self.mapping.columns
        if len(number) > LONGEST_NUMBER:
            raise BadCell(self.number_columns[0][0], number, f"A number has at most {LONGEST_NUMBER} characters.")
        facts = _values(self.cells, cells)
        for name in ("state", "updated_at"):
            if name not in facts:
                raise BadCell(getattr(columns, name), "", say("This is empty, and a row cannot be placed without it."))
        status, hold_reason = facts["state"]
        custom = _values(self.custom, cells)
        return SourceRow(line, number, facts["updated_at"], status, hold_reason, facts, custom, self._hash(cells))

    def _hash(self, cells: list[str]) -> str:
        """What makes the row this row: all that is read of it, without values that a later export fills in."""
        text = "\x1f".join((self.hash_start, *self.hash_cells(cells)))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def label(self, cells: list[str], name: str) -> str:
        """The source's word for one of our fields, empty when it is missing or has no column."""
        column = getattr(self.mapping.columns, name)
        return (self.words(cells[self.position[column]]) or "") if column in self.position else ""

    def title(self, cells: list[str]) -> str:
        """A title by the first template whose columns all say something."""
        for template in self.mapping.title:
            names = placeholders(template)
            parts = {n: self.words(cells[self.position[n]]) if n in self.position else None for n in names}
            if all(parts.values()):
                return one_line(template.format(**parts))[:250]
        return f"Incident {self.number(cells)}"[:250]


def _values(wanted: list[Cell], cells: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, column, index, read in wanted:
        try:
            value = read(cells[index])
        except ValueError as error:
            raise BadCell(column, cells[index].strip(), str(error)) from None
        if value is not None:
            values[name] = value
    return values
