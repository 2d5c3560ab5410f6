"""Silences, maintenance windows and inhibitions as plain records."""

from __future__ import annotations

from typing import Final

from allclear.alerts.models import Inhibition, MaintenanceWindow, Silence
from allclear.kernel.changes import Noun
from allclear.kernel.words import marked

_ENDS = marked("It ends before it begins. Choose a later end.")

SILENCE: Final = Noun(
    Silence,
    "silence",
    fields=("comment", "matchers", "integration_id", "starts_at", "ends_at", "mode", "created_by_name"),
    topic="silences",
    taken={"silence_ends": ("ends_at", _ENDS)},
)
WINDOW: Final = Noun(
    MaintenanceWindow,
    "maintenance_window",
    fields=(
        "name", "reason", "change_ref", "with_dependents", "starts_at", "ends_at", "time_zone", "repeats", "until",
        "mode",
    ),
    sets=("services", "cis"),
    topic="maintenance",
    taken={
        "maintenance_ends": ("ends_at", _ENDS),
        "maintenance_repeats_end": ("until", marked("Say until when it repeats: nothing stays quiet for ever.")),
    },
)  # fmt: skip
INHIBITION: Final = Noun(
    Inhibition,
    "inhibition",
    fields=("name", "cause", "effect", "equal", "expires_at", "mode"),
    topic="inhibitions",
)
