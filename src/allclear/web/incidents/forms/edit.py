"""The form that corrects what is described."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from allclear.accounts.models import SecurityClass
from allclear.catalog.models import ConfigurationItem, CustomField
from allclear.domain.terms import Channel
from allclear.incidents.values import custom_fields
from allclear.web.incidents.forms.base import Shown, VerbForm, codes
from allclear.web.incidents.forms.fields import Choices, InstantField, SuggestField, area, term

YES_NO: Choices = [("", _("Not said")), ("yes", _("Yes")), ("no", _("No"))]


def custom_form_field(row: CustomField, *, required: bool) -> forms.Field:
    """A form field for one of the company's own."""
    common: dict[str, Any] = {"label": row.name, "help_text": row.help, "required": required}
    if row.kind == "number":
        return forms.FloatField(**common)
    if row.kind == "yes_no":
        return forms.ChoiceField(choices=YES_NO, **common)
    if row.kind == "choice":
        return forms.ChoiceField(choices=[("", _("Choose one")), *((c, c) for c in row.choices)], **common)
    if row.kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
    return forms.CharField(max_length=2000, **common)


def custom_values(rows: Sequence[CustomField], cleaned: dict[str, Any]) -> dict[str, Any]:
    """What was said in them, as the verb takes it."""
    said = {row.key: cleaned.get(f"custom.{row.key}") for row in rows}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in said.items()}


class CiField(forms.TypedMultipleChoiceField):
    """Any number of configuration items: boxes for the chosen ones; a suggest field beside it adds one more."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, widget=forms.CheckboxSelectMultiple, required=False, **kwargs)

    def show(self, keys: Sequence[Any]) -> None:
        wanted = [int(k) for k in keys if str(k).isascii() and str(k).isdigit() and len(str(k)) < 19][:200]
        rows = ConfigurationItem.objects.filter(pk__in=wanted).values_list("pk", "name") if wanted else []
        self.choices = list(rows)


class EditForm(VerbForm):
    title = forms.CharField(label=_("Title"), max_length=250)
    description = forms.CharField(label=_("Description"), required=False, widget=area(6))
    service = SuggestField("services", _("Name"), label=_("Service"), required=False)
    ci_ids = CiField(label=_("Configuration items"))
    ci_add = SuggestField("cis", _("Name or serial number"), required=False, label=_("Add a configuration item"))
    diagnosis = forms.CharField(
        label=_("Diagnosis"),
        required=False,
        widget=area(4),
        help_text=_("Evidence and suspected causes. Staff only."),
    )
    requester = SuggestField("people", _("Name, e-mail or phone"), label=_("Requester"), required=False)
    on_behalf_of = SuggestField("people", _("Name, e-mail or phone"), required=False, label=_("On behalf of"))
    organisation = SuggestField("organisations", _("Name"), label=_("Organisation"), required=False)
    location = forms.CharField(label=_("Location"), required=False, max_length=200)
    channel = forms.ChoiceField(
        label=_("Channel"), required=False, choices=[("", _("Not said")), *((str(c), term(c)) for c in Channel)]
    )
    occurred_at = InstantField(required=False, label=_("Occurred"))
    detected_at = InstantField(required=False, label=_("Detected"))
    is_impending = forms.BooleanField(required=False, label=_("Impending: it has not happened yet"))
    predicted_impact_at = InstantField(required=False, label=_("Predicted impact"))
    cause_code = forms.ChoiceField(required=False, label=_("Cause"))
    security_class = forms.TypedChoiceField(label=_("Security class"), required=False, coerce=int, empty_value=None)
    rare: tuple[str, ...] = (
        "requester", "on_behalf_of", "organisation", "location", "channel", "occurred_at", "detected_at",
        "is_impending", "predicted_impact_at", "cause_code", "security_class",
    )  # fmt: skip
    KEYS: ClassVar[tuple[str, ...]] = ("service", "requester", "on_behalf_of", "organisation", "security_class")
    PLAIN: ClassVar[tuple[str, ...]] = (
        "location", "channel", "occurred_at", "detected_at", "is_impending", "predicted_impact_at", "cause_code",
    )  # fmt: skip

    def start(self, shown: Shown) -> dict[str, Any]:
        row, words = shown.row, shown.words
        start = {name: getattr(row, f"{name}_id") for name in self.KEYS} | {n: getattr(row, n) for n in self.PLAIN}
        start |= {f"custom.{key}": self._custom_start(value) for key, value in row.custom.items()}
        return start | {
            "title": row.title,
            "description": words.slot("description"),
            "diagnosis": words.slot("diagnosis"),
            "ci_ids": row.ci_ids,
        }

    @staticmethod
    def _custom_start(value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    def names(self, shown: Shown) -> dict[str, str]:
        row = shown.row
        found = {name: getattr(row, name) for name in ("service", "requester", "on_behalf_of", "organisation")}
        return {name: other.name if other else "" for name, other in found.items()}

    def prepare(self, shown: Shown) -> None:
        self.choose("cause_code", codes("cause"))
        cis = self.fields["ci_ids"]
        if isinstance(cis, CiField):
            cis.show(self.data.getlist("ci_ids") if self.is_bound else shown.row.ci_ids)  # type: ignore[attr-defined]  # a QueryDict
        if shown.viewer.may("incident.classify"):
            rows = SecurityClass.objects.values_list("pk", "name")
            self.choose("security_class", [("", _("None: everybody at the desk")), *rows])
        else:
            del self.fields["security_class"]
        self.custom_rows = custom_fields(shown.row.category_id)
        for row in self.custom_rows:
            self.fields[f"custom.{row.key}"] = custom_form_field(row, required=False)
        self.rare = (*EditForm.rare, *(f"custom.{row.key}" for row in self.custom_rows))
        for name, field in self.fields.items():
            field.show_hidden_initial = name not in ("version", "ci_add")

    def changes(self) -> dict[str, Any]:
        """What the verb takes: only what the person changed, whatever others have changed meanwhile."""
        said, touched = self.cleaned_data, set(self.changed_data)
        fields = {f"{n}_id": said[n] for n in self.KEYS if n in touched} | {
            n: said[n] for n in self.PLAIN if n in touched
        }
        if any(name.startswith("custom.") for name in touched):
            custom = custom_values(self.custom_rows, said)
            fields["custom"] = {key: value for key, value in custom.items() if f"custom.{key}" in touched}
        texts = {n: said[n] for n in ("title", "description", "diagnosis") if n in touched}
        cis = None
        if touched & {"ci_ids", "ci_add"}:
            cis = sorted({*said["ci_ids"], *([said["ci_add"]] if said.get("ci_add") else [])})
        return {"fields": fields, "texts": texts, "ci_ids": cis}
