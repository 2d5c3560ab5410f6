"""The forms of relating incidents and of the people around one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from allclear.web.incidents.forms.base import Shown, VerbForm
from allclear.web.incidents.forms.fields import SuggestField, area

HINT = _("Type a number or words of the title")


class OtherForm(VerbForm):
    """A form that names another incident; the list leaves this one out."""

    def prepare(self, shown: Shown) -> None:
        for field in self.fields.values():
            if isinstance(field, SuggestField) and field.placeholder is HINT:
                field.suggest = f"{field.suggest}?not={shown.row.number}"


class RelateForm(OtherForm):
    kind = forms.ChoiceField(
        label=_("This one"),
        choices=[("related", _("is related to")), ("caused_by", _("was caused by")), ("causes", _("causes"))],
    )
    other = SuggestField("incidents", HINT, label=_("Other incident"))


class ParentForm(OtherForm):
    parent = SuggestField(
        "incidents", HINT, label=_("Parent"), help_text=_("Resolving the parent resolves this one too."), required=False
    )
    is_cascade_opted_out = forms.BooleanField(
        required=False, label=_("Leave this one open when the parent is resolved")
    )

    def start(self, shown: Shown) -> dict[str, Any]:
        return {"parent": shown.row.parent_id, "is_cascade_opted_out": shown.row.is_cascade_opted_out}

    def names(self, shown: Shown) -> dict[str, str]:
        parent = shown.row.parent
        return {"parent": f"{parent.number} {parent.title}" if parent else ""}


class ChildForm(OtherForm):
    child = SuggestField("incidents", HINT, label=_("Child"), help_text=_("It is resolved together with this one."))


class MergeForm(OtherForm):
    into = SuggestField(
        "incidents",
        HINT,
        label=_("Goes on in"),
        help_text=_("This one closes as a duplicate; its people follow the other."),
    )


class SplitForm(VerbForm):
    title = forms.CharField(max_length=250, label=_("The second fault in one line"))
    description = forms.CharField(label=_("Description"), required=False, widget=area(4))
    notice = _("Logs the second fault as its own incident, linked to this one, for the same requester.")


class PersonForm(VerbForm):
    user = SuggestField("staff", _("Name or team"), label=_("Who helps?"))


class WatcherForm(VerbForm):
    user = SuggestField("people", _("Name, e-mail or phone"), label=_("Who follows it?"))


class AttachForm(VerbForm):
    file = forms.FileField(label=_("File"), help_text=_("At most 50 MB. Programs are refused."), allow_empty_file=True)
    is_public = forms.TypedChoiceField(
        label=_("Who may see it"),
        coerce=lambda value: value == "yes",
        choices=[("no", _("Staff only")), ("yes", _("The requester too"))],
        widget=forms.RadioSelect,
        initial="no",
    )

    def prepare(self, shown: Shown) -> None:
        if not shown.viewer.is_staff:
            del self.fields["is_public"]
