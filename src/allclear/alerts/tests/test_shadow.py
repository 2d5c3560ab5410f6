"""What something that hides alerts would have hidden, and what of it was real."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.alerts import shadow
from allclear.alerts.drafts import preview_inhibition, preview_rule, preview_silence, preview_window
from allclear.alerts.models import Alert
from allclear.alerts.quiet import load
from allclear.alerts.seen import seen
from allclear.alerts.shadow import hidden_data, would_have_held
from allclear.alerts.tests.quieting import HOUR, firing, inhibition, silence, source, window
from allclear.catalog.models import Dependency
from allclear.domain.alerts.quiet import look
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.kernel.generation import bump
from allclear.testing import T0, ci, logged, person, request_as, security_class, service

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = T0 + 60 * DAY


def incident(priority: int = 4, *, acknowledged: bool = False, **fields: Any) -> Incident:
    agent = person("agent")
    row = logged(agent)
    if acknowledged:
        actions.acknowledge_incident(request_as(agent, 1), row.pk)
    Incident.objects.filter(pk=row.pk).update(priority=priority, **fields)
    return row


def test_a_silence_would_have_hidden_what_fits_in_the_last_90_days() -> None:
    firing(at=T0 + 3 * DAY)
    firing(labels={"alertname": "Other"})
    firing(at=NOW - 91 * DAY)
    found = preview_silence(SYSTEM_VIEWER, {"matchers": "alertname=DiskFull"}, now=NOW)
    assert (found.looked_at, found.hidden, found.real) == (2, 1, 0)
    assert [(week.monday.isoformat(), week.hidden) for week in found.weeks if week.hidden] == [("2026-03-02", 1)]
    assert len(found.weeks) == 14


def test_what_led_to_real_incidents_is_told_apart() -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"verdict": "useful"}, "judged it useful"),
        ({"incident": incident(2)}, "P2"),
        ({"incident": incident(acknowledged=True)}, "worked on"),
        ({"incident": incident(1), "verdict": "false_alarm"}, ""),
        ({"incident": incident(1, resolution_code="false_alarm")}, ""),
        ({"incident": incident(4)}, ""),
        ({}, ""),
    ]
    alerts = {firing(title=str(number), **fields).pk: why for number, (fields, why) in enumerate(cases)}
    found = preview_silence(SYSTEM_VIEWER, {"matchers": ["alertname=DiskFull"]}, now=NOW)
    assert (found.hidden, found.real, len(found.incidents)) == (7, 3, 5)
    assert len(found.real_ones) == 3 and len(found.sample) == 4
    for past in (*found.real_ones, *found.sample):
        assert alerts[past.alert_id] in past.real_because
        assert bool(past.real_because) is bool(alerts[past.alert_id])


def test_who_may_not_see_an_incident_sees_the_alert_without_it() -> None:
    firing(incident=incident(1, security_class=security_class()))
    found = preview_silence(viewer_for(person("agent").pk), {"matchers": "alertname=DiskFull"}, now=NOW)
    assert (found.hidden, found.real, found.incidents) == (1, 0, set())
    assert found.sample[0].number == ""


@pytest.mark.parametrize(
    "matchers",
    [
        "alertname=DiskFull", "alertname!=Other,source=w1", "env=prod", "env=~pr.*", "env!~d.*|", "env!=",
        "severity=warning", "severity=~warn.*", "title=Mine", "source!=", "integration=Web,alertname=~.+",
        "integration=~W.*,source=w1",
    ],
)  # fmt: skip
def test_a_silence_is_tried_as_it_would_hold(matchers: str) -> None:
    web = source("Web")
    variants: list[dict[str, Any]] = [
        {"severity": "warning", "source": ""},
        {"severity": "info", "source": "w1", "title": "Mine"},
    ]
    for labels in ({"alertname": "DiskFull"}, {"alertname": "Other", "env": "prod"}, {"env": "dev"}, {"title": "Mine"}):
        for fields in variants:
            firing(web, labels=labels, **fields)
    row = silence(matchers)
    held = [facts.alert_id for facts in seen(Alert.objects.order_by("pk")) if look(facts, load(T0), T0).held]
    found = preview_silence(SYSTEM_VIEWER, {"matchers": row.matchers}, now=NOW)
    assert sorted(past.alert_id for past in found.sample) == held
    assert 0 < len(held) < 8


def test_a_window_that_repeats_would_have_hidden_what_began_at_its_times() -> None:
    upper, lower = service("Mail"), ci("switch-1")
    Dependency.objects.create(upper_service=upper, lower_ci=lower)
    bump("dependencies")
    inside = firing(service=upper, at=T0 + 6 * DAY + HOUR)  # a Sunday, at 10
    firing(service=upper, at=T0 + 5 * DAY + HOUR)
    firing(at=T0 + 6 * DAY + HOUR)
    begin = T0 + 62 * DAY + HOUR / 2  # the Sunday after `NOW`, half past 9
    values = {"cis": [lower.pk], "starts_at": begin, "ends_at": begin + HOUR}
    repeats = {"repeats": "FREQ=WEEKLY;BYDAY=SU", "until": begin + 90 * DAY}
    found = preview_window(SYSTEM_VIEWER, {**values, **repeats}, now=NOW)
    assert [past.alert_id for past in found.sample] == [inside.pk]
    assert preview_window(SYSTEM_VIEWER, values, now=NOW).hidden == 2  # once: as if it had lasted all the time
    assert preview_window(SYSTEM_VIEWER, {**values, "with_dependents": False}, now=NOW).hidden == 0


def test_an_inhibition_would_have_hidden_what_began_while_its_cause_was_open() -> None:
    eu, us = {"alertname": "DiskFull", "cluster": "eu"}, {"alertname": "DiskFull", "cluster": "us"}
    down: dict[str, Any] = {"labels": {"alertname": "Down", "cluster": "eu"}}
    firing(**down, severity="critical", at=0, status="resolved", resolved_at=T0 + HOUR)
    within = firing(labels=eu, at=30)
    firing(labels=eu, at=90), firing(labels=us, at=30), firing(labels=eu, at=30, severity="critical")
    firing(**down, at=3000)  # cause and effect: it hides the one below, but not itself
    below = firing(labels=eu, at=3100)
    values = {"cause": "label.alertname:Down", "effect": "severity:warning", "equal": ["cluster"]}
    found = preview_inhibition(SYSTEM_VIEWER, values, now=NOW)
    assert {past.alert_id for past in found.sample} == {within.pk, below.pk}


@pytest.mark.parametrize(("most", "is_cut"), [(1, True), (2, False)])
def test_it_says_when_an_inhibition_has_more_causes_than_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, most: int, is_cut: bool
) -> None:
    monkeypatch.setattr(shadow, "MOST_CAUSES", most)
    for at in (0, 10):
        firing(labels={"alertname": "Down"}, severity="critical", at=at)
    firing(at=30)
    values = {"cause": "label.alertname:Down", "effect": "severity:warning", "equal": []}
    found = preview_inhibition(SYSTEM_VIEWER, values, now=NOW)
    assert found.hidden == 1
    assert ("Only the newest 1 causes were looked at." in found.note) is is_cut
    row = inhibition(cause="label.alertname:Down", effect="severity:warning", equal=[])
    note = would_have_held(SYSTEM_VIEWER, row, NOW).note
    assert ("causes were looked at" in note) is is_cut
    assert "since it was added" in note


def test_a_rule_would_have_dropped_what_its_filter_finds() -> None:
    web, disks = source("Web"), source("Disks")
    mine = firing(disks)
    firing(web)
    firing(disks, severity="critical")
    found = preview_rule(SYSTEM_VIEWER, {"when": "severity:warning", "integration_ids": [disks.pk]}, now=NOW)
    assert [past.alert_id for past in found.sample] == [mine.pk]
    assert preview_rule(SYSTEM_VIEWER, {"when": ""}, now=NOW).hidden == 3


def test_what_is_in_shadow_says_what_it_would_have_held_since_it_was_added() -> None:
    mail = service("Mail")
    rows: list[Any] = [silence(mode="shadow"), window(services=[mail.pk], mode="shadow"), inhibition(mode="shadow")]
    firing(at=-30, service=mail)
    firing(at=-20, labels={"alertname": "Down", "cluster": "eu"}, severity="critical")
    mine = firing(at=30, service=mail, labels={"alertname": "DiskFull", "cluster": "eu"})
    firing(at=26 * 60, service=mail, labels={"alertname": "DiskFull", "cluster": "eu"})  # all have ended
    for row in rows:
        found = would_have_held(SYSTEM_VIEWER, row, NOW)
        assert [past.alert_id for past in found.sample] == [mine.pk], row


def test_it_looks_at_a_bounded_number_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow, "MOST_ALERTS", 3)
    newest = [firing().pk for _ in range(5)][2:]
    found = preview_silence(SYSTEM_VIEWER, {"matchers": "alertname=DiskFull"}, now=NOW)
    assert (found.hidden, found.looked_at, found.is_cut) == (3, 5, True)
    assert sorted(past.alert_id for past in found.sample) == newest
    assert hidden_data(found)["is_cut"] is True


def test_it_reads_many_alerts_with_few_queries(django_assert_max_num_queries: Any) -> None:
    web = source()
    Alert.objects.bulk_create(
        Alert(integration=web, dedup_key=str(n), title="x", labels={"a": "b"}, first_seen_at=T0, last_seen_at=T0)
        for n in range(1200)
    )
    with django_assert_max_num_queries(16):
        assert preview_silence(SYSTEM_VIEWER, {"matchers": "a=b"}, now=NOW).hidden == 1200


@pytest.mark.parametrize(
    ("preview", "values", "field"),
    [
        (preview_silence, {"matchers": []}, "matchers"),
        (preview_silence, {"matchers": "a=~("}, "matchers.0.value"),
        (preview_window, {"starts_at": T0, "ends_at": T0 + HOUR}, "services"),
        (preview_window, {"services": [1]}, "ends_at"),
        (preview_window, {"services": [1], "starts_at": T0, "ends_at": T0}, "ends_at"),
        (preview_inhibition, {"cause": "severity:info"}, "effect"),
        (preview_inhibition, {"cause": "colour:red", "effect": "severity:info"}, "cause"),
        (preview_rule, {"when": "colour:red"}, "when"),
    ],
)
def test_a_draft_that_cannot_be_is_refused_in_words(preview: Any, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        preview(SYSTEM_VIEWER, values, now=NOW)
    assert set(error.value.fields) == {field}


@pytest.mark.parametrize(
    ("preview", "role", "less"),
    [
        (preview_silence, "agent", "auditor"),
        (preview_window, "incident_manager", "agent"),
        (preview_inhibition, "incident_manager", "agent"),
        (preview_rule, "incident_manager", "agent"),
    ],
)
def test_only_who_may_add_it_tries_it_out(preview: Any, role: str, less: str) -> None:
    values: dict[str, Any] = {
        "matchers": "a=b",
        "cause": "severity:info",
        "effect": "severity:info",
        "when": "severity:info",
    }
    values |= {"services": [service().pk], "starts_at": NOW, "ends_at": NOW + HOUR}
    assert preview(viewer_for(person(role).pk), values, now=NOW).hidden == 0
    with pytest.raises(NotPermitted):
        preview(viewer_for(person(less).pk), values, now=NOW)
