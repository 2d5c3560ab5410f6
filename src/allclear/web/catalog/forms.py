"""The forms of the catalogue; fields are named like the values of their verbs."""

from __future__ import annotations

from typing import Any

from django import forms

from allclear.accounts.permissions import Viewer
from allclear.catalog.models import CRITICALITY, Category, ConfigurationItem, Dependency, Question
from allclear.web import choices
from allclear.web.records import Key, Lines, RecordForm

CI_STATUS = list(ConfigurationItem._meta.get_field("status").flatchoices)


class ServiceForm(RecordForm):
    name = forms.CharField(max_length=150, help_text="As your customers say it.")
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    criticality = forms.TypedChoiceField(
        choices=CRITICALITY, coerce=int, initial=3, help_text="How much it hurts when it is down."
    )
    owner_team_id = Key(label="Owner team", help_text="Answers for the service.")
    organisation_id = Key(label="Customer", empty="All customers", help_text="Empty: everybody may have it.")
    runbook_url = forms.URLField(
        label="Runbook", required=False, max_length=500, assume_scheme="https", help_text="What to do when it fails."
    )
    is_active = forms.BooleanField(label="Offered while logging", required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        self.offer("owner_team_id", choices.teams(keep=self.initial.get("owner_team_id")))
        self.offer("organisation_id", choices.organisations(viewer))


class ItemForm(RecordForm):
    name = forms.CharField(max_length=200)
    kind = forms.CharField(
        required=False,
        max_length=60,
        help_text="Server, network, application, database ...",
        widget=forms.TextInput(attrs={"list": "ci-kinds", "autocomplete": "off"}),
    )
    status = forms.ChoiceField(choices=CI_STATUS, initial="in_use")
    owner_team_id = Key(label="Owner team")
    location = forms.CharField(required=False, max_length=200)
    serial_number = forms.CharField(required=False, max_length=120)
    organisation_id = Key(label="Customer", empty="Nobody in particular")
    supplier_id = Key(label="Supplier", empty="None")
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def prepare(self, viewer: Viewer) -> None:
        self.offer("owner_team_id", choices.teams(keep=self.initial.get("owner_team_id")))
        self.offer("organisation_id", choices.organisations(viewer))
        self.offer("supplier_id", choices.organisations(viewer, suppliers=True))


class EdgeForm(RecordForm):
    """One typed edge from the record of the page to another one."""

    direction = forms.ChoiceField(choices=[("lower", "stands on"), ("upper", "carries")], label="This one")
    kind = forms.ChoiceField(choices=Dependency.KINDS, initial="depends_on", label="How")
    other = forms.CharField(label="Service or configuration item")

    def clean_other(self) -> tuple[str, int]:
        noun, _, key = self.cleaned_data["other"].partition(":")
        if noun not in ("service", "ci") or not key.isdigit():
            raise forms.ValidationError("Type a few letters and choose one from the list.")
        return noun, int(key)


class CategoryForm(RecordForm):
    name = forms.CharField(max_length=150)
    parent_id = Key(label="Below", empty="Nothing: a category of the first level")
    description = forms.CharField(label="When to choose it", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    base_class = forms.ChoiceField(required=False, help_text="Empty: as above it. Reports count by these.")
    default_impact = Key(label="Impact to begin with", empty="As above it")
    default_urgency = Key(label="Urgency to begin with", empty="As above it")
    runbook_url = forms.URLField(label="Runbook", required=False, max_length=500, assume_scheme="https")
    security_class_id = Key(
        label="Security class", empty="As above it", help_text="Incidents of this category get it when they are logged."
    )
    is_active = forms.BooleanField(label="Offered while logging", required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        self.fields["base_class"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", "As above it"),
            *(Category._meta.get_field("base_class").choices or ()),
        ]
        self.offer("parent_id", choices.categories(below=self.initial.get("id"), keep=self.initial.get("parent_id")))
        self.offer("default_impact", choices.impacts())
        self.offer("default_urgency", choices.urgencies())
        self.offer("security_class_id", choices.security_classes())


class QuestionForm(RecordForm):
    text = forms.CharField(label="Question", max_length=300)
    help = forms.CharField(label="Help", required=False, max_length=300)
    kind = forms.ChoiceField(label="Answer", choices=Question.KINDS)
    choices = Lines(
        required=False, help_text="For one of a list: one choice a line.", widget=forms.Textarea(attrs={"rows": 3})
    )
    is_required = forms.BooleanField(label="Must be answered", required=False)
    position = forms.IntegerField(min_value=1, max_value=999, initial=10, help_text="Smaller comes first.")

    category_id: int = 0

    def values(self) -> dict[str, Any]:
        return super().values() | ({"category_id": self.category_id} if self.category_id else {})
