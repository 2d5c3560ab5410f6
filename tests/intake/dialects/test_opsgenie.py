"""What clients of Opsgenie's Alert API send, and what Opsgenie itself sends to a webhook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Action, Severity
from allclear.intake.dialects import DIALECTS
from tests.intake.dialects.received import one, read, real, refused, request

ALERT = {
    "message": "Disk full", "alias": "disk@web1", "description": "Nothing left.", "entity": "web1", "source": "nagios",
    "priority": "P1", "tags": ["env:prod", "disk"], "details": {"mount": "/", "free": 0},
    "responders": [{"type": "team", "name": "ops"}], "user": "nagios", "note": "Look.",
}  # fmt: skip


def test_it_creates_an_alert() -> None:
    reading = read("opsgenie", ALERT, "v2/alerts")
    (event,) = reading.events
    assert (event.action, event.key, event.title, event.source) == (Action.TRIGGER, "disk@web1", "Disk full", "web1")
    assert (event.severity, event.description) == (Severity.CRITICAL, "Nothing left.")
    assert event.labels == {"entity": "web1", "env": "prod", "tags": "disk", "mount": "/", "free": "0"}
    assert event.details["responders"] == [{"type": "team", "name": "ops"}]
    assert reading.answer.status == 202
    assert reading.answer.body["result"] == "Request will be processed"
    assert reading.answer.body["requestId"] == str(reading.request_id)
    assert reading.answer.body["took"] > 0


def test_it_names_an_alert_without_an_alias_by_its_request() -> None:
    """Clients that were given the id of the request use it as the id of the alert later."""
    first, second = (read("opsgenie", {"message": "x"}, "v2/alerts") for _ in range(2))
    assert first.events[0].key == str(first.request_id)
    assert first.request_id != second.request_id


@pytest.mark.parametrize(
    ("word", "severity"),
    [("P1", Severity.CRITICAL), ("P2", Severity.ERROR), ("P3", Severity.WARNING), ("P4", Severity.INFO),
     ("P5", Severity.INFO), (None, Severity.WARNING), ("P9", Severity.UNKNOWN)],
)  # fmt: skip
def test_it_maps_priorities(word: str | None, severity: Severity) -> None:
    assert one("opsgenie", {**ALERT, "priority": word}, "v2/alerts").severity is severity


def test_a_webhook_of_opsgenie_that_names_no_priority_changes_none() -> None:
    alert = {"alertId": "70413a06", "alias": "disk@web1", "message": "Disk full", "tags": ["db"]}
    told = [one("opsgenie", {"action": action, "alert": alert}) for action in ("Create", "AddTags", "UpdateMessage")]
    assert [event.severity for event in told] == [Severity.WARNING, Severity.UNKNOWN, Severity.UNKNOWN]


@pytest.mark.parametrize(
    ("method", "path", "action", "key"),
    [
        ("POST", "disk@web1/close", Action.RESOLVE, "disk@web1"),
        ("POST", "disk@web1/acknowledge", Action.ACKNOWLEDGE, "disk@web1"),
        ("POST", "disk@web1/unacknowledge", Action.NOTE, "disk@web1"),
        ("POST", "disk@web1/snooze", Action.NOTE, "disk@web1"),
        ("POST", "disk@web1/notes", Action.NOTE, "disk@web1"),
        ("POST", "disk@web1/assign", Action.NOTE, "disk@web1"),
        ("POST", "disk@web1/tags", Action.UPDATE, "disk@web1"),
        ("DELETE", "disk@web1/tags", Action.NOTE, "disk@web1"),
        ("PUT", "disk@web1/description", Action.UPDATE, "disk@web1"),
        ("POST", "disk@web1/details", Action.UPDATE, "disk@web1"),
        ("DELETE", "disk@web1", Action.RESOLVE, "disk@web1"),
        ("POST", "disk@web1/teams", Action.NOTE, "disk@web1"),
        ("POST", "disk@web1/actions/Restart", Action.NOTE, "disk@web1"),
        ("POST", "a/b/close", Action.RESOLVE, "a/b"),
    ],
)
def test_it_does_something_with_an_alert(method: str, path: str, action: Action, key: str) -> None:
    reading = read("opsgenie", b"", f"v2/alerts/{path}", method=method, query={"identifierType": ["alias"]})
    (event,) = reading.events
    assert (event.action, event.key) == (action, key)
    assert "identifier_type" not in event.details
    assert reading.answer.status == 202


def changed(word: str, body: dict[str, Any], method: str = "PUT") -> Any:
    return one("opsgenie", body, f"v2/alerts/a/{word}", method=method, query={"identifierType": ["alias"]})


def test_it_takes_a_new_message_description_and_priority() -> None:
    assert changed("message", {"message": "Disk nearly full"}).title == "Disk nearly full"
    assert changed("description", {"description": "Log files"}).description == "Log files"
    assert changed("priority", {"priority": "P1"}).severity is Severity.CRITICAL


def test_it_takes_more_details_and_tags() -> None:
    assert changed("details", {"details": {"rack": "7"}, "user": "Kim"}, "POST").labels == {"rack": "7"}
    assert changed("tags", {"tags": ["env:prod", "loud"]}, "POST").labels == {"env": "prod", "tags": "loud"}


@pytest.mark.parametrize("word", ["message", "priority"])
def test_it_says_that_a_change_changes_nothing(word: str) -> None:
    _, answer = refused("opsgenie", {"user": "Kim"}, f"v2/alerts/a/{word}", method="PUT")
    assert answer.status == 422
    assert word in answer.body["errors"]["body"]


@pytest.mark.parametrize(("query", "kind"), [({}, "id"), ({"identifierType": ["tiny"]}, "tiny")])
def test_it_says_what_kind_of_name_it_was_given(query: dict[str, list[str]], kind: str) -> None:
    event = one("opsgenie", {"note": "Done.", "user": "Kim"}, "v2/alerts/17/close", query=query)
    assert event.details["identifier_type"] == kind
    assert event.description == "Done."


@pytest.mark.parametrize(
    ("body", "path", "method", "status"),
    [
        ({}, "v2/alerts", "POST", 422),
        ({"message": " "}, "v2/alerts", "POST", 422),
        ({"message": []}, "v2/alerts", "POST", 400),
        (b"{", "v2/alerts", "POST", 400),
        (ALERT, "v2/alerts", "PUT", 405),
        ({}, "v2/alerts/x/explode", "POST", 404),
        ({"alert": {}}, "", "POST", 422),
    ],
)
def test_it_refuses_in_opsgenies_form(body: Any, path: str, method: str, status: int) -> None:
    _, answer = refused("opsgenie", body, path, method=method)
    assert answer.status == status
    assert set(answer.body) >= {"message", "took", "requestId"}
    assert ("errors" in answer.body) == (status == 422)


@pytest.mark.shared
def test_it_reads_what_opsgenie_tells_a_webhook(shared_data: Path) -> None:
    body = real(shared_data, "opsgenie_1")
    event = one("opsgenie", body)
    assert (event.action, event.key, event.title) == (Action.TRIGGER, "aliastest", "test alert")
    assert event.labels == {"tags": "tag1, tag2"}
    assert event.occurred_at is not None
    assert event.occurred_at.year == 2015
    for word, action in (("Close", Action.RESOLVE), ("Acknowledge", Action.ACKNOWLEDGE), ("AddNote", Action.NOTE)):
        assert one("opsgenie", {**body, "action": word}).action is action


@pytest.mark.parametrize(
    ("head", "key"),
    [("GenieKey 0123", "0123"), ("geniekey  0123 ", "0123"), ("GenieKey", None), ("Basic x", None), ("", None)],
)
def test_it_finds_the_key_in_its_own_scheme(head: str, key: str | None) -> None:
    assert DIALECTS["opsgenie"].key_of(request(headers={"authorization": head})) == key
