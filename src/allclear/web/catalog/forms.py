"""The forms of the catalogue; fields are named like the values of their verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.catalog.models import CRITICALITY, Category, ConfigurationItem, Dependency, Question
from allclear.web import choices
from allclear.web.records import Key, Keys, Lines, RecordForm

CI_STATUS = list(ConfigurationItem._meta.get_field("status").flatchoices)


class ServiceForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=150, help_text=_("As your customers say it."))
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    criticality = forms.TypedChoiceField(
        label=_("Criticality"),
        choices=CRITICALITY,
        coerce=int,
        initial=3,
        help_text=_("How much it hurts when it is down."),
    )
    owner_team_id = Key(label=_("Owner team"), help_text=_("Answers for the service."))
    organisation_id = Key(label=_("Customer"), empty=_("All customers"), help_text=_("Empty: everybody may have it."))
    runbook_url = forms.URLField(
        label=_("Runbook"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("What to do when it fails."),
    )
    is_active = forms.BooleanField(label=_("Offered while logging"), required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        self.offer("owner_team_id", choices.teams(keep=self.initial.get("owner_team_id")))
        self.offer("organisation_id", choices.organisations(viewer))


class ItemForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.CharField(
        label=_("Kind"),
        required=False,
        max_length=60,
        help_text=_("Server, network, application, database ..."),
        widget=forms.TextInput(attrs={"list": "ci-kinds", "autocomplete": "off"}),
    )
    status = forms.ChoiceField(label=_("Status"), choices=CI_STATUS, initial="in_use")
    owner_team_id = Key(label=_("Owner team"))
    location = forms.CharField(label=_("Location"), required=False, max_length=200)
    serial_number = forms.CharField(label=_("Serial number"), required=False, max_length=120)
    organisation_id = Key(label=_("Customer"), empty=_("Nobody in particular"))
    supplier_id = Key(label=_("Supplier"), empty=_("None"))
    criticality = forms.TypedChoiceField(
        label=_("Criticality"),
        choices=[("", _("Not said")), *CRITICALITY],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Agreements may promise more for what is critical."),
    )
    used_by = Keys(label=_("Used by"), help_text=_("Clear the mark of who does not work with it any more."))
    used_by_add = forms.IntegerField(
        label=_("Add a person who uses it"),
        required=False,
        min_value=1,
        max_value=2**62,
        widget=forms.HiddenInput,
        help_text=_("Offered as theirs when they report something."),
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def prepare(self, viewer: Viewer) -> None:
        self.offer("owner_team_id", choices.teams(keep=self.initial.get("owner_team_id")))
        self.offer("organisation_id", choices.organisations(viewer))
        self.offer("supplier_id", choices.organisations(viewer, suppliers=True))
        held = User.objects.filter(pk__in=self.initial.get("used_by", ()))
        self.offer("used_by", held.values_list("pk", "name"))

    def clean_used_by_add(self) -> int | None:
        key: int | None = self.cleaned_data["used_by_add"]
        if key is None and str(self.data.get("used_by_add_text", "")).strip():
            raise forms.ValidationError(_("Type a few letters and choose one from the list."))
        return key

    def values(self) -> dict[str, Any]:
        values = super().values()
        added = values.pop("used_by_add")
        return values | {"used_by": [*values["used_by"], *([added] if added else [])]}


class EdgeForm(RecordForm):
    """One typed edge from the record of the page to another one."""

    direction = forms.ChoiceField(choices=[("lower", _("stands on")), ("upper", _("carries"))], label=_("This one"))
    kind = forms.ChoiceField(choices=Dependency.KINDS, initial="depends_on", label=_("How"))
    other = forms.CharField(label=_("Service or configuration item"))

    def clean_other(self) -> tuple[str, int]:
        noun, __, key = self.cleaned_data["other"].partition(":")
        if noun not in ("service", "ci") or not key.isdigit():
            raise forms.ValidationError(_("Type a few letters and choose one from the list."))
        return noun, int(key)


class CategoryForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=150)
    parent_id = Key(label=_("Below"), empty=_("Nothing: a category of the first level"))
    description = forms.CharField(
        label=_("When to choose it"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    base_class = forms.ChoiceField(
        label=_("Base class"), required=False, help_text=_("Empty: as above it. Reports count by these.")
    )
    default_impact = Key(label=_("Impact to begin with"), empty=_("As above it"))
    default_urgency = Key(label=_("Urgency to begin with"), empty=_("As above it"))
    runbook_url = forms.URLField(label=_("Runbook"), required=False, max_length=500, assume_scheme="https")
    security_class_id = Key(
        label=_("Security class"),
        empty=_("As above it"),
        help_text=_("Incidents of this category get it when they are logged."),
    )
    is_active = forms.BooleanField(label=_("Offered while logging"), required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        self.fields["base_class"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("As above it")),
            *(Category._meta.get_field("base_class").choices or ()),
        ]
        self.offer("parent_id", choices.categories(below=self.initial.get("id"), keep=self.initial.get("parent_id")))
        self.offer("default_impact", choices.impacts())
        self.offer("default_urgency", choices.urgencies())
        self.offer("security_class_id", choices.security_classes())


class QuestionForm(RecordForm):
    text = forms.CharField(label=_("Question"), max_length=300)
    help = forms.CharField(label=_("Help"), required=False, max_length=300)
    kind = forms.ChoiceField(label=_("Answer"), choices=Question.KINDS)
    choices = Lines(
        label=_("Choices"),
        required=False,
        help_text=_("For one of a list: one choice a line."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_required = forms.BooleanField(label=_("Must be answered"), required=False)
    position = forms.IntegerField(
        label=_("Position"), min_value=1, max_value=999, initial=10, help_text=_("Smaller comes first.")
    )

    category_id: int = 0

    def values(self) -> dict[str, Any]:
        return super().values() | ({"category_id": self.category_id} if self.category_id else {})
