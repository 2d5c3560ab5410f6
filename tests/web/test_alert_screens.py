"""The screens of alerts and integrations: what they show, what their buttons do, and what they cost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from allclear import testing
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions import decide, fold
from allclear.alerts.actions.integrations import add_integration, digest
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.actions.replaying import try_integration
from allclear.alerts.models import Alert, Delivery, Integration, IntegrationKey, UnknownKey
from allclear.incidents.models import Incident
from allclear.kernel import clock
from tests.web.screens import HTMX, as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("minute_stands")]
LIST = "/alerts/"


@pytest.fixture
def tills() -> Integration:
    return add_integration(SYSTEM_VIEWER, {"kind": "pagerduty", "name": "Tills"}, now=clock.now())[0]


@pytest.fixture
def agent() -> Client:
    return as_(testing.person("agent"))


@pytest.fixture
def admin() -> Client:
    return as_(testing.person("admin"))


def fires(row: Integration, number: int = 1, **values: Any) -> Alert:
    at = clock.now() - timedelta(minutes=number)
    beside = {"title": f"Disk {number} is full", "severity": "error", "labels": {"host": f"web{number}"}, **values}
    return Alert.objects.create(
        integration=row, dedup_key=f"given.1:{number}", first_seen_at=at, last_seen_at=at, **beside
    )


def html(client: Client, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


def titles(text: str) -> list[str]:
    return re.findall(r"data-row-link>([^<]+)<", text)


def test_it_shows_what_is_open_the_last_seen_first(agent: Client, tills: Integration) -> None:
    for number in (3, 1, 2):
        fires(tills, number)
    fires(tills, 4, status="resolved", resolved_at=clock.now())
    assert titles(html(agent, LIST)) == ["Disk 1 is full", "Disk 2 is full", "Disk 3 is full"]
    assert titles(html(agent, f"{LIST}?filter=status:resolved")) == ["Disk 4 is full"]
    assert len(titles(html(agent, f"{LIST}?filter="))) == 4


def test_it_pages_by_places_that_stay_while_alerts_come(agent: Client, tills: Integration) -> None:
    for number in range(1, 121):
        fires(tills, number)
    seen, address = [], LIST
    for n in range(3):
        text = html(agent, address)
        seen += titles(text)
        fires(tills, -n)  # meanwhile
        following = re.search(r'href="([^"]+)" rel="next"', text)
        address = following.group(1).replace("&amp;", "&") if following else ""
    assert seen == [f"Disk {number} is full" for number in range(1, 121)]
    assert not address
    back = re.search(r'href="([^"]+)" rel="prev"', text)
    assert back
    assert titles(html(agent, back.group(1).replace("&amp;", "&")))[-1] == "Disk 100 is full"


def test_a_filter_that_cannot_be_read_says_so_and_breaks_nothing(agent: Client, tills: Integration) -> None:
    fires(tills)
    for filter_ in ("colour:red", "(disk", "severity:awful"):
        text = html(agent, f"{LIST}?filter={filter_}")
        assert 'role="alert"' in text
        kept = html(agent, f"{LIST}?filter=status:open&add={filter_}")
        assert 'role="alert"' in kept
        assert titles(kept) == ["Disk 1 is full"]
    assert "alert-bar" not in html(agent, f"{LIST}?filter=(disk")  # no menus without a choice
    assert titles(html(agent, f"{LIST}?filter=&after=nonsense&before=12-x")) == ["Disk 1 is full"]


def test_a_label_that_is_clicked_narrows_the_list(agent: Client, tills: Integration) -> None:
    fires(tills, 1)
    fires(tills, 2)
    assert titles(html(agent, f"{LIST}?filter=status:open&pick=label.host:web2")) == ["Disk 2 is full"]


def live(client: Client, text: str, *, on: str | None = None) -> dict[str, Any]:
    """What an open list hears that was drawn as `text`."""
    address = re.search(r'data-live-url="([^"]+)"', text)
    assert address
    rows = ",".join(":".join(pair) for pair in re.findall(r'id="alert-(\d+)"[^>]*data-stamp="([^"]+)"', text))
    query = urlencode({"on": rows if on is None else on})
    answer = client.get(f"{address.group(1).replace('&amp;', '&')}&{query}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_it_says_how_many_are_new(agent: Client, tills: Integration) -> None:
    fires(tills)
    text = html(agent, LIST)
    assert live(agent, text) == {"rows": {}, "gone": [], "news": ""}
    fires(tills, 2)
    fires(tills, 3, status="resolved", resolved_at=clock.now())
    assert "1 new" in live(agent, text)["news"]
    for n in range(4, 105):
        fires(tills, n)
    assert "More than 100 new" in live(agent, text)["news"]
    older = re.search(r'href="([^"]+)" rel="next"', html(agent, LIST))
    assert older is not None
    page = html(agent, older[1].replace("&amp;", "&"))
    assert live(agent, page) == {"rows": {}, "gone": [], "news": ""}  # nothing new belongs there


def test_rows_that_changed_are_drawn_anew_and_what_no_longer_fits_is_named(agent: Client, tills: Integration) -> None:
    same, over, again = fires(tills, 1), fires(tills, 2), fires(tills, 3)
    text = html(agent, LIST)
    Alert.objects.filter(pk=again.pk).update(event_count=7, last_seen_at=clock.now())
    Alert.objects.filter(pk=over.pk).update(status="resolved", resolved_at=clock.now())
    told = live(agent, text)
    assert sorted(told["rows"]) == sorted([str(over.pk), str(again.pk)]) and told["gone"] == [over.pk]
    assert "×7" in told["rows"][str(again.pk)] and f'id="alert-{again.pk}"' in told["rows"][str(again.pk)]
    assert 'type="checkbox"' in told["rows"][str(again.pk)] and same.title not in str(told)
    for nonsense in ("", "x:y,12", "²:1", f"{'9' * 30}:1", "999999:0"):
        assert live(agent, text, on=nonsense)["rows"] == {}
    assert live(agent, html(agent, f"{LIST}?filter=colour:red")) == {"rows": {}, "gone": [], "news": ""}
    assert as_(testing.person("requester")).get(reverse("alerts:live")).status_code == 403


def test_the_filter_line_edits_flips_and_completes(agent: Client, tills: Integration) -> None:
    fires(tills)
    text = html(agent, f"{LIST}?filter=status:open severity:error")
    assert 'data-edit="severity:error"' in text and "-severity%3Aerror" in text and 'data-edit-all="status:open' in text
    url = re.search(r'data-complete="([^"]+)"', text)
    assert url and 'data-text="critical"' in html(agent, f"{url.group(1)}?text=severity:cr&cursor=11")
    assert "label.host" in html(agent, f"{url.group(1)}?text=label.&cursor=6")
    wrong = html(agent, f"{LIST}?filter=status:open&add=colour:red")
    assert 'aria-describedby="filter-error" data-error-at="0"' in wrong and 'id="filter-error"' in wrong


@pytest.mark.parametrize(
    ("verb", "field", "value"),
    [
        ("acknowledge", "status", "acknowledged"),
        ("resolve", "status", "resolved"),
        ("useful", "verdict", "useful"),
        ("duplicate", "verdict", "duplicate"),
        ("false_alarm", "verdict", "false_alarm"),
    ],
)
def test_a_verb_acts_on_all_that_are_selected(
    verb: str, field: str, value: str, agent: Client, tills: Integration
) -> None:
    chosen, other = [fires(tills, 1), fires(tills, 2)], fires(tills, 3)
    given = {"alert": [row.pk for row in chosen], "current": other.pk, "here": "/alerts/?filter=status:open"}
    answer = agent.post(reverse("alerts:act", args=[verb]), given, headers=HTMX)
    assert answer.status_code == 200
    assert "2 alerts" in answer.content.decode()
    assert set(Alert.objects.filter(pk__in=[row.pk for row in chosen]).values_list(field, flat=True)) == {value}
    other.refresh_from_db()
    assert getattr(other, field) != value


def test_a_verb_acts_on_the_row_one_stands_on_and_on_nothing_without_one(agent: Client, tills: Integration) -> None:
    row = fires(tills)
    address = reverse("alerts:act", args=["acknowledge"])
    assert "Select alerts first" in agent.post(address, {"current": ""}, headers=HTMX).content.decode()
    agent.post(address, {"current": row.pk}, headers=HTMX)
    row.refresh_from_db()
    assert row.status == "acknowledged"
    assert agent.post(reverse("alerts:act", args=["explode"]), {"current": row.pk}).status_code == 404


def test_who_only_reads_has_no_verbs(tills: Integration) -> None:
    row, auditor = fires(tills), as_(testing.person("auditor"))
    assert "data-alert-verb" not in html(auditor, LIST)
    assert auditor.post(reverse("alerts:act", args=["resolve"]), {"alert": row.pk}).status_code == 403
    row.refresh_from_db()
    assert row.status == "firing"


def test_a_verdict_that_is_given_again_is_taken_back(agent: Client, tills: Integration) -> None:
    row = fires(tills)
    for expected in ("useful", ""):
        agent.post(reverse("alerts:act", args=["useful"]), {"alert": row.pk, "back": "alert"})
        row.refresh_from_db()
        assert row.verdict == expected


def test_it_needs_no_more_queries_for_fifty_alerts_than_for_few(
    agent: Client, tills: Integration, django_assert_max_num_queries: Any
) -> None:
    for number in range(1, 61):
        incident = testing.logged() if number % 10 == 0 else None
        fires(tills, number, incident=incident, outcome="opened" if incident else "waiting")
    html(agent, LIST)
    with django_assert_max_num_queries(18):  # eight of them limit two queries, as savepoints in a test's transaction
        text = html(agent, LIST)
    assert len(titles(text)) == 50


def test_it_never_leads_where_a_source_wants(agent: Client, tills: Integration) -> None:
    bad = [{"href": "javascript:alert(1)", "text": "Click"}, {"href": "https://example.org/x", "text": "<b>Graph</b>"}]
    row = fires(tills, title="<script>alert(1)</script>", links=bad, images=[{"src": "data:text/html,x", "alt": "y"}])
    for address in (reverse("alerts:alert", args=[row.pk]), LIST):
        text = html(agent, address)
        assert "<script>alert" not in text
        assert "javascript:" not in text
        assert "data:text" not in text
    assert "https://example.org/x" in html(agent, reverse("alerts:alert", args=[row.pk]))


def test_an_alert_of_an_incident_that_is_not_for_them_is_seen_without_it(tills: Integration) -> None:
    hidden = testing.security_class(testing.person("agent"))
    secret = testing.logged(title="Fraud in the cellar")
    Incident.objects.filter(pk=secret.pk).update(security_class=hidden)
    row = fires(tills, incident=secret, outcome="opened")
    client = as_(testing.person("agent"))
    for address in (LIST, reverse("alerts:alert", args=[row.pk])):
        text = html(client, address)
        assert "Disk 1 is full" in text
        assert secret.number not in text
        assert "Fraud" not in text


def test_a_new_integration_shows_its_key_once(admin: Client) -> None:
    given = {"name": "Shop", "events_per_minute": "60000"}
    answer = admin.post(reverse("alerts:integration_add", args=["prometheus"]), given)
    key = re.search(r'value="([0-9a-f]{32})"', answer.content.decode())
    assert key
    assert answer["Cache-Control"] == "no-store"
    row = IntegrationKey.objects.get(sha256=digest(key.group(1))).integration
    assert key.group(1) not in html(admin, reverse("alerts:integration", args=[row.pk]))
    again = admin.post(reverse("alerts:integration_key", args=[row.pk]), {"grace_hours": "0"})
    assert re.search(r'value="([0-9a-f]{32})"', again.content.decode())
    assert row.keys.filter(expires_at=None).count() == 1


def test_a_form_that_is_wrong_comes_back_with_the_reason_at_its_field(admin: Client) -> None:
    given = {"name": "Shop", "events_per_minute": "60000", "option_title": "title ||"}
    answer = admin.post(reverse("alerts:integration_add", args=["json"]), given)
    assert answer.status_code == 422
    assert "id_option_title" in answer.content.decode()
    assert not Integration.objects.exists()


def test_the_test_button_goes_the_real_way(admin: Client, tills: Integration) -> None:
    answer = admin.post(reverse("alerts:integration_test", args=[tills.pk]), follow=True)
    assert "on its way" in answer.content.decode()
    assert "waiting to be read" in answer.content.decode()
    fold.fold(clock.now())
    decide.decide_due(clock.now())
    assert "Opened an alert" in html(admin, reverse("alerts:integration", args=[tills.pk]))


def test_a_body_is_shown_as_it_came_and_read_once_more(admin: Client, tills: Integration) -> None:
    arrival = Arrival(
        tills.pk, "pagerduty", clock.now(), "POST /v2/enqueue", b'{"a": "<b>\xff"', 400, error="This is not JSON."
    )
    (pk,) = store_here([arrival])
    text = html(admin, reverse("alerts:delivery", args=[pk]))
    assert "&lt;b&gt;" in text
    assert "This is not JSON." in text
    raw = admin.get(reverse("alerts:delivery_body", args=[pk]))
    assert raw.content == b'{"a": "<b>\xff"'
    assert raw["Content-Disposition"].startswith("attachment")
    admin.post(reverse("alerts:delivery_replay", args=[pk]))
    assert Delivery.objects.get(replay_of=pk).error
    assert "1 unreadable" not in html(admin, reverse("alerts:integration", args=[tills.pk]))
    assert "2 unreadable" in html(admin, reverse("alerts:integrations"))


def test_what_was_turned_away_and_what_was_left_out_of_a_message_is_told(admin: Client, tills: Integration) -> None:
    at = clock.now()
    tills.refusals.create(status=429, minute=at, last_at=at, count=1200, reason="Too many <came>.")
    page = f"/alerts/integrations/{tills.pk}/"
    text = html(admin, page)
    assert "1200 ×" in text
    assert "Too many &lt;came&gt;." in text
    assert "1200 refused" in text
    assert f"{page}#refused" in html(admin, "/alerts/integrations/")
    said = "1 alert was left out, the others were taken."
    Delivery.objects.create(
        integration=tills, dialect="prometheus", received_at=at, target="POST", body=b"x", status=400, error=said,
        event_count=2,
    )  # fmt: skip
    assert f"2 events. {said}" in html(admin, f"{page}?show=errors")


def test_keys_that_nobody_has_are_told_to_who_sets_tools_up(admin: Client, agent: Client) -> None:
    assert "Keys that nobody has" not in html(admin, "/alerts/integrations/")
    at = clock.now()
    for kind, hint, minute in (("grafana", "ab12", at), ("grafana", "<b>1", at - timedelta(minutes=1)), ("", "", at)):
        UnknownKey.objects.create(kind=kind, minute=minute, last_at=minute, count=7, hint=hint, sender="192.0.2.7")
    old = at - timedelta(days=2)
    UnknownKey.objects.create(kind="icinga", minute=old, last_at=old, count=1)
    for client in (admin, agent):
        text = html(client, "/alerts/integrations/")
        assert "14 ×" in text and "7 ×" in text
        assert "The key ends in …&lt;b&gt;1" in text  # the last one that was written
        assert "An address with a key in it" in text
        assert "192.0.2.7" in text
        assert "Icinga" not in text


def test_the_preview_says_what_each_field_finds_and_stores_nothing(admin: Client, agent: Client) -> None:
    address = reverse("alerts:integration_preview", args=["json"])
    given = {"option_title": "what", "sample": '{"what": "Disk <full>", "severity": "critical"}'}
    text = admin.post(address, given).content.decode()
    assert "Disk &lt;full&gt;" in text
    assert 'data-severity="critical"' in text
    for wrong in ({"option_title": "what ||"}, {"sample": "<xml>"}, {"sample": "[" * 5000}):
        bad = admin.post(address, given | wrong)
        assert bad.status_code == 200
        assert "field-error" in bad.content.decode()
    assert agent.post(address, given).status_code == 403
    assert not Delivery.objects.exists()


def test_the_page_of_an_incident_lists_its_alerts_and_asks_when_all_are_over(
    agent: Client, tills: Integration, wired: None
) -> None:
    try_integration(SYSTEM_VIEWER, tills.pk, now=clock.now())
    fold.fold(clock.now())
    alert = Alert.objects.get()
    Alert.objects.filter(pk=alert.pk).update(severity="critical", decide_at=clock.now(), outcome="waiting")
    decide.decide_due(clock.now())
    alert.refresh_from_db()
    assert alert.incident
    address = reverse("incidents:detail", args=[alert.incident.number])
    text = html(agent, address)
    assert "card-alerts" in text
    assert 'id="all-clear"' not in text
    agent.post(reverse("alerts:act", args=["resolve"]), {"alert": alert.pk, "back": "alert"})
    decide.decide_due(clock.now())
    assert 'id="all-clear"' in html(agent, address)
