"""Matchers of labels, as Alertmanager has them: `alertname=DiskFull`, `env!="dev"`, `instance=~"web.*"`, `team!~a|b`.

A label that is not there is the empty text, so `team=""` fits alerts without a team. Regular expressions must fit the
whole text (regexes.py says which are possible). A set of matchers fits when each of them does, and at least one must
need something: a set that also fits an alert with no labels at all would fit too much, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allclear.domain.alerts import regexes
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

LONGEST_NAME = 200  # characters
LONGEST_VALUE = 1000
MOST_MATCHERS = 50
_OPERATORS = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
_KINDS = {operator: kind for kind, operator in _OPERATORS.items()}
_PLAIN_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:.\-/]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE_NAME = re.compile(r'[^\s=!~,{}"\'`\\]+')
_OPERATOR = re.compile(r"=~|!~|!=|=")
_BLANK = re.compile(r"\s*")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"'}


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels of an alert meet it."""
        text = labels.get(self.name, "")
        same = regexes.fits(self.value, text) if self.is_regex else text == self.value
        return same is self.is_equal

    def __str__(self) -> str:
        name = self.name if _PLAIN_NAME.fullmatch(self.name) else _quoted(self.name)
        return f"{name}{_OPERATORS[self.is_regex, self.is_equal]}{_quoted(self.value)}"

    def as_data(self) -> dict[str, Any]:
        """As in Alertmanager's API v2, and in a silence's row."""
        return {"name": self.name, "value": self.value, "isRegex": self.is_regex, "isEqual": self.is_equal}


Matchers = tuple[Matcher, ...]


def first_misfit(matchers: Sequence[Matcher], labels: Mapping[str, str]) -> Matcher | None:
    """The first that does not fit; None when all do."""
    return next((matcher for matcher in matchers if not matcher.fits(labels)), None)


def as_text(matchers: Sequence[Matcher]) -> str:
    """`{alertname="DiskFull", env!="dev"}`: read again, it gives the same."""
    return "{" + ", ".join(map(str, matchers)) + "}"


def read_matcher(text: str) -> Matcher:
    """One matcher from its text; quotes are optional. Raises `Invalid` for `matchers`."""
    found = read_matchers(text)
    if len(found) != 1:
        raise Invalid({"matchers": say("Write one matcher here, such as alertname=DiskFull.")})
    return found[0]


def read_matchers(text: str) -> Matchers:
    """Matchers with commas between them, in braces or without. Raises `Invalid` for `matchers`, saying where."""
    inner = text.strip()
    if inner.startswith("{") != inner.endswith("}") or inner == "{":
        raise Invalid({"matchers": say("A brace is missing: write {example}.", example='{alertname="DiskFull"}')})
    inner = inner[1:-1] if inner.startswith("{") else inner
    found, at = [], _skip(inner, 0)
    while at < len(inner):
        matcher, at = _read_one(inner, at)
        found.append(matcher)
        at = _skip(inner, at)
        if at < len(inner) and inner[at] != ",":
            raise _unreadable(inner[at:])
        at = _skip(inner, at + 1)
    return tuple(found)


def matchers_from(data: Any) -> Matchers:
    """Matchers as they are kept or sent: texts, or {name, value, isRegex, isEqual}. Raises `Invalid` with paths.

    A set that fits everything is refused.
    """
    if not isinstance(data, Sequence) or isinstance(data, str) or len(data) > MOST_MATCHERS:
        raise Invalid({"matchers": say("Write a list of at most {most} matchers.", most=MOST_MATCHERS)})
    wrong: dict[str, str] = {}
    found = [_from_one(place, one, wrong) for place, one in enumerate(data)]
    if wrong:
        raise Invalid(wrong)
    matchers = tuple(matcher for matcher in found if matcher)
    if first_misfit(matchers, {}) is None:
        raise Invalid({"matchers": _TOO_WIDE})
    return matchers


_TOO_WIDE = say(
    "This would hold alerts of every kind. Add a matcher that needs a label to be there, such as alertname=DiskFull."
)


def _from_one(place: int, one: Any, wrong: dict[str, str]) -> Matcher | None:
    path = f"matchers.{place}"
    try:
        matcher = one if isinstance(one, Matcher) else read_matcher(one) if isinstance(one, str) else _from_object(one)
        _check(matcher)
    except Invalid as error:
        wrong |= {path if name == "matchers" else f"{path}.{name}": words for name, words in error.fields.items()}
        return None
    return matcher


def _from_object(one: Any) -> Matcher:
    if not isinstance(one, Mapping):
        raise Invalid({"matchers": say("Write a text such as alertname=DiskFull, or an object with name and value.")})
    if unknown := sorted(set(map(str, one)) - {"name", "value", "isRegex", "isEqual"}):
        raise Invalid({unknown[0]: say("There is no such field.")})
    name, value = one.get("name"), one.get("value")
    if not isinstance(name, str) or not isinstance(value, str):
        raise Invalid({"matchers": say("Name and value are texts, and both are needed.")})
    flags = {key: one.get(key, default) for key, default in (("isRegex", False), ("isEqual", True))}
    for key, flag in flags.items():
        if not isinstance(flag, bool):
            raise Invalid({key: say("Write true or false.")})
    return Matcher(name, value, is_regex=flags["isRegex"], is_equal=flags["isEqual"])


def _check(matcher: Matcher) -> None:
    if not matcher.name.strip() or len(matcher.name) > LONGEST_NAME:
        raise Invalid({"name": say("Name a label, with at most {most} characters.", most=LONGEST_NAME)})
    if len(matcher.value) > LONGEST_VALUE or "\0" in matcher.value + matcher.name:
        raise Invalid({"value": say("Write at most {most} characters.", most=LONGEST_VALUE)})
    if matcher.is_regex:
        try:
            regexes.compiled(matcher.value)
        except Invalid as error:
            raise Invalid({"value": error.fields["pattern"]}) from None


def _read_one(text: str, at: int) -> tuple[Matcher, int]:
    """The matcher that begins here, and where it ends."""
    start = at
    quoted = _QUOTED.match(text, at)
    bare = None if quoted else _BARE_NAME.match(text, at)
    name_ends = (quoted or bare).end() if quoted or bare else at  # type: ignore[union-attr]  # one of them is there
    name = _unquoted(quoted.group(1)) if quoted else bare.group() if bare else ""
    operator = _OPERATOR.match(text, _skip(text, name_ends))
    if not name or operator is None:
        raise _unreadable(text[start:])
    at = _skip(text, operator.end())
    is_regex, is_equal = _KINDS[operator.group()]
    if quoted_value := _QUOTED.match(text, at):
        value, at = _unquoted(quoted_value.group(1)), quoted_value.end()
    else:
        value, at = _bare_value(text, at)
    return Matcher(name, value, is_regex=is_regex, is_equal=is_equal), at


def _bare_value(text: str, at: int) -> tuple[str, int]:
    """A value without quotes goes to the next comma that stands in no bracket: `a=~x{1,2}` is one matcher."""
    depth, end = 0, at
    while end < len(text) and (text[end] != "," or depth > 0):
        depth += (text[end] in "{[(") - (text[end] in "}])")
        end += 1
    value = text[at:end].strip()
    if value.startswith('"') or value.endswith('"'):
        raise _unreadable(text[at:])
    return value, end


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _unquoted(inner: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found.group(1), found.group()), inner, flags=re.DOTALL)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def _unreadable(rest: str) -> Invalid:
    shown = rest.strip()[:60]
    return Invalid({"matchers": say("This cannot be read from here on: {rest} Write alertname=DiskFull.", rest=shown)})
