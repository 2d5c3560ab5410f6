"""The only writers of the catalogue. One verb is one function is one transaction.

`values` names fields as in the table (`owner_team_id`). `expected_version` is the position of the record's last event
(`kernel.events.position_of`), and a newer record is a `Conflict`.
"""

from allclear.catalog.actions.defaults import seed_defaults
from allclear.catalog.actions.forms import (
    add_category,
    add_code,
    add_field,
    add_question,
    add_template,
    change_category,
    change_code,
    change_field,
    change_question,
    change_template,
    remove_category,
    remove_question,
)
from allclear.catalog.actions.policy import change_policy
from allclear.catalog.actions.structure import (
    add_ci,
    add_dependency,
    add_service,
    change_ci,
    change_service,
    remove_dependency,
)

__all__ = [
    "add_category",
    "add_ci",
    "add_code",
    "add_dependency",
    "add_field",
    "add_question",
    "add_service",
    "add_template",
    "change_category",
    "change_ci",
    "change_code",
    "change_field",
    "change_policy",
    "change_question",
    "change_service",
    "change_template",
    "remove_category",
    "remove_dependency",
    "remove_question",
    "seed_defaults",
]
