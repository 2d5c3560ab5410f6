"""The verbs on how a person is told: by what, after how long, when they want quiet, and what of their shifts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.domain.notifying import PersonalRules, rules_as_data, rules_from
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, NotFound
from allclear.kernel.words import say
from allclear.notifications.actions.nouns import RULES
from allclear.notifications.models import LONGEST_REMINDER, Profile
from allclear.notifications.rules import methods_for, rules_for


def set_rules(
    viewer: Viewer,
    user_id: int,
    data: Mapping[str, Any] | None,
    now: datetime,
    *,
    expected_version: int | None = None,
) -> PersonalRules:
    """Keep a person's rules, in the form of `domain.notifying.rules_from`; None: the usual ones. Gives what counts now.

    One's own, or another's for administrators. Raises `Invalid` with the path of everything that is wrong.
    """
    viewer.require("profile.own" if user_id == viewer.user_id else "accounts.change")
    methods = methods_for(user_id)
    kept = None if data is None else rules_as_data(rules_from(data, methods))
    with transaction.atomic():
        if not User.objects.select_for_update(of=("self",)).filter(pk=user_id).exists():
            raise NotFound(say("There is no such person."))
        changes.check_version(RULES.stream, user_id, expected_version)
        before = Profile.objects.filter(user=user_id).values_list("rules", flat=True).first()
        if kept != before:
            _keep(user_id, kept)
            what = "removed" if kept is None else "changed"
            changes.record(RULES, user_id, what, {"private": ["rules"]}, actor=actor_of(viewer), now=now)
    return rules_for(user_id, methods)


@dataclass(frozen=True, slots=True)
class ShiftNotices:
    """What somebody hears of their time on call: a reminder so many minutes before (0: none), and their own changes."""

    remind_minutes: int = 24 * 60
    tells_own_changes: bool = False


def shift_notices_of(user_id: int) -> ShiftNotices:
    """What counts for them; a day before, where they have chosen nothing."""
    row = Profile.objects.filter(user=user_id).first()
    return ShiftNotices(row.remind_minutes, row.tells_own_changes) if row else ShiftNotices()


def set_shift_notices(
    viewer: Viewer, user_id: int, wanted: ShiftNotices, now: datetime, *, expected_version: int | None = None
) -> ShiftNotices:
    """Choose what one hears of one's time on call, or, for administrators, what another hears."""
    viewer.require("profile.own" if user_id == viewer.user_id else "accounts.change")
    if not 0 <= wanted.remind_minutes <= LONGEST_REMINDER:
        text = say("Choose up to {count} minutes before the shift; 0 is never.", count=LONGEST_REMINDER)
        raise Invalid({"remind_minutes": text})
    with transaction.atomic():
        if not User.objects.select_for_update(of=("self",)).filter(pk=user_id).exists():
            raise NotFound(say("There is no such person."))
        changes.check_version(RULES.stream, user_id, expected_version)
        before = shift_notices_of(user_id)
        if wanted != before:
            Profile.objects.update_or_create(user_id=user_id, defaults=asdict(wanted))
            old = asdict(before)
            moved = {name: [old[name], value] for name, value in asdict(wanted).items() if old[name] != value}
            changes.record(RULES, user_id, "changed", {"changes": moved}, actor=actor_of(viewer), now=now)
    return wanted


def _keep(user_id: int, rules: Mapping[str, Any] | None) -> None:
    Profile.objects.update_or_create(user_id=user_id, defaults={"rules": rules and dict(rules)})
