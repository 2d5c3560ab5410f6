"""Schedules and escalation policies as plain records."""

from __future__ import annotations

from typing import Final

from allclear.kernel.changes import Noun
from allclear.kernel.words import marked
from allclear.oncall.models import CalendarSource, EscalationPolicy, Leave, Override, Schedule

SCHEDULE: Final = Noun(
    Schedule,
    "schedule",
    fields=("name", "team_id", "note", "time_zone", "layers", "country", "region", "is_active"),
    topic="schedules",
    taken={"schedule_name_once": ("name", marked("There is a schedule of this name already."))},
)
OVERRIDE: Final = Noun(
    Override,
    "override",
    fields=("schedule_id", "kind", "people", "instead_of_id", "starts_at", "ends_at", "reason"),
    fixed=frozenset({"schedule_id", "kind", "people", "instead_of_id"}),
    topic="schedules",
    taken={
        "override_ends_after_start": ("ends_at", marked("It ends before it begins. Choose a later end.")),
        "override_names_people": ("instead_of_id", marked("Say whom the override takes off call.")),
    },
)
LEAVE: Final = Noun(
    Leave,
    "leave",
    fields=("user_id", "starts_at", "ends_at", "note"),
    fixed=frozenset({"user_id"}),
    private=frozenset({"note"}),
    topic="schedules",
    taken={"leave_ends_after_start": ("ends_at", marked("It ends before it begins. Choose a later end."))},
)
POLICY: Final = Noun(
    EscalationPolicy,
    "escalation_policy",
    fields=(
        "name",
        "note",
        "begins_on",
        "begins_after_minutes",
        "definition",
        "service_ids",
        "priorities",
        "is_active",
    ),
    sets=("teams",),
    topic="escalation_policies",
    taken={"escalation_policy_name_once": ("name", marked("There is an escalation policy of this name already."))},
)
CALENDAR: Final = Noun(
    CalendarSource,
    "calendar",
    fields=("schedule_id", "url"),
    fixed=frozenset({"schedule_id", "url"}),
    private=frozenset({"url"}),
    taken={"calendar_source_once": ("url", marked("This schedule reads that calendar already."))},
)
