"""What is wrong with a record, in words that say what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, Model

from allclear.kernel.errors import Invalid


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
        return Invalid({name: sentence})
    for column in noun.model._meta.fields:
        if column.unique and f"_{column.column}_" in constraint:
            return Invalid({column.attname: f"There is another {noun.word} with this {column.verbose_name} already."})
    return Invalid({"record": f"This {noun.word} does not fit with what is stored ({constraint})."})


_SENTENCES = {"blank": "This is needed.", "null": "This is needed."}


def in_words(noun: Described, error: ValidationError) -> dict[str, str]:
    """Django's messages by the names callers use, in the words of the house."""
    found: dict[str, str] = {}
    for name, problems in error.error_dict.items():
        columns = [c for c in noun.model._meta.fields if c.name == name]
        key = columns[0].attname if columns else name
        found[key] = " ".join(_sentence(noun, problem, columns) for problem in problems)
    return found


def _sentence(noun: Described, problem: ValidationError, columns: Iterable[Field[Any, Any]]) -> str:
    for column in columns:
        if problem.code == "unique":
            return f"There is another {noun.word} with this {column.verbose_name} already."
        if isinstance(column, ForeignKey) and problem.code == "invalid":
            return f"There is no {column.related_model._meta.verbose_name} with this key; choose another."
        if problem.code == "invalid_choice" and column.choices:
            return f"Choose one of {', '.join(str(value) for value, _ in column.flatchoices)}."
        if problem.code == "invalid" and not problem.messages[0].startswith("Enter"):
            return f"This cannot be read as {column.get_internal_type().removesuffix('Field').lower()}."
    return _SENTENCES.get(problem.code or "", " ".join(problem.messages))
