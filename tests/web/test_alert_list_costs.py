"""What the list of alerts and the page of an integration cost, and what they leave out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from allclear import testing
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.integrations import add_integration, change_integration
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.finding import TooSlow
from allclear.alerts.models import Alert, Integration
from allclear.kernel import clock
from tests.web.screens import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("minute_stands")]


@pytest.fixture
def tills() -> Integration:
    return add_integration(SYSTEM_VIEWER, {"kind": "pagerduty", "name": "Tills"}, now=clock.now())[0]


@pytest.fixture
def admin() -> Client:
    return as_(testing.person("admin"))


def html(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


def fire(row: Integration, count: int, **values: Any) -> None:
    now = clock.now()
    for n in range(count):
        at = now - timedelta(minutes=n)
        beside = {"title": f"Disk {n} <b>is</b> full", "labels": {"host": f"web{n}", "zone": 'a"b'}, **values}
        Alert.objects.create(integration=row, dedup_key=f"given.1:{n}", first_seen_at=at, last_seen_at=at, **beside)


@pytest.mark.parametrize("text", ["status:open", "disk", "label.zone:any severity:unknown"])
def test_it_needs_no_more_queries_for_fifty_rows_than_for_one(
    admin: Client, tills: Integration, text: str, django_assert_max_num_queries: Any
) -> None:
    fire(tills, 60)
    html(admin, "/alerts/")  # what is kept is made
    with django_assert_max_num_queries(24):  # twelve, and a savepoint and a limit of time around the longest
        text = html(admin, f"/alerts/?filter={text}")
    assert text.count("data-row-link") == 50
    assert "60 alerts" in text


def test_it_counts_a_search_to_a_thousand(admin: Client, tills: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allclear.alerts.finding.MOST_COUNTED", 20)
    monkeypatch.setattr("allclear.web.alerts.asked.MOST_COUNTED", 20)
    fire(tills, 60)
    assert "more than 20 alerts" in html(admin, "/alerts/?filter=disk")
    assert "1 alert<" in html(admin, '/alerts/?filter="disk 7"')
    following = re.search(r'href="([^"]+)" rel="next"', html(admin, "/alerts/?filter=disk"))
    assert following
    assert html(admin, following.group(1).replace("&amp;", "&")).count("data-row-link") == 10


def test_it_says_that_a_filter_takes_too_long_and_what_to_do(
    admin: Client, tills: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_given: Any) -> None:
        raise TooSlow

    fire(tills, 1)
    monkeypatch.setattr("allclear.web.alerts.listing.page_of", stopped)
    text = html(admin, "/alerts/?filter=detail.load:7")
    assert "This filter takes too long" in text
    assert "add status:open" in text
    assert "cannot be read" not in text


def test_it_does_not_wait_for_a_number(admin: Client, tills: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    fire(tills, 60)
    monkeypatch.setattr("allclear.web.alerts.asked.count", lambda _rows: None)
    assert "more than 50 alerts" in html(admin, "/alerts/")


def test_it_writes_what_sources_say_as_text(admin: Client, tills: Integration) -> None:
    fire(tills, 1, source="<i>web</i>")
    text = html(admin, "/alerts/")
    assert "Disk 0 &lt;b&gt;is&lt;/b&gt; full" in text
    assert "&lt;i&gt;web&lt;/i&gt;" in text
    assert "zone=<b>a&quot;b</b>" in text
    (address,) = re.findall(r'<a href="([^"]+)"[^>]*class="token above">zone', text)
    assert "Disk 0" in html(admin, address.replace("&amp;", "&"))


def test_a_source_shows_twenty_deliveries_and_a_hundred_when_asked(admin: Client, tills: Integration) -> None:
    now = clock.now()
    sent = Arrival(tills.pk, "pagerduty", now, "POST /v2/enqueue", b"{}", 202)
    store_here([sent] * 30)
    page = html(admin, f"/alerts/integrations/{tills.pk}/")
    assert page.count('class="payload"') == 20
    assert "?all=1" in page
    assert html(admin, f"/alerts/integrations/{tills.pk}/?all=1").count('class="payload"') == 30


def test_its_history_does_not_call_options_personal(admin: Client) -> None:
    row = add_integration(SYSTEM_VIEWER, {"kind": "sentry", "name": "Shop"}, now=clock.now())[0]
    change_integration(SYSTEM_VIEWER, row.pk, {"options": {"client_secret": "x" * 20}}, now=clock.now())
    page = html(admin, f"/alerts/integrations/{row.pk}/")
    assert "settings, not kept in the log" in page
    assert "personal data, not kept" not in page
