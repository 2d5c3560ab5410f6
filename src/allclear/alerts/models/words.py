"""All words of an alert in one text, which one index holds."""

from __future__ import annotations

from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Cast, Left, Upper

from allclear.domain.alerts.facts import SEARCHED


class Joined(Func):
    """Texts one after the other. None of them may be missing: `Concat` would ask each whether it is."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = TextField()


def all_words() -> Upper:
    """Title, source, beginning of the description and labels as JSON, a line each, in capital letters."""
    line = Value("\n")
    beginning = Left(F("description"), SEARCHED)
    return Upper(Joined(F("title"), line, F("source"), line, beginning, line, Cast(F("labels"), TextField())))
