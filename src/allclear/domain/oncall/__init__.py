"""Who is on call: rotations, layers, overrides, leave and swaps; and the proof that somebody always is.

`final` gives the schedule as spans, `on_call_at` one moment of it, `next_shift` one person's view, `explain` the
reasons. `holes` finds what is not covered, `fairness` who carries how much, `repairs` what to do about it, `turnovers`
what a change gives to people and takes from them. Check what people enter with `check_schedule` first: the other
functions take a schedule for valid.

`wallclock` and `grid` know clocks, `rotation` and `restriction` what repeats, `crew` the rules of one moment.
"""

from allclear.domain.oncall.check import check_rotation, check_schedule
from allclear.domain.oncall.coverage import Hole, HoleKind, holes, holes_in
from allclear.domain.oncall.explain import explain, why, why_shadow
from allclear.domain.oncall.fairness import Load, Scale, fairness
from allclear.domain.oncall.final import final, on_call_at
from allclear.domain.oncall.repair import Repair, repairs
from allclear.domain.oncall.restriction import (
    DailyHours,
    Hours,
    OnHoliday,
    Restriction,
    WeekSpan,
    is_active,
    span_at,
    spans,
)
from allclear.domain.oncall.rotation import Rotation, RotationKind, Shift, beginning_with, shift_at, shifts
from allclear.domain.oncall.schedule import (
    Absence,
    Crew,
    Duty,
    Layer,
    Leave,
    Override,
    OverrideKind,
    Schedule,
    Source,
    Span,
    Stint,
    Swap,
)
from allclear.domain.oncall.stints import next_shift, recorded, stints
from allclear.domain.oncall.terms import EVERY_DAY, WEEKEND, WORKDAYS, Key, Person, Weekday
from allclear.domain.oncall.turnover import Turnover, turnovers

__all__ = [
    "EVERY_DAY", "WEEKEND", "WORKDAYS", "Absence", "Crew", "DailyHours", "Duty", "Hole", "HoleKind", "Hours", "Key",
    "Layer", "Leave", "Load", "OnHoliday", "Override", "OverrideKind", "Person", "Repair", "Restriction", "Rotation",
    "RotationKind", "Scale", "Schedule", "Shift", "Source", "Span", "Stint", "Swap", "Turnover", "WeekSpan", "Weekday",
    "beginning_with", "check_rotation", "check_schedule", "explain", "fairness", "final", "holes", "holes_in",
    "is_active", "next_shift", "on_call_at", "recorded", "repairs", "shift_at", "shifts", "span_at", "spans", "stints",
    "turnovers", "why", "why_shadow",
]  # fmt: skip
