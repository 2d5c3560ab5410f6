"""What Datadog's webhook sends, by our template and by others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Action, KeyKind, Severity
from allclear.intake.dialects.pasted import pasted
from tests.intake.dialects.received import one, real, refused


def message(**more: str) -> dict[str, str]:
    """Our template, filled in as Datadog does."""
    template: dict[str, str] = json.loads(pasted("datadog.json"))
    filled = {
        "title": "[Triggered on {host:web1}] CPU is high", "alert_title": "CPU is high on web1", "alert_id": "4711",
        "alert_transition": "Triggered", "alert_type": "error", "alert_priority": "P2", "alert_scope": "host:web1",
        "hostname": "web1", "tags": "env:prod,host:web1,team:ops,slow", "link": "https://app.datadoghq.eu/monitors/4711",
        "snapshot": "https://p.datadoghq.eu/snapshot.png", "last_updated": "1772443800000",
        "body": "%%%\nCPU over 90 %\n\n%%%",
    }  # fmt: skip
    assert set(filled) | set(more) <= set(template)
    return {**template, **filled, **more}


def test_it_reads_a_message_made_by_our_template() -> None:
    event = one("datadog", message())
    assert (event.action, event.key, event.key_kind) == (Action.TRIGGER, "4711/host:web1", KeyKind.GIVEN)
    assert (event.title, event.source, event.severity) == ("CPU is high on web1", "web1", Severity.ERROR)
    assert event.labels == {
        "monitor": "CPU is high on web1", "host": "web1", "env": "prod", "team": "ops", "tags": "slow",
    }  # fmt: skip
    assert event.description == "CPU over 90 %"
    assert event.images[0].src == "https://p.datadoghq.eu/snapshot.png"
    assert event.occurred_at is not None
    assert event.occurred_at.year == 2026


@pytest.mark.parametrize(
    ("transition", "action", "severity"),
    [
        ("Triggered", Action.TRIGGER, Severity.ERROR),
        ("Re-Triggered", Action.TRIGGER, Severity.ERROR),
        ("Warn", Action.TRIGGER, Severity.WARNING),
        ("No Data", Action.TRIGGER, Severity.ERROR),
        ("Renotify", Action.TRIGGER, Severity.ERROR),
        ("Recovered", Action.RESOLVE, Severity.ERROR),
    ],
)
def test_it_maps_transitions(transition: str, action: Action, severity: Severity) -> None:
    event = one("datadog", message(alert_transition=transition, alert_priority="$ALERT_PRIORITY"))
    assert (event.action, event.severity) == (action, severity)


def test_the_groups_of_one_monitor_are_alerts_of_their_own() -> None:
    scopes = ("host:web1", "host:web2")
    assert len({one("datadog", message(alert_scope=scope)).key for scope in scopes}) == 2


def test_what_a_title_says_of_the_state_is_no_name_where_the_template_names_no_monitor() -> None:
    def told(title: str, transition: str) -> str:
        return one("datadog", {"title": title, "alert_transition": transition}).key

    firing = told("[Triggered on {host:web1}] CPU is high", "Triggered")
    assert told("[Recovered on {host:web1}] CPU is high", "Recovered") == firing
    assert told("[Re-Triggered on {host:web1}] CPU is high", "Re-Triggered") == firing
    assert told("[Triggered on {host:web2}] CPU is high", "Triggered") != firing
    assert told("[Warn] [CPU] is high", "Warn") == told("[Recovered] [CPU] is high", "Recovered")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "key", "title", "severity"),
    [
        ("datadog_1", "1234567890", "High CPU Usage", Severity.WARNING),
        ("datadog_2", "1234567891", "Low Disk Space", Severity.INFO),
        ("datadog_webhook_2", "12345678/host:my-host", "CPU load is high on my-host", Severity.UNKNOWN),
    ],
)
def test_it_reads_real_payloads_by_other_templates(
    shared_data: Path, name: str, key: str, title: str, severity: Severity
) -> None:
    event = one("datadog", real(shared_data, name))
    assert (event.key, event.title, event.severity) == (key, title, severity)
    assert event.labels["environment"] == "production"


@pytest.mark.shared
def test_it_knows_a_template_that_was_not_filled_in(shared_data: Path) -> None:
    assert "variables" in refused("datadog", real(shared_data, "datadog_webhook_1"))[0]
    assert "variables" in refused("datadog", json.loads(pasted("datadog.json")))[0]


def test_it_takes_a_form() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert one("datadog", b"title=CPU&alert_id=5&alert_transition=Recovered", headers=headers).action is Action.RESOLVE


@pytest.mark.parametrize(
    ("body", "word"), [({}, "title"), ({"title": {}}, "title"), ([], "object"), ({"title": "x", "tags": {}}, "")]
)
def test_it_names_what_is_wrong(body: Any, word: str) -> None:
    if word:
        assert word in refused("datadog", body)[0]
    else:
        assert one("datadog", body).labels == {"monitor": "x"}
