"""From alerts to incidents: which rule decides, what it opens or joins, and what says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.decide import decide_due
from allclear.alerts.actions.fold import fold
from allclear.alerts.actions.silences import add_silence, end_silence
from allclear.alerts.models import Alert, AlertDecision, Integration
from allclear.catalog.actions.structure import add_dependency
from allclear.catalog.models import ConfigurationItem
from allclear.catalog.policies import body_of, save_policy
from allclear.domain.alerts import Action, Event, Severity
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.kernel.events import stream
from allclear.testing import T0, alert, arrives, ci, fires, instant, integration, person, request_as, resolution

pytestmark = pytest.mark.django_db
S = Severity


def rules(*given: Mapping[str, Any], **more: Any) -> None:
    """Put these rules in force; each opens for everything if it says nothing else."""
    named = [
        {"key": f"r{at}", "name": f"Rule {at}", "action": "open", **rule} for at, rule in enumerate(given, start=1)
    ]
    version, _ = body_of("alert_rules")
    save_policy(SYSTEM_VIEWER, "alert_rules", {"rules": named, **more}, note="", expected_version=version, now=T0)


def comes(source: Integration, *events: Event, at: int = 0) -> None:
    """Events arrive, are folded and decided."""
    arrives(source, *events, at=at)
    fold(instant(at))
    decide_due(instant(at))


def stands_on(upper: ConfigurationItem, lower: ConfigurationItem) -> None:
    add_dependency(SYSTEM_VIEWER, ("ci", upper.pk), ("ci", lower.pk), now=T0)


def over(key: str) -> Event:
    return fires(key, Action.RESOLVE)


def down(name: str) -> Event:
    return fires(f"down {name}", severity=S.CRITICAL, title=f"{name} is down", labels={"host": name})


def kinds(row: Incident) -> list[str]:
    return [event.kind for event in stream("incident", row.pk)]


def test_it_opens_an_incident_that_says_what_is_known() -> None:
    web = ci("web1")
    rules({"incident": {"title": "{title} on {source}", "impact": 1, "urgency": 1}})
    comes(integration(), fires("disk", title="Disk full", source="web1", description="97 %", labels={"disk": "/"}))
    row, one = Incident.objects.get(), Alert.objects.get()
    assert (row.title, row.channel, row.priority, row.ci_ids) == ("Disk full on web1", "monitoring", 1, [web.pk])
    assert (one.outcome, one.incident_id, one.rule, one.decide_at) == ("opened", row.pk, "Rule 1", None)
    event = stream("incident", row.pk)[0]
    assert (event.actor_kind, event.cause["alert"], event.cause["rule"]) == ("system", one.pk, "Rule 1")
    assert [step["text"] for step in one.trace[0]["steps"]] == ["Rule 1"]
    assert AlertDecision.objects.get().outcome == "opened"
    assert decide_due(instant(1)) == 0


def test_by_default_all_but_information_opens() -> None:
    source = integration()
    comes(source, fires(severity=S.CRITICAL), fires(severity=S.INFO), fires())
    assert [one.outcome for one in Alert.objects.order_by("pk")] == ["opened", "recorded", "opened"]
    assert list(Incident.objects.order_by("priority").values_list("priority", flat=True)) == [2, 3]


def test_the_first_rule_that_fits_decides_and_names_those_before_it() -> None:
    rules(
        {"when": "severity:critical"},
        {"when": "label.env:prod", "is_active": False},
        {"when": "label.env:prod", "mode": "shadow"},
        {"when": "label.env:pr*", "action": "record", "expires_at": "2030-01-01"},
        {},
    )
    one = alert(severity=S.ERROR, labels={"env": "prod"})
    decide_due(T0)
    one.refresh_from_db()
    assert (one.outcome, one.rule, one.incident_id) == ("recorded", "Rule 4", None)
    because = [(step["text"], step["because"]) for step in one.trace[0]["steps"]]
    assert because == [
        ("Rule 1", "severity:critical does not hold."),
        ("Rule 2", "It is switched off."),
        ("Rule 3", "It fits, but it is in shadow and decides nothing."),
        ("Rule 4", "label.env:pr* holds."),
    ]
    assert AlertDecision.objects.get().data["shadowed"] == ["Rule 3"]


def test_what_a_rule_drops_is_counted_and_makes_no_alert() -> None:
    rules({"when": "label.env:test", "action": "drop", "expires_at": "2026-03-02T10:00:00Z"}, {})
    source = integration()
    comes(source, fires("a", labels={"env": "test"}))
    assert not Alert.objects.exists()
    event = source_events()[0]
    assert (event.outcome, event.trace[0]["summary"]) == ("dropped", "Rule Rule 1 drops it")
    comes(source, fires("a", labels={"env": "test"}), at=60)  # it ended
    assert Alert.objects.get().outcome == "opened"


def source_events() -> list[Any]:
    from allclear.alerts.models import AlertEvent

    return list(AlertEvent.objects.order_by("pk"))


def test_it_opens_only_what_still_fires_after_the_wait() -> None:
    rules({"wait_minutes": 5})
    source = integration()
    comes(source, fires("stays"), fires("goes"))
    assert set(Alert.objects.values_list("outcome", "decide_at")) == {("held", instant(5))}
    comes(source, over("goes"), at=2)
    assert not Incident.objects.exists()
    decide_due(instant(5))
    outcomes = dict(Alert.objects.values_list("dedup_key", "outcome"))
    assert outcomes == {"given.1:stays": "opened", "given.1:goes": "held"}
    assert Incident.objects.count() == 1


def test_alerts_of_a_group_share_an_incident_with_one_entry() -> None:
    rules({"group": {"by": ["label.cluster"], "within_minutes": 30}})
    source = integration()
    comes(source, *(fires(f"n{at}", labels={"cluster": "eu"}) for at in range(5)), fires("x", labels={"cluster": "us"}))
    assert Incident.objects.count() == 2
    shared = Alert.objects.get(dedup_key="given.1:n0").incident
    assert shared and shared.alerts.count() == 5
    assert kinds(shared).count("alerts_joined") == 1
    comes(source, fires("late", labels={"cluster": "eu"}), at=20)
    assert shared.alerts.count() == 6
    comes(source, fires("later", labels={"cluster": "eu"}), at=90)  # nothing was heard of the group for too long
    assert Incident.objects.count() == 3


def test_alerts_that_have_nothing_of_the_group_stand_alone() -> None:
    comes(integration(), fires(), fires())
    assert Incident.objects.count() == 2


@pytest.mark.parametrize("ended", ["resolved", "cancelled"])
def test_it_never_joins_what_is_resolved_or_ended_but_relates_it(ended: str) -> None:
    rules({"group": {"by": ["label.cluster"]}})
    source, agent = integration(), person()
    comes(source, fires("a", labels={"cluster": "eu"}))
    first = Incident.objects.get()
    if ended == "resolved":
        actions.accept_incident(request_as(agent, 1), first.pk)
        actions.resolve_incident(request_as(agent, 2), first.pk, resolution())
    else:
        actions.cancel_incident(request_as(agent, 2), first.pk, reason="Noise")
    comes(source, fires("b", labels={"cluster": "eu"}), at=3)
    second = Incident.objects.exclude(pk=first.pk).get()
    assert Alert.objects.get(dedup_key="given.1:b").incident_id == second.pk
    related = {tuple(link) for link in second.links}
    assert (("related", first.pk) in related) is (ended == "resolved")


def test_a_rule_that_only_joins_waits_for_an_incident() -> None:
    group = {"by": ["label.cluster"]}
    rules({"when": "severity:warning", "action": "join", "group": group}, {"group": group})
    source, labels = integration(), {"cluster": "eu"}
    comes(source, fires("mild", severity=S.WARNING, labels=labels))
    assert Alert.objects.get().outcome == "recorded"
    comes(source, fires("grave", severity=S.CRITICAL, labels=labels), at=1)
    decide_due(instant(1))
    assert set(Alert.objects.values_list("outcome", flat=True)) == {"opened", "joined"}
    assert Incident.objects.count() == 1


def test_alerts_follow_an_incident_that_was_merged_into_another() -> None:
    rules({"group": {"by": ["label.c"]}, "on_clear": "note"})
    source, agent = integration(), person()
    comes(source, fires("a", labels={"c": "x"}), fires("other"))
    first = Alert.objects.get(dedup_key="given.1:a").incident
    other = Alert.objects.get(dedup_key="given.1:other").incident
    assert first and other
    actions.merge_incident(request_as(agent, 1), first.pk, other.pk)
    comes(source, fires("b", labels={"c": "x"}), at=2)
    assert Alert.objects.get(dedup_key="given.1:b").incident_id == other.pk
    comes(source, over("a"), at=3)
    assert stream("incident", other.pk)[-1].data["left"] == 2


def test_a_trend_of_so_many_events_opens_with_the_event_that_completes_it() -> None:
    rules({"trend": {"kind": "count", "count": 3, "within_minutes": 10}})
    source = integration()
    for at, outcome in ((0, "held"), (1, "held"), (12, "held"), (13, "held"), (14, "opened")):
        comes(source, fires("a"), at=at)
        assert Alert.objects.get().outcome == outcome, at


def test_a_value_that_will_cross_a_line_makes_an_impending_incident() -> None:
    rules({"trend": {"kind": "threshold", "value": "detail.free", "threshold": 0, "within_minutes": 180}})
    source = integration()
    for at in range(6):
        comes(source, fires("disk", details={"free": 100 - at * 5}), at=at)
        comes(source, fires("fine", details={"free": 50}), at=at)
    row = Incident.objects.get()
    assert row.is_impending and row.predicted_impact_at == instant(20)


def test_an_alert_held_by_a_silence_opens_when_that_is_over() -> None:
    from allclear.alerts.actions.silences import add_silence

    matchers = [{"name": "host", "value": "web1", "isRegex": False, "isEqual": True}]
    values = {"comment": "Known", "matchers": matchers, "starts_at": T0, "ends_at": instant(30)}
    add_silence(SYSTEM_VIEWER, values, now=T0)
    comes(integration(), fires("a", labels={"host": "web1"}))
    row = Alert.objects.get()
    assert (row.outcome, row.held_by["kind"], row.decide_at) == ("suppressed", "silence", instant(30))
    decide_due(instant(29))
    assert not Incident.objects.exists()
    decide_due(instant(30))
    assert Incident.objects.count() == 1
    assert list(AlertDecision.objects.order_by("pk").values_list("kind", "outcome")) == [
        ("decided", "suppressed"), ("released", "opened")
    ]  # fmt: skip


def test_a_rule_that_names_what_is_gone_still_opens() -> None:
    rules({"incident": {"category_id": 987654, "team_id": 987654, "service_id": 987654}}, {})
    comes(integration(), fires("a"))
    one = Alert.objects.get()
    assert one.incident and (one.incident.category_id, one.incident.team_id, one.incident.service_id) == (None,) * 3
    assert [step["because"] for step in one.trace[-1]["steps"]][1:] == [
        "The rule's category is not there any more.", "The rule's team is not there any more.",
        "The rule's service is not there any more.",
    ]  # fmt: skip


def test_what_was_recorded_is_looked_at_again_when_it_gets_worse() -> None:
    source = integration()
    comes(source, fires("a", severity=S.INFO))
    assert not Incident.objects.exists()
    comes(source, fires("a", severity=S.CRITICAL), at=1)
    assert Alert.objects.get().outcome == "opened"


def test_an_alert_that_comes_and_goes_stays_with_one_incident() -> None:
    rules({}, flapping={"changes": 4, "within_minutes": 60})
    source = integration()
    for at in range(0, 20, 4):
        comes(source, fires("a"), at=at)
        comes(source, over("a"), at=at + 2)
    _, *others = Alert.objects.order_by("pk").values_list("incident_id", flat=True)
    assert len(set(others[1:])) == 1 and len(others) == 4  # from the fourth change on
    last = Alert.objects.latest("pk")
    assert last.is_flapping and last.decide_at == instant(18 + 30) and last.incident
    assert kinds(last.incident).count("alerts_cleared") <= 1
    decide_due(instant(48))
    last.refresh_from_db()
    assert not last.is_flapping and last.decide_at is None


def test_what_is_over_before_it_was_looked_at_opens_nothing() -> None:
    comes(integration(), fires("a"), over("a"))
    one = Alert.objects.get()
    assert (one.status, one.outcome, one.incident_id) == ("resolved", "recorded", None)


def test_new_alerts_that_belong_to_nothing_open_one_each() -> None:
    source = integration()
    arrives(source, *(fires() for _ in range(60)))
    fold(T0)
    assert decide_due(T0, 200) == 60
    assert Alert.objects.filter(outcome="opened").values("incident").distinct().count() == 60


def steps(trace: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(step["text"], step["because"]) for step in trace["steps"]]


def test_it_says_why_it_joined_and_why_it_opened() -> None:
    switch, server = ci("switch"), ci("server")
    stands_on(server, switch)
    rules({"group": {"by": ["service", "ci"], "within_minutes": 20}})
    source = integration()
    comes(source, down("switch"))
    comes(source, fires("again", source="switch"), down("server"), at=1)
    opened, again, below = Alert.objects.order_by("pk")
    assert steps(opened.trace[-1]) == [
        ("No open incident has alerts alike in service, ci that were heard of within 20 minutes.", ""),
        ("Nothing that it stands on is known to have failed.", ""),
    ]
    assert steps(again.trace[-1]) == [("Its alerts are alike in service, ci.", "")]
    assert steps(below.trace[-1]) == [("It stands on switch, which has failed.", "")]
    told = [event.trace[0] for event in stream("incident", opened.incident_id or 0) if event.kind == "alerts_joined"]
    assert [step for trace in told for step in steps(trace)] == [*steps(again.trace[-1]), *steps(below.trace[-1])]


def test_an_incident_says_by_which_rule_it_opened_and_by_what_it_was_held() -> None:
    rules({"wait_minutes": 5, "group": None})
    silence = add_silence(
        SYSTEM_VIEWER, {"comment": "Disk is ordered", "matchers": "x=1", "ends_at": instant(60)}, now=T0
    )
    comes(integration(), fires("a", labels={"x": "1"}))
    assert Alert.objects.get().outcome == "suppressed"
    end_silence(SYSTEM_VIEWER, silence.pk, now=instant(10))
    decide_due(instant(10))
    logged = stream("incident", Incident.objects.get().pk)[0]
    assert (logged.kind, logged.trace[0]["summary"]) == ("logged", "Rule Rule 1 opened it for an alert")
    assert steps(logged.trace[0]) == [
        ("Silence “Disk is ordered” kept it quiet until now.", ""),
        ("It still fires after the wait", f"It has fired until {instant(5).isoformat(timespec='minutes')}."),
        ("Its rule groups nothing.", ""),
    ]


def test_the_wait_is_not_for_what_comes_and_goes() -> None:
    rules({"wait_minutes": 5}, flapping={"changes": 5, "within_minutes": 60})
    source = integration()
    for minute in (0, 2):
        comes(source, fires("link"), at=minute)
        comes(source, over("link"), at=minute + 1)
    assert not Incident.objects.exists()
    comes(source, fires("link"), at=4)
    one = Alert.objects.latest("pk")
    assert (one.is_flapping, one.outcome) == (True, "opened")
    assert [trace["summary"] for trace in one.trace if trace["rule"] == "hold back"] == ["It flaps"]
    comes(source, over("link"), at=5)
    comes(source, fires("link"), at=6)
    assert Incident.objects.count() == 1
