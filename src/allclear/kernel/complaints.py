"""What is wrong with a record, in words that say what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, Model

from allclear.kernel.errors import Invalid
from allclear.kernel.words import joined, say


class Described(Protocol):
    """The parts of a noun that messages need."""

    @property
    def model(self) -> type[Model]: ...
    @property
    def taken(self) -> Mapping[str, tuple[str, str]]: ...
    @property
    def word(self) -> str: ...


def taken(noun: Described, constraint: str) -> Invalid:
    """The error of a row that breaks a constraint by this name."""
    if constraint in noun.taken:
        name, sentence = noun.taken[constraint]
        return Invalid({name: say(sentence)})
    for column in noun.model._meta.fields:
        if column.unique and f"_{column.column}_" in constraint:
            return Invalid({column.attname: _another(noun, column)})
    text = say("This {noun} does not fit with what is stored ({rule}).", noun=say(noun.word), rule=constraint)
    return Invalid({"record": text})


def _another(noun: Described, column: Field[Any, Any]) -> str:
    name = say(str(column.verbose_name))
    return say("There is another {noun} with this {field} already.", noun=say(noun.word), field=name)


_SENTENCES = {"blank": say("This is needed."), "null": say("This is needed.")}


def in_words(noun: Described, error: ValidationError) -> dict[str, str]:
    """Django's messages by the names callers use, in the words of the house."""
    found: dict[str, str] = {}
    for name, problems in error.error_dict.items():
        columns = [c for c in noun.model._meta.fields if c.name == name]
        key = columns[0].attname if columns else name
        found[key] = joined(_sentence(noun, problem, columns) for problem in problems)
    return found


def _sentence(noun: Described, problem: ValidationError, columns: Iterable[Field[Any, Any]]) -> str:
    for column in columns:
        if problem.code == "unique":
            return _another(noun, column)
        if isinstance(column, ForeignKey) and problem.code == "invalid":
            word = say(str(column.related_model._meta.verbose_name))
            return say("There is no {noun} with this key; choose another.", noun=word)
        if problem.code == "invalid_choice" and column.choices:
            return say("Choose one of {choices}.", choices=", ".join(str(value) for value, _ in column.flatchoices))
        if problem.code == "invalid" and not problem.messages[0].startswith("Enter"):
            kind = column.get_internal_type().removesuffix("Field").lower()
            return say("This cannot be read as {kind}.", kind=say(kind))
    return _SENTENCES.get(problem.code or "", " ".join(problem.messages))
