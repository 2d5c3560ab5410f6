"""What the script of our media type for Zabbix sends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Action, Severity
from allclear.intake.dialects.pasted import pasted
from tests.intake.dialects.received import one, read, real, refused

PROBLEM = {
    "event_id": "70", "event_value": "1", "event_update_status": "0", "event_name": "Disk is full",
    "event_nseverity": "4", "event_severity": "High", "event_opdata": "0 B free",
    "event_tags": [{"tag": "scope", "value": "capacity"}, {"tag": "x"}],
    "event_time": "1772443800", "host_name": "web1", "host_ip": "192.0.2.1", "host_group": "Linux servers",
    "trigger_id": "13502", "trigger_description": "Clean up.", "zabbix_url": "https://zabbix.example.org/zabbix/",
}  # fmt: skip


def test_it_reads_a_problem() -> None:
    event = one("zabbix", PROBLEM)
    assert (event.action, event.key, event.title) == (Action.TRIGGER, "70", "Disk is full")
    assert (event.severity, event.source) == (Severity.ERROR, "web1")
    assert event.labels == {
        "host": "web1", "ip": "192.0.2.1", "trigger": "13502", "group": "Linux servers", "scope": "capacity",
        "x": "yes",
    }  # fmt: skip
    assert event.description == "0 B free\n\nClean up."
    assert event.links[0].href == "https://zabbix.example.org/zabbix/tr_events.php?triggerid=13502&eventid=70"


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({"event_value": "0"}, Action.RESOLVE),
        ({"event_value": 0}, Action.RESOLVE),
        ({"event_update_status": "1", "event_update_action": "acknowledged, commented"}, Action.ACKNOWLEDGE),
        ({"event_update_status": "1", "event_update_action": "acknowledged and commented"}, Action.ACKNOWLEDGE),
        ({"event_update_status": "1", "event_update_action": "unacknowledged and commented"}, Action.NOTE),
        ({"event_update_status": "1", "event_update_action": "unacknowledged"}, Action.NOTE),
        (
            {"event_update_status": "1", "event_update_action": "commented and changed severity from High to Disaster"},
            Action.TRIGGER,
        ),
        ({"event_update_status": "1", "event_update_action": "changed severity from High to Disaster"}, Action.TRIGGER),
        ({"event_update_status": "1", "event_update_action": "commented"}, Action.NOTE),
    ],
)
def test_it_follows_a_problem(changed: dict[str, Any], action: Action) -> None:
    event = one("zabbix", {**PROBLEM, **changed})
    assert (event.action, event.key) == (action, "70")


def test_it_takes_a_new_severity_and_an_acknowledgement_that_came_together() -> None:
    words = "acknowledged, commented and changed severity from High to Disaster"
    update = {"event_update_status": "1", "event_update_action": words, "event_nseverity": "5"}
    events = read("zabbix", {**PROBLEM, **update}).events
    assert [(event.action, event.key) for event in events] == [(Action.TRIGGER, "70"), (Action.ACKNOWLEDGE, "70")]
    assert events[0].severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("number", "word", "severity"),
    [("0", "", Severity.UNKNOWN), ("1", "", Severity.INFO), ("2", "", Severity.WARNING), ("3", "", Severity.WARNING),
     ("4", "", Severity.ERROR), (5, "", Severity.CRITICAL), ("", "Disaster", Severity.CRITICAL),
     ("", "Average", Severity.WARNING), ("9", "Own word", Severity.UNKNOWN)],
)  # fmt: skip
def test_it_maps_severities(number: Any, word: str, severity: Severity) -> None:
    assert one("zabbix", {**PROBLEM, "event_nseverity": number, "event_severity": word}).severity is severity


def test_it_reads_tags_written_as_text() -> None:
    assert one("zabbix", {**PROBLEM, "event_tags": "scope:capacity, x"}).labels["scope"] == "capacity"


@pytest.mark.shared
def test_it_reads_what_pagerdutys_agent_queues(shared_data: Path) -> None:
    body = real(shared_data, "zabbix_1")
    event = one("zabbix", body)
    assert (event.action, event.key, event.severity) == (Action.TRIGGER, "13502-Zabbix server", Severity.ERROR)
    assert one("zabbix", {**body, "event_type": "resolve"}).action is Action.RESOLVE


def test_the_media_type_sends_the_fields_that_are_read() -> None:
    names = set(re.findall(r"- name: ([a-z_]+)", pasted("zabbix.yaml"))) - {"url"}
    assert set(PROBLEM) <= names


@pytest.mark.parametrize(
    ("body", "word"),
    [({}, "event_id"), ({**PROBLEM, "event_id": "{EVENT.ID}"}, "event_id"),
     ({**PROBLEM, "event_value": "2"}, "event_value"),
     ({**PROBLEM, "host_name": []}, "host_name"), ({"event_type": "x", "incident_key": "a"}, "event_type"),
     ({"event_type": "trigger", "incident_key": ""}, "incident_key"), ([], "object")],
)  # fmt: skip
def test_it_names_what_is_wrong(body: Any, word: str) -> None:
    assert word in refused("zabbix", body)[0]
