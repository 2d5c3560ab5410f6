"""What the notification commands of Nagios and Icinga send."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from allclear.domain.alerts import Action, Severity
from allclear.intake.dialects.pasted import pasted
from tests.intake.dialects.received import one, real, refused

FORM = {"content-type": "application/x-www-form-urlencoded"}
SERVICE = {
    "notification_type": "PROBLEM", "host": "web1", "address": "192.0.2.1", "service": "disk /", "state": "CRITICAL",
    "output": "DISK CRITICAL - 0 % free", "long_output": "a\\nb", "host_groups": "linux,web", "service_groups": "",
    "notes_url": "https://wiki.example.org/disk", "author": "", "comment": "", "time": "1772443800",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["nagios", "icinga"])
def test_it_reads_a_problem_of_a_service(kind: str) -> None:
    event = one(kind, urlencode(SERVICE), headers=FORM)
    assert (event.action, event.key, event.title) == (Action.TRIGGER, "web1/disk /", "web1/disk / is CRITICAL")
    assert (event.severity, event.source) == (Severity.CRITICAL, "web1")
    assert event.description == "DISK CRITICAL - 0 % free\na\nb"
    assert event.labels == {
        "host": "web1", "service": "disk /", "address": "192.0.2.1", "state": "CRITICAL", "host_groups": "linux,web",
    }  # fmt: skip
    assert event.links[0].href == "https://wiki.example.org/disk"


@pytest.mark.parametrize(
    ("changed", "action", "severity"),
    [
        ({"notification_type": "RECOVERY", "state": "OK"}, Action.RESOLVE, Severity.INFO),
        ({"notification_type": "ACKNOWLEDGEMENT"}, Action.ACKNOWLEDGE, Severity.CRITICAL),
        ({"notification_type": "FLAPPINGSTART"}, Action.NOTE, Severity.CRITICAL),
        ({"notification_type": "DOWNTIMESTART"}, Action.NOTE, Severity.CRITICAL),
        ({"notification_type": "", "state": "OK"}, Action.RESOLVE, Severity.INFO),
        ({"notification_type": "", "state": "WARNING"}, Action.TRIGGER, Severity.WARNING),
        ({"state": "UNKNOWN"}, Action.TRIGGER, Severity.UNKNOWN),
    ],
)
def test_it_follows_a_problem(changed: dict[str, str], action: Action, severity: Severity) -> None:
    event = one("nagios", {**SERVICE, **changed})
    assert (event.action, event.severity, event.key) == (action, severity, "web1/disk /")


@pytest.mark.parametrize(
    ("state", "severity"), [("DOWN", Severity.CRITICAL), ("UNREACHABLE", Severity.ERROR), ("UP", Severity.INFO)]
)
def test_it_reads_hosts_whose_service_macros_mean_nothing(state: str, severity: Severity) -> None:
    event = one("nagios", {**SERVICE, "service": "$SERVICEDESC$", "state": state})
    assert (event.key, event.severity) == ("web1", severity)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "action", "key", "service"),
    [
        ("nagios_1", Action.TRIGGER, "event_source=host;host_name=host.test.local", ""),
        ("nagios_2", Action.RESOLVE, "event_source=host;host_name=host.test.local", ""),
        ("nagios_3", Action.TRIGGER,
         "event_source=service;host_name=service.test.local;service_desc=service=test-service", "service=test-service"),
    ],
)  # fmt: skip
def test_it_reads_what_pagerdutys_agent_queues(
    shared_data: Path, name: str, action: Action, key: str, service: str
) -> None:
    event = one("nagios", real(shared_data, name))
    assert (event.action, event.key, event.labels.get("service", "")) == (action, key, service)
    assert event.severity is Severity.CRITICAL


@pytest.mark.shared
def test_it_knows_a_command_whose_macros_were_not_filled_in(shared_data: Path) -> None:
    assert "macro" in refused("nagios", real(shared_data, "nagios_5"))[0]


@pytest.mark.parametrize("name", ["nagios.cfg", "icinga.conf"])
def test_the_commands_send_fields_that_are_read(name: str) -> None:
    sent = set(re.findall(r"['\"]([a-z_]+)=\$", pasted(name)))
    assert {"notification_type", "host", "service", "state", "output", "time"} <= sent <= set(SERVICE)


@pytest.mark.parametrize("body", [{}, {"host": {}}, [], b"", {"host": "a", "output": []}])
def test_it_says_what_is_wrong(body: Any) -> None:
    refused("nagios", body)
