"""The forms of working on an incident."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from allclear.accounts.models import Organisation, Team
from allclear.catalog import queries as catalog
from allclear.catalog.policies import in_force
from allclear.domain.handover import may_dispatch
from allclear.domain.priority import Level
from allclear.domain.terms import Kind
from allclear.web.incidents.forms.base import Shown, VerbForm
from allclear.web.incidents.forms.fields import Choices, InstantField, LevelField, SuggestField, area
from allclear.web.said import localised

WAITS: Choices = [
    ("requester", _("The requester")),
    ("supplier", _("A supplier")),
    ("change", _("A change")),
    ("problem", _("A problem to be solved")),
    ("evidence", _("More evidence")),
]


def teams(empty: StrOrPromise) -> Choices:
    rows = Team.objects.filter(is_active=True).values_list("pk", "name", "tier")
    words = gettext("{team} (tier {tier})")
    return [("", empty), *((pk, words.format(team=name, tier=tier)) for pk, name, tier in rows)]


def _key(**kwargs: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(coerce=int, empty_value=None, **kwargs)


class DirectForm(VerbForm):
    """A verb that asks nothing."""


class AssignForm(VerbForm):
    team = _key(label=_("Team"), required=False)
    assignee = SuggestField(
        "staff", _("Name or team"), required=False, label=_("Person"), help_text=_("Empty: the team decides.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        widget=area(),
        help_text=_("Needed when it goes from one team to another without asking them."),
    )

    def start(self, shown: Shown) -> dict[str, Any]:
        return {"team": shown.row.team_id, "assignee": shown.row.assignee_id}

    def names(self, shown: Shown) -> dict[str, str]:
        return {"assignee": shown.row.assignee.name if shown.row.assignee else ""}

    def prepare(self, shown: Shown) -> None:
        choices = teams(_("The person's own"))
        if shown.row.team_id and not self._may_dispatch(shown):
            choices = [choice for choice in choices if choice[0] in ("", shown.row.team_id)]
            self.fields["team"].help_text = _("To give it to another team, hand it over: they accept or refuse.")
            del self.fields["reason"]
        self.choose("team", choices)

    @staticmethod
    def _may_dispatch(shown: Shown) -> bool:
        viewer, policy = shown.viewer, in_force().lifecycle
        own = frozenset({shown.row.team_id})
        return may_dispatch(policy, viewer.user_id, viewer.roles, viewer.team_ids, own)


class CategoriseForm(VerbForm):
    category = SuggestField(
        "categories",
        _("Type a part of the name"),
        label=_("Category"),
        help_text=_("The first category is kept beside it."),
    )

    def start(self, shown: Shown) -> dict[str, Any]:
        return {"category": shown.row.category_id}

    def names(self, shown: Shown) -> dict[str, str]:
        node = catalog.category(shown.row.category_id)
        return {"category": node.label if node else ""}


def level_choice(level: Level) -> tuple[int, str]:
    """A level of the matrix with what it means."""
    name, criteria = localised(level.name), localised(level.criteria)
    return level.value, f"{name}: {criteria}" if criteria else name


class PrioritiseForm(VerbForm):
    impact = LevelField(label=_("Impact: how wide"))
    urgency = LevelField(label=_("Urgency: how soon"))
    severity = forms.ChoiceField(
        label=_("Severity"), required=False, help_text=_("Empty: the one that the priority suggests.")
    )
    reason = forms.CharField(
        label=_("Reason"), widget=area(), help_text=_("Kept in the history: why does the weight change?")
    )
    rare = ("severity",)

    def start(self, shown: Shown) -> dict[str, Any]:
        return {"impact": shown.row.impact, "urgency": shown.row.urgency}

    def prepare(self, shown: Shown) -> None:
        matrix = in_force().matrix
        self.choose("impact", [level_choice(v) for v in matrix.impacts])
        self.choose("urgency", [level_choice(v) for v in matrix.urgencies])
        self.choose(
            "severity", [("", _("Suggested by the priority")), *((b.key, localised(b.name)) for b in matrix.bands)]
        )


class HandOverForm(VerbForm):
    team = _key(label=_("To team"))
    assignee = SuggestField("staff", _("Name"), required=False, label=_("Person"))
    reason = forms.CharField(label=_("Reason"), widget=area(), help_text=_("What was tried, and why it goes to them."))
    rare = ("assignee",)

    def prepare(self, shown: Shown) -> None:
        self.choose("team", [choice for choice in teams(_("Choose a team")) if choice[0] != shown.row.team_id])


class RefuseForm(VerbForm):
    reason = forms.CharField(
        label=_("Reason"), widget=area(), help_text=_("Why it is not for your team, and where it could go.")
    )


class HoldForm(VerbForm):
    reason = forms.ChoiceField(label=_("It waits for"), widget=forms.RadioSelect, choices=WAITS)
    supplier = _key(label=_("Supplier"), required=False, help_text=_("Needed when it waits for a supplier."))
    until = InstantField(
        label=_("Until"), required=False, help_text=_("Then it asks to be resumed. Empty: until somebody resumes it.")
    )
    note = forms.CharField(label=_("Note"), widget=area(), required=False, help_text=_("Seen by staff only."))

    def start(self, shown: Shown) -> dict[str, Any]:
        row = shown.row
        return {"reason": row.hold_reason or None, "supplier": row.supplier_id, "until": row.hold_until}

    def prepare(self, shown: Shown) -> None:
        rows = Organisation.objects.filter(is_supplier=True, is_active=True).values_list("pk", "name")
        self.choose("supplier", [("", pgettext_lazy("supplier", "None")), *rows])


class TaskForm(VerbForm):
    title = forms.CharField(label=_("What is to be done"), max_length=250)
    owner = SuggestField("staff", _("Name"), label=_("Owner"), required=False)
    team = _key(label=_("Team"), required=False)
    due_at = InstantField(required=False, label=_("Due"))
    rare = ("team", "due_at")

    def prepare(self, shown: Shown) -> None:
        self.choose("team", teams(pgettext_lazy("team", "None")))


class ConvertForm(VerbForm):
    notice: StrOrPromise = ""

    def prepare(self, shown: Shown) -> None:
        self.notice = (
            _("Something is wanted and nothing is broken: it becomes a service request. The number and all texts stay.")
            if shown.row.kind == Kind.INCIDENT
            else _("Something is broken after all: it becomes an incident. The number and all texts stay.")
        )
