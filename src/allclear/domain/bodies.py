"""Reading what was stored or sent as plain JSON data, with everything that is wrong with it told at its place.

A place is a path such as `steps.0.targets.1`; positions in it count from 0, those in sentences from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

LONGEST_TEXT = 200


class Body:
    """One object of the data. Reads give a value that can be used even where they complain; `settle` raises at the end.

    >>> body = Body({"repeat": 2})
    >>> body.whole("repeat", 0, 9)
    2
    """

    def __init__(
        self, data: Any, path: str = "", wrong: dict[str, str] | None = None, *, is_lenient: bool = False
    ) -> None:
        self.path = path
        self.is_lenient = is_lenient  # parts of unknown names are passed over: a newer release may have written them
        self.wrong = {} if wrong is None else wrong
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            self.complain("", say("Write an object with names and values here."))
            self.wrong = {} if path else self.wrong  # of what is not there, the parts are not missed too

    def complain(self, name: str, text: str) -> None:
        """What is wrong with a part; the first complaint of a place stays."""
        self.wrong.setdefault(".".join(p for p in (self.path, name) if p) or "body", text)

    def settle(self) -> None:
        """Raise `Invalid` with everything that was complained of."""
        if self.wrong:
            raise Invalid(self.wrong)

    def knows(self, *names: str) -> None:
        """Complain of parts by other names: a misspelt one would be passed over in silence."""
        for name in () if self.is_lenient else sorted(map(str, set(self.data) - set(names))):
            self.complain(name, say("There is no part of this name; choose among {names}.", names=", ".join(names)))

    def has(self, name: str) -> bool:
        return self.data.get(name) is not None

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`; without a default it must be given."""
        value = self.data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.complain(name, say("Write a whole number from {low} to {high}.", low=low, high=high))
            return low if default is None else default
        return value

    def text(self, name: str, default: str | None = None) -> str:
        value = self.data.get(name, default)
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or (default is None and not value.strip()):
            self.complain(name, say("Write a text of 1 to {most} characters.", most=LONGEST_TEXT))
            return default or ""
        return value

    def flag(self, name: str) -> bool:
        value = self.data.get(name, False)
        if not isinstance(value, bool):
            self.complain(name, say("Write true or false."))
        return value is True

    def keys(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers above 0, such as keys of records; nothing is an empty one."""
        values = self.data.get(name) or []
        if not isinstance(values, list) or any(isinstance(v, bool) or not isinstance(v, int) or v < 1 for v in values):
            self.complain(name, say("Write a list of whole numbers above 0."))
            return ()
        return tuple(values)

    def clock(self, name: str) -> time:
        """A time of day such as `22:00`."""
        try:
            read = time.fromisoformat(str(self.data.get(name)))
            if read.tzinfo is None and not (read.second or read.microsecond):
                return read
        except ValueError:
            pass
        self.complain(name, say("Write a time of day like 08:30."))
        return time()

    def instant(self, name: str) -> datetime | None:
        """An instant in ISO 8601 with its offset; None when there is none."""
        if not self.has(name):
            return None
        try:
            read = datetime.fromisoformat(str(self.data[name]))
            if read.tzinfo is not None:
                return read.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.complain(name, say("Write an instant with its zone, like 2026-03-31T08:30:00+00:00."))
        return None

    def zone(self, name: str) -> str:
        value = self.data.get(name)
        try:
            return ZoneInfo(str(value)).key
        except (OSError, ValueError, KeyError):
            self.complain(name, say("Write a time zone like Europe/Berlin."))
            return "UTC"

    def part(self, name: str) -> Body:
        """The object under `name`."""
        path = ".".join(p for p in (self.path, name) if p)
        return Body(self.data.get(name), path, self.wrong, is_lenient=self.is_lenient)

    def parts(self, name: str, most: int) -> list[Body]:
        """The objects in the list under `name`, at most so many; nothing is an empty one."""
        values = self.data.get(name) or []
        if not isinstance(values, list) or len(values) > most:
            self.complain(name, say("Write a list of at most {most} objects.", most=most))
            return []
        start = ".".join(p for p in (self.path, name) if p)
        return [
            Body(value, f"{start}.{index}", self.wrong, is_lenient=self.is_lenient)
            for index, value in enumerate(values)
        ]
