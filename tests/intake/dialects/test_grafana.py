"""What Grafana's contact points send, of its unified alerting and of the older one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Action, Severity
from tests.intake.dialects.received import one, read, real, refused

LEGACY = {
    "dashboardId": 1, "evalMatches": [{"value": 91, "metric": "cpu", "tags": {"host": "web1"}}], "orgId": 1,
    "imageUrl": "https://grafana.example.org/i.png", "message": "CPU is high", "ruleId": 7, "ruleName": "CPU",
    "ruleUrl": "https://grafana.example.org/d/x", "state": "alerting", "tags": {"severity": "high"},
    "title": "[Alerting] CPU",
}  # fmt: skip


@pytest.mark.shared
def test_it_reads_a_real_message_with_grafanas_extras(shared_data: Path) -> None:
    first, second = read("grafana", real(shared_data, "grafana_alerting_3")).events
    assert (first.key, second.key) == ("c6eadffa33fcdf37", "bc97ff14869b13e3")
    assert first.details["values"] == {"B": 44.23943737541908, "C": 1}
    assert {link.text for link in first.links} == {"Source", "Silence there", "Runbook", "My Super Webhook"}
    assert first.labels == {"alertname": "High memory usage", "team": "blue", "zone": "us-1"}


@pytest.mark.shared
@pytest.mark.parametrize("name", ["grafana_legacy_1", "grafana_alerting_2"])
def test_it_reads_real_test_messages(shared_data: Path, name: str) -> None:
    event = one("grafana", real(shared_data, name))
    assert (event.action, event.title) == (Action.TRIGGER, "TestAlert")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["grafana_1", "grafana_2"])
def test_it_says_that_a_rules_definition_is_no_alert(shared_data: Path, name: str) -> None:
    assert "contact point" in refused("grafana", real(shared_data, name))[0]


def test_it_shows_the_picture_and_the_panel() -> None:
    alert = {
        "status": "firing", "labels": {"alertname": "DatasourceNoData", "rulename": "CPU"}, "annotations": {},
        "imageURL": "https://grafana.example.org/i.png", "panelURL": "https://grafana.example.org/p",
        "valueString": "[ var='A' value=1 ]",
    }  # fmt: skip
    event = one("grafana", {"version": "1", "orgId": 1, "alerts": [alert]})
    assert event.title == "DatasourceNoData: CPU"
    assert event.images[0].src == "https://grafana.example.org/i.png"
    assert [(link.text, link.href) for link in event.links] == [("Panel", "https://grafana.example.org/p")]


@pytest.mark.parametrize(
    ("state", "action"),
    [("alerting", Action.TRIGGER), ("no_data", Action.TRIGGER), ("ok", Action.RESOLVE), ("paused", Action.NOTE)],
)
def test_it_reads_the_older_alerting(state: str, action: Action) -> None:
    event = one("grafana", {**LEGACY, "state": state})
    assert (event.action, event.key, event.title) == (action, "1/7", "[Alerting] CPU")
    assert (event.severity, event.source) == (Severity.ERROR, "web1")


@pytest.mark.parametrize(
    ("broken", "word"),
    [({**LEGACY, "state": "odd"}, "odd"), ({"ruleId": None, "state": "ok"}, "ruleId"), ({"x": 1}, "alerts"),
     ({**LEGACY, "evalMatches": [1]}, "evalMatches[0]"), ({**LEGACY, "tags": []}, "tags")],
)  # fmt: skip
def test_it_says_what_is_wrong(broken: Any, word: str) -> None:
    assert word in refused("grafana", broken)[0]
