"""The kinds of source that there are, as far as this floor must know them: the intake tells it, in config/wiring.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allclear.domain.alerts import Event
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

LONGEST_OPTION = 20_000  # characters; a mapping with many expressions is long


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a kind. `kind` of it: text, long, lines (a list), number, flag, words (a table of word = word)."""

    name: str
    label: str
    help: str = ""
    kind: str = "text"
    default: Any = ""
    required: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request to be read: as it arrived, or made up to try an integration. `path` is what follows the key."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a kind makes of a request: its events, or `error` in words; `status` is what the source is answered."""

    events: Sequence[Event]
    status: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a mapping, tried on a sample: what it gives, or what is wrong."""

    name: str
    value: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source. `setup` has {url} and {key} in it. `sample` makes a request that tries an integration.

    `preview` tries options on a sample body: the fields one by one, and what becomes of the whole.
    """

    kind: str
    name: str
    read: Callable[[Inbound], Understood]
    setup: str = ""
    options: Sequence[Option] = ()
    sample: Callable[[datetime], Inbound] | None = None
    preview: Callable[[Mapping[str, Any], bytes], tuple[Sequence[Line], Understood]] | None = None


KINDS: dict[str, Kind] = {}  # filled by config/wiring.py only


def kind_of(kind: str) -> Kind:
    """The kind of this name. Raises `Invalid` that names all."""
    if kind not in KINDS:
        raise Invalid(
            {"kind": say("There is no kind {kind}; choose of {all}.", kind=kind, all=", ".join(sorted(KINDS)))}
        )
    return KINDS[kind]


def checked(kind: Kind, given: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """The options of an integration, each of its type. A secret that is not given stays as it is held.

    Raises `Invalid` with a sentence for each that cannot be used.
    """
    known = {option.name: option for option in kind.options}
    wrong: dict[str, str] = {
        f"options.{name}": say("{kind} has no option of this name; it has {all}.", kind=kind.name, all=_all(known))
        for name in given
        if name not in known
    }
    found: dict[str, Any] = {}
    for option in kind.options:
        value = given.get(option.name)
        if option.secret and value in (None, ""):
            value = held.get(option.name)
        try:
            clean = _clean(option, value)
        except ValueError as error:
            wrong[f"options.{option.name}"] = str(error.args[0])
            continue
        if clean in ("", None, [], {}) and option.required:
            wrong[f"options.{option.name}"] = say("Say what it is: without it nothing can be read.")
        elif clean not in ("", None, [], {}) and (clean is not False or option.default):
            found[option.name] = clean
    if wrong:
        raise Invalid(wrong)
    return found


def _all(known: Mapping[str, Option]) -> str:
    return ", ".join(known) or "–"


def _clean(option: Option, value: Any) -> Any:
    """The value in the option's type; a `ValueError` has a sentence."""
    if value is None or (value == "" and option.kind != "flag"):
        return None
    if option.kind == "flag":
        return value is True or str(value).lower() in ("true", "on", "yes", "1")
    if option.kind == "number":
        return _number(value)
    if option.kind == "lines":
        return _lines(value)
    if option.kind == "words":
        return _words(value)
    if not isinstance(value, str):
        raise ValueError(say("Write a text."))
    return _short(value.strip())


def _number(value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isdecimal() or len(text) > 9:
        raise ValueError(say("Write a whole number, such as 5."))
    return int(text)


def _lines(value: Any) -> list[str]:
    parts = value.splitlines() if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, str) for part in parts):
        raise ValueError(say("Write a list of texts, one on each line."))
    return [_short(part.strip()) for part in parts if part.strip()]


def _words(value: Any) -> dict[str, str]:
    """A table, from `word = meaning` on lines or from an object."""
    if isinstance(value, str):
        pairs = [line.partition("=") for line in value.splitlines() if line.strip()]
        if not all(mark and word.strip() and meaning.strip() for word, mark, meaning in pairs):
            raise ValueError(say("Write one pair on each line, such as: high = critical"))
        value = {word.strip(): meaning.strip() for word, _mark, meaning in pairs}
    if not isinstance(value, Mapping) or not all(isinstance(part, str) for pair in value.items() for part in pair):
        raise ValueError(say("Write a table of words, each with a text."))
    return {_short(word): _short(meaning) for word, meaning in value.items()}


def _short(text: str) -> str:
    if len(text) > LONGEST_OPTION:
        raise ValueError(say("This is too long: at most {limit} characters.", limit=LONGEST_OPTION))
    return text.replace("\0", "")
