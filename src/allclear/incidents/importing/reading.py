"""Read a log from disk, plain or packed, line by line: memory stays small, and errors name their line."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

import zstandard

from allclear.incidents.importing.mapping import Mapping
from allclear.kernel.errors import Invalid
from allclear.kernel.words import joined, listed, say, say_many

Row = tuple[int, list[str]]  # line number where the row begins, its cells
_ZSTD, _GZIP, _ZIP = b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"PK\x03\x04"
_CUT = say(
    "The file ends in the middle of its compressed data: it was cut while being written or copied. Get it again."
)


def unreadable(words: str) -> Invalid:
    """The file as a whole cannot be used; nothing was written."""
    return Invalid({"file": words})


class _Zstandard(io.RawIOBase):
    """Decompressed bytes of one or more frames; a frame that does not end is an error, not the end of the file."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._ready = b""
        self._is_begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            if self._frame.eof:
                compressed = self._frame.unused_data or self._raw.read(1 << 16)
                self._frame, self._is_begun = zstandard.ZstdDecompressor().decompressobj(), False
            else:
                compressed = self._raw.read(1 << 16)
            if not compressed:
                if self._is_begun:
                    raise EOFError
                return 0
            self._is_begun = True
            self._ready = self._frame.decompress(compressed)
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size


def open_bytes(raw: IO[bytes]) -> IO[bytes]:
    """The plain bytes of an opened file, whatever it is packed with; looks at its first bytes, not at its name."""
    start = raw.read(4)
    raw.seek(0)
    if start == _ZSTD:
        return io.BufferedReader(_Zstandard(raw), 1 << 18)
    if start[:2] == _GZIP:
        return io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 18)
    if start == _ZIP:
        raise unreadable(say("This is a workbook or a zip archive. Save the log as CSV and bring that in."))
    return raw


class LogFile:
    """A delimited log with a header row. It can be read any number of times."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        self.path = path
        self.mapping = mapping
        self.ends_cleanly = True  # after reading: the last line ends with a line break
        try:
            self.size = path.stat().st_size
        except OSError as error:
            text = say("{file} cannot be opened ({reason}).", file=str(path), reason=error.strerror)
            raise unreadable(text) from None
        self.header = self._header()
        self.position = {name: index for index, name in enumerate(self.header)}

    def sha256(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def rows(self, read: Callable[[int], None] = lambda _: None) -> Iterator[Row]:
        """Every row after the header, with the line it begins on. `read` hears how many bytes of the file were used."""
        rows = self._raw_rows(read)
        next(rows)
        return rows

    def _header(self) -> list[str]:
        first = next(self._raw_rows(lambda _: None), None)
        if first is None:
            raise unreadable(say("{file} is empty.", file=self.path.name))
        names = [name.strip() for name in first[1]]
        if missing := [name for name in self.mapping.needed if name not in names]:
            raise unreadable(_missing(missing, names, self.mapping))
        used = set(self.mapping.used)
        if twice := sorted({name for name in names if name in used and names.count(name) > 1}):
            text = say(
                "The header names {columns} more than once. Rename or remove one of them.", columns=_listed(twice)
            )
            raise unreadable(text)
        return names

    def _raw_rows(self, read: Callable[[int], None]) -> Iterator[Row]:
        line = 1
        with self.path.open("rb") as raw:
            reader = csv.reader(self._lines(open_bytes(raw)), delimiter=self.mapping.delimiter, strict=True)
            try:
                for cells in reader:
                    if cells:
                        yield line, cells
                    line = reader.line_num + 1
                    if not line & 1023:
                        read(raw.tell())
            except csv.Error as error:
                text = say(
                    "Line {line}: {reason}. A quotation mark is not closed or not doubled, or the file was cut here.",
                    line=line,
                    reason=str(error),
                )
                raise unreadable(text) from None
            except EOFError:
                raise unreadable(
                    joined((_CUT, say("(Line {line} was the last that could be read.)", line=line)))
                ) from None
            except (zlib.error, zstandard.ZstdError, gzip.BadGzipFile) as error:
                text = say(
                    "The compressed data is damaged after line {line} ({reason}). Get it again.",
                    line=line - 1,
                    reason=str(error),
                )
                raise unreadable(text) from None

    def _lines(self, file: IO[bytes]) -> Iterator[str]:
        encoding = self.mapping.encoding
        if encoding.startswith(("utf-16", "utf-32")):
            yield from codecs.getreader(encoding)(file)
            return
        raw = b"\n"
        for number, raw in enumerate(file, 1):
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError as error:
                raise unreadable(_wrong_encoding(number, raw, error)) from None
            yield text.removeprefix("\ufeff") if number == 1 else text
        self.ends_cleanly = raw.endswith(b"\n")


def _wrong_encoding(line: int, raw: bytes, error: UnicodeDecodeError) -> str:
    guess = "utf-16" if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "cp1252"
    guess = "utf-8" if error.encoding == guess else guess
    return say(
        "Line {line}, byte {byte} ({value}) is not {encoding}. The file has another encoding: give --encoding {guess},"
        ' or write encoding = "{guess}" in the mapping file.',
        line=line,
        byte=error.start + 1,
        value=f"0x{raw[error.start]:02x}",
        encoding=error.encoding,
        guess=guess,
    )


def _missing(missing: list[str], names: list[str], mapping: Mapping) -> str:
    if len(names) == 1 and len(mapping.needed) > 1:
        return say(
            "The header is one single column ({column}). The values are separated by something else than "
            "{delimiter}: set delimiter in the mapping file.",
            column=names[0][:80],
            delimiter=repr(mapping.delimiter),
        )
    like = {name: get_close_matches(name, names, 1) for name in missing}
    hints = [
        say("{column} (perhaps {other}?)", column=name, other=near[0]) if near else name for name, near in like.items()
    ]
    return say_many(
        "The file lacks the column {columns}. Name the right column in a mapping file (--mapping), "
        "or list it there under optional.",
        "The file lacks the columns {columns}. Name the right column in a mapping file (--mapping), "
        "or list it there under optional.",
        len(missing),
        columns=listed(hints),
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names)
