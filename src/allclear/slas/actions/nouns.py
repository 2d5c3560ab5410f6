"""The plain records of this floor."""

from __future__ import annotations

from typing import Final

from allclear.kernel.changes import Noun
from allclear.kernel.words import marked
from allclear.slas.models import BusinessCalendar

CALENDAR: Final = Noun(
    BusinessCalendar,
    "business_calendar",
    fields=("name", "is_active"),
    topic="business_calendars",
    taken={"business_calendar_name_once": ("name", marked("There is a business calendar of this name already."))},
)
