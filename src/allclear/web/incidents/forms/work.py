"""The forms of working on an incident."""

from __future__ import annotations

from typing import Any

from django import forms

from allclear.accounts.models import Organisation, Team
from allclear.catalog import queries as catalog
from allclear.catalog.policies import in_force
from allclear.domain.terms import Kind
from allclear.web.incidents.forms.base import Shown, VerbForm
from allclear.web.incidents.forms.fields import Choices, InstantField, LevelField, SuggestField, area

WAITS: Choices = [
    ("requester", "The requester"),
    ("supplier", "A supplier"),
    ("change", "A change"),
    ("problem", "A problem to be solved"),
    ("evidence", "More evidence"),
]


def teams(empty: str) -> Choices:
    rows = Team.objects.filter(is_active=True).values_list("pk", "name", "tier")
    return [("", empty), *((pk, f"{name} (tier {tier})") for pk, name, tier in rows)]


def _key(**kwargs: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(coerce=int, empty_value=None, **kwargs)


class DirectForm(VerbForm):
    """A verb that asks nothing."""


class AssignForm(VerbForm):
    team = _key(required=False)
    assignee = SuggestField(
        "staff", "Name or team", required=False, label="Person", help_text="Empty: the team decides."
    )

    def start(self, shown: Shown) -> dict[str, Any]:
        return {"team": shown.row.team_id, "assignee": shown.row.assignee_id}

    def names(self, shown: Shown) -> dict[str, str]:
        return {"assignee": shown.row.assignee.name if shown.row.assignee else ""}

    def prepare(self, shown: Shown) -> None:
        self.choose("team", teams("The person's own"))


class CategoriseForm(VerbForm):
    category = SuggestField("categories", "Type a part of the name", help_text="The first category is kept beside it.")

    def start(self, shown: Shown) -> dict[str, Any]:
        return {"category": shown.row.category_id}

    def names(self, shown: Shown) -> dict[str, str]:
        node = catalog.category(shown.row.category_id)
        return {"category": node.label if node else ""}


class PrioritiseForm(VerbForm):
    impact = LevelField(label="Impact: how wide")
    urgency = LevelField(label="Urgency: how soon")
    severity = forms.ChoiceField(required=False, help_text="Empty: the one that the priority suggests.")
    reason = forms.CharField(widget=area(), help_text="Kept in the history: why does the weight change?")
    rare = ("severity",)

    def start(self, shown: Shown) -> dict[str, Any]:
        return {"impact": shown.row.impact, "urgency": shown.row.urgency}

    def prepare(self, shown: Shown) -> None:
        matrix = in_force().matrix
        self.choose("impact", [(v.value, f"{v.name}: {v.criteria}" if v.criteria else v.name) for v in matrix.impacts])
        self.choose(
            "urgency", [(v.value, f"{v.name}: {v.criteria}" if v.criteria else v.name) for v in matrix.urgencies]
        )
        self.choose("severity", [("", "Suggested by the priority"), *((b.key, b.name) for b in matrix.bands)])


class HandOverForm(VerbForm):
    team = _key(label="To team")
    assignee = SuggestField("staff", "Name", required=False, label="Person")
    reason = forms.CharField(widget=area(), help_text="What was tried, and why it goes to them.")
    rare = ("assignee",)

    def prepare(self, shown: Shown) -> None:
        self.choose("team", [choice for choice in teams("Choose a team") if choice[0] != shown.row.team_id])


class HoldForm(VerbForm):
    reason = forms.ChoiceField(label="It waits for", widget=forms.RadioSelect, choices=WAITS)
    supplier = _key(required=False, help_text="Needed when it waits for a supplier.")
    until = InstantField(required=False, help_text="Then it asks to be resumed. Empty: until somebody resumes it.")
    note = forms.CharField(widget=area(), required=False, help_text="Seen by staff only.")

    def start(self, shown: Shown) -> dict[str, Any]:
        row = shown.row
        return {"reason": row.hold_reason or None, "supplier": row.supplier_id, "until": row.hold_until}

    def prepare(self, shown: Shown) -> None:
        rows = Organisation.objects.filter(is_supplier=True, is_active=True).values_list("pk", "name")
        self.choose("supplier", [("", "None"), *rows])


class TaskForm(VerbForm):
    title = forms.CharField(label="What is to be done", max_length=250)
    owner = SuggestField("staff", "Name", required=False)
    team = _key(required=False)
    due_at = InstantField(required=False, label="Due")
    rare = ("team", "due_at")

    def prepare(self, shown: Shown) -> None:
        self.choose("team", teams("None"))


class ConvertForm(VerbForm):
    notice = ""

    def prepare(self, shown: Shown) -> None:
        self.notice = (
            "Something is wanted and nothing is broken: it becomes a service request. The number and all texts stay."
            if shown.row.kind == Kind.INCIDENT
            else "Something is broken after all: it becomes an incident. The number and all texts stay."
        )
