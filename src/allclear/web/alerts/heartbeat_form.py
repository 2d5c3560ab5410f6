"""The form of a heartbeat."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.accounts.permissions import Viewer
from allclear.alerts.heartbeats import KIND
from allclear.alerts.models import Integration
from allclear.domain.moments import span_from
from allclear.web.alerts.heartbeat_words import SEVERITIES, span_exact
from allclear.web.records import Key, RecordForm


class Span(forms.CharField):
    """A span of time as people write it: 90 s, 10 min, 1 h 30 min."""

    def prepare_value(self, value: Any) -> Any:
        return span_exact(value) if isinstance(value, timedelta) else value

    def clean(self, value: Any) -> timedelta | None:
        text = super().clean(value)
        try:
            return span_from(text) if text else None
        except ValueError:
            raise forms.ValidationError(_("Write a span with its unit, such as 90 s, 10 min or 1 h 30 min.")) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((self.prepare_value(initial) or "") != (data or ""))


class HeartbeatForm(RecordForm):
    """A span or a cron expression says when reports are due."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("What people call the job.")
    )
    period = Span(
        label=gettext_lazy("Reports every"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Such as 10 min, 1 h 30 min or 1 d, counted from each report. Or give times below."),
    )
    cron = forms.CharField(
        label=gettext_lazy("Or at the times of a cron expression"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Such as 30 2 * * 1-5: Monday to Friday at 2:30."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "number"}),
    )
    time_zone = forms.CharField(
        label=gettext_lazy("By the clock of"),
        required=False,
        max_length=64,
        help_text=gettext_lazy("Such as Europe/Berlin."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    grace = Span(
        label=gettext_lazy("May be late by"),
        max_length=40,
        help_text=gettext_lazy("After this time without a report it is down."),
    )
    max_run = Span(
        label=gettext_lazy("A run may last"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("For jobs that report their beginning. Empty: as long as it may be late."),
    )
    severity = forms.ChoiceField(label=gettext_lazy("Severity of its alert"), choices=SEVERITIES)
    description = forms.CharField(
        label=gettext_lazy("What to do when it is down"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Stands in the alert."),
    )
    slug = forms.CharField(
        label=gettext_lazy("Name in addresses"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("For reports by the integration's key. Empty: made of the name."),
    )
    integration_id = Key(label=gettext_lazy("Integration"), empty=gettext_lazy("The integration of heartbeats"))

    def prepare(self, viewer: Viewer) -> None:
        """Which integration is asked only where there are several, and never again."""
        pairs = list(Integration.objects.filter(kind=KIND).order_by("name").values_list("pk", "name"))
        if len(pairs) < 2 or self.initial.get("integration_id"):
            del self.fields["integration_id"]
        else:
            self.offer("integration_id", pairs)

    def values(self) -> dict[str, Any]:
        values = super().values()
        return {**values, "time_zone": values["time_zone"] or "UTC"}
