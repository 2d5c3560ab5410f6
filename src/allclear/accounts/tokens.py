"""Keys for programs: issue, revoke, and recognise the person behind one."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from allclear.accounts.models import SCOPES, ApiToken, User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import Rights, viewer_from
from allclear.kernel.errors import Invalid, NotFound, NotPermitted
from allclear.kernel.events import Actor, append, position_of
from allclear.kernel.facts import NewEvent
from allclear.kernel.ids import sha256
from allclear.kernel.words import say

STREAM = "token"
PREFIX = "alc_"  # so that scanners for leaked keys, and people, recognise one
_SHOWN = 12  # characters kept in the clear
_USED_EVERY = timedelta(minutes=1)  # `last_used_at` is written at most so often


# By hand, for every call with a key runs it: a query of the ORM costs four times as much to build as to run.
_BEARER = """
SELECT token.id, token.scopes, token.last_used_at,
       person.id, person.name, person.roles, person.organisation_id, person.sees_organisation, person.time_zone,
       person.language,
       ARRAY(SELECT securityclass_id FROM accounts_security_class_members WHERE user_id = person.id),
       ARRAY(SELECT organisation_id FROM accounts_user_serves WHERE user_id = person.id),
       ARRAY(SELECT team_id FROM accounts_membership WHERE user_id = person.id)
FROM accounts_api_token token
JOIN accounts_user person ON person.id = token.user_id AND person.is_active
WHERE token.sha256 = %(sha256)s AND token.revoked_at IS NULL
  AND (token.expires_at IS NULL OR token.expires_at > %(now)s)
"""


@dataclass(frozen=True, slots=True)
class Bearer:
    """The person whom a key speaks for, limited to the key's scopes."""

    viewer: Viewer
    token_id: int


def issue_token(
    viewer: Viewer, user: User, name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime
) -> tuple[ApiToken, str]:
    """A new key for a user, and its plain text: the only time that anybody sees it.

    One's own needs `token.own`, another's `accounts.change`. A key cannot make one that may do more than itself.
    """
    _require(viewer, user.pk)
    name = " ".join(name.split())
    _check(name, scopes, expires_at, now)
    if not user.is_active:
        raise Invalid({"user": say("{name} is not active any more; choose an active person.", name=user.name)})
    if viewer.scopes is not None and "all" not in viewer.scopes and (more := set(scopes) - viewer.scopes):
        text = say("This token cannot give more than it has: {scopes}.", scopes=", ".join(sorted(more)))
        raise NotPermitted(text, code="token_scope")
    plain = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            prefix=plain[:_SHOWN],
            sha256=sha256(plain),
            scopes=sorted(scopes),
            created_at=now,
            expires_at=expires_at,
        )
        changes = {
            "user_id": [None, user.pk],
            "name": [None, name],
            "scopes": [None, token.scopes],
            "expires_at": [None, expires_at.isoformat() if expires_at else None],
        }
        append(STREAM, token.pk, 0, [NewEvent("issued", {"changes": changes})], actor=_actor(viewer), now=now)
    return token, plain


def revoke_token(viewer: Viewer, token_id: int, now: datetime) -> ApiToken:
    """End a key at once and for good. Revoking a revoked one changes nothing."""
    with transaction.atomic():
        token = ApiToken.objects.select_for_update().filter(pk=token_id).first()
        if token is None or (token.user_id != viewer.user_id and not viewer.may("accounts.change")):
            raise NotFound(say("There is no such token."))
        _require(viewer, token.user_id)
        if token.revoked_at is None:
            token.revoked_at = now
            token.save(update_fields=["revoked_at"])
            event = NewEvent("revoked", {"changes": {"revoked_at": [None, now.isoformat()]}})
            append(STREAM, token.pk, position_of(STREAM, token.pk), [event], actor=_actor(viewer), now=now)
    return token


def bearer(plain: str, now: datetime) -> Bearer | None:
    """Who a key speaks for; None when it is unknown, expired or revoked, or its user is not active. One query."""
    if not plain.startswith(PREFIX):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_BEARER, {"sha256": sha256(plain), "now": now})
        row = cursor.fetchone()
    if row is None:
        return None
    token_id, scopes, used_at, *person = row
    if used_at is None or now - used_at >= _USED_EVERY:
        ApiToken.objects.filter(pk=token_id).update(last_used_at=now)
    return Bearer(viewer_from(Rights(*person), scopes=frozenset(scopes)), token_id)


def _require(viewer: Viewer, user_id: int) -> None:
    viewer.require("token.own" if user_id == viewer.user_id else "accounts.change")


def _actor(viewer: Viewer) -> Actor:
    return Actor(viewer.user_id, "user" if viewer.user_id else "system")


def _check(name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime) -> None:
    wrong: dict[str, str] = {}
    if not name or len(name) > 80:
        wrong["name"] = say("Give the token a name of at most 80 characters that says what uses it.")
    if not scopes or set(scopes) - set(SCOPES):
        wrong["scopes"] = say("Choose one or more of {choices}.", choices=", ".join(SCOPES))
    if expires_at is not None and expires_at <= now:
        wrong["expires_at"] = say("The token would be expired already; choose a later time.")
    if wrong:
        raise Invalid(wrong)
