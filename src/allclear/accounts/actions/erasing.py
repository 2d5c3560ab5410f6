"""Give a person a pseudonym: who they are is erased, that somebody did what they did stays."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from allclear.accounts.actions.nouns import USER, actor_of
from allclear.accounts.actions.people import _ADMINS, change_user
from allclear.accounts.models import ApiToken, Membership, User
from allclear.accounts.permissions import Viewer
from allclear.domain.terms import Role
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, NotFound, Refused
from allclear.kernel.generation import bump
from allclear.kernel.words import say

LONGEST_REASON = 200
PSEUDONYM = "Former user {key}"


def check_erasable(viewer: Viewer, user_id: int, reason: str) -> User:
    """The person, if they may be erased by this viewer now; raises `Refused` or `Invalid` in words."""
    viewer.require("accounts.erase")
    row = User.objects.filter(pk=user_id).first()
    if row is None:
        raise NotFound(say("There is no such person."))
    if viewer.user_id == user_id:
        raise Refused(say("Nobody erases themself. Ask another administrator."), code="erase_self")
    others = User.objects.filter(is_active=True, roles__contains=[Role.ADMIN]).exclude(pk=user_id)
    if row.is_active and Role.ADMIN in row.roles and not others.exists():
        raise Refused(
            say("This is the last administrator. Make somebody else an administrator first."), code="last_administrator"
        )
    if not reason.strip():
        raise Invalid({"reason": say("Say why: a request of the person, a period that is over.")})
    if len(reason) > LONGEST_REASON:
        raise Invalid({"reason": say("Say it in at most {most} characters.", most=LONGEST_REASON)})
    return row


def erase_user(viewer: Viewer, user_id: int, *, reason: str, now: datetime) -> User:
    """Empty name, addresses, numbers and keys for good; they can no longer log in. What they wrote is not done here.

    The events name the fields and no value. Doing it again changes nothing.
    """
    with transaction.atomic():
        changes.serialise(_ADMINS)
        check_erasable(viewer, user_id, reason)
        row = changes.lock_row(USER, user_id, None)
        row.set_unusable_password()
        row.last_login = None
        row.save(update_fields=["password", "last_login"])
        before = row.name
        values = {"name": PSEUDONYM.format(key=user_id), "roles": [Role.REQUESTER], "is_active": False}
        values |= dict.fromkeys(("email", "phone", "mobile", "location", "external_key"), "")
        values |= {"is_vip": False, "sees_organisation": False, "organisation_id": None, "skills": [], "serves": []}
        row = change_user(viewer, user_id, values, now=now)
        ApiToken.objects.filter(user=user_id).delete()
        Membership.objects.filter(user=user_id).delete()
        EmailAddress.objects.filter(user=user_id).delete()
        row.security_classes.clear()
        if before != row.name:
            data = {"changes": {"reason": [None, reason.strip()]}}
            changes.record(USER, user_id, "erased", data, actor=actor_of(viewer), now=now)
        bump("people")
        bump("teams")
    return row
