"""Any JSON, by expressions."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Action, KeyKind, Severity
from allclear.domain.alerts.kinds import checked
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.json import preview
from tests.intake.dialects.received import one, read, real, refused

JSON = DIALECTS["json"]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "title", "key", "action"),
    [
        ("kapacitor_1", "This alert was sent by user for demonstration purposes", "TestAlert", Action.TRIGGER),
        ("oncall_formatted_webhook_1", "TestAlert: The whole system is down", "08d6891a-835c-e661-39fa-96b6a9e26552",
         Action.TRIGGER),
        ("oncall_formatted_zabbix_1", "TestAlert: The whole system is down", "08d6891a-835c-e661-39fa-96b6a9e26552",
         Action.TRIGGER),
        ("axiom_1", "Triggered: New monitor", "Rxg89nIwu9WwrOsJKA", Action.TRIGGER),
        ("checkly_1", "API Check #1", "927a2982-1007-4b81-b383-eae8bf717e61", Action.RESOLVE),
        ("coralogix_1", "Keep", "49a4afb5-9231-418d-94ea-3a7546779658", Action.TRIGGER),
        ("inbound_email_1", "Test email subject", "Test email subject", Action.TRIGGER),
        ("generic_webhook_1", "This alert was sent by user for demonstration purposes",
         "This alert was sent by user for demonstration purposes", Action.TRIGGER),
    ],
)  # fmt: skip
def test_it_reads_real_payloads_with_nothing_set(
    shared_data: Path, name: str, title: str, key: str, action: Action
) -> None:
    event = one("json", real(shared_data, name))
    assert (event.title, event.key, event.action) == (title, key, action)


@pytest.mark.shared
def test_it_reads_a_real_payload_by_expressions_of_ones_own(shared_data: Path) -> None:
    options = {
        "title": "data.issue.summary", "key": "data.issue.issueIdentifier", "status": "data.issue.status",
        "source": "data.issue.labels[?key=='service.name'].value.stringValue | [0]", "time": "data.issue.start",
        "labels": "{dataset: data.issue.dataset, rule: data.issue.checkrules[0].name}", "link": "data.issue.url",
    }  # fmt: skip
    event = one("json", real(shared_data, "dash0_1"), options=options)
    assert (event.action, event.key, event.key_kind) == (Action.RESOLVE, "6820705469291328438", KeyKind.GIVEN)
    assert event.source == "my-first-observable-service"
    assert event.labels == {"dataset": "default", "rule": "New Check Rule"}
    assert event.links[0].href.startswith("https://app.dash0.com/")
    still = one("json", real(shared_data, "dash0_1"), options={**options, "resolved_words": ["over"]})
    assert still.action is Action.TRIGGER


def test_it_takes_several_alerts_of_one_body() -> None:
    body = {"results": [{"title": "a"}, {"title": "b", "status": "ok"}]}
    events = read("json", body, options={"split": "results"}).events
    assert [(event.title, event.action) for event in events] == [("a", Action.TRIGGER), ("b", Action.RESOLVE)]
    assert [event.title for event in read("json", [{"title": "a"}, {"title": "b"}]).events] == ["a", "b"]


@pytest.mark.parametrize(
    ("word", "table", "severity"),
    [
        ("critical", {}, Severity.CRITICAL),
        ("Warn", {}, Severity.WARNING),
        ("Katastrophe", {}, Severity.UNKNOWN),
        ("Katastrophe", {"katastrophe": "critical"}, Severity.CRITICAL),
        (0, {"0": "info"}, Severity.INFO),
        ("warning", {"warning": "error"}, Severity.ERROR),
        ({"a": 1}, {}, Severity.UNKNOWN),
    ],
)
def test_it_maps_words_of_severity(word: Any, table: dict[str, str], severity: Severity) -> None:
    event = one("json", {"title": "x", "severity": word}, options={"severity_words": table})
    assert event.severity is severity


def test_it_makes_labels_of_objects_and_tags() -> None:
    cases: list[tuple[Any, dict[str, str]]] = [
        ({"env": "prod", "n": 5, "deep": {}}, {"env": "prod", "n": "5"}),
        (["env:prod", "red", "green"], {"env": "prod", "tags": "red, green"}),
        ("env:prod,red", {"env": "prod", "tags": "red"}),
        ([{"key": "env", "value": "prod"}], {"env": "prod"}),
        (5, {}),
    ]
    for given, labels in cases:
        assert one("json", {"title": "x", "labels": given}).labels == labels


def test_it_keeps_an_alert_whose_lesser_expressions_fail() -> None:
    event = one("json", {"title": "x", "severity": "critical"}, options={"source": "abs(title)"})
    assert (event.title, event.source) == ("x", "")


@pytest.mark.parametrize(
    ("options", "body", "word"),
    [
        ({}, {"nothing": 1}, "title"),
        ({"title": "["}, {"title": "x"}, "title"),
        ({"title": "abs(title)"}, {"title": "x"}, "title"),
        ({"split": "missing"}, {"title": "x"}, "split"),
        ({"split": "abs(title)"}, {"title": "x"}, "split"),
        ({"key": "nope(@)"}, {"title": "x"}, "key"),
        ({}, [[1]], "title"),
    ],
)
def test_it_names_the_setting_that_finds_nothing(options: dict[str, Any], body: Any, word: str) -> None:
    assert f"“{word}”" in refused("json", body, options=options)[0]


def test_it_takes_a_form_too() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    event = one("json", b"title=Disk+full&state=firing&host=web1", headers=headers)
    assert (event.title, event.source) == ("Disk full", "web1")


def test_it_takes_json_that_curl_calls_a_form() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    event = one("json", b' {"title": "Disk full", "host": "web1"}', headers=headers)
    assert (event.title, event.source) == ("Disk full", "web1")


@pytest.mark.parametrize(
    "expression",
    [
        "|".join(["[@,@][]"] * 40),  # doubles what it holds with each step
        "|".join(["join('', [@,@])"] * 40),
        "|".join(["[@,@]"] * 40) + " | to_string(@)",
        "[*]." * 200 + "a",
        "(" * 900,
        "x" * 5000,
        "@[*][*][*][*][*][*]",
    ],
)
def test_no_expression_holds_it_up(expression: str) -> None:
    begun = time.perf_counter()
    body = [{"title": "x", "a": [[1] * 30] * 30}] * 30
    preview({"title": expression}, str(body).replace("'", '"').encode())
    assert time.perf_counter() - begun < 20  # unbounded, they would never end


def test_it_shows_what_each_setting_finds() -> None:
    shown = preview({"severity": "level", "source": "["}, b'{"title": "Disk full", "level": "warn"}')
    assert shown.reading is not None
    assert shown.reading.events[0].severity is Severity.WARNING
    assert shown.found["title"] == "Disk full"
    assert set(shown.problems) == {"source"}
    assert shown.problems["source"] == "It is no JMESPath expression: it breaks off. Write the rest of it."


@pytest.mark.parametrize(
    ("expression", "where"), [("a.", "it breaks off"), ("a ||", "it breaks off"), ("a..b", "wrong at character 3"),
     ("'x", "wrong at character 1"), ("$", "wrong at character 1"), ("a[?b==]", "wrong at character 7")],
)  # fmt: skip
def test_it_says_where_an_expression_goes_wrong(expression: str, where: str) -> None:
    shown = preview({"source": expression}, b'{"title": "Disk full"}')
    assert where in shown.problems["source"]


@pytest.mark.parametrize(
    ("options", "body", "problems"),
    [({}, b"{", {""}), ({}, b"{}", {"title"}), ({"split": "a"}, b"{}", {""}), ({"split": "["}, b"{}", {"split"})],
)
def test_it_shows_why_a_body_cannot_be_read(options: dict[str, Any], body: bytes, problems: set[str]) -> None:
    shown = preview(options, body)
    assert shown.reading is None
    assert set(shown.problems) == problems


def test_its_own_defaults_are_settings_that_it_takes() -> None:
    kept = checked(JSON.options, {})
    assert JSON.problems(kept) == {}
    assert one("json", {"title": "x", "status": "ok"}, options=kept).action is Action.RESOLVE
    assert set(JSON.problems({"title": "[", "key": "a", "severity_words": {}})) == {"title"}
