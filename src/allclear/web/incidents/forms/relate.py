"""The forms of relating incidents and of the people around one."""

from __future__ import annotations

from typing import Any

from django import forms

from allclear.web.incidents.forms.base import Shown, VerbForm
from allclear.web.incidents.forms.fields import SuggestField, area

HINT = "Type a number or words of the title"


class OtherForm(VerbForm):
    """A form that names another incident; the list leaves this one out."""

    def prepare(self, shown: Shown) -> None:
        for field in self.fields.values():
            if isinstance(field, SuggestField) and field.placeholder == HINT:
                field.suggest = f"{field.suggest}?not={shown.row.number}"


class RelateForm(OtherForm):
    kind = forms.ChoiceField(
        label="This one",
        choices=[("related", "is related to"), ("caused_by", "was caused by"), ("causes", "causes")],
    )
    other = SuggestField("incidents", HINT, label="Other incident")


class ParentForm(OtherForm):
    parent = SuggestField(
        "incidents", HINT, label="Parent", help_text="Resolving the parent resolves this one too.", required=False
    )
    is_cascade_opted_out = forms.BooleanField(required=False, label="Leave this one open when the parent is resolved")

    def start(self, shown: Shown) -> dict[str, Any]:
        return {"parent": shown.row.parent_id, "is_cascade_opted_out": shown.row.is_cascade_opted_out}

    def names(self, shown: Shown) -> dict[str, str]:
        parent = shown.row.parent
        return {"parent": f"{parent.number} {parent.title}" if parent else ""}


class ChildForm(OtherForm):
    child = SuggestField("incidents", HINT, label="Child", help_text="It is resolved together with this one.")


class MergeForm(OtherForm):
    into = SuggestField(
        "incidents", HINT, label="Goes on in", help_text="This one closes as a duplicate; its people follow the other."
    )


class SplitForm(VerbForm):
    title = forms.CharField(max_length=250, label="The second fault in one line")
    description = forms.CharField(required=False, widget=area(4))
    notice = "Logs the second fault as its own incident, linked to this one, for the same requester."


class PersonForm(VerbForm):
    user = SuggestField("staff", "Name or team", label="Who helps?")


class WatcherForm(VerbForm):
    user = SuggestField("people", "Name, e-mail or phone", label="Who follows it?")


class AttachForm(VerbForm):
    file = forms.FileField(label="File", help_text="At most 50 MB. Programs are refused.", allow_empty_file=True)
    is_public = forms.TypedChoiceField(
        label="Who may see it",
        coerce=lambda value: value == "yes",
        choices=[("no", "Staff only"), ("yes", "The requester too")],
        widget=forms.RadioSelect,
        initial="no",
    )

    def prepare(self, shown: Shown) -> None:
        if not shown.viewer.is_staff:
            del self.fields["is_public"]
