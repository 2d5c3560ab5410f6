"""Rules about alerts, what keeps alerts quiet, the noise ledger and storms, as people work with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from allclear.alerts import shadow
from allclear.alerts.models import Alert, Inhibition, MaintenanceWindow, Silence, Storm
from allclear.alerts.tests import quieting
from allclear.catalog.policies import body_of
from allclear.incidents.actions import edit_incident
from allclear.kernel.clock import now
from allclear.kernel.models import Event
from allclear.testing import logged, person, request_as, security_class, service
from allclear.web.alert_rules.conditions import in_words
from allclear.web.quiet import fitting
from allclear.web.quiet.recurrence import Repeats, repeats_of, rule_of
from tests.web.screens import HTMX, as_

RULE = {"key": "one", "name": "Critical ones", "when": "severity:critical", "action": "open"}
LIMITS = {
    "storm_incidents": "10", "storm_within_minutes": "5", "flapping_changes": "6", "flapping_within_minutes": "60",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("severity:critical", "severity is critical"),
        ("-severity:info label.env:prod", "severity is not info and env is prod"),
        ("severity:critical,error", "severity is critical or error"),
        ("label.team:none", "team is not given"),
        ("count:>5", "number of events is above 5"),
    ],
)
def test_it_says_conditions_in_words(text: str, words: str) -> None:
    assert in_words(text) == words


@pytest.mark.parametrize(
    "rule",
    ["", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "FREQ=YEARLY;BYMONTH=3"],
)
def test_it_reads_back_how_a_window_repeats(rule: str) -> None:
    assert rule_of(repeats_of(rule), None) == rule


def test_it_makes_a_rule_of_the_weekday_of_the_first_time() -> None:
    assert rule_of(Repeats("month_week"), now().date().replace(month=3, day=29, year=2026)) == "FREQ=MONTHLY;BYDAY=-1SU"


@pytest.mark.django_db
def test_it_saves_the_rules_and_refuses_the_second_editor_without_losing_a_word() -> None:
    admin, url = as_(person("admin")), reverse("alerts:rules_edit")
    version = body_of("alert_rules")[0]
    form = {**LIMITS, "rules": json.dumps([RULE]), "version": str(version), "note": "Only what burns", "do": "save"}
    assert admin.post(url, form).status_code == 302
    assert body_of("alert_rules")[1]["rules"][0]["when"] == "severity:critical"
    late = admin.post(url, {**form, "note": "Mine"})
    assert late.status_code == 409
    assert "Mine" in late.content.decode()
    assert body_of("alert_rules")[0] == version + 1


@pytest.mark.django_db
def test_the_second_editor_of_a_silence_reads_what_the_first_one_changed() -> None:
    row, ines = quieting.silence("alertname=DiskFull", ends_at=now() + timedelta(hours=4), at=now()), person("agent")
    url = reverse("alerts:silence_edit", args=[row.pk])
    client, ends = as_(ines), (now() + timedelta(hours=2)).isoformat()
    form = {
        "matcher_name": "alertname", "matcher_operator": "=", "matcher_value": "DiskFull", "span": "own",
        "ends_at": ends, "mode": "live", "comment": "Ines's words", "version": "1",
    }  # fmt: skip
    assert client.post(url, form).status_code == 302
    second = as_(person("agent"))
    late = second.post(url, {**form, "comment": "Bo's words"})
    text = late.content.decode()
    assert late.status_code == 409
    assert "Meanwhile" in text and ines.name in text
    assert "Ines&#x27;s words" in text and "Bo&#x27;s words" in text
    row.refresh_from_db()
    assert row.comment == "Ines's words"
    assert second.post(url, {**form, "comment": "Bo's words", "version": "2"}).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["silence", "window", "inhibition"])
def test_times_that_nobody_touches_stay_to_the_second(kind: str) -> None:
    begins, ends = now().replace(second=17), now().replace(second=42, microsecond=7) + timedelta(hours=5)
    repeated = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)  # 02:30 in Berlin, the second time that hour shows
    row: Any = {
        "silence": lambda: quieting.silence(starts_at=begins, ends_at=ends, at=begins),
        "window": lambda: quieting.window(
            starts_at=repeated, ends_at=repeated + timedelta(hours=2), time_zone="Europe/Berlin",
            services=[service().pk], at=begins,
        ),
        "inhibition": lambda: quieting.inhibition(expires_at=ends, at=begins),
    }[kind]()  # fmt: skip
    url = reverse(f"alerts:{kind}_edit", args=[row.pk])
    client = as_(person("admin"))
    page = client.get(url)
    given = page.context["draft"].values
    lines = given.pop("matchers", [])
    form = {name: value for name, value in given.items() if value is not None} | {
        "version": page.context["draft"].version
    }
    for part in ("name", "operator", "value"):
        form[f"matcher_{part}"] = [line[part] for line in lines]
    changed = {"comment" if kind == "silence" else "name": "Other words"}
    assert client.post(url, form | changed).status_code == 302
    events = Event.objects.filter(stream_id=row.pk, kind__endswith="_changed")
    assert [set(one.data["changes"]) for one in events] == [set(changed)]


@pytest.mark.django_db
def test_it_says_at_the_field_what_is_wrong_with_a_rule() -> None:
    form = {
        **LIMITS,
        "rules": json.dumps([{**RULE, "when": "severty:critical"}]),
        "version": "0",
        "note": "x",
        "do": "save",
    }
    answer = as_(person("admin")).post(reverse("alerts:rules_edit"), form)
    assert answer.status_code == 422
    assert 'id="r-when-wrong"' in answer.content.decode()


@pytest.mark.django_db
def test_it_tells_why_a_pasted_alert_is_recorded() -> None:
    data = {"sample": 'alertname="DiskFull", severity="info"'}
    text = as_(person("agent")).post(reverse("alerts:rules_ask"), data, headers=HTMX).content.decode()
    assert "Recorded only" in text


@pytest.mark.django_db
def test_it_silences_what_the_labels_of_an_alert_say_and_takes_it_back() -> None:
    alert = quieting.firing(labels={"alertname": "DiskFull", "env": "prod"}, at=now())
    agent = as_(person("agent"))
    assert "DiskFull" in agent.get(reverse("alerts:silence_add"), {"alert": alert.pk}).content.decode()
    form = {
        "matcher_name": ["alertname", ""], "matcher_operator": ["=", "="], "matcher_value": ["DiskFull", ""],
        "span": "4h", "comment": "Known",
    }  # fmt: skip
    assert "Fits 1 open alert" in agent.post(reverse("alerts:silence_fits"), form).content.decode()
    assert agent.post(reverse("alerts:silence_add"), form).status_code == 302
    silence = Silence.objects.get()
    until = silence.ends_at
    agent.post(reverse("alerts:silence_end", args=[silence.pk]))
    silence.refresh_from_db()
    assert silence.ends_at <= now()
    agent.post(reverse("alerts:silence_again", args=[silence.pk]) + f"?until={until.isoformat().replace('+', '%2B')}")
    assert Silence.objects.get(ends_at=until).matchers == silence.matchers


@pytest.mark.django_db
def test_it_names_the_open_incidents_that_go_on_all_the_same() -> None:
    keeper = person("team_lead")
    shown, hidden = logged(keeper, title="Disk of web1"), logged(keeper, title="Board papers")
    edit_incident(request_as(keeper), hidden.pk, fields={"security_class_id": security_class(keeper).pk})
    for row in (shown, hidden):
        alert = quieting.firing(labels={"alertname": "DiskFull", "n": row.number}, at=now())
        Alert.objects.filter(pk=alert.pk).update(incident=row)
    agent = as_(person("agent"))
    form = {"matcher_name": "alertname", "matcher_operator": "=", "matcher_value": "DiskFull"}
    text = agent.post(reverse("alerts:silence_fits"), form).content.decode()
    assert "Fits 2 open alerts" in text
    assert shown.number in text
    assert hidden.number not in text
    silence = quieting.silence("alertname=DiskFull", ends_at=now() + timedelta(hours=1), at=now())
    page = agent.get(reverse("alerts:silence", args=[silence.pk])).content.decode()
    assert "Already open, and going on" in page
    assert shown.number in page
    assert hidden.number not in page


@pytest.mark.django_db
@pytest.mark.parametrize(("most", "is_cut"), [(2, True), (3, False)])
def test_it_says_when_more_came_than_it_looks_at(monkeypatch: pytest.MonkeyPatch, most: int, is_cut: bool) -> None:
    monkeypatch.setattr(fitting, "LOOKED_AT", most)
    monkeypatch.setattr(shadow, "MOST_ALERTS", most)
    for _ in range(3):
        quieting.firing(at=now() - timedelta(hours=1))
    form = {"matcher_name": "alertname", "matcher_operator": "=", "matcher_value": "DiskFull", "comment": "Disks"}
    agent = as_(person("agent"))
    fits = agent.post(reverse("alerts:silence_fits"), form).content.decode()
    assert f"Fits {most} open alerts now" in fits
    assert ("Only the newest 2 open alerts were looked at" in fits) is is_cut
    preview = agent.post(reverse("alerts:silence_preview"), form).content.decode()
    assert f"<b>{most}</b> alerts would have been hidden" in preview
    assert ("Only the newest 2 alerts were looked at" in preview) is is_cut


@pytest.mark.django_db
def test_an_inhibition_that_cannot_be_read_any_more_says_so_where_it_is_listed() -> None:
    row = quieting.inhibition(at=now())
    Inhibition.objects.filter(pk=row.pk).update(cause="service:gone")
    agent = as_(person("agent"))
    for address in (reverse("alerts:quiet"), reverse("alerts:inhibition", args=[row.pk])):
        assert "It keeps nothing quiet, for it cannot be read" in agent.get(address).content.decode()


@pytest.mark.django_db
def test_it_refuses_a_silence_without_matchers_and_keeps_the_words() -> None:
    form = {"matcher_name": "", "matcher_operator": "=", "matcher_value": "", "span": "1h", "comment": "All of it"}
    answer = as_(person("agent")).post(reverse("alerts:silence_add"), form)
    assert answer.status_code == 422
    assert "All of it" in answer.content.decode()
    assert not Silence.objects.exists()


@pytest.mark.django_db
def test_it_plans_maintenance_by_the_clock_of_its_zone() -> None:
    shop, day = service(), now().date() + timedelta(days=3)
    form = {
        "name": "Patches", "services": shop.pk, "starts_at": f"{day}T02:00", "ends_at": f"{day}T04:00",
        "time_zone": "Asia/Tokyo", "way": "daily", "until": str(day + timedelta(days=9)), "with_dependents": "on",
        "mode": "live",
    }  # fmt: skip
    manager = as_(person("incident_manager"))
    assert "02:00–04:00" in manager.post(reverse("alerts:window_times"), form).content.decode()
    assert manager.post(reverse("alerts:window_add"), form).status_code == 302
    window = MaintenanceWindow.objects.get()
    assert window.starts_at.hour == 17  # nine hours before
    assert "Patches" in manager.get(reverse("alerts:calendar"), {"month": f"{day:%Y-%m}"}).content.decode()


@pytest.mark.django_db
def test_it_switches_an_inhibition_on_after_its_shadow_was_seen() -> None:
    row = quieting.inhibition(at=now(), mode="shadow")
    manager = as_(person("incident_manager"))
    assert "would have" in manager.get(reverse("alerts:inhibition", args=[row.pk])).content.decode()
    manager.post(reverse("alerts:inhibition_switch", args=[row.pk]), {"to": "live"})
    assert Inhibition.objects.get().mode == "live"


@pytest.mark.django_db
def test_it_tells_how_verdicts_come_while_there_are_none() -> None:
    quieting.firing(at=now())
    assert "Nobody has judged an alert yet" in as_(person("agent")).get(reverse("alerts:noise")).content.decode()


@pytest.mark.django_db
def test_it_makes_one_parent_of_a_storm() -> None:
    agent = person("agent")
    keys = [logged(agent, at=now()).pk for _ in range(3)]
    storm = Storm.objects.create(started_at=now(), last_opened_at=now(), incident_ids=keys)
    browser = as_(agent)
    assert "Alert storm: 3 incidents" in browser.get(reverse("alerts:index")).content.decode()
    browser.post(reverse("alerts:storm_accept", args=[storm.pk]))
    storm.refresh_from_db()
    assert storm.state == "accepted"
    assert "Alert storm" not in browser.get(reverse("alerts:index")).content.decode()


@pytest.mark.django_db
def test_it_counts_verdicts_in_the_plural_and_draws_all_of_an_interval() -> None:
    for _ in range(2):
        quieting.firing(at=now(), verdict="false_alarm")
    text = as_(person("agent")).get(reverse("alerts:noise"), {"by": "integration"}).content.decode()
    assert ">2 false alarms</a>" in text
    Alert.objects.update(verdict="useful")
    text = as_(person("agent")).get(reverse("alerts:noise"), {"by": "integration"}).content.decode()
    assert 'class="interval-at" x="118.0"' in text  # of 120, two wide
