"""Verbs on escalation policies. What is saved can be carried out; what runs keeps the policy that it began under."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.catalog.models import Service
from allclear.domain import escalation as rules
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.words import say
from allclear.oncall.actions.nouns import POLICY
from allclear.oncall.facts import facts_for
from allclear.oncall.models import EscalationPolicy
from allclear.oncall.subjects import Standing

MOST_MINUTES = 90 * 24 * 60  # of a threshold
_LOCK = "escalation policies"  # one catch-all can lead to another policy: no two changes may close a circle together
_OF_ROW = ("name", "key", "version")  # parts of a policy that its row has, not its definition


def add_policy(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> EscalationPolicy:
    """Add an escalation policy. Raises `Invalid` with the path of everything in `definition` that is wrong."""
    viewer.require("oncall.change")
    with transaction.atomic():
        changes.serialise(_LOCK)
        wanted = {"definition": {}, **values}
        name = str(wanted.get("name") or "")
        wanted["definition"] = checked(wanted["definition"], name, None, now)
        return changes.create(POLICY, wanted, actor=actor_of(viewer), now=now, check=_check)


def change_policy(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> EscalationPolicy:
    """Change a policy for what begins from now on; what runs goes on as it began. Out of use, it begins no more."""
    viewer.require("oncall.change")
    with transaction.atomic():
        changes.serialise(_LOCK)
        wanted = dict(values)
        if "definition" in wanted:
            stored = EscalationPolicy.objects.filter(pk=pk).values_list("name", flat=True).first()
            name = str(wanted.get("name") or stored or "")
            wanted["definition"] = checked(wanted["definition"], name, pk, now)
        if wanted.get("is_active") is False:
            _require_no_catch_all(pk)
        return changes.change(
            POLICY, pk, wanted, actor=actor_of(viewer), now=now, expected_version=expected_version, check=_check
        )


def remove_policy(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Remove a policy that was never carried out; else put it out of use."""
    viewer.require("oncall.change")
    with transaction.atomic():
        changes.serialise(_LOCK)
        _require_no_catch_all(pk)
        way_on = say("Put it out of use instead: what it did stays readable.")
        changes.remove(POLICY, pk, actor=actor_of(viewer), now=now, way_on=way_on)


def checked(data: Any, name: str, key: int | None, now: datetime) -> dict[str, Any]:
    """A definition as it is kept. Raises `Invalid` with paths such as `definition.steps.0.targets.1`."""
    if not isinstance(data, Mapping):
        raise Invalid({"definition": say("Write an object with names and values here.")})
    plain = {part: value for part, value in data.items() if part not in _OF_ROW}
    try:
        policy = rules.policy_from({**plain, "name": name or "-", "key": key})  # an empty name is the row's to refuse
        rules.check(policy, facts_for(policy, Standing(is_open=True), now), catch_alls())
    except Invalid as error:
        raise Invalid({f"definition.{path}": text for path, text in error.fields.items()}) from None
    return {part: value for part, value in rules.policy_as_data(policy).items() if part not in _OF_ROW}


def catch_alls() -> dict[int, int]:
    """Which policies have which policy as their catch-all."""
    found = {}
    for pk, definition in EscalationPolicy.objects.values_list("pk", "definition"):
        target = (definition or {}).get("exhausted") or {}
        if target.get("kind") == rules.TargetKind.POLICY and target.get("key"):
            found[pk] = int(target["key"])
    return found


def _require_no_catch_all(pk: int) -> None:
    users = [one for one, other in catch_alls().items() if other == pk and one != pk]
    row = EscalationPolicy.objects.filter(pk__in=users, is_active=True).first()
    if row is not None:
        text = say("It is the catch-all of {name}. Give that policy another catch-all first.", name=row.name)
        raise Refused(text, code="in_use")


def _check(row: EscalationPolicy) -> None:
    wrong = {}
    if row.begins_on not in dict(EscalationPolicy.BEGINS):
        wrong["begins_on"] = say("Choose one of {choices}.", choices=", ".join(dict(EscalationPolicy.BEGINS)))
    if row.begins_on == "logged" and row.begins_after_minutes is not None:
        wrong["begins_after_minutes"] = say("Leave it empty: this policy begins at once.")
    if row.begins_on != "logged" and not 1 <= (row.begins_after_minutes or 0) <= MOST_MINUTES:
        wrong["begins_after_minutes"] = say("Write whole minutes from 1 to {most}.", most=MOST_MINUTES)
    if set(row.priorities) - set(range(1, 6)):
        wrong["priorities"] = say("Priorities go from 1 to 5.")
    missing = set(row.service_ids) - set(Service.objects.filter(pk__in=row.service_ids).values_list("pk", flat=True))
    if missing:
        wrong["service_ids"] = say("There is no service with the key {key}.", key=min(missing))
    if wrong:
        raise Invalid(wrong)
