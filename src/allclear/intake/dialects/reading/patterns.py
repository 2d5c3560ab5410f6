"""Regular expressions that people write, kept from holding the intake up."""

from __future__ import annotations

import re
from functools import lru_cache

from allclear.kernel.words import say

LONGEST = 200  # characters of an expression
MOST_REPEATS = 3  # each multiplies the time that a hostile text can cost
MOST_LINES, LONGEST_LINE = 100, 200  # of the text that is looked at
_ESCAPED = re.compile(r"\\.|\[[^\]]*\]", re.S)
_REPEAT = re.compile(r"[*+]|\{\d*,\d*\}")


def problem_of(expression: str) -> str:
    """What is wrong with it, in words; empty when nothing is."""
    if len(expression) > LONGEST:
        return say("It has more than {count} characters. Shorten it.", count=LONGEST)
    try:
        re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        return say("It is no regular expression: {reason}", reason=str(error)[:200])
    bare = _ESCAPED.sub("x", expression)
    if re.search(r"\)[*+{]", bare) or re.search(r"\\[1-9]|\(\?P=", expression):
        return say("Groups may not be repeated or referred to. Repeat single characters only.")
    if len(_REPEAT.findall(bare)) > MOST_REPEATS:
        return say("It has more than {count} repeats (* or +). Use fewer.", count=MOST_REPEATS)
    return ""


def first_match(expression: str, text: str) -> str:
    """What the first group, else the whole expression, finds in the first line that has it; empty for nothing."""
    pattern = _compiled(expression) if expression else None
    if pattern is None:
        return ""
    for line in text.splitlines()[:MOST_LINES]:
        if match := pattern.search(line[:LONGEST_LINE]):
            return (match.group(1 if pattern.groups else 0) or "").strip()
    return ""


@lru_cache(maxsize=256)
def _compiled(expression: str) -> re.Pattern[str] | None:
    return None if problem_of(expression) else re.compile(expression)
