"""A full archive as JSON lines: the same data always gives the same bytes.

Line by line: a head that names the tables and their columns; each row; the next public number; the files, in parts;
an end that says how many lines there are, by which a cut archive is recognised.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import psycopg
import zstandard
from django.db import connection, transaction

from allclear import __version__
from allclear.accounts.models import SecurityClass
from allclear.accounts.permissions import Viewer
from allclear.incidents import blobs
from allclear.incidents.exporting.tables import FORMAT, SEQUENCE, Table, tables
from allclear.incidents.models import Attachment
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.kernel.words import say

PART = 768 * 1024  # bytes of a file in one line
_FETCH = 500  # rows that are in memory at once
Progress = Callable[[str, int, int], None]


def export_archive(viewer: Viewer, path: Path, *, progress: Progress = lambda *_: None) -> dict[str, int]:
    """Write everything to `path` (.jsonl, .jsonl.zst or .jsonl.gz); gives the number of rows of each table.

    Everything means everything: whoever may not see each customer and security class is refused, rather than given an
    archive with holes. The database is read as it was at one instant. The file appears when it is whole.
    """
    viewer.require("incident.export")
    _require_all(viewer)
    counts: dict[str, int] = {}
    with writing(path) as out, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        lines = 0
        for line in _lines(counts, progress):
            out.write(line.encode())
            out.write(b"\n")
            lines += 1
        out.write(_dump({"end": True, "lines": lines}).encode() + b"\n")
    return counts


def _require_all(viewer: Viewer) -> None:
    classes = set(SecurityClass.objects.values_list("pk", flat=True))
    if viewer.organisation_ids is not None or classes - viewer.security_class_ids:
        raise NotPermitted(
            say(
                "An archive holds every incident, and some of them you may not see. Export as CSV to get yours, or let"
                " an operator run `allclear export incidents` on the server."
            )
        )


def _lines(counts: dict[str, int], progress: Progress) -> Iterator[str]:
    wanted = tables()
    columns = {table.name: list(table.columns) for table in wanted}
    yield _dump({"allclear": "archive", "format": FORMAT, "version": __version__, "tables": columns})
    for number, table in enumerate(wanted):
        progress("Writing", number, len(wanted))
        counts[table.name] = 0
        for row in _rows(table):
            counts[table.name] += 1
            yield f'{{"table":"{table.name}","row":{row}}}'
    yield _dump({"sequence": SEQUENCE, "value": _sequence_value()})
    yield from _files()
    progress("Writing", len(wanted), len(wanted))


def _rows(table: Table) -> Iterator[str]:
    """Each row as the database writes it in JSON: exact numbers, instants in UTC, keys in one order."""
    names = ", ".join(f't."{name}"' for name in table.columns)
    statement = f'SELECT row_to_json(r)::text FROM (SELECT {names} FROM "{table.name}" t ORDER BY t."{table.key}") r'  # noqa: S608
    raw: psycopg.Connection[Any] = connection.connection
    with raw.cursor(name="allclear_export") as cursor:
        cursor.itersize = _FETCH
        for (row,) in cursor.execute(statement):
            yield row


def _sequence_value() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {SEQUENCE}")  # noqa: S608 - ours
        return int(cursor.fetchone()[0])


def _files() -> Iterator[str]:
    """The bytes of attachments, each once. One that the disk has lost is named, so that nobody believes it saved."""
    kept = Attachment.objects.filter(erased_at=None)
    for sha256 in kept.order_by("sha256").values_list("sha256", flat=True).distinct():
        path = blobs.path_of(sha256)
        if not path.is_file():
            yield _dump({"file": sha256, "missing": True})
            continue
        with path.open("rb") as file:
            while part := file.read(PART):
                yield _dump({"file": sha256, "data": base64.b64encode(part).decode()})


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is whole, readable by its owner only. Packed by its ending."""
    try:
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".export-")
    except OSError as error:
        raise Invalid({"file": f"{path} cannot be written ({error.strerror})."}) from None
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with _packed(raw, path.name) as out:
                yield out
            raw.flush()
            os.fsync(raw.fileno())
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


@contextmanager
def _packed(raw: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    if name.endswith(".zst"):
        with zstandard.ZstdCompressor(level=6).stream_writer(raw, closefd=False) as out:
            yield out
    elif name.endswith(".gz"):
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:  # no name, no time: same bytes
            yield cast("IO[bytes]", packed)
    else:
        yield raw
