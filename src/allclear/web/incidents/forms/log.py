"""The forms that log an incident: one for the desk, and a simple one for those who report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from allclear.accounts.models import Organisation, SecurityClass, User
from allclear.accounts.permissions import Viewer
from allclear.catalog import queries as catalog
from allclear.catalog.models import IncidentTemplate, Question, Service
from allclear.catalog.policies import in_force
from allclear.domain.terms import Channel, Kind
from allclear.incidents.actions import LogForm, NewCaller, Resolution
from allclear.incidents.values import custom_fields
from allclear.kernel.errors import AllclearError, Invalid
from allclear.web.incidents.forms.base import codes
from allclear.web.incidents.forms.edit import YES_NO, CiField, custom_form_field, custom_values
from allclear.web.incidents.forms.fields import (
    Choices,
    InstantField,
    LevelField,
    SuggestField,
    area,
    say_what_is_missing,
    show_texts,
    term,
)
from allclear.web.incidents.forms.work import teams
from allclear.web.said import localised


class ReportForm(forms.Form):
    """What somebody who reports is asked: few things, in plain words."""

    use_required_attribute = False
    rare: tuple[str, ...] = ()
    title = forms.CharField(label=_("What is wrong, in one line?"), max_length=250)
    description = forms.CharField(
        required=False,
        label=_("What exactly happens?"),
        widget=area(5),
        help_text=_("What you did, what you saw, since when."),
    )
    category = SuggestField(
        "categories", _("Such as printer, mail, network"), required=False, label=_("What is it about?")
    )
    service = SuggestField("services", _("Name"), required=False, label=_("Which service?"))
    impact = LevelField(required=False, label=_("Who is affected?"))
    location = forms.CharField(required=False, max_length=200, label=_("Where are you?"))
    file = forms.FileField(required=False, label=_("A picture or file that shows it"), allow_empty_file=True)

    def __init__(self, data: Any = None, files: Any = None, *, viewer: Viewer, initial: Any = None) -> None:
        super().__init__(data, files, initial=initial)
        self.viewer = viewer
        self.questions: list[Question] = []
        self._levels()
        self._by_category()
        self.prepare()
        show_texts(self, _names(self.initial))
        say_what_is_missing(self)

    def prepare(self) -> None:
        """Fill choices of the longer form."""

    def _levels(self) -> None:
        matrix = in_force().matrix
        impacts = [(v.value, localised(v.criteria or v.name)) for v in reversed(matrix.impacts)]
        self._choose("impact", [("", _("I do not know")), *impacts])

    def _choose(self, name: str, choices: Choices) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # called for choice fields only

    def _by_category(self) -> None:
        """The questions and own fields that the category brings; required own fields only for the desk."""
        raw = str(self.data.get("category", "") if self.is_bound else self.initial.get("category") or "")
        category = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else None
        self.questions = catalog.questions_for(category)
        for question in self.questions:
            self.fields[f"question.{question.pk}"] = _question_field(question)
        self.custom_rows = custom_fields(category) if self.viewer.is_staff else []
        for row in self.custom_rows:
            self.fields[f"custom.{row.key}"] = custom_form_field(row, required=row.is_required)

    @property
    def question_fields(self) -> list[forms.BoundField]:
        names = [f"question.{q.pk}" for q in self.questions]
        return [self[name] for name in (*names, *(f"custom.{r.key}" for r in self.custom_rows if r.is_required))]

    @property
    def rare_fields(self) -> list[forms.BoundField]:
        return [
            self[n]
            for n in (*self.rare, *(f"custom.{r.key}" for r in self.custom_rows if not r.is_required))
            if n in self.fields
        ]

    @property
    def opens_rare(self) -> bool:
        return any(bound.errors for bound in self.rare_fields)

    def complain(self, error: AllclearError) -> None:
        fields = error.fields if isinstance(error, Invalid) else {"": error.message}
        other = {"cis": "ci_ids", "contact": "caller_contact", "email": "caller_contact", "phone": "caller_contact"}
        other |= {"name": "caller_name", "text": "resolution"}
        for name, text in fields.items():
            known = other.get(name, name)
            self.add_error(known if known in self.fields else None, localised(text))

    def answers(self) -> list[tuple[str, str]]:
        said = self.cleaned_data
        return [(q.text, str(said.get(f"question.{q.pk}") or "")) for q in self.questions]

    def as_log_form(self) -> LogForm:
        said = self.cleaned_data
        return LogForm(
            title=said["title"],
            description=said["description"],
            channel=Channel.PORTAL,
            category_id=said["category"],
            service_id=said["service"],
            impact=said["impact"],
            location=said["location"],
            answers=self.answers(),
        )


class DeskForm(ReportForm):
    """What the desk may say; the rest is under "More"."""

    requester = SuggestField("people", _("Name, phone or e-mail"), required=False, label=_("Who reports it?"))
    title = forms.CharField(label=_("What is wrong"), max_length=250)
    description = forms.CharField(label=_("Description"), required=False, widget=area(4))
    category = SuggestField("categories", _("Type a part of the name"), label=_("Category"), required=False)
    service = SuggestField("services", _("Name"), label=_("Service"), required=False)
    impact = LevelField(required=False, label=_("Impact: how wide"))
    urgency = LevelField(required=False, label=_("Urgency: how soon"))
    on_behalf_of = SuggestField("people", _("Name, phone or e-mail"), required=False, label=_("On behalf of"))
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[(str(c), term(c)) for c in Channel if c not in (Channel.API, Channel.IMPORT)]
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[(str(k), term(k)) for k in Kind])
    organisation = SuggestField(
        "organisations", _("Name"), label=_("Organisation"), required=False, help_text=_("Empty: the requester's.")
    )
    location = forms.CharField(
        label=_("Location"), required=False, max_length=200, help_text=_("Empty: the requester's.")
    )
    occurred_at = InstantField(
        required=False, label=_("Occurred"), help_text=_("When it began, if that was before now.")
    )
    is_impending = forms.BooleanField(required=False, label=_("Impending: it has not happened yet"))
    predicted_impact_at = InstantField(required=False, label=_("Predicted impact"))
    team = forms.TypedChoiceField(
        label=_("Team"), required=False, coerce=int, empty_value=None, help_text=_("By hand wins over the rules.")
    )
    assignee = SuggestField("staff", _("Name or team"), required=False, label=_("Person"))
    severity = forms.ChoiceField(label=_("Severity"), required=False)
    security_class = forms.TypedChoiceField(label=_("Security class"), required=False, coerce=int, empty_value=None)
    ci_ids = CiField(label=_("Configuration items"))
    ci_add = SuggestField("cis", _("Name or serial number"), required=False, label=_("Configuration item"))
    template = forms.IntegerField(required=False, widget=forms.HiddenInput)
    caller_name = forms.CharField(required=False, max_length=200, label=_("Name of the caller"))
    caller_contact = forms.CharField(required=False, max_length=254, label=_("Phone or e-mail"))
    caller_is_kept = forms.BooleanField(required=False, initial=True, label=_("Add this person to the list"))
    resolution_code = forms.ChoiceField(required=False, label=_("How it was resolved"))
    resolution = forms.CharField(
        required=False, widget=area(3), label=_("What was done"), help_text=_("The requester reads this.")
    )
    cause_code = forms.ChoiceField(label=_("Cause"), required=False)
    rare = (
        "on_behalf_of", "channel", "kind", "organisation", "location", "occurred_at", "is_impending",
        "predicted_impact_at", "team", "assignee", "severity", "security_class", "file",
    )  # fmt: skip

    def prepare(self) -> None:
        matrix = in_force().matrix
        for name, levels in (("impact", matrix.impacts), ("urgency", matrix.urgencies)):
            self._choose(name, [("", _("Suggested")), *((v.value, localised(v.name)) for v in levels)])
        self._choose("team", teams(_("By the routing rules")))
        self._choose(
            "severity", [("", _("Suggested by the priority")), *((b.key, localised(b.name)) for b in matrix.bands)]
        )
        if self.viewer.may("incident.classify"):
            rows = SecurityClass.objects.values_list("pk", "name")
            self._choose("security_class", [("", _("None: everybody at the desk")), *rows])
        else:
            del self.fields["security_class"]
        self._choose("resolution_code", codes("resolution"))
        self._choose("cause_code", codes("cause"))
        if not in_force().lifecycle.needs_cause:
            del self.fields["cause_code"]
        if not self.viewer.may("accounts.add_caller"):
            del self.fields["caller_is_kept"]
        requester: Any = self.fields["requester"]
        requester.suggest = f"{requester.suggest}?new=1"
        cis = self.fields["ci_ids"]
        if isinstance(cis, CiField):
            cis.show(
                self.data.getlist("ci_ids") if isinstance(self.data, QueryDict) else self.initial.get("ci_ids", [])
            )

    def clean(self) -> dict[str, Any]:
        """Half a solution is asked about: a text without a code, or the other way round."""
        said = super().clean() or {}
        if said.get("resolution") and not said.get("resolution_code"):
            self.add_error("resolution_code", _("Say how it was resolved, or empty the text."))
        if said.get("resolution_code") and not said.get("resolution"):
            self.add_error("resolution", _("Say what was done; the requester reads it."))
        return said

    @property
    def new_caller(self) -> NewCaller | None:
        """Who is to be added to the people, if that was asked for."""
        said = self.cleaned_data
        if said.get("requester") or not said.get("caller_name") or not said.get("caller_is_kept"):
            return None
        return NewCaller(said["caller_name"], said["caller_contact"])

    @property
    def solution(self) -> Resolution | None:
        said = self.cleaned_data
        if not said.get("resolution_code"):
            return None
        return Resolution(said["resolution_code"], said["resolution"], cause_code=said.get("cause_code", ""))

    @property
    def open_parts(self) -> frozenset[str]:
        """The parts of the form that have something in them, or something wrong."""
        return frozenset(part for part, names in PARTS.items() if any(self._is_used(name) for name in names))

    def _is_used(self, name: str) -> bool:
        if name not in self.fields:
            return False
        value = self[name].value()
        return bool(self[name].errors or (value and value != self.fields[name].initial))

    def answers(self) -> list[tuple[str, str]]:
        """A caller who is not added to the people is noted with the answers."""
        said = self.cleaned_data
        who = ", ".join(part for part in (said.get("caller_name"), said.get("caller_contact")) if part)
        noted = [(gettext("Who called?"), who)] if who and not said.get("requester") and not self.new_caller else []
        return [*noted, *super().answers()]

    def as_log_form(self) -> LogForm:
        said = self.cleaned_data
        keys = ("requester", "on_behalf_of", "organisation", "service", "category", "team", "assignee", "template")
        plain = (
            "title", "description", "kind", "channel", "location", "impact", "urgency", "severity", "is_impending",
            "predicted_impact_at", "occurred_at",
        )  # fmt: skip
        given: dict[str, Any] = {f"{k}_id": said[k] for k in keys} | {name: said[name] for name in plain}
        return LogForm(
            **given,
            security_class_id=said.get("security_class"),
            ci_ids=sorted({*said["ci_ids"], *([said["ci_add"]] if said["ci_add"] else [])}),
            custom=custom_values(self.custom_rows, said),
            answers=self.answers(),
        )


PARTS: Mapping[str, tuple[str, ...]] = {
    "about": ("category", "service"),
    "description": ("description",),
    "weight": ("impact", "urgency"),
    "items": ("ci_ids", "ci_add"),
    "solved": ("resolution_code", "resolution", "cause_code"),
}


class CiForm(forms.Form):
    """The chosen configuration items and the field that adds one; a fragment of larger forms."""

    ci_ids = CiField(label=_("Configuration items"))
    ci_add = SuggestField("cis", _("Name or serial number"), required=False, label=_("Add a configuration item"))


def _question_field(question: Question) -> forms.Field:
    common: dict[str, Any] = {"label": question.text, "help_text": question.help, "required": question.is_required}
    if question.kind == "yes_no":
        return forms.ChoiceField(choices=YES_NO, **common)
    if question.kind == "choice":
        return forms.ChoiceField(choices=[("", _("Choose one")), *((c, c) for c in question.choices)], **common)
    if question.kind == "number":
        return forms.FloatField(**common)
    return forms.CharField(max_length=2000, **common)


_MODELS: Mapping[str, Any] = {
    "requester": User, "on_behalf_of": User, "service": Service, "organisation": Organisation, "assignee": User,
}  # fmt: skip


def _names(initial: Mapping[str, Any]) -> dict[str, str]:
    """The names of what a form begins with."""
    found = {}
    for name, model in _MODELS.items():
        if initial.get(name):
            found[name] = model.objects.filter(pk=initial[name]).values_list("name", flat=True).first() or ""
    node = catalog.category(int(initial["category"])) if str(initial.get("category") or "").isdigit() else None
    return found | ({"category": node.label} if node else {})


def fill_of(template: IncidentTemplate) -> str:
    """What a template fills in, for the browser: names of fields with their values, and texts of what is chosen."""
    values = {name: value for name, value in start_from(template).items() if value not in (None, "")}
    return json.dumps(values | {f"{name}_text": text for name, text in _names(values).items()})


def start_from(template: IncidentTemplate | None) -> dict[str, Any]:
    """What a template fills in."""
    if template is None:
        return {}
    return {
        "template": template.pk,
        "title": template.title,
        "description": template.description,
        "category": template.category_id,
        "service": template.service_id,
        "impact": template.impact,
        "urgency": template.urgency,
        "kind": template.kind,
    }
