"""The form that adds a filter to the queue."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allclear.accounts import queries as people
from allclear.accounts.permissions import Viewer
from allclear.domain.terms import Kind, Status
from allclear.web.incidents.filters import CHANNELS
from allclear.web.incidents.forms.fields import Choices, SuggestField, term

ANY: Choices = [("", _("Any"))]


class FilterForm(forms.Form):
    """Every field adds its value to the filters that are there already."""

    q = forms.CharField(label=_("Words"), required=False, max_length=200, help_text=_("In the number, title or texts."))
    status = forms.ChoiceField(label=_("Status"), required=False)
    priority = forms.ChoiceField(
        label=_("Priority"), required=False, choices=[*ANY, *((str(p), f"P{p}") for p in range(1, 6))]
    )
    team = forms.ChoiceField(label=_("Team"), required=False)
    assignee = SuggestField("staff", _("Name"), label=_("Assignee"), required=False)
    requester = SuggestField("people", _("Name, e-mail or phone"), label=_("Requester"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[*ANY, *((str(k), term(k)) for k in Kind)])
    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=[*ANY, *CHANNELS.items()])
    follow_up = forms.ChoiceField(
        label=_("Follow-up"), required=False, choices=[*ANY, ("missing", _("Missing")), ("done", _("Done"))]
    )
    service = SuggestField("services", _("Name"), label=_("Service"), required=False)
    category = SuggestField("categories", _("Name"), label=_("Category"), required=False)
    organisation = SuggestField("organisations", _("Name"), label=_("Organisation"), required=False)
    ci = SuggestField("cis", _("Name"), required=False, label=_("Configuration item"))

    def __init__(self, *, viewer: Viewer) -> None:
        super().__init__(auto_id="filter_%s")
        statuses = [
            ("open", pgettext_lazy("status", "Open")),
            ("ended", pgettext_lazy("status", "Ended")),
            *((str(s), term(s)) for s in Status),
        ]
        teams = sorted(people.team_names.get().items(), key=lambda item: item[1].lower())
        self.fields["status"].choices = [*ANY, *statuses]  # type: ignore[attr-defined]  # a ChoiceField
        own: Choices = [("me", _("My teams"))] if viewer.team_ids else []
        all_teams: Choices = [*ANY, *own, ("none", _("No team")), *((str(pk), name) for pk, name in teams)]
        self.fields["team"].choices = all_teams  # type: ignore[attr-defined]  # a ChoiceField
