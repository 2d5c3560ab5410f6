"""Checks of given values against the tables they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from django.db.models import Model

from allclear.accounts.models import Membership, Team, User
from allclear.catalog import queries as catalog
from allclear.catalog.models import CustomField
from allclear.domain.routing import Route
from allclear.domain.trace import Step, Trace
from allclear.kernel.errors import Invalid

M = TypeVar("M", bound=Model)


def existing(model: type[M], ids: Iterable[int | None], field: str) -> Mapping[int, M]:
    """The rows of these keys; raises `Invalid` naming the first that is missing."""
    wanted = {i for i in ids if i}
    found = model._default_manager.in_bulk(wanted) if wanted else {}
    if missing := wanted - found.keys():
        noun = str(model._meta.verbose_name)
        raise Invalid({field: f"There is no {noun} with the key {min(missing)}."})
    return found


def by_hand(team_id: int | None, assignee_id: int | None, names: Mapping[int, str]) -> Route:
    """A team and person that somebody chose. The person must be active staff, and in the team when one is given."""
    team_id = check_person(team_id, assignee_id)
    name = names.get(team_id or 0, "no team")
    step = Step(f"Team {name} was chosen by hand", "A choice by hand wins over the rules.", matched=True)
    return Route(team_id, assignee_id, Trace("routing", f"Given to {name} by hand", None, (step,)))


def check_person(team_id: int | None, assignee_id: int | None) -> int | None:
    """The team for this choice: the given one, or the person's only one."""
    if team_id and not Team.objects.filter(pk=team_id, is_active=True).exists():
        raise Invalid({"team": "This team is not there any more; choose another."})
    if assignee_id is None:
        return team_id
    person = User.objects.filter(pk=assignee_id).first()
    if person is None or not person.is_active or not person.is_staff:
        raise Invalid({"assignee": "Choose an active member of staff."})
    teams = list(Membership.objects.filter(user_id=assignee_id).values_list("team_id", flat=True))
    if team_id and team_id not in teams:
        raise Invalid({"assignee": f"{person.name} is not in this team; choose a member, or another team."})
    return team_id or (teams[0] if len(teams) == 1 else None)


def check_custom(values: Mapping[str, Any], category_id: int | None, *, complete: bool) -> dict[str, Any]:
    """The company's own fields, each in its kind. Unknown keys are refused; `complete` asks for the required ones."""
    fields = {f.key: f for f in custom_fields(category_id)}
    if not values and not fields:
        return {}
    wrong = {f"custom.{key}": "There is no such field." for key in values.keys() - fields.keys()}
    result: dict[str, Any] = {}
    for key, field in fields.items():
        try:
            value = _in_kind(field, values.get(key))
        except ValueError as error:
            wrong[f"custom.{key}"] = str(error)
            continue
        if value not in (None, ""):
            result[key] = value
        elif field.is_required and complete:
            wrong[f"custom.{key}"] = f"{field.name} is needed."
    if wrong:
        raise Invalid(wrong)
    return result


def custom_fields(category_id: int | None) -> list[CustomField]:
    """The fields that apply: general ones and those of the category or one above it."""
    node = catalog.category(category_id)
    path = set(node.path) if node else set()
    rows = CustomField.objects.filter(is_active=True)
    return [row for row in rows if row.category_id is None or row.category_id in path]


def _in_kind(field: CustomField, value: Any) -> Any:
    if value in (None, ""):
        return None
    if field.kind == "number":
        try:
            return float(value)
        except (TypeError, ValueError):
            raise ValueError(f"{field.name}: write a number.") from None
    if field.kind == "yes_no":
        if value in (True, False):
            return value
        if str(value).lower() in ("yes", "no", "true", "false", "on"):
            return str(value).lower() in ("yes", "true", "on")
        raise ValueError(f"{field.name}: say yes or no.")
    if field.kind == "choice" and value not in field.choices:
        raise ValueError(f"{field.name}: choose one of {', '.join(field.choices)}.")
    if field.kind == "date":
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise ValueError(f"{field.name}: write the date as year-month-day.") from None
    return str(value).strip()[:2000]
