"""Regular expressions that people write into matchers: those that cannot run away.

Alertmanager's run on RE2, whose time grows with the text; Python's try every way. So what makes the ways explode is
refused, in words: a repeat or alternatives within a repeat, look-around, references, and more repeats and alternatives
in all than `MOST_BITS` allows. Texts are looked at up to `LONGEST_TEXT` characters. What is allowed means the same in
both: the whole text must fit, `.` is any character but a line break, \\d \\w \\s are of ASCII.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import log2
from typing import NoReturn

from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

LONGEST_PATTERN = 500  # characters
LONGEST_TEXT = 500  # characters; what comes behind plays no part
MOST_BITS = 26  # 2**26 ways to try at worst: under two seconds for a text made for it, microseconds for any other
UNBOUNDED_BITS = 8  # of `*`, `+`, `{2,}`
MOST_REPEATS = 100  # the largest count in `{...}`
_REPEAT = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}")
_GROUP = re.compile(r"\(\?(?::|P?<[A-Za-z_]\w*>|i\))")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\\[])*\]", re.DOTALL)


@lru_cache(maxsize=2000)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, ready to be used with `fits`. Raises `Invalid` for `pattern`, saying what is wrong with it."""
    if len(pattern) > LONGEST_PATTERN:
        _refuse(say("Write at most {most} characters.", most=LONGEST_PATTERN))
    try:
        _Scan(pattern).run()
        return re.compile(pattern, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise _invalid(say("This is no regular expression: {error}.", error=str(error))) from None


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text fits."""
    return compiled(pattern).fullmatch(text[:LONGEST_TEXT]) is not None


class _Scan:
    """Go through a pattern once and refuse what may run away. What is no regular expression at all, `re` finds."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.bits = 0.0  # how many ways there are to try, as a power of two
        self.open: list[bool] = [False]  # for each open group: whether repeats or alternatives stand in it
        self.bars: list[int] = [0]  # for each open group: how many alternatives stand in it, but for the first
        self.closed: bool | None = None  # the same of the group that has just been closed

    def run(self) -> None:
        at = 0
        while at < len(self.pattern):
            at = self._one(at)
        self._spend(log2(1 + self.bars[0]))

    def _spend(self, bits: float) -> None:
        self.bits += bits
        if self.bits > MOST_BITS:
            _refuse(say("This may take too long: use fewer of * + ? and |, or split it into several matchers."))

    def _one(self, at: int) -> int:
        """Look at what begins here; gives where the next begins."""
        sign = self.pattern[at]
        if repeat := _REPEAT.match(self.pattern, at):
            self._repeat(repeat)
            return repeat.end()
        self.closed = None
        if sign == "\\":
            self._escape(self.pattern[at + 1 : at + 2])
            return at + 2
        if sign == "[":
            return self._class(at)
        if sign == "(":
            return self._group(at)
        if sign == "|":
            self.open[-1] = True
            self.bars[-1] += 1
        if sign == ")" and len(self.open) > 1:
            self.closed = self.open.pop()
            self._spend(log2(1 + self.bars.pop()))
            self.open[-1] |= self.closed
        return at + 1

    def _repeat(self, found: re.Match[str]) -> None:
        low, comma, high = found.group(1), found.group(2), found.group(3)
        if max((int(n) for n in (low, high) if n), default=0) > MOST_REPEATS:
            _refuse(say("Repeat at most {most} times.", most=MOST_REPEATS))
        is_unbounded = found.group() in ("*", "+") or (bool(comma) and not high)
        is_once = found.group() == "?" or (high or low) in ("0", "1")
        if self.closed and not is_once:
            _refuse(say("A repeat or alternatives within a repeat may run for ever. Write it without one of them."))
        spread = int(high or low or 0) - int(low or 0)
        self._spend(UNBOUNDED_BITS if is_unbounded else 1 if found.group() == "?" else log2(1 + max(spread, 0)))
        self.open[-1] = True
        self.closed = True  # `a*+` and `a**` are no way round

    def _escape(self, sign: str) -> None:
        if sign.isdigit() or sign in ("g", "k"):
            _refuse(say("References to a group are not possible here."))

    def _class(self, at: int) -> int:
        found = _CLASS.match(self.pattern, at)
        if found is None or any(pair in found.group() for pair in ("--", "&&", "||", "~~")):
            _refuse(say("Write simple character classes such as [a-z0-9], without brackets or doubled signs in them."))
        return found.end()

    def _group(self, at: int) -> int:
        self.open.append(False)
        self.bars.append(0)
        if not self.pattern.startswith("(?", at):
            return at + 1
        found = _GROUP.match(self.pattern, at)
        if found is None:
            _refuse(say("Of the groups that begin with (? only (?: and (?P<name> are possible, and (?i) at the front."))
        if found.group() == "(?i)":
            self.open.pop()
            self.bars.pop()
        return found.end()


def _invalid(text: str) -> Invalid:
    return Invalid({"pattern": text})


def _refuse(text: str) -> NoReturn:
    raise _invalid(text)
