"""What a kind of source tells about itself: its settings, and how to connect it. Screens are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

LONGEST_TEXT = 2000  # characters of one setting
MOST_ENTRIES = 200  # lines of a list or a table


class OptionKind(StrEnum):
    """How a setting is asked for, and what it is in `Integration.options`."""

    TEXT = "text"  # str
    LINES = "lines"  # list of str; a form may give one text with a line each
    SWITCH = "switch"  # bool
    TABLE = "table"  # dict of str to str; a form may give lines of `word = value`
    EXPRESSION = "expression"  # str, JMESPath


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a dialect. `secret`: shown never again once saved. `values`: what a TABLE may map to."""

    name: str
    label: str
    help: str = ""
    kind: OptionKind = OptionKind.TEXT
    default: Any = ""
    required: bool = False
    secret: bool = False
    values: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the instructions: what to do, and what to paste there once `filled` has filled it in."""

    text: str
    code: str = ""
    file: str = ""  # its name, where the code is a file to download


@dataclass(frozen=True, slots=True)
class Example:
    """A message as the source would send it, for the test button: to post below the integration's own URL."""

    body: str
    path: str = ""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def filled(code: str, base: str, key: str, mail_domain: str = "") -> str:
    """What to paste. `base` is our address without a slash at its end; {url} in `code` is the integration's own URL.

    `mail_domain` is that of alerts by mail; without one a word stands for it.

    >>> filled("{url} {base} {scheme} {host} {key}", "https://allclear.example", "0123")
    'https://allclear.example/webhooks/0123 https://allclear.example https allclear.example 0123'
    """
    scheme, _, host = base.partition("://")
    parts = {"url": "{base}/webhooks/{key}", "base": base, "scheme": scheme, "host": host, "key": key}
    parts["mail_domain"] = mail_domain or "DOMAIN"
    for name, text in parts.items():
        code = code.replace(f"{{{name}}}", text)
    return code


def checked(options: Sequence[Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are kept. Raises `Invalid` with what is wrong by the setting's name."""
    wrong: dict[str, str] = {}
    kept: dict[str, Any] = {}
    known = {option.name for option in options}
    for name in given:
        if name not in known:
            wrong[str(name)] = say("There is no setting “{name}”. Leave it out.", name=str(name)[:100])
    for option in options:
        try:
            kept[option.name] = _READERS[option.kind](option, given.get(option.name))
        except ValueError as error:
            wrong[option.name] = error.args[0]
            continue
        if option.required and not kept[option.name]:
            wrong[option.name] = say("This is needed. Fill it in.")
    if wrong:
        raise Invalid(wrong)
    return kept


def _text(option: Option, value: Any) -> str:
    if value is None:
        return str(option.default)
    if not isinstance(value, str):
        raise ValueError(say("It must be a text."))
    if len(value) > LONGEST_TEXT:
        raise ValueError(say("It has more than {count} characters. Shorten it.", count=LONGEST_TEXT))
    return value.strip()


def _lines(option: Option, value: Any) -> list[str]:
    if value is None:
        return list(option.default or ())
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
        raise ValueError(say("It must be a list of texts, one a line."))
    kept = [line.strip() for line in lines if line.strip()]
    if len(kept) > MOST_ENTRIES or any(len(line) > LONGEST_TEXT for line in kept):
        raise ValueError(say("It has more than {count} lines, or one is too long. Shorten it.", count=MOST_ENTRIES))
    return kept


def _switch(option: Option, value: Any) -> bool:
    if value is None:
        return bool(option.default)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("on", "true", "yes", "1", "off", "false", "no", "0", ""):
        return value.lower() in ("on", "true", "yes", "1")
    raise ValueError(say("It must be yes or no."))


def _table(option: Option, value: Any) -> dict[str, str]:
    if value is None:
        return dict(option.default or {})
    rows = dict(_row(line) for line in value.splitlines() if line.strip()) if isinstance(value, str) else value
    if not isinstance(rows, Mapping) or not all(isinstance(part, str) for row in rows.items() for part in row):
        raise ValueError(say("It must be lines of a word, an equals sign and what it means."))
    if len(rows) > MOST_ENTRIES or any(len(part) > LONGEST_TEXT for row in rows.items() for part in row):
        raise ValueError(say("It has more than {count} lines, or one is too long. Shorten it.", count=MOST_ENTRIES))
    for word, meaning in rows.items():
        if option.values and meaning not in option.values:
            known = ", ".join(option.values)
            raise ValueError(say("“{word}” must mean one of: {known}.", word=word, known=known))
    return dict(rows)


def _row(line: str) -> tuple[str, str]:
    word, equals, meaning = line.partition("=")
    if not equals or not word.strip():
        raise ValueError(say("It must be lines of a word, an equals sign and what it means."))
    return word.strip(), meaning.strip()


_READERS: Mapping[OptionKind, Callable[[Option, Any], Any]] = {
    OptionKind.TEXT: _text,
    OptionKind.LINES: _lines,
    OptionKind.SWITCH: _switch,
    OptionKind.TABLE: _table,
    OptionKind.EXPRESSION: _text,
}
