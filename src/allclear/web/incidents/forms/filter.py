"""The form that adds a filter to the queue."""

from __future__ import annotations

from django import forms

from allclear.accounts import queries as people
from allclear.accounts.permissions import Viewer
from allclear.domain.terms import Kind, Status, label
from allclear.web.incidents.forms.fields import Choices, SuggestField

ANY: Choices = [("", "Any")]


class FilterForm(forms.Form):
    """Every field adds its value to the filters that are there already."""

    q = forms.CharField(label="Words", required=False, max_length=200, help_text="In the number, title or texts.")
    status = forms.ChoiceField(required=False)
    priority = forms.ChoiceField(required=False, choices=[*ANY, *((str(p), f"P{p}") for p in range(1, 6))])
    team = forms.ChoiceField(required=False)
    assignee = SuggestField("staff", "Name", required=False)
    requester = SuggestField("people", "Name, e-mail or phone", required=False)
    kind = forms.ChoiceField(required=False, choices=[*ANY, *((str(k), label(k)) for k in Kind)])
    service = SuggestField("services", "Name", required=False)
    category = SuggestField("categories", "Name", required=False)
    organisation = SuggestField("organisations", "Name", required=False)
    ci = SuggestField("cis", "Name", required=False, label="Configuration item")

    def __init__(self, *, viewer: Viewer) -> None:
        super().__init__(auto_id="filter_%s")
        statuses = [("open", "Open"), ("ended", "Ended"), *((str(s), label(s)) for s in Status)]
        teams = sorted(people.team_names.get().items(), key=lambda item: item[1].lower())
        self.fields["status"].choices = [*ANY, *statuses]  # type: ignore[attr-defined]  # a ChoiceField
        own: Choices = [("me", "My teams")] if viewer.team_ids else []
        all_teams: Choices = [*ANY, *own, ("none", "No team"), *((str(pk), name) for pk, name in teams)]
        self.fields["team"].choices = all_teams  # type: ignore[attr-defined]  # a ChoiceField
