"""The second reading: the rows of each incident together, however they stand in the file."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import orjson

from allclear.incidents.importing.cells import Problem, RowReader, SourceRow
from allclear.incidents.importing.reading import LogFile, Row
from allclear.incidents.importing.survey import Survey
from allclear.kernel.errors import Refused
from allclear.kernel.words import say


def incidents(log: LogFile, reader: RowReader, found: Survey) -> Iterator[list[SourceRow]]:
    """The rows of each good incident together, as soon as its last one was read."""
    held: dict[str, list[SourceRow]] = {}
    lines: Any = _sorted(log, reader, found) if found.is_interleaved else log.rows()
    for line, cells in lines:
        number = reader.number(cells) if line not in found.bad_lines else ""
        seen = found.incidents.get(number)
        if not seen or seen.bad:
            continue
        row = reader.read(line, cells)
        if isinstance(row, Problem):
            raise Refused(say("The file was changed while it was read. Start the import again: what is in stays in."))
        rows = held.setdefault(number, [])
        if not rows:
            row.title = reader.title(cells)
        rows.append(row)
        if len(rows) == seen.rows:
            yield held.pop(number)


def _sorted(log: LogFile, reader: RowReader, found: Survey) -> Iterator[Row]:
    """The rows ordered by incident, through a temporary file: memory stays small however they are mixed."""
    rank = {number: index for index, number in enumerate(found.incidents)}
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(f"{folder}/rows")) as file:
        file.execute("PRAGMA journal_mode = OFF")
        file.execute("CREATE TABLE rows (rank INTEGER, line INTEGER, cells BLOB)")
        kept = ((rank[n], line, orjson.dumps(c)) for line, c in log.rows() if (n := reader.number(c)) in rank)
        file.executemany("INSERT INTO rows VALUES (?, ?, ?)", kept)
        for line, cells in file.execute("SELECT line, cells FROM rows ORDER BY rank, line"):
            yield line, orjson.loads(cells)
