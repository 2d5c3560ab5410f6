"""Keys for programs: who may make them, what they may do, and when they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allclear.accounts.models import ApiToken, Membership, Team, User
from allclear.accounts.queries import viewer_for
from allclear.accounts.tokens import bearer, issue_token, revoke_token
from allclear.kernel.errors import Invalid, NotFound, NotPermitted
from allclear.kernel.events import stream

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def person(email: str, *roles: str) -> User:
    return User.objects.create_user(email, name=email, roles=list(roles), created_at=T0)


def test_it_shows_the_key_once_and_keeps_only_its_hash() -> None:
    user = person("a@example.org", "agent")
    token, plain = issue_token(viewer_for(user.pk), user, " CI  job ", ["write", "read"], None, T0)
    assert len(plain) == 47
    assert plain.startswith(token.prefix)
    stored = ApiToken.objects.values().get()
    assert plain not in str(stored)
    assert (stored["name"], stored["scopes"]) == ("CI job", ["read", "write"])
    assert plain not in str([e.data for e in stream("token", token.pk)])


def test_it_finds_the_person_with_all_rights_in_one_query() -> None:
    user = person("a@example.org", "agent")
    team = Team.objects.create(name="Network")
    Membership.objects.create(team=team, user=user)
    token, plain = issue_token(viewer_for(user.pk), user, "x", ["read"], None, T0)
    bearer(plain, T0)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = bearer(plain, T0 + timedelta(seconds=59))
    assert len(queries) == 1
    assert found is not None
    assert found.token_id == token.pk
    assert found.viewer.team_ids == {team.pk}
    assert found.viewer.may("incident.read_internal")
    assert not found.viewer.may("incident.work")


def test_it_writes_the_last_use_at_most_once_a_minute() -> None:
    user = person("a@example.org", "agent")
    token, plain = issue_token(viewer_for(user.pk), user, "x", ["read"], None, T0)
    for seconds in (0, 30, 59):
        bearer(plain, T0 + timedelta(seconds=seconds))
        token.refresh_from_db()
        assert token.last_used_at == T0
    bearer(plain, T0 + timedelta(seconds=60))
    token.refresh_from_db()
    assert token.last_used_at == T0 + timedelta(seconds=60)


def test_it_knows_no_expired_revoked_or_unknown_key_and_nobody_who_left() -> None:
    user = person("a@example.org", "agent")
    viewer = viewer_for(user.pk)
    _, short = issue_token(viewer, user, "short", ["all"], T0 + timedelta(hours=1), T0)
    ended, plain = issue_token(viewer, user, "ended", ["all"], None, T0)
    _, kept = issue_token(viewer, user, "kept", ["all"], None, T0)
    assert bearer(short, T0 + timedelta(minutes=59))
    assert bearer(short, T0 + timedelta(hours=1)) is None
    revoke_token(viewer, ended.pk, T0)
    assert bearer(plain, T0) is None
    assert bearer(kept[:-1], T0) is None
    assert bearer("", T0) is None
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert bearer(kept, T0) is None


def test_it_lets_only_an_administrator_make_or_end_the_key_of_another() -> None:
    agent, other, admin = person("a@x.org", "agent"), person("b@x.org", "agent"), person("c@x.org", "admin")
    with pytest.raises(NotPermitted):
        issue_token(viewer_for(agent.pk), other, "x", ["all"], None, T0)
    token, _ = issue_token(viewer_for(admin.pk), other, "x", ["all"], None, T0)
    with pytest.raises(NotFound):
        revoke_token(viewer_for(agent.pk), token.pk, T0)
    assert revoke_token(viewer_for(admin.pk), token.pk, T0).revoked_at == T0
    revoke_token(viewer_for(admin.pk), token.pk, T0 + timedelta(hours=1))
    assert [(e.kind, e.actor_id) for e in stream("token", token.pk)] == [("issued", admin.pk), ("revoked", admin.pk)]


def test_it_makes_no_key_that_may_do_more_than_the_key_that_asks() -> None:
    user = person("a@x.org", "admin")
    _, plain = issue_token(viewer_for(user.pk), user, "x", ["write"], None, T0)
    limited = bearer(plain, T0)
    assert limited is not None
    with pytest.raises(NotPermitted):
        issue_token(limited.viewer, user, "y", ["all"], None, T0)
    issue_token(limited.viewer, user, "y", ["write"], None, T0)


@pytest.mark.parametrize(
    ("name", "scopes", "expires_at", "field"),
    [
        (" ", ["all"], None, "name"),
        ("x" * 81, ["all"], None, "name"),
        ("x", [], None, "scopes"),
        ("x", ["root"], None, "scopes"),
        ("x", ["all"], T0, "expires_at"),
    ],
)
def test_it_says_what_is_wrong_with_a_wish(
    name: str, scopes: list[str], expires_at: datetime | None, field: str
) -> None:
    user = person("a@x.org", "agent")
    with pytest.raises(Invalid) as caught:
        issue_token(viewer_for(user.pk), user, name, scopes, expires_at, T0)
    assert list(caught.value.fields) == [field]
