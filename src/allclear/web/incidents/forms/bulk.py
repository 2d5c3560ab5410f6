"""The forms of one verb on many incidents: the values are named as the verb takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from allclear.accounts.models import Organisation
from allclear.catalog.policies import in_force
from allclear.web.incidents.forms.base import codes
from allclear.web.incidents.forms.fields import (
    InstantField,
    LevelField,
    SuggestField,
    area,
    say_what_is_missing,
    show_texts,
)
from allclear.web.incidents.forms.work import WAITS, level_choice, teams


class BulkForm(forms.Form):
    """What a verb needs to know, once for all of them."""

    use_required_attribute = False

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="dialog_%s")
        self.prepare()
        show_texts(self)
        say_what_is_missing(self)

    def prepare(self) -> None:
        """Fill choices."""

    def choose(self, name: str, choices: Any) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # called for choice fields only

    def values(self) -> dict[str, Any]:
        """The values as JSON has them; what is empty is left out."""
        return {name: _plain(value) for name, value in self.cleaned_data.items() if value not in (None, "", False)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _team(**more: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=_("Team"), coerce=int, empty_value=None, **more)


class AssignForm(BulkForm):
    team_id = _team(required=False)
    assignee_id = SuggestField("staff", _("Name or team"), required=False, label=_("Person"))
    reason = forms.CharField(
        label=_("Reason"), required=False, widget=area(), help_text=_("Needed when one goes from one team to another.")
    )

    def prepare(self) -> None:
        self.choose("team_id", teams(_("The person's own")))


class HandOverForm(BulkForm):
    team_id = _team()
    reason = forms.CharField(label=_("Reason"), widget=area(), help_text=_("What was tried, and why they go to them."))

    def prepare(self) -> None:
        self.choose("team_id", teams(_("Choose a team")))


class CategoriseForm(BulkForm):
    category_id = SuggestField("categories", _("Type a part of the name"), label=_("Category"))


class PrioritiseForm(BulkForm):
    impact = LevelField(label=_("Impact: how wide"))
    urgency = LevelField(label=_("Urgency: how soon"))
    reason = forms.CharField(label=_("Reason"), widget=area(), help_text=_("Kept in the history of each."))

    def prepare(self) -> None:
        matrix = in_force().matrix
        self.choose("impact", [level_choice(v) for v in matrix.impacts])
        self.choose("urgency", [level_choice(v) for v in matrix.urgencies])


class HoldForm(BulkForm):
    reason = forms.ChoiceField(label=_("They wait for"), widget=forms.RadioSelect, choices=WAITS)
    supplier_id = forms.TypedChoiceField(
        label=_("Supplier"), required=False, coerce=int, empty_value=None, help_text=_("Needed when they wait for one.")
    )
    until = InstantField(
        label=_("Until"),
        required=False,
        help_text=_("Then they ask to be resumed. Empty: until somebody does so."),
    )
    note = forms.CharField(label=_("Note"), widget=area(), required=False, help_text=_("Seen by staff only."))

    def prepare(self) -> None:
        rows = Organisation.objects.filter(is_supplier=True, is_active=True).values_list("pk", "name")
        self.choose("supplier_id", [("", _("No supplier")), *rows])


class NoteForm(BulkForm):
    body = forms.CharField(label=_("Note"), widget=area(4), help_text=_("Seen by staff only, on each of them."))


class PersonForm(BulkForm):
    user_id = SuggestField("people", _("Name, e-mail or phone"), label=_("Who?"))


class StaffForm(BulkForm):
    user_id = SuggestField("staff", _("Name or team"), label=_("Who?"))


class ReasonForm(BulkForm):
    reason = forms.CharField(label=_("Reason"), widget=area())


class ResolveForm(BulkForm):
    resolution_code = forms.ChoiceField(label=_("How they were resolved"))
    resolution = forms.CharField(label=_("What was done"), widget=area(4), help_text=_("Each requester reads this."))
    cause_code = forms.ChoiceField(label=_("Cause"), required=False)

    def prepare(self) -> None:
        self.choose("resolution_code", codes("resolution"))
        self.choose("cause_code", codes("cause"))


@dataclass(frozen=True, slots=True)
class BulkSpec:
    """A verb on many as a screen offers it."""

    label: StrOrPromise
    form: type[BulkForm] = BulkForm
    icon: str = ""
    style: str = ""


SPECS: Mapping[str, BulkSpec] = {
    "assign": BulkSpec(_("Assign"), AssignForm, "user-plus"),
    "hand_over": BulkSpec(_("Hand over"), HandOverForm, "users"),
    "prioritise": BulkSpec(_("Prioritise"), PrioritiseForm, "flag"),
    "categorise": BulkSpec(_("Categorise"), CategoriseForm, "tag"),
    "hold": BulkSpec(_("Hold"), HoldForm, "pause"),
    "resume": BulkSpec(_("Resume"), icon="play"),
    "acknowledge": BulkSpec(_("Acknowledge"), icon="eye"),
    "accept": BulkSpec(_("Accept"), icon="play"),
    "note": BulkSpec(_("Add a note"), NoteForm, "message-square"),
    "watch": BulkSpec(_("Add a watcher"), PersonForm, "bell"),
    "unwatch": BulkSpec(_("Remove a watcher"), PersonForm, "bell-off"),
    "add_responder": BulkSpec(_("Add a responder"), StaffForm, "user-plus"),
    "remove_responder": BulkSpec(_("Remove a responder"), StaffForm, "user"),
    "resolve": BulkSpec(_("Resolve"), ResolveForm, "check"),
    "close": BulkSpec(_("Close"), icon="lock"),
    "reopen": BulkSpec(_("Reopen"), ReasonForm, "rotate-ccw"),
    "cancel": BulkSpec(_("Cancel the incidents"), ReasonForm, "ban", "danger"),
}
