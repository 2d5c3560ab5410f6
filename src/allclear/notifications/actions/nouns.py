"""Contact methods, rules and web-hooks as plain records: what may be set, and what events must not say."""

from __future__ import annotations

from typing import Final

from allclear.kernel.changes import Noun
from allclear.kernel.words import marked
from allclear.notifications.models import ContactMethod, Gateway, Profile, Webhook

METHOD: Final = Noun(
    ContactMethod,
    "contact_method",
    fields=("user_id", "kind", "name", "address", "is_enabled"),
    fixed=frozenset({"user_id", "kind"}),
    private=frozenset({"name", "address"}),
    taken={"contact_method_once": ("address", marked("This address is among the contact methods already."))},
)
RULES: Final = Noun(
    Profile,
    "notification_profile",
    fields=("rules", "remind_minutes", "tells_own_changes"),
    private=frozenset({"rules"}),
)
WEBHOOK: Final = Noun(
    Webhook,
    "webhook",
    fields=("name", "address", "is_active"),
    private=frozenset({"address"}),
    taken={"webhook_name_once": ("name", marked("There is a web-hook of this name already."))},
)
GATEWAY: Final = Noun(
    Gateway,
    "gateway",
    fields=("kind", "name", "address", "is_active"),
    fixed=frozenset({"kind"}),
    private=frozenset({"address"}),
    taken={
        "gateway_name_once": ("name", marked("There is a gateway of this name already.")),
        "gateway_one_in_use": (
            "is_active",
            marked("Put the other gateway of this kind out of use first."),
        ),
    },
)
