"""Alertmanager's API v2 as it is read here: alerts, silences, and who may."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.accounts.tokens import issue_token
from allclear.alerts.actions.decide import decide_due
from allclear.alerts.actions.fold import fold
from allclear.alerts.actions.integrations import add_integration, change_integration
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.models import Alert, Silence
from allclear.config.wiring import know_kinds
from allclear.domain.alerts import Action, Event, Severity
from allclear.kernel import clock
from allclear.testing import T0, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


class World:
    """Two sources of which one has two open alerts, and a person."""

    def __init__(self) -> None:
        know_kinds()
        self.agent = person("agent")
        self.row, self.key = add_integration(SYSTEM_VIEWER, {"name": "Lyon", "kind": "prometheus"}, now=T0)
        self.other, self.other_key = add_integration(SYSTEM_VIEWER, {"name": "Oslo", "kind": "pagerduty"}, now=T0)
        self.token = issue_token(viewer_for(self.agent.pk), self.agent, "amtool", ["write"], None, T0)[1]
        self.fires(self.row.pk, "DiskFull", instance="web1")
        self.fires(self.row.pk, "DiskFull", instance="web2")
        self.fires(self.other.pk, "Down")

    def fires(self, source: int, name: str, **labels: str) -> None:
        labels = {"alertname": name, **labels} if source == self.row.pk else labels
        key = f"{name} {labels}"
        event = Event(Action.TRIGGER, key, f"{name} fires", severity=Severity.ERROR, labels=labels, description="Why")
        store_here([Arrival(source, "prometheus", T0, "POST /", b"", 200, events=[event])])
        fold(T0)

    def ask(self, method: str, path: str, body: Any = None, key: str | None = None, **head: str) -> tuple[int, Any]:
        mount = f"/webhooks/{self.key if key is None else key}/api/v2/" if not head else "/api/v2/"
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        answer = Client().generic(method, mount + path, headers=head, **data)
        return answer.status_code, json.loads(answer.content)

    def names(self, query: str = "", **head: str) -> list[tuple[str, str]]:
        status, found = self.ask("GET", f"alerts?{query}", **head)
        assert status == 200, found
        return [(one["labels"]["alertname"], one["labels"].get("instance", "")) for one in found]


@pytest.fixture
def world() -> World:
    with clock.set_clock(T0):
        return World()


@pytest.fixture(autouse=True)
def at_t0() -> Any:
    with clock.set_clock(T0):
        yield


def silence(**more: Any) -> dict[str, Any]:
    matchers = [{"name": "instance", "value": "web1", "isRegex": False, "isEqual": True}]
    ends = (T0 + timedelta(hours=1)).isoformat()
    return {
        "matchers": matchers,
        "startsAt": T0.isoformat(),
        "endsAt": ends,
        "createdBy": "ana",
        "comment": "c",
        **more,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["web2", "web1"]),
        ("filter=alertname%3DDiskFull", ["web2", "web1"]),
        ("filter=instance%3D%22web1%22", ["web1"]),
        ("filter=instance%3D~%22web.%22&filter=instance!%3Dweb1", ["web2"]),
        ("filter=instance%3Dnone", []),
        ("active=false", ["web2", "web1"]),  # not decided about yet: unprocessed
        ("unprocessed=false", []),
        ("receiver=Oslo", []),
        ("receiver=Ly.n", ["web2", "web1"]),  # a regular expression that the whole name fits
        ("receiver=Ly", []),
    ],
)
def test_alerts_are_found_by_matchers_and_states(world: World, query: str, found: list[str]) -> None:
    assert world.names(query) == [("DiskFull", name) for name in found]


def test_an_alert_has_the_fields_that_clients_insist_on(world: World) -> None:
    _, (one, _) = world.ask("GET", "alerts")
    assert set(one) == {
        "labels", "annotations", "startsAt", "endsAt", "updatedAt", "generatorURL", "fingerprint", "receivers", "status"
    }  # fmt: skip
    assert one["annotations"] == {"summary": "DiskFull fires", "description": "Why"}
    assert (one["receivers"], one["startsAt"]) == ([{"name": "Lyon"}], "2026-03-02T09:00:00.000Z")
    assert one["status"] == {"state": "unprocessed", "silencedBy": [], "inhibitedBy": [], "mutedBy": []}


def test_a_source_sees_its_own_and_a_person_all(world: World) -> None:
    basic = base64.b64encode(f"x:{world.key}".encode()).decode()
    assert (
        len(world.names(Authorization=f"Basic {basic}")) == len(world.names(Authorization=f"Bearer {world.key}")) == 2
    )
    assert world.names(Authorization=f"Bearer {world.token}") == [
        ("Down fires", ""), ("DiskFull", "web2"), ("DiskFull", "web1")
    ]  # fmt: skip
    receivers = world.ask("GET", "receivers", Authorization=f"Bearer {world.token}")
    assert receivers == (200, [{"name": "Lyon"}, {"name": "Oslo"}])
    assert world.ask("GET", "receivers") == (200, [{"name": "Lyon"}])
    _, (group,) = world.ask("GET", "alerts/groups")
    assert (group["receiver"], len(group["alerts"])) == ({"name": "Lyon"}, 2)


def test_strangers_and_those_who_may_not_are_refused_in_its_form(world: World) -> None:
    assert world.ask("GET", "alerts", key="0" * 32) == (401, "Show the key of an integration, or an API token.")
    change_integration(SYSTEM_VIEWER, world.row.pk, {"is_active": False}, now=T0)
    assert world.ask("GET", "alerts")[0] == 401
    reader = issue_token(viewer_for(world.agent.pk), world.agent, "r", ["read"], None, T0)[1]
    assert world.ask("POST", "silences", silence(), Authorization=f"Bearer {reader}")[0] == 403
    requester = person("requester")
    theirs = issue_token(viewer_for(requester.pk), requester, "r", ["all"], None, T0)[1]
    assert world.ask("GET", "alerts", Authorization=f"Bearer {theirs}")[0] == 403
    assert Client().get("/api/v2/silences").status_code == 401
    assert world.ask("PUT", "silences", key=world.other_key)[0] == 405


def test_a_silence_is_added_seen_changed_and_ended(world: World) -> None:
    status, answer = world.ask("POST", "silences", silence())
    uid = answer["silenceID"]
    row = Silence.objects.get(uid=uid)
    assert (status, row.integration_id, row.created_by_name) == (200, world.row.pk, "ana")
    decide_due(T0)
    _, found = world.ask("GET", "alerts?filter=instance%3Dweb1")
    assert found[0]["status"] == {"state": "suppressed", "silencedBy": [uid], "inhibitedBy": [], "mutedBy": []}
    assert [name for _, name in world.names("silenced=false")] == ["web2"]
    _, (listed,) = world.ask("GET", "silences?filter=instance%3Dweb1")
    assert listed == world.ask("GET", f"silence/{uid}")[1]
    assert (listed["status"], listed["matchers"]) == ({"state": "active"}, silence()["matchers"])
    assert world.ask("GET", "silences?filter=instance%3Dweb2") == (200, [])
    assert world.ask("GET", "silences", key=world.other_key) == (200, [])
    changed = world.ask("POST", "silences", silence(id=uid, comment="Longer"))
    assert changed == (200, {"silenceID": uid}) and Silence.objects.get().comment == "Longer"
    assert world.ask("DELETE", f"silence/{uid}", key=world.other_key)[0] == 404
    assert world.ask("DELETE", f"silence/{uid}") == (200, {})
    assert world.ask("GET", f"silence/{uid}")[1]["status"] == {"state": "expired"}
    assert world.ask("DELETE", f"silence/{uid}")[0] == 409
    assert Alert.objects.filter(outcome="suppressed", decide_at=None).count() == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"matchers": []}, "would hold alerts of every kind"),
        ({"matchers": [{"name": "a", "value": ".*", "isRegex": True}]}, "would hold alerts of every kind"),
        ({"matchers": [{"name": "a", "value": "(", "isRegex": True}]}, ""),
        ({"matchers": "x"}, "list"),
        ({"endsAt": "2026-03-02T08:00:00Z"}, "later end"),
        ({"endsAt": "soon"}, "2026-03-02T09:00:00Z"),
        ({"endsAt": None}, "text"),
        ({"endsAt": "2027-03-02T08:00:00Z"}, "at most"),
        ({"comment": 5}, "text"),
        ({"id": "none"}, "no such silence"),
    ],
)
def test_what_is_wrong_is_told_as_a_json_string(world: World, wrong: dict[str, Any], words: str) -> None:
    status, told = world.ask("POST", "silences", silence(**wrong))
    assert status in (400, 404) and isinstance(told, str) and words in told
    assert not Silence.objects.exists()


@pytest.mark.parametrize("body", [None, [], "x", {}])
def test_a_body_that_is_none_is_told(world: World, body: Any) -> None:
    assert world.ask("POST", "silences", body)[0] == 400


def test_bad_matchers_in_the_address_are_told(world: World) -> None:
    status, told = world.ask("GET", "alerts?filter=%7B%7B")
    assert status == 400 and isinstance(told, str)


def test_a_source_sees_but_cannot_touch_a_silence_of_everything(world: World) -> None:
    head = {"Authorization": f"Bearer {world.token}"}
    uid = world.ask("POST", "silences", silence(), **head)[1]["silenceID"]
    assert [one["id"] for one in world.ask("GET", "silences")[1]] == [uid]
    for refused in (world.ask("DELETE", f"silence/{uid}"), world.ask("POST", "silences", silence(id=uid, comment="!"))):
        assert refused[0] == 403 and "every source" in refused[1]
    row = Silence.objects.get()
    assert (row.comment, row.ends_at) == ("c", T0 + timedelta(hours=1))
    assert world.ask("DELETE", f"silence/{uid}", **head) == (200, {})


def test_a_silence_that_has_ended_begins_anew_as_another(world: World) -> None:
    """As amtool's update of an expired one, and Grafana's button to recreate it."""
    uid = world.ask("POST", "silences", silence())[1]["silenceID"]
    world.ask("DELETE", f"silence/{uid}")
    status, answer = world.ask("POST", "silences", silence(id=uid))
    assert status == 200 and answer["silenceID"] != uid
    assert [row.integration_id for row in Silence.objects.order_by("pk")] == [world.row.pk] * 2
    states = [one["status"]["state"] for one in world.ask("GET", "silences")[1]]
    assert sorted(states) == ["active", "expired"]
    head = {"Authorization": f"Bearer {world.token}"}
    again = world.ask("POST", "silences", silence(id=uid), **head)[1]["silenceID"]
    assert Silence.objects.get(uid=again).integration_id == world.row.pk  # not wider than it was


def test_it_says_that_it_lives(world: World) -> None:
    _, found = world.ask("GET", "status")
    assert set(found) == {"cluster", "versionInfo", "config", "uptime"}
    assert found["cluster"] == {"status": "disabled", "peers": []}
