"""The form of what a person is told of their shifts: the reminder before each, and changes by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.kernel.events import position_of
from allclear.notifications.actions.nouns import RULES
from allclear.notifications.actions.preferences import ShiftNotices, shift_notices_of
from allclear.web.records import RecordForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LEADS: list[tuple[int, StrOrPromise]] = [
    (0, gettext_lazy("Never")),
    (60, gettext_lazy("1 hour before")),
    (12 * 60, gettext_lazy("12 hours before")),
    (24 * 60, gettext_lazy("1 day before")),
    (7 * 24 * 60, gettext_lazy("1 week before")),
]


class ShiftsForm(RecordForm):
    remind_minutes = forms.TypedChoiceField(label=gettext_lazy("Remind of a shift"), coerce=int, choices=LEADS)
    tells_own_changes = forms.BooleanField(
        label=gettext_lazy("Also tell of changes that are their own doing"), required=False
    )

    def __init__(self, data: Any, held: ShiftNotices, version: int, *, is_own: bool = True) -> None:
        initial = {"remind_minutes": held.remind_minutes, "tells_own_changes": held.tells_own_changes}
        super().__init__(data, initial={**initial, "version": version})
        if is_own:
            self.fields["tells_own_changes"].label = _("Also tell me of changes that I made myself")
        if held.remind_minutes not in dict(LEADS):  # chosen over the API
            other = (held.remind_minutes, _("{count} minutes before").format(count=held.remind_minutes))
            self.fields["remind_minutes"].choices = [*LEADS, other]  # type: ignore[attr-defined]  # a choice field


def form_for(user_id: int, data: Any = None, *, is_own: bool = True) -> ShiftsForm:
    return ShiftsForm(data, shift_notices_of(user_id), position_of(RULES.stream, user_id), is_own=is_own)
