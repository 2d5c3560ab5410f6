"""Bring back what `allclear export` wrote: the same rows with the same keys, into an empty database, all or nothing."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from itertools import chain, groupby, islice
from pathlib import Path
from typing import IO, Any

import zstandard
from django.db import connection, transaction

from allclear import __version__
from allclear.accounts.permissions import Viewer
from allclear.incidents import blobs, search
from allclear.incidents.exporting.tables import FORMAT, SECRET, SEQUENCE, Table, tables
from allclear.incidents.importing.reading import open_bytes, unreadable
from allclear.incidents.importing.survey import Progress
from allclear.kernel.errors import Refused
from allclear.kernel.generation import bump
from allclear.kernel.words import say

_BATCH = 500  # rows in one statement
_TOPICS = ("policies", "categories", "organisations", "teams", "services", "slas")
_CUT = say("The archive was cut while being written or copied. Get it again. Nothing was brought in.")


def restore(viewer: Viewer, path: Path, *, progress: Progress = lambda *_: None) -> dict[str, int]:
    """Read an archive back; gives the number of rows of each table.

    Raises `Refused` when the database is not empty, `Invalid` when the archive is cut, damaged or of another version.
    """
    viewer.require("incident.import")
    viewer.require("accounts.change")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('import:archive', 0))")
        _require_empty()
        reading = _Reading(path, progress)
        counts = reading.rows()
        _reset_counters()
        search.reindex_all(lambda done, total: progress("Indexing", done, total))
        for topic in _TOPICS:
            bump(topic)
    return counts


def _require_empty() -> None:
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table.name}")')  # noqa: S608 - own table
            if cursor.fetchone()[0]:
                text = say(
                    "This database is not empty ({table} has rows), and an archive keeps its own keys. Bring it "
                    "into a new one: set ALLCLEAR_HOME or DATABASE_URL, run `allclear migrate`, then import.",
                    table=table.name,
                )
                raise Refused(text, code="archive_needs_empty_database")


class _Reading:
    """One pass over the lines of an archive."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path = path
        self.progress = progress
        self.number = 0

    def rows(self) -> dict[str, int]:
        """Write all rows and files; gives the number of rows of each table."""
        lines = self._lines()
        _, head = next(lines, ("", {}))
        wanted = self._head(head)
        counts = dict.fromkeys(wanted, 0)
        for key, group in groupby(lines, lambda line: (line[1].get("table"), line[1].get("file"))):
            table, file = key
            if table in wanted:
                counts[table] = self._insert(wanted[table], (text for text, _ in group))
            elif file:
                self._file(file, [line for _, line in islice(group, 1)], (line for _, line in group))
            else:
                for _, line in group:
                    self._counter(line)
        return counts

    def _head(self, head: dict[str, Any]) -> dict[str, Table]:
        if head.get("allclear") != "archive":
            raise unreadable(
                say("This is no archive of `allclear export`. For a log of another system give its --format.")
            )
        ours = {table.name: table for table in tables()}
        theirs = {name: tuple(columns) for name, columns in head["tables"].items()}
        if head["format"] != FORMAT or theirs != {name: table.columns for name, table in ours.items()}:
            text = say(
                "The archive was written by version {theirs} of Allclear, this is {ours}, and their tables differ."
                " Bring it in with the version that wrote it, then upgrade.",
                theirs=head.get("version"),
                ours=__version__,
            )
            raise unreadable(text)
        return ours

    def _insert(self, table: Table, rows: Iterator[str]) -> int:
        """The database reads the JSON itself, so that every value is what it was."""
        names = ", ".join(f'"{name}"' for name in table.columns)
        secret = SECRET.get(table.name, {})
        more = "".join(f', "{name}"' for name in secret)
        statement = (
            f'INSERT INTO "{table.name}" ({names}{more}) SELECT {names}{", %s" * len(secret)} '  # noqa: S608 - own table
            f"FROM json_array_elements(%s::json) line, json_populate_record(NULL::\"{table.name}\", line->'row')"
        )
        count = 0
        with connection.cursor() as cursor:
            while batch := list(islice(rows, _BATCH)):
                cursor.execute(statement, [*secret.values(), f"[{','.join(batch)}]"])
                count += len(batch)
        return count

    def _file(self, sha256: str, first: list[dict[str, Any]], rest: Iterator[dict[str, Any]]) -> None:
        if first[0].get("missing"):
            return
        parts = (base64.b64decode(line["data"]) for line in chain(first, rest))
        if blobs.write(parts)[0] != sha256:
            text = say("The file before line {line} is not what it was. Nothing was brought in.", line=self.number)
            raise unreadable(text)

    def _counter(self, line: dict[str, Any]) -> None:
        if line.get("sequence") != SEQUENCE:
            text = say("Line {line} of the archive is not understood. Nothing was brought in.", line=self.number)
            raise unreadable(text)
        if value := int(line["value"]):
            with connection.cursor() as cursor:
                cursor.execute("SELECT setval(%s, %s)", [SEQUENCE, value])

    def _lines(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each line as text and parsed; the end is checked, and what is wrong with the file is said."""
        try:
            with self.path.open("rb") as raw:
                yield from self._parsed(open_bytes(raw), raw)
        except EOFError:
            raise unreadable(_CUT) from None
        except (zlib.error, zstandard.ZstdError, gzip.BadGzipFile) as error:
            raise unreadable(
                say("The archive is damaged ({reason}). Nothing was brought in.", reason=str(error))
            ) from None
        except (UnicodeDecodeError, OSError) as error:
            raise unreadable(say("{file} cannot be read ({reason}).", file=str(self.path), reason=str(error))) from None

    def _parsed(self, file: IO[bytes], raw: IO[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
        size = self.path.stat().st_size
        for self.number, text in enumerate(file, 1):
            try:
                line = json.loads(text)
            except ValueError:
                words = say(
                    "Line {line} of the archive is damaged. Get it again. Nothing was brought in.", line=self.number
                )
                raise unreadable(words if text.endswith(b"\n") else _CUT) from None
            if not self.number & 1023:
                self.progress("Reading", raw.tell(), size)
            if not isinstance(line, dict):
                raise unreadable(say("This is no archive of `allclear export`."))
            if line.get("end"):
                if line["lines"] != self.number - 1:
                    raise unreadable(say("Lines of the archive are missing. Get it again. Nothing was brought in."))
                self.progress("Reading", size, size)
                return
            yield text.decode(), line
        raise unreadable(_CUT)


def _reset_counters() -> None:
    """New rows get keys after those that came back."""
    with connection.cursor() as cursor:
        for table in tables():
            if table.has_counter:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence(%s, %s), max({table.key})) "  # noqa: S608 - own table
                    f'FROM "{table.name}" HAVING max({table.key}) IS NOT NULL',
                    [table.name, table.key],
                )
