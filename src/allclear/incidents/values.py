"""Checks of given values against the tables they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, Q

from allclear.accounts.models import Membership, Team, User
from allclear.accounts.permissions import SEES_ALL, Viewer
from allclear.accounts.queries import own_and_above
from allclear.catalog import queries as catalog
from allclear.catalog.models import CustomField
from allclear.domain.routing import Route
from allclear.domain.terms import Channel, Role
from allclear.domain.trace import Step, Trace
from allclear.incidents.texts import clean, plain
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.kernel.generation import Cached
from allclear.kernel.words import say

M = TypeVar("M", bound=Model)


def existing(model: type[M], ids: Iterable[int | None], field: str) -> Mapping[int, M]:
    """The rows of these keys; raises `Invalid` naming the first that is missing."""
    wanted = {i for i in ids if i}
    if beyond := [i for i in wanted if not 0 < i < 2**63]:
        raise Invalid({field: _no_such(model, beyond[0])})
    found = model._default_manager.in_bulk(wanted) if wanted else {}
    if missing := wanted - found.keys():
        raise Invalid({field: _no_such(model, min(missing))})
    return found


def _no_such(model: type[Model], key: int) -> str:
    return say("There is no {noun} with the key {key}.", noun=say(str(model._meta.verbose_name)), key=key)


def known(viewer: Viewer, model: type[M], ids: Iterable[int | None], field: str) -> Mapping[int, M]:
    """As `existing`, for people, services and configuration items that the viewer may know of.

    One of a customer that is not theirs is answered as if it were not there. Scopes of tokens play no part: who may
    log with a key may also say for whom.
    """
    wanted = {i for i in ids if i}
    if not wanted or (viewer.is_staff and viewer.organisation_ids is None):
        return existing(model, wanted, field)
    if not viewer.is_staff:
        theirs = Q(pk=viewer.user_id) if model is User else Q(organisation__in=own_and_above(viewer))
    else:
        theirs = Q(organisation__in=viewer.organisation_ids or ())
        theirs |= Q(pk=viewer.user_id) | Q(roles__overlap=sorted(SEES_ALL)) if model is User else Q()
    if model is not User or viewer.is_staff:
        theirs |= Q(organisation=None)
    inside = {pk for pk in wanted if 0 < pk < 2**63}
    seen = set(model._default_manager.filter(theirs, pk__in=inside).values_list("pk", flat=True))
    if hidden := wanted - seen:
        raise Invalid({field: _no_such(model, min(hidden))})
    return existing(model, wanted, field)


def by_hand(team_id: int | None, assignee_id: int | None, names: Mapping[int, str]) -> Route:
    """A team and person that somebody chose. The person must be active staff, and in the team when one is given."""
    team_id = check_person(team_id, assignee_id)
    name = names.get(team_id or 0) or say("no team")
    chosen = say("Team {team} was chosen by hand", team=name)
    step = Step(chosen, say("A choice by hand wins over the rules."), matched=True)
    return Route(team_id, assignee_id, Trace("routing", say("Given to {team} by hand", team=name), None, (step,)))


def check_person(team_id: int | None, assignee_id: int | None) -> int | None:
    """The team for this choice: the given one, or the person's only one."""
    if team_id and not Team.objects.filter(pk=team_id, is_active=True).exists():
        raise Invalid({"team": say("This team is not there any more; choose another.")})
    if assignee_id is None:
        return team_id
    own = ArraySubquery(Membership.objects.filter(user_id=OuterRef("pk")).values("team_id"))
    found = User.objects.filter(pk=assignee_id, is_active=True).order_by().values_list("name", "roles", own)[:1]
    name, roles, teams = next(iter(found), ("", [], []))
    if not set(roles) - {Role.REQUESTER}:
        raise Invalid({"assignee": say("Choose an active member of staff.")})
    if team_id and team_id not in teams:
        raise Invalid({"assignee": say("{name} is not in this team; choose a member, or another team.", name=name)})
    return team_id or (teams[0] if len(teams) == 1 else None)


