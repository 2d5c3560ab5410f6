"""What a report is asked for: own dates, and of which records."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from allclear.accounts import queries as people
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import organisations_visible_to
from allclear.catalog.queries import services_visible_to
from allclear.domain.terms import Kind
from allclear.kernel.errors import Invalid
from allclear.reports.channels import Asked
from allclear.reports.spans import Span
from allclear.web.incidents.forms.fields import Choices, SuggestField, show_texts, term
from allclear.web.said import localised

ANY: Choices = [("", _("Any"))]
NARROWING = ("kind", "team", "service", "organisation")
_OWN = {"to": "until"}  # the screen asks for the last day, rules for the first one after it


def _day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class ReportForm(forms.Form):
    """A GET form: the address says what is shown."""

    use_required_attribute = False
    until = _day_field(_("Until, included"))
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[*ANY, *((str(k), term(k)) for k in Kind)])
    team = forms.ChoiceField(label=_("Team"), required=False)
    service = SuggestField("services", _("Name"), label=_("Service"), required=False)
    organisation = SuggestField("organisations", _("Name"), label=_("Organisation"), required=False)
    field_order = ("from", "until")

    def __init__(self, data: Any, *, viewer: Viewer) -> None:
        super().__init__(data, auto_id="report_%s")
        self.fields["from"] = _day_field(_("From"))
        self.order_fields(self.field_order)
        teams = sorted(people.team_names.get().items(), key=lambda item: item[1].lower())
        choices: Choices = [*ANY, ("me", _("My teams")), ("none", _("No team")), *((str(k), n) for k, n in teams)]
        self.fields["team"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        show_texts(self, self._names(viewer))

    def _names(self, viewer: Viewer) -> dict[str, str]:
        """The names of the service and the organisation in the address, if the viewer may know of them."""
        rows: dict[str, Any] = {
            "service": services_visible_to(viewer),
            "organisation": organisations_visible_to(viewer),
        }
        keys = {name: str(self.data.get(name, "")) for name in rows}
        return {
            name: rows[name].filter(pk=int(key)).values_list("name", flat=True).first() or ""
            for name, key in keys.items()
            if key.isascii() and key.isdigit() and len(key) < 19
        }

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        for name, other in (("from", "until"), ("until", "from")):
            if said.get(other) and not said.get(name) and name not in self.errors:
                self.add_error(name, _("Give both days, or choose one of the spans."))
        return said

    def complain(self, error: Exception) -> None:
        if not isinstance(error, Invalid):
            self.add_error("until", _("Choose another day."))
            return
        for name, text in error.fields.items():
            self.add_error(_OWN.get(name, name), localised(text))

    def asked(self, span: Span) -> Asked:
        said = self.cleaned_data
        lists = {name: [said[name]] if said.get(name) else [] for name in NARROWING}
        return Asked(span, **lists)

    def narrowed(self) -> list[tuple[str, str]]:
        """What narrows the report, as parts of an address."""
        return [(name, str(self.cleaned_data[name])) for name in NARROWING if self.cleaned_data.get(name)]

    @property
    def is_narrowed(self) -> bool:
        return any(self.data.get(name) for name in NARROWING)
