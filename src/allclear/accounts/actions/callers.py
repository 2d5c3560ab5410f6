"""Somebody calls who is not in the list yet: the desk adds them while it logs, as a requester and nothing more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import USER, actor_of
from allclear.accounts.actions.people import _check, _prepared
from allclear.accounts.finding import FEWEST_DIGITS
from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.domain.terms import Role
from allclear.kernel import changes
from allclear.kernel.errors import Invalid
from allclear.kernel.generation import bump
from allclear.kernel.words import say


def add_caller(viewer: Viewer, name: str, contact: str, *, organisation_id: int | None = None, now: datetime) -> User:
    """Add a requester by name and by address or number; without a password, so that they cannot log in.

    Whoever serves some customers only has to name one of these; if there is but one, it is taken.
    """
    viewer.require("accounts.add_caller")
    values: dict[str, Any] = {"name": name, "roles": [Role.REQUESTER], **_reached_at(contact)}
    values["organisation_id"] = _customer(viewer, organisation_id)
    with transaction.atomic():
        row = changes.create(
            USER,
            _prepared(values),
            actor=actor_of(viewer),
            now=now,
            initial={"created_at": now, "password": "!"},
            check=_check_new,
        )
        bump("people")
    return row


def _reached_at(contact: str) -> dict[str, str]:
    """An address has an @; everything else has to be a number."""
    contact = contact.strip()
    if "@" in contact:
        return {"email": contact}
    if sum(c.isdigit() for c in contact) >= FEWEST_DIGITS:
        return {"phone": contact}
    raise Invalid({"contact": say("Write a phone number or an e-mail address, so that they can be reached.")})


def _customer(viewer: Viewer, organisation_id: int | None) -> int | None:
    if viewer.organisation_ids is None:
        return organisation_id
    if organisation_id is None and len(viewer.organisation_ids) == 1:
        return next(iter(viewer.organisation_ids))
    if organisation_id not in viewer.organisation_ids:
        raise Invalid({"organisation": say("Choose the organisation: one of those that you serve.")})
    return organisation_id


def _check_new(user: User) -> None:
    _check(user)
    user.set_unusable_password()
