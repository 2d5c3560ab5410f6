"""The first reading: every row is checked and counted before anything is written."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from allclear.domain.terms import Status
from allclear.incidents.importing.cells import Problem, RowReader, SourceRow
from allclear.incidents.importing.reading import LogFile

Progress = Callable[[str, int, int], None]  # what is being done, so much, of so much


@dataclass(slots=True)
class Seen:
    """What the file says of one incident. `bad` is the first problem of any of its rows."""

    rows: int = 0
    hashes: array[int] = field(default_factory=lambda: array("Q"))
    bad: Problem | None = None
    status: str = Status.NEW
    priority: str = ""
    team: str = ""


@dataclass(slots=True)
class Survey:
    """What the file holds. Memory: about 400 bytes for each incident, 8 for each row, and the problems."""

    rows: int = 0
    incidents: dict[str, Seen] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    bad_lines: set[int] = field(default_factory=set)
    states: Counter[str] = field(default_factory=Counter)
    is_interleaved: bool = False  # the rows of some incident do not stand together
    ends_cleanly: bool = True
    unused_columns: list[str] = field(default_factory=list)
    absent_columns: list[str] = field(default_factory=list)


def survey(log: LogFile, reader: RowReader, progress: Progress) -> Survey:
    """Read the whole file once. Raises `Invalid` when the file as a whole cannot be used."""
    found = Survey()
    last = ""
    for line, cells in log.rows(lambda done: progress("Checking", done, log.size)):
        found.rows += 1
        row = reader.read(line, cells)
        if isinstance(row, Problem):
            found.problems.append(row)
            found.bad_lines.add(line)
        else:
            found.states[reader.label(cells, "state")] += 1
        if not row.number:
            continue
        seen = found.incidents.get(row.number)
        if seen is None:
            seen = found.incidents[row.number] = Seen()
        elif last != row.number:
            found.is_interleaved = True
        last = row.number
        seen.rows += 1
        if isinstance(row, Problem):
            seen.bad = seen.bad or row
        else:
            _note_last(seen, row, reader, cells)
    progress("Checking", log.size, log.size)
    found.ends_cleanly = log.ends_cleanly
    named = {*log.mapping.used, *log.mapping.ignore}
    found.unused_columns = [name for name in log.header if name not in named]
    found.absent_columns = [name for name in log.mapping.custom if name not in log.position]
    return found


def _note_last(seen: Seen, row: SourceRow, reader: RowReader, cells: list[str]) -> None:
    """Keep what the database will have to show: the words of the row, not what became of them."""
    seen.hashes.append(int(row.hash, 16))
    seen.status = row.status or seen.status
    seen.priority = str(row.facts.get("priority", ""))
    seen.team = reader.label(cells, "team")
