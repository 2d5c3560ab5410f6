"""What the forms of all verbs share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from allclear.accounts.permissions import Viewer
from allclear.catalog.models import Code
from allclear.domain.incident import completeness
from allclear.incidents.models import Incident
from allclear.incidents.projection import state_of
from allclear.incidents.words import Words, words_of
from allclear.kernel.errors import AllclearError, Invalid, NotFound
from allclear.web.incidents.forms.fields import Choices, SuggestField, say_what_is_missing, show_texts
from allclear.web.said import localised


@dataclass(slots=True)
class Shown:
    """What a form may look at: the incident as it is now, and who looks."""

    row: Incident
    viewer: Viewer
    _words: Words | None = None
    _report: completeness.Completeness | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        self._words = self._words or words_of(self.row, internal=False)
        return self._words

    @property
    def completeness(self) -> completeness.Completeness:
        self._report = self._report or completeness.of(state_of(self.row, self.row.tasks.all()))
        return self._report


class VerbForm(forms.Form):
    """The form of a verb. Its fields are named like the errors that the verb raises."""

    use_required_attribute = False
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    rare: tuple[str, ...] = ()  # shown under "More"
    notice: StrOrPromise = ""

    def __init__(self, data: Any = None, files: Any = None, *, shown: Shown) -> None:
        self.shown = shown
        initial = {"version": shown.row.version, **self.start(shown)}
        super().__init__(data, files, initial=initial, auto_id="dialog_%s")
        self.prepare(shown)
        self._narrow(shown.extra.get("only", ()))
        show_texts(self, self.names(shown))
        say_what_is_missing(self)

    def start(self, shown: Shown) -> dict[str, Any]:
        """What the fields begin with."""
        return {}

    def prepare(self, shown: Shown) -> None:
        """Fill choices."""

    def names(self, shown: Shown) -> dict[str, str]:
        """The names of the values that suggest fields begin with."""
        return {}

    def _narrow(self, only: Collection[str]) -> None:
        """Keep the fields of one fact: the form stands in its place on the page."""
        if not only:
            return
        wanted = {name for name in only if name in self.fields}
        if not wanted:
            raise NotFound(gettext("You may not change this here. Reload the page to see what you can do."))
        for name in [n for n in self.fields if n not in {*wanted, "version"}]:
            del self.fields[name]
        self.rare = ()

    def choose(self, name: str, choices: Choices) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # called for choice fields only

    def complain(self, error: AllclearError) -> None:
        """Put what the verb refused at its field, else on top."""
        if not isinstance(error, Invalid):
            self.add_error(None, localised(error.message))
            return
        for name, text in error.fields.items():
            self.add_error(name if name in self.fields else None, localised(text))

    @property
    def is_bare(self) -> bool:
        """Whether there is nothing to fill in: then the button has the focus."""
        return not self.visible_fields()

    def beginnings(self) -> list[SafeString]:
        """What fields began with, hidden: so that only what the person changed is written."""
        return [bound.as_hidden(only_initial=True) for bound in self if bound.field.show_hidden_initial]

    @property
    def usual_fields(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.name not in self.rare]

    @property
    def rare_fields(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.name in self.rare]

    @property
    def opens_rare(self) -> bool:
        """Whether something under "More" has an error."""
        return any(bound.errors for bound in self.rare_fields)

    def said(self, name: str) -> str:
        """What was typed into a field, for the eye."""
        bound = self[name]
        if isinstance(bound.field, SuggestField):
            return bound.field.text
        value = bound.value()
        if isinstance(bound.field, forms.ChoiceField):
            return str(dict(bound.field.choices).get(value, value or ""))  # type: ignore[arg-type]  # plain choices
        return "" if value is None else str(value)


def codes(list_: str) -> Choices:
    rows = Code.objects.filter(list=list_, is_active=True).values_list("key", "name")
    return [("", _("Choose one")), *rows]
