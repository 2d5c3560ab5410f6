"""The verbs on people: the first administrator, everybody else, and what each may change of themself."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from allclear.accounts.actions.nouns import PROFILE, USER, actor_of
from allclear.accounts.models import User
from allclear.accounts.permissions import SYSTEM_VIEWER, Viewer
from allclear.domain.terms import Role
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, NotPermitted, Refused
from allclear.kernel.generation import bump
from allclear.kernel.words import marked, say

_ADMINS = "accounts:admins"  # one transaction at a time takes an administrator away


def first_administrator(email: str, name: str, password: str, now: datetime) -> User:
    """Make the administrator of a new installation. Works only while there is nobody; of two at once, one wins."""
    with transaction.atomic():
        changes.serialise(_ADMINS)
        if User.objects.exists():
            raise Refused(
                say("This installation has its first administrator already. Log in, or ask them to add you."),
                code="already_begun",
            )
        values = {"email": email, "name": name, "roles": [Role.ADMIN, Role.AGENT]}
        return add_user(SYSTEM_VIEWER, values, now=now, password=password, needs_password=True)


def add_user(
    viewer: Viewer, values: Mapping[str, Any], *, now: datetime, password: str = "", needs_password: bool = False
) -> User:
    """Add a person. Without a password they cannot log in until they get one; roles default to requester."""
    viewer.require("accounts.change")
    if needs_password and not password:
        raise Invalid({"password": say("This is needed.")})
    if password and not values.get("email"):
        raise Invalid({"email": say("Somebody who logs in needs an e-mail address.")})

    def check(user: User) -> None:
        _check(user)
        _set(user, password)

    with transaction.atomic():
        user = changes.create(
            USER,
            {"roles": [Role.REQUESTER], **_prepared(values)},
            actor=actor_of(viewer),
            now=now,
            initial={"created_at": now, "password": "!"},
            check=check,
        )
        if password:
            changes.record(USER, user.pk, "password_set", {}, actor=actor_of(viewer), now=now)
        bump("people")
    return user


def change_user(
    viewer: Viewer, user_id: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> User:
    """Change a person's facts, roles, skills and customers. The last administrator stays one."""
    viewer.require("accounts.change")
    return _change(viewer, user_id, values, now, expected_version)


def deactivate_user(viewer: Viewer, user_id: int, *, now: datetime, expected_version: int | None = None) -> User:
    """They can no longer log in or get work; their keys stop working. What they have open stays and is visible."""
    return change_user(viewer, user_id, {"is_active": False}, now=now, expected_version=expected_version)


def set_roles(
    viewer: Viewer, user_id: int, roles: list[str], *, now: datetime, expected_version: int | None = None
) -> User:
    """Give exactly these roles."""
    return change_user(viewer, user_id, {"roles": roles}, now=now, expected_version=expected_version)


def change_profile(
    viewer: Viewer, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> User:
    """What everybody may change of themself: name, numbers, place, time zone, language."""
    viewer.require("profile.own")
    if viewer.user_id is None:
        raise NotPermitted(say("Only a person has a profile."))
    if foreign := values.keys() - set(PROFILE):
        raise Invalid(dict.fromkeys(foreign, say("Ask an administrator to change this.")))
    return _change(viewer, viewer.user_id, values, now, expected_version)


def set_password(viewer: Viewer, user_id: int, password: str, *, now: datetime) -> User:
    """Give a person a new password: an administrator, or they themself. Their other log-ins end."""
    viewer.require("profile.own" if viewer.user_id == user_id else "accounts.change")
    with transaction.atomic():
        user = changes.lock_row(USER, user_id, None)
        if not user.email:
            raise Invalid({"email": say("Somebody who logs in needs an e-mail address. Give them one first.")})
        _set(user, password or "")
        user.save(update_fields=["password"])
        changes.record(USER, user_id, "password_set", {}, actor=actor_of(viewer), now=now)
    return user


def _change(
    viewer: Viewer, user_id: int, values: Mapping[str, Any], now: datetime, expected_version: int | None
) -> User:
    with transaction.atomic():
        if {"roles", "is_active"} & values.keys():
            changes.serialise(_ADMINS)
        user = changes.change(
            USER,
            user_id,
            _prepared(values),
            actor=actor_of(viewer),
            now=now,
            expected_version=expected_version,
            check=_check_change,
        )
        bump("people")
    return user


def _prepared(values: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(values)
    if isinstance(email := values.get("email"), str):
        values["email"] = email.strip().lower()
    if values.get("language", "en") not in dict(settings.LANGUAGES):
        languages = ", ".join(key for key, _ in settings.LANGUAGES)
        raise Invalid({"language": say("Choose one of {choices}.", choices=languages)})
    if "roles" in values:
        known = [str(role) for role in Role]
        roles = {str(role) for role in values["roles"] or ()}
        if strange := roles - set(known):
            text = marked("There is no role “{role}”; choose from {choices}.")
            raise Invalid({"roles": say(text, role=min(strange), choices=", ".join(known))})
        values["roles"] = [role for role in known if role in roles]
    return values


def _check(user: User) -> None:
    if user.time_zone not in zoneinfo.available_timezones():
        raise Invalid({"time_zone": say("Choose a time zone by its IANA name, such as Europe/Berlin.")})
    if not user.roles:
        raise Invalid({"roles": say("Choose at least one role.")})
    if user.sees_organisation and user.organisation_id is None:
        raise Invalid({"sees_organisation": say("Choose the organisation first.")})


def _check_change(user: User) -> None:
    _check(user)
    if user.email is None and user.has_usable_password():
        raise Invalid({"email": say("They log in with this address; it cannot be empty.")})
    stored = User.objects.get(pk=user.pk)
    was_admin = stored.is_active and Role.ADMIN in stored.roles
    is_admin = user.is_active and Role.ADMIN in user.roles
    others = User.objects.filter(is_active=True, roles__contains=[Role.ADMIN]).exclude(pk=user.pk)
    if was_admin and not is_admin and not others.exists():
        raise Refused(
            say("This is the last administrator. Make somebody else an administrator first."), code="last_administrator"
        )


def _set(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        if password or user.pk:
            raise Invalid({"password": " ".join(error.messages)}) from None
    user.set_password(password or None)
