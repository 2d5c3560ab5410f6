"""Opsgenie's Alert API as it is read here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.test import Client

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.fold import fold
from allclear.alerts.actions.integrations import add_integration
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.models import Alert
from allclear.config.wiring import know_kinds
from allclear.domain.alerts import Action, Event, Severity
from allclear.testing import T0, person

pytestmark = pytest.mark.django_db


_USUAL = {"severity": Severity.CRITICAL, "labels": {"team": "ops"}, "source": "web1"}


class World:
    def __init__(self) -> None:
        know_kinds()
        person("agent")
        self.row, self.key = add_integration(SYSTEM_VIEWER, {"name": "Ops", "kind": "opsgenie"}, now=T0)

    def sends(
        self, action: Action = Action.TRIGGER, alias: str = "disk", title: str = "Disk full", **said: Any
    ) -> UUID:
        request = uuid4()
        event = Event(action, alias, title, **{**_USUAL, **said})
        store_here(
            [Arrival(self.row.pk, "opsgenie", T0, "POST /v2/alerts", b"", 202, events=[event], request_id=request)]
        )
        return request

    def ask(self, path: str, key: str = "") -> tuple[int, Any]:
        answer = Client().get(f"/v2/alerts{path}", headers={"Authorization": f"GenieKey {key or self.key}"})
        return answer.status_code, answer.json()


@pytest.fixture
def world() -> World:
    return World()


def test_a_request_can_be_asked_after_once_it_is_worked_on(world: World) -> None:
    request = world.sends()
    status, answer = world.ask(f"/requests/{request}")
    assert status == 404 and set(answer) == {"message", "took", "requestId"}
    fold(T0)
    alert = Alert.objects.get()
    _, answer = world.ask(f"/requests/{request}")
    assert answer["data"] | {"processedAt": ""} == {
        "success": True, "isSuccess": True, "action": "Create", "processedAt": "", "status": "Created alert",
        "integrationId": str(world.row.pk), "alertId": str(alert.pk), "alias": "disk",
    }  # fmt: skip
    again = world.sends(Action.RESOLVE, "unheard-of")
    fold(T0)
    _, answer = world.ask(f"/requests/{again}")
    assert (answer["data"]["success"], answer["data"]["status"]) == (False, "Alert does not exist")


def test_alerts_are_listed_and_read_by_id_alias_and_request(world: World) -> None:
    request = world.sends()
    world.sends(alias="cpu", title="CPU hot")
    fold(T0)
    _, answer = world.ask("?limit=1&offset=1")
    assert [one["message"] for one in answer["data"]] == ["Disk full"]
    alert = Alert.objects.get(title="Disk full")
    for path in (f"/{alert.pk}", "/disk?identifierType=alias", f"/{alert.pk}?identifierType=tiny", f"/{request}"):
        status, answer = world.ask(path)
        assert (status, answer["data"]["id"]) == (200, str(alert.pk)), path
    found = answer["data"]
    assert (found["priority"], found["status"], found["tags"], found["source"]) == ("P1", "open", ["team:ops"], "web1")
    assert world.ask("/nothing")[0] == world.ask("/none?identifierType=alias")[0] == 404
    assert world.ask("?limit=x")[0] == 422


def test_a_change_is_read_back(world: World) -> None:
    world.sends(details={"tags": ["env:prod"]})
    world.sends(Action.UPDATE, title="", severity=Severity.WARNING, labels={}, details={"tags": ["loud"]})
    fold(T0)
    _, answer = world.ask("/disk?identifierType=alias")
    found = answer["data"]
    assert (found["priority"], found["message"], found["tags"]) == ("P3", "Disk full", ["env:prod", "loud"])
    assert world.ask("/disk/logs?identifierType=alias")[1]["data"][0]["log"] == "Changed the alert"


def test_strangers_and_other_sources_see_nothing(world: World) -> None:
    request = world.sends()
    fold(T0)
    other = add_integration(SYSTEM_VIEWER, {"name": "Other", "kind": "opsgenie"}, now=T0)[1]
    assert world.ask("", "0" * 32)[0] == 401
    assert world.ask("", other)[1]["data"] == []
    assert world.ask(f"/requests/{request}", other)[0] == world.ask("/disk?identifierType=alias", other)[0] == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["CPU hot", "Disk full"]),
        ("status:open", ["CPU hot"]),
        ("status: closed", ["Disk full"]),
        ("status=open AND priority:P2", ["CPU hot"]),
        ("status:open AND priority:P1", []),
        ('message:"disk full"', ["Disk full"]),
        ("message:disk* and source:WEB1", ["Disk full"]),
        ("alias:cpu/0", ["CPU hot"]),
        ("tag:slow", ["CPU hot"]),
        ("tag:team:ops AND entity:none", []),
        ("acknowledged:false", ["CPU hot", "Disk full"]),
    ],
)
def test_alerts_are_searched_closed_ones_too(world: World, query: str, found: list[str]) -> None:
    world.sends()
    fold(T0)
    world.sends(Action.RESOLVE)
    world.sends(alias="cpu/0", title="CPU hot", severity=Severity.ERROR, details={"tags": ["slow"]})
    fold(T0)
    status, answer = world.ask(f"?{urlencode({'query': query})}")
    assert (status, [one["message"] for one in answer["data"]]) == (200, found)
    assert world.ask(f"/count?{urlencode({'query': query})}")[1]["data"] == {"count": len(found)}


@pytest.mark.parametrize(
    "query", ["status:open OR status:closed", "(priority:P1)", "colour:red", "status:none", "word"]
)
def test_a_search_that_is_not_understood_is_refused_in_words(world: World, query: str) -> None:
    status, answer = world.ask(f"?{urlencode({'query': query})}")
    assert status == 422 and "cannot be read" in answer["message"]


def test_long_lists_are_read_page_by_page_in_the_order_that_is_asked_for(world: World) -> None:
    for number in range(3):
        world.sends(alias=str(number), title=f"Disk {number}")
    fold(T0)
    names, path = [], "?limit=2&sort=tinyId&order=asc"
    while path:
        _, answer = world.ask(path)
        names += [one["message"] for one in answer["data"]]
        path = answer["paging"].get("next", "").partition("/v2/alerts")[2]
        assert len(names) <= 3
    assert names == ["Disk 0", "Disk 1", "Disk 2"]
    assert answer["paging"]["prev"].endswith("offset=0") and set(answer["paging"]) == {"first", "prev"}


def test_what_was_sent_and_said_is_given_back(world: World) -> None:
    world.sends(alias="a/b", details={"tags": ["x", "env:prod"], "details": {"mount": "/"}, "priority": "P1"})
    fold(T0)
    world.sends(Action.NOTE, "a/b", "", description="Look.", details={"request": "notes", "user": "Kim"})
    world.sends(Action.NOTE, "a/b", "", details={"request": "tags", "tags": ["y"]})
    fold(T0)
    _, answer = world.ask("/a%2Fb?identifierType=alias")
    assert (answer["data"]["tags"], answer["data"]["details"]) == (["x", "env:prod"], {"mount": "/"})
    _, answer = world.ask("/a%2Fb/notes?identifierType=alias")
    assert [(one["note"], one["owner"]) for one in answer["data"]] == [("Look.", "Kim")]
    _, answer = world.ask("/a%2Fb/logs?identifierType=alias")
    assert [one["log"] for one in answer["data"]] == ["Noted", "Noted", "Created alert"]
    assert world.ask("/a%2Fb/recipients?identifierType=alias")[1]["data"] == []
    assert world.ask("/none/attachments?identifierType=alias")[0] == 404
