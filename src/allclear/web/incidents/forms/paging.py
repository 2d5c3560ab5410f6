"""The forms of paging by hand and of putting paging off."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from allclear.accounts.models import Team
from allclear.domain.escalation import Target, TargetKind
from allclear.incidents import paging
from allclear.oncall.models import EscalationPolicy, Schedule
from allclear.web.incidents.forms.base import Shown, VerbForm
from allclear.web.incidents.forms.fields import InstantField, SuggestField, area

MINUTES = (15, 30, 60)


class PageForm(VerbForm):
    """Whom to page: by a policy, or one team, schedule or person."""

    target = forms.ChoiceField(
        label=_("Whom"), required=False, help_text=_("A policy pages step by step. Else everybody chosen is paged.")
    )
    person = SuggestField("staff", _("Name"), required=False, label=_("Or one person"))
    text = forms.CharField(
        label=_("What they shall know"),
        required=False,
        max_length=500,
        widget=area(),
        help_text=_("Said first in the page. Those who may not read the incident do not get it."),
    )

    def start(self, shown: Shown) -> dict[str, Any]:
        found = paging.default_target(shown.row)
        return {"target": found.ref if found else ""}

    def prepare(self, shown: Shown) -> None:
        groups: list[tuple[StrOrPromise, Any, str]] = [
            (_("Teams"), Team.objects.filter(is_active=True), "team"),
            (_("Schedules"), Schedule.objects.filter(is_active=True), "schedule"),
            (_("Escalation policies"), EscalationPolicy.objects.filter(is_active=True), "policy"),
        ]
        offered: list[tuple[Any, Any]] = [("", gettext("nobody chosen"))]
        for label, rows, kind in groups:
            pairs = [(f"{kind}:{pk}", name) for pk, name in rows.order_by("name").values_list("pk", "name")]
            if pairs:
                offered.append((label, pairs))
        self.choose("target", offered)

    def asked(self) -> dict[str, Any]:
        """What `page_by_hand` takes; one person wins over the list."""
        kind, _sep, key = self.cleaned_data["target"].partition(":")
        said: dict[str, Any] = {"text": self.cleaned_data["text"]}
        if person := self.cleaned_data["person"]:
            return {**said, "target": Target(TargetKind.PERSON, person)}
        if kind == "policy":
            return {**said, "policy": EscalationPolicy.objects.filter(pk=key, is_active=True).first()}
        return {**said, "target": Target(TargetKind(kind), int(key)) if kind else None}


class SnoozeForm(VerbForm):
    """For how long nobody is paged."""

    minutes = forms.TypedChoiceField(label=_("For"), coerce=int, empty_value=None, required=False)
    until = InstantField(required=False, label=_("Or until"))

    def start(self, shown: Shown) -> dict[str, Any]:
        return {"minutes": 30}

    def prepare(self, shown: Shown) -> None:
        words = gettext("{count} minutes")
        self.choose("minutes", [(n, words.format(count=n)) for n in MINUTES])
