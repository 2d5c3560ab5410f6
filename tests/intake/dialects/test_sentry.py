"""What Sentry's integrations send."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Action, Severity
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.base import Unreadable
from tests.intake.dialects.received import one, read, real, refused, request

SECRET = "0123456789"


def signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"sentry-hook-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@pytest.mark.shared
def test_it_reads_a_real_issue_alert(shared_data: Path) -> None:
    event = one("sentry", real(shared_data, "sentry_issue_alert_1"), headers={"sentry-hook-resource": "event_alert"})
    assert (event.action, event.key, event.title) == (
        Action.TRIGGER,
        "issue/1117540176",
        "ReferenceError: heck is not defined",
    )
    assert (event.severity, event.labels["rule"]) == (Severity.ERROR, "Very Important Alert Rule!")
    assert event.labels["browser.name"] == "Chrome"
    assert event.links[0].href.startswith("https://sentry.io/organizations/test-org/issues/1117540176/")
    assert "exception" not in event.details


@pytest.mark.shared
def test_it_reads_a_real_metric_alert(shared_data: Path) -> None:
    body = real(shared_data, "sentry_metric_alert_1")
    event = one("sentry", body)
    assert (event.action, event.key, event.title) == (Action.RESOLVE, "metric/4", "Resolved: Too many errors")
    for word, severity in (("critical", Severity.CRITICAL), ("warning", Severity.WARNING)):
        firing = one("sentry", {**body, "action": word})
        assert (firing.action, firing.severity, firing.key) == (Action.TRIGGER, severity, "metric/4")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["sentry_1", "sentry_2"])
def test_it_reads_what_its_older_plugin_sends(shared_data: Path, name: str) -> None:
    body = real(shared_data, name)
    event = one("sentry", body)
    assert (event.key, event.title) == (f"issue/{body['id']}", body["event"]["title"])
    assert event.labels["http.status_code"] in ("503", "504")
    assert event.links[0].href == body["url"]


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("created", Action.TRIGGER),
        ("unresolved", Action.TRIGGER),
        ("resolved", Action.RESOLVE),
        ("assigned", Action.NOTE),
    ],
)
def test_it_follows_an_issue(word: str, action: Action) -> None:
    issue = {"id": "1117540176", "title": "Heck", "level": "fatal", "project": {"slug": "front"}}
    event = one("sentry", {"action": word, "data": {"issue": issue}})
    assert (event.action, event.key, event.severity) == (action, "issue/1117540176", Severity.CRITICAL)
    assert event.labels["project"] == "front"


def verified(body: bytes, headers: dict[str, str], **options: str) -> None:
    """As the hot path does before it reads."""
    verify = DIALECTS["sentry"].verify
    assert verify is not None
    verify(request(body, headers=headers, options=options), lambda url: b"")


def test_it_lets_in_only_what_sentry_has_signed() -> None:
    body = b'{"action": "created", "data": {"issue": {"id": 1, "title": "x"}}}'
    verified(body, signature(body), client_secret=SECRET)
    verified(body, {}, client_secret="")
    verified(body, {})
    for headers in ({}, signature(body, "other"), signature(body + b" "), {"sentry-hook-signature": "ü"}):
        with pytest.raises(Unreadable) as error:
            verified(body, headers, client_secret=SECRET)
        assert "secret" in error.value.reason
        assert error.value.status == 401


@pytest.mark.parametrize("resource", ["installation", "comment", "error"])
def test_it_takes_what_is_no_alert(resource: str) -> None:
    body: dict[str, Any] = {"action": "created", "data": {"x": 1}}
    assert read("sentry", body, headers={"sentry-hook-resource": resource}).events == []
    assert read("sentry", {"data": {"installation": {}}}).events == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "data.event"),
        ({"data": {"event": {}}}, "issue_id"),
        ({"data": {"event": []}}, "data.event"),
        ({"data": {"issue": {}}}, "data.issue.id"),
        ({"data": {"metric_alert": {"alert_rule": 5}}}, "data.metric_alert.alert_rule"),
        ({"data": {"metric_alert": {}}}, "data.metric_alert.id"),
        ({"data": {"event": {"issue_id": 1, "tags": 5}}}, "data.event.tags"),
        ({"event": {}}, "id"),
    ],
)
def test_it_names_what_is_wrong(body: Any, word: str) -> None:
    assert word in refused("sentry", body)[0]
