"""Fields that several forms of incidents need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from allclear.domain.terms import label
from allclear.web.said import localised

Choices = list[tuple[Any, StrOrPromise]]

term: Callable[[str], StrOrPromise] = lazy(lambda value: localised(label(value)), str)  # a word of the glossary


class SuggestField(forms.IntegerField):
    """One of thousands, found as one types. The value is a key; `text` is the name that the form begins with."""

    def __init__(self, suggest: str, placeholder: StrOrPromise = "", **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2**62, widget=forms.HiddenInput(), **kwargs)
        self.suggest: Any = reverse_lazy(f"incidents:suggest_{suggest}")
        self.placeholder = placeholder
        self.text = ""
        self.error_messages["invalid"] = _("Choose one of the list that appears while you type.")


class InstantField(forms.DateTimeField):
    """A point in time in the viewer's zone, to the minute."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)
        self.error_messages["invalid"] = _("Write the date and the time, such as 2026-11-22 14:07.")

    def help_zone(self) -> str:
        return gettext("In your time zone, {zone}.").format(zone=timezone.get_current_timezone_name())


class LevelField(forms.TypedChoiceField):
    """Impact or urgency: the levels of the matrix in force."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, empty_value=None, widget=forms.RadioSelect, **kwargs)


def area(rows: int = 3, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


def say_what_is_missing(form: forms.Form) -> None:
    """An empty field says what to do about it."""
    for field in form.fields.values():
        is_choice = isinstance(field, (forms.ChoiceField, SuggestField))
        field.error_messages["required"] = _("Choose one.") if is_choice else _("Please fill this in.")


def show_texts(form: forms.Form, names: dict[str, str] | None = None) -> None:
    """Give suggest fields the name of their value: what was typed, else what the page knows."""
    for name, field in form.fields.items():
        if isinstance(field, SuggestField):
            typed = form.data.get(f"{form.add_prefix(name)}_text", "") if form.is_bound else ""
            field.text = typed or (names or {}).get(name, "")
