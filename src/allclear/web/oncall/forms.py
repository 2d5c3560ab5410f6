"""The forms that change a schedule for a while. Their instants are in the zone of the schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from allclear.accounts.models import User
from allclear.accounts.permissions import STAFF, Viewer
from allclear.oncall.models import Override, Schedule
from allclear.oncall.queries import members_of
from allclear.web.records import Key, RecordForm


class ZonedField(forms.DateTimeField):
    """A point in time by the clock of a zone, which the form sets; to the minute."""

    zone = ZoneInfo("UTC")

    def __init__(self, **more: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **more)
        self.error_messages["invalid"] = _("Write the date and the time, such as 2026-11-22 14:07.")

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().to_python(value)


class ScheduleForm(RecordForm):
    """What the forms of one schedule share: its zone, and the people who take turns in it."""

    http_status = 200

    def __init__(self, data: Any = None, *, initial: Mapping[str, Any], viewer: Viewer, schedule: Schedule) -> None:
        self.schedule = schedule
        super().__init__(data, initial=initial, viewer=viewer)
        self.auto_id = "dialog_%s"
        for field in self.fields.values():
            if isinstance(field, ZonedField):
                field.zone = ZoneInfo(schedule.time_zone)
                field.help_text = gettext("In the zone of the schedule, {zone}.").format(zone=schedule.time_zone)

    def known_people(self, viewer: Viewer) -> list[tuple[int, str]]:
        """Those whom the viewer may name: the members, and for those who change schedules all staff behind them."""
        members = members_of(self.schedule)
        rows = User.objects.filter(pk__in=members, is_active=True).order_by("name")
        pairs = list(rows.values_list("pk", "name"))
        if viewer.may("oncall.change"):
            pairs += [pair for pair in staff() if pair[0] not in members]
        return pairs


def staff() -> list[tuple[int, str]]:
    """Active staff by name."""
    rows = User.objects.filter(is_active=True, roles__overlap=sorted(STAFF)).order_by("name")
    return list(rows.values_list("pk", "name"))


class OverrideForm(ScheduleForm):
    kind = forms.ChoiceField(label=_("What happens"), choices=Override.KINDS, initial="replace")
    instead_of_id = Key(label=_("Instead of"), empty=_("Nobody"), help_text=_("Who is taken off call."))
    people = forms.TypedMultipleChoiceField(
        label=_("On call is"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who is put on call; several are possible."),
    )
    starts_at = ZonedField(label=_("From"))
    ends_at = ZonedField(label=_("Until"))
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)

    def prepare(self, viewer: Viewer) -> None:
        pairs = self.known_people(viewer)
        self.offer("instead_of_id", pairs)
        self.fields["people"].choices = pairs  # type: ignore[attr-defined]  # a field of choices

    def values(self) -> dict[str, Any]:
        return super().values() | {"schedule_id": self.schedule.pk}


class SwapForm(ScheduleForm):
    starts_at = ZonedField(label=_("From"))
    ends_at = ZonedField(label=_("Until"))
    asked_id = Key(label=_("Whom to ask"), empty=_("Everybody who takes turns here"))
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def prepare(self, viewer: Viewer) -> None:
        members = members_of(self.schedule) - {viewer.user_id}
        rows = User.objects.filter(pk__in=members, is_active=True).order_by("name")
        self.offer("asked_id", rows.values_list("pk", "name"))

    def values(self) -> dict[str, Any]:
        return super().values() | {"schedule_id": self.schedule.pk}


class LeaveForm(ScheduleForm):
    user_id = Key(label=_("Who is away"), empty=_("I am"))
    starts_at = ZonedField(label=_("From"))
    ends_at = ZonedField(label=_("Until"), help_text=_("No schedule counts on them in this time."))
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def prepare(self, viewer: Viewer) -> None:
        if viewer.may("oncall.change"):
            self.offer("user_id", self.known_people(viewer))
        else:
            del self.fields["user_id"]