def check_custom(values: Mapping[str, Any], category_id: int | None, *, complete: bool) -> dict[str, Any]:
    """The company's own fields, each in its kind. Unknown keys are refused; `complete` asks for the required ones."""
    fields = {f.key: f for f in custom_fields(category_id)}
    if not values and not fields:
        return {}
    wrong = {f"custom.{key}": say("There is no such field.") for key in values.keys() - fields.keys()}
    result: dict[str, Any] = {}
    for key, field in fields.items():
        try:
            value = _in_kind(field, values.get(key))
        except ValueError as error:
            wrong[f"custom.{key}"] = error.args[0]
            continue
        if value not in (None, ""):
            result[key] = value
        elif field.is_required and complete:
            wrong[f"custom.{key}"] = say("{field} is needed.", field=field.name)
    if wrong:
        raise Invalid(wrong)
    return result


def merge_custom(held: Mapping[str, Any], given: Mapping[str, Any], category_id: int | None) -> dict[str, Any]:
    """The values after an edit. What is held under a field that is not offered now (an import's, or one that was
    switched off) stays; only a given value has to belong to a field.
    """
    offered = {field.key for field in custom_fields(category_id)}
    kept = {key: value for key, value in held.items() if key not in offered and key not in given}
    asked = {key: value for key, value in held.items() if key in offered} | dict(given)
    return kept | check_custom(asked, category_id, complete=False)


def custom_fields(category_id: int | None) -> list[CustomField]:
    """The fields that apply: general ones and those of the category or one above it."""
    node = catalog.category(category_id)
    path = set(node.path) if node else set()
    return [row for row in _active_fields.get() if row.category_id is None or row.category_id in path]


def _load_active_fields() -> list[CustomField]:
    return list(CustomField.objects.filter(is_active=True))


_active_fields: Cached[list[CustomField]] = Cached("custom_fields", _load_active_fields)


def _in_kind(field: CustomField, value: Any) -> Any:
    if value in (None, ""):
        return None
    if field.kind == "number":
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(say("{field}: write a number.", field=field.name)) from None
        if not isfinite(number):
            raise ValueError(say("{field}: write a number.", field=field.name))
        return number
    if field.kind == "yes_no":
        if value in (True, False):
            return value
        if str(value).lower() in ("yes", "no", "true", "false", "on"):
            return str(value).lower() in ("yes", "true", "on")
        raise ValueError(say("{field}: say yes or no.", field=field.name))
    if field.kind == "choice" and value not in field.choices:
        raise ValueError(f"{field.name}: choose one of {', '.join(field.choices)}.")
    if field.kind == "date":
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise ValueError(say("{field}: write the date as year-month-day.", field=field.name)) from None
    text = plain(str(value))
    if len(text) > 2000:
        raise ValueError(f"{field.name}: this is {len(text):,} characters long; at most 2,000 fit.")
    return text


_MOST_MONEY = Decimal(10) ** 12
_MOST_MINUTES = 2**31


def wrong_amounts(cost: Decimal | None, currency: str, downtime_minutes: int | None) -> dict[str, str]:
    """What is wrong with a cost and a downtime."""
    wrong: dict[str, str] = {}
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        wrong["currency"] = say("Write the currency with three letters, such as EUR.")
    if cost is not None and (not cost.is_finite() or not 0 <= cost < _MOST_MONEY):
        wrong["cost"] = say("Write the cost as an amount from 0 up, without a currency sign.")
    if downtime_minutes is not None and not 0 <= downtime_minutes < _MOST_MINUTES:
        wrong["downtime_minutes"] = say("Write the downtime in whole minutes, from 0 up.")
    return wrong


def checked_facts(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Location, channel, cost, currency and downtime among the fields, cleaned; raises `Invalid` for what cannot be."""
    new = dict(fields)
    if "location" in new:
        new["location"] = clean(new["location"] or "", "location", limit=200)
    wrong = wrong_amounts(new.get("cost"), new.get("currency") or "", new.get("downtime_minutes"))
    if new.get("cost") is not None and "cost" not in wrong:
        new["cost"] = new["cost"].quantize(Decimal("0.01"))
    if "currency" in new:
        new["currency"] = (new["currency"] or "").upper()
    if new.get("channel", "") not in ("", *Channel):
        wrong["channel"] = say("Choose one of {choices}.", choices=", ".join(Channel))
    if wrong:
        raise Invalid(wrong)
    return new


def check_customer(viewer: Viewer, organisation_id: int | None, own_id: int | None = None) -> None:
    """Staff who serve some customers only name one of these; a requester names none but their own."""
    if organisation_id is None or organisation_id == own_id or (viewer.is_staff and viewer.organisation_ids is None):
        return
    if organisation_id not in (viewer.organisation_ids or ()):
        raise NotPermitted(say("This customer is not one of yours: choose one that you serve, or leave it empty."))
