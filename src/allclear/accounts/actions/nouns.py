"""The plain records of this floor: what may be set, what is private, and the sentence for what is taken."""

from __future__ import annotations

from typing import Final

from allclear.accounts.models import Organisation, SecurityClass, Skill, Team, User
from allclear.accounts.permissions import Viewer
from allclear.kernel.changes import Noun
from allclear.kernel.events import Actor
from allclear.kernel.words import marked

ORGANISATION: Final = Noun(
    Organisation,
    "organisation",
    fields=("name", "parent_id", "is_supplier", "is_active", "note"),
    topic="organisations",
    taken={
        "organisation_name_once": ("name", marked("There is an organisation of this name at this place already.")),
        "organisation_not_own_parent": ("parent_id", marked("An organisation cannot be a part of itself.")),
    },
)
PROFILE: Final = ("name", "phone", "mobile", "location", "time_zone", "language")
USER: Final = Noun(
    User,
    "user",
    fields=(
        *PROFILE,
        "email",
        "organisation_id",
        "roles",
        "sees_organisation",
        "is_vip",
        "is_active",
        "external_key",
    ),
    sets=("skills", "serves"),
    private=frozenset({"name", "email", "phone", "mobile", "location", "external_key"}),
    taken={
        "user_external_key_once": ("external_key", marked("Another person has this key in the imported source.")),
        "user_roles_known": ("roles", marked("Choose roles from the list.")),
    },
)
TEAM: Final = Noun(
    Team,
    "team",
    fields=("name", "tier", "email", "note", "organisation_id", "is_active"),
    topic="teams",
    taken={
        "team_name_once": ("name", marked("There is a team of this name already.")),
        "team_tier_1_to_3": ("tier", marked("Choose tier 1, 2 or 3.")),
    },
)
SKILL: Final = Noun(Skill, "skill", fields=("name",))
SECURITY_CLASS: Final = Noun(SecurityClass, "security_class", fields=("name", "note"), sets=("members",))


def actor_of(viewer: Viewer) -> Actor:
    """Who is written into the event."""
    return Actor(viewer.user_id, "user" if viewer.user_id else "system")
