"""The verb on a person's rules: what they are told by, after how long, and when they want quiet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.domain.notifying import PersonalRules, rules_as_data, rules_from
from allclear.kernel import changes
from allclear.kernel.errors import NotFound
from allclear.kernel.words import say
from allclear.notifications.actions.nouns import RULES
from allclear.notifications.models import Profile
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


def _keep(user_id: int, rules: Mapping[str, Any] | None) -> None:
    if rules is None:
        Profile.objects.filter(user=user_id).delete()
    else:
        Profile.objects.update_or_create(user_id=user_id, defaults={"rules": dict(rules)})
