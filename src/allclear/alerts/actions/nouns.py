"""The plain records of this floor: what may be set, and what events must not say."""

from __future__ import annotations

from typing import Final

from allclear.alerts.models import Integration
from allclear.kernel.changes import Noun
from allclear.kernel.words import marked

INTEGRATION: Final = Noun(
    Integration,
    "integration",
    fields=(
        "name", "kind", "description", "service_id", "owner_team_id", "options", "events_per_minute", "stale_after",
        "is_active",
    ),
    fixed=frozenset({"kind"}),
    private=frozenset({"options"}),  # client secrets are among them, and events are never erased
    topic="integrations",
    taken={"integration_name_once": ("name", marked("There is an integration of this name already."))},
)  # fmt: skip
