"""Integrations, their keys, what they sent, and sending it once more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from allclear import testing
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.alerts import queries
from allclear.alerts.actions import integrations as actions
from allclear.alerts.actions.integrations import digest
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.actions.replaying import replay_delivery, try_integration
from allclear.alerts.models import Alert, Delivery, Integration, IntegrationKey, PendingDelivery
from allclear.alerts.tests.kinds import toys
from allclear.kernel.errors import Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.generation import generation
from allclear.kernel.models import Event

pytestmark = pytest.mark.django_db
NOW = testing.instant(0)


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    with toys():
        yield


@pytest.fixture
def admin() -> Viewer:
    return viewer_for(testing.person("admin").pk)


def added(viewer: Viewer, **values: Any) -> tuple[Integration, str]:
    return actions.add_integration(viewer, {"name": "Till monitor", "kind": "toy", **values}, now=NOW)


def arrives(row: Integration, body: bytes = b'{"key": "a"}', *, error: str = "", at: Any = NOW) -> int:
    return store_here([Arrival(row.pk, row.kind, at, "POST /webhooks", body, 400 if error else 202, error=error)])[0]


def test_it_gives_the_key_once_and_keeps_only_its_hash(admin: Viewer) -> None:
    row, key = added(admin)
    assert len(key) == 32
    kept = row.keys.get()
    assert (kept.sha256, kept.hint, kept.expires_at) == (digest(key), key[-4:], None)
    told = "".join(str(event.data) for event in Event.objects.filter(stream_type="integration", stream_id=row.pk))
    assert key not in told
    assert f"…{key[-4:]}" in told


@pytest.mark.parametrize("role", ["agent", "team_lead", "auditor", "requester"])
def test_it_lets_only_those_change_integrations_who_may(role: str, admin: Viewer) -> None:
    row, _key = added(admin)
    other = viewer_for(testing.person(role).pk)
    for act in (
        lambda: added(other, name="Mine"),
        lambda: actions.change_integration(other, row.pk, {"name": "B"}, now=NOW),
        lambda: actions.remove_integration(other, row.pk, now=NOW),
        lambda: actions.new_key(other, row.pk, now=NOW),
        lambda: actions.revoke_key(other, row.pk, row.keys.get().pk, now=NOW),
        lambda: try_integration(other, row.pk, now=NOW),
        lambda: replay_delivery(other, arrives(row), now=NOW),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert Integration.objects.get().name == "Till monitor"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "telex"}, "kind"),
        ({"name": " "}, "name"),
        ({"options": {"colour": "red"}}, "options.colour"),
        ({"options": {"prefix": "LOUD"}}, "options.prefix"),
        ({"options": {"drop": [1]}}, "options.drop"),
        ({"options": {"words": "high"}}, "options.words"),
        ({"options": {"prefix": ["a"]}}, "options.prefix"),
        ({"options": ["prefix"]}, "options"),
        ({"events_per_minute": 0}, "events_per_minute"),
        ({"stale_after": timedelta(seconds=5)}, "stale_after"),
    ],
)
def test_it_says_in_words_what_cannot_be_used(values: dict[str, Any], field: str, admin: Viewer) -> None:
    with pytest.raises(Invalid) as caught:
        added(admin, **values)
    assert set(caught.value.fields) == {field}
    assert not Integration.objects.exists()
    assert not IntegrationKey.objects.exists()


def test_it_reads_options_from_forms_and_from_programs_alike(admin: Viewer) -> None:
    typed, _ = added(admin, options={"drop": "replica\n\n pod ", "words": "high = critical\nlow=info", "loud": "on"})
    sent, _ = added(
        admin,
        name="Other",
        options={
            "drop": ["replica", "pod"], "words": {"high": "critical", "low": "info"}, "loud": True
        },
    )  # fmt: skip
    assert typed.options == sent.options
    assert typed.options["words"] == {"high": "critical", "low": "info"}


def test_it_keeps_a_secret_that_is_not_given_anew_and_tells_it_to_nobody(admin: Viewer) -> None:
    row, _ = added(admin, options={"client_secret": "hush", "prefix": "A"})
    row = actions.change_integration(admin, row.pk, {"options": {"prefix": "B", "client_secret": ""}}, now=NOW)
    assert (row.options["client_secret"], row.options["prefix"]) == ("hush", "B")
    assert "hush" not in str([event.data for event in Event.objects.all()])


def test_it_lets_the_old_key_live_on_beside_a_new_one(admin: Viewer) -> None:
    row, first = added(admin)
    moved = generation("integrations")
    _kept, second = actions.new_key(admin, row.pk, now=NOW)
    assert row.keys.get(sha256=digest(first)).expires_at == NOW + timedelta(hours=24)
    assert row.keys.get(sha256=digest(second)).expires_at is None
    assert generation("integrations") > moved
    actions.new_key(admin, row.pk, now=NOW, grace=timedelta(0))
    assert queries.live_keys(NOW).count() == 1
    with pytest.raises(Invalid):
        actions.new_key(admin, row.pk, now=NOW, grace=timedelta(days=31))


def test_it_never_lengthens_the_life_of_a_key_that_ends(admin: Viewer) -> None:
    row, first = added(admin)
    actions.new_key(admin, row.pk, now=NOW, grace=timedelta(hours=1))
    actions.new_key(admin, row.pk, now=NOW, grace=timedelta(hours=24))
    assert row.keys.get(sha256=digest(first)).expires_at == NOW + timedelta(hours=1)


def test_it_revokes_a_key_at_once_and_once_only(admin: Viewer) -> None:
    row, key = added(admin)
    kept = row.keys.get(sha256=digest(key))
    assert actions.revoke_key(admin, row.pk, kept.pk, now=NOW).expires_at == NOW
    assert not queries.live_keys(NOW).exists()
    with pytest.raises(Refused):
        actions.revoke_key(admin, row.pk, kept.pk, now=NOW)
    other, _ = added(admin, name="Other")
    with pytest.raises(NotFound):
        actions.revoke_key(admin, row.pk, other.keys.get().pk, now=NOW)


def test_it_removes_a_source_without_alerts_and_refuses_one_with(admin: Viewer) -> None:
    row, _ = added(admin)
    arrives(row)
    actions.remove_integration(admin, row.pk, now=NOW)
    assert not Delivery.objects.exists()
    row, _ = added(admin)
    Alert.objects.create(integration=row, dedup_key="given.1:a", title="A", first_seen_at=NOW, last_seen_at=NOW)
    with pytest.raises(Refused, match="switch it off"):
        actions.remove_integration(admin, row.pk, now=NOW)
    assert not actions.change_integration(admin, row.pk, {"is_active": False}, now=NOW).is_active


def test_it_replays_a_body_with_todays_options(admin: Viewer) -> None:
    row, _ = added(admin)
    first = arrives(row, b'{"key": "a", "title": "full"}')
    PendingDelivery.objects.all().delete()
    actions.change_integration(admin, row.pk, {"options": {"prefix": "Till:"}}, now=NOW)
    again = replay_delivery(admin, first, now=testing.instant(5))
    assert (again.replay_of, again.error, again.event_count) == (first, "", 1)
    assert PendingDelivery.objects.get().events[0]["title"] == "Till:full"
    assert replay_delivery(admin, again.pk, now=NOW).replay_of == first


@pytest.mark.parametrize(("status", "code"), [(401, "forged"), (503, "unproven")])
def test_it_never_reads_what_was_forged_or_may_be(admin: Viewer, status: int, code: str) -> None:
    row, _ = added(admin)
    sent = Arrival(row.pk, row.kind, NOW, "POST /webhooks", b'{"key": "a"}', status, error="The signature is unknown.")
    (forged,) = store_here([sent])
    with pytest.raises(Refused) as error:
        replay_delivery(admin, forged, now=NOW)
    assert error.value.code == code
    assert Delivery.objects.count() == 1


def test_it_keeps_what_still_cannot_be_read(admin: Viewer) -> None:
    row, _ = added(admin)
    first = arrives(row, b"<xml>", error="This is not JSON.")
    again = replay_delivery(admin, first, now=NOW)
    assert (again.error, again.status) == ("This is not JSON.", 400)
    assert not PendingDelivery.objects.exists()


def test_it_sends_a_test_event_and_not_while_it_is_switched_off(admin: Viewer) -> None:
    row, _ = added(admin)
    sent = try_integration(admin, row.pk, now=NOW)
    assert sent.event_count == 1
    assert sent.replay_of is None
    actions.change_integration(admin, row.pk, {"is_active": False}, now=NOW)
    for act in (try_integration, lambda viewer, pk, now: replay_delivery(viewer, sent.pk, now=now)):
        with pytest.raises(Refused):
            act(admin, row.pk, now=NOW)


def test_it_counts_what_came_within_a_day_and_says_where_it_stopped_counting(admin: Viewer, monkeypatch: Any) -> None:
    row, _ = added(admin)
    quiet, _ = added(admin, name="Quiet")
    try_integration(admin, row.pk, now=NOW - timedelta(days=2))
    try_integration(admin, row.pk, now=NOW)
    arrives(row, b"x", error="This is not JSON.", at=NOW + timedelta(minutes=1))
    one, other = queries.standings([row, quiet], NOW + timedelta(hours=1))
    assert (one.events, one.errors, one.is_more, one.live_keys) == (1, 1, False, 1)
    assert one.last_seen_at == NOW + timedelta(minutes=1)
    assert (other.events, other.errors, other.last_seen_at) == (0, 0, None)
    monkeypatch.setattr(queries, "LOOKED_AT", 1)
    assert queries.standings([row], NOW + timedelta(hours=1))[0].is_more
    assert [d.error for d in queries.deliveries(admin, row.pk, errors_only=True)] == ["This is not JSON."]
