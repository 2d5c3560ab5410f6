"""Sentences that know how they were made, so that a screen can say them again in the reader's language.

Rules and verbs write English: `say("{count} tasks are open.", count=3)` is the text "3 tasks are open." for the API,
the command line and the event log. A screen hands it to `in_language` with gettext and gets the reader's words.
Templates are collected for translation by the names `say`, `say_many` and `marked`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Translate = Callable[[str], str]
TranslateMany = Callable[[str, str, int], str]


class Said(str):
    """An English text with its template and what was put into it. Everywhere else it is an ordinary text."""

    __slots__ = ("number", "params", "plural", "template")
    template: str
    plural: str
    number: int  # decides between one and many
    params: Mapping[str, Any]


def say(template: str, /, **params: Any) -> Said:
    """The template with its {names} filled in."""
    return _said(template.format(**params) if params else template, template, "", 0, params)


def say_many(one: str, many: str, count: int, /, **params: Any) -> Said:
    """The form for one, or for many; `{count}` is filled in by itself."""
    params = {"count": count, **params}
    return _said((one if count == 1 else many).format(**params), one, many, count, params)


def marked(text: str, /) -> str:
    """The text as it is; its name has it collected for translation. For tables of words, said later."""
    return text


def joined(texts: Iterable[str]) -> Said:
    """Whole sentences, one after the other."""
    parts = {f"s{number}": text for number, text in enumerate(texts)}
    template = " ".join(f"{{{name}}}" for name in parts)
    return _said(template.format(**parts), template, "", 0, parts)


def listed(texts: Iterable[str], between: str = ", ") -> Said:
    """Words or sentences with commas between them, or something else."""
    parts = {f"w{number}": text for number, text in enumerate(texts)}
    template = between.join(f"{{{name}}}" for name in parts)
    return _said(template.format(**parts), template, "", 0, parts)


def _said(text: str, template: str, plural: str, count: int, params: Mapping[str, Any]) -> Said:
    said = Said(text)
    said.template, said.plural, said.number, said.params = template, plural, count, params
    return said


def in_language(text: str, translate: Translate, translate_many: TranslateMany) -> str:
    """The text in the language of the two functions. A plain text is looked up as it stands."""
    if not isinstance(text, Said):
        return translate(text) if text else ""
    one, many = text.template, text.plural
    template = translate_many(one, many, text.number) if many else translate(one)
    if not text.params:
        return template
    filled = {
        k: in_language(v, translate, translate_many) if isinstance(v, Said) else v for k, v in text.params.items()
    }
    return template.format(**filled)


def as_data(text: str) -> dict[str, Any] | None:
    """What must be stored beside an English text, so that it can be said again later; None for a plain text."""
    if not isinstance(text, Said):
        return None
    params = {k: as_data(v) or {"text": v} if isinstance(v, str) else {"text": v} for k, v in text.params.items()}
    return {"template": text.template, "plural": text.plural, "count": text.number, "params": params}


def from_data(text: str, data: Mapping[str, Any] | None) -> str:
    """The text as it was said, from what `as_data` gave."""
    if not data or "template" not in data:
        return text
    params = {k: _param(v) for k, v in data["params"].items()}
    return _said(text, data["template"], data["plural"], data["count"], params)


def _param(data: Mapping[str, Any]) -> Any:
    if "template" not in data:
        return data["text"]
    params = {k: _param(v) for k, v in data["params"].items()}
    one, many = data["template"], data["plural"]
    if many:
        return say_many(one, many, data["count"], **{k: v for k, v in params.items() if k != "count"})
    return say(one, **params)
