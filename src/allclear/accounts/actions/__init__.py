"""The only writers of people and groups. One verb is one function is one transaction.

`values` names fields as in the table (`organisation_id`) and sets by lists of keys (`skills`). `expected_version` is
the position of the record's last event (`kernel.events.position_of`), and a newer record is a `Conflict`.
"""

from allclear.accounts.actions.callers import add_caller
from allclear.accounts.actions.erasing import check_erasable, erase_user
from allclear.accounts.actions.groups import (
    add_member,
    add_organisation,
    add_security_class,
    add_skill,
    add_team,
    change_organisation,
    change_security_class,
    change_skill,
    change_team,
    remove_member,
    remove_security_class,
    remove_skill,
    set_members,
)
from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.actions.people import (
    add_user,
    change_profile,
    change_user,
    deactivate_user,
    first_administrator,
    set_password,
    set_roles,
)

__all__ = [
    "actor_of",
    "add_caller",
    "add_member",
    "add_organisation",
    "add_security_class",
    "add_skill",
    "add_team",
    "add_user",
    "change_organisation",
    "change_profile",
    "change_security_class",
    "change_skill",
    "change_team",
    "change_user",
    "check_erasable",
    "deactivate_user",
    "erase_user",
    "first_administrator",
    "remove_member",
    "remove_security_class",
    "remove_skill",
    "set_members",
    "set_password",
    "set_roles",
]
