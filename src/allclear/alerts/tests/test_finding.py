"""Alerts are found by an index where there is one, and in bounded time where there is none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DataError, connection

from allclear import testing
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts import finding, things
from allclear.alerts.filters import wanted
from allclear.alerts.finding import TooSlow, bounded, count, find
from allclear.alerts.models import Alert, Integration

pytestmark = pytest.mark.django_db
NOW = testing.instant(60)
SOON = timedelta(milliseconds=1)


@pytest.fixture(autouse=True)
def alerts() -> None:
    tills = Integration.objects.create(name="Tills", kind="pagerduty")
    testing.service("VPN")
    testing.ci("web1")
    for n in range(4):
        at = testing.instant(n)
        Alert.objects.create(
            integration=tills, dedup_key=f"given.1:{n}", title=f"Disk {n}", first_seen_at=at, last_seen_at=at
        )


def _limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def _sleep(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("outcome:opened", "alert_outcome_newest"), ("outcome:o*", "alert_outcome_newest"),
        ("verdict:useful", "alert_verdict_newest"), ("flapping:yes", "alert_flapping_newest"),
        ("severity:unknown", "alert_severity_newest"), ("integration:Tills", "alert_integration_newest"),
        ("service:VPN", "alert_service_newest"), ("ci:web1", "alert_ci_newest"),
        ("status:acknowledged", "alert_acknowledged_newest"),
    ],
)  # fmt: skip
def test_an_index_answers_for_one_value(text: str, index: str) -> None:
    rows = Alert.objects.filter(wanted(text, SYSTEM_VIEWER, NOW))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")  # whatever the statistics say
        cursor.execute("DROP INDEX alert_newest, alert_open_newest")  # of a few alerts any index is as good
    assert index in rows.order_by("-last_seen_at", "-id").explain()


def test_an_index_knows_external_keys() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {things._BY_NAME['external']}", [["asset-1"]])
        assert "ci_external_key" in str(cursor.fetchall())


def test_what_takes_too_long_is_stopped_and_said() -> None:
    before = _limit()
    with pytest.raises(TooSlow, match="add status:open"), bounded(SOON):
        _sleep(5)
    assert _limit() == before


def test_the_limit_ends_with_what_is_bounded() -> None:
    before = _limit()
    with bounded(SOON):
        assert _limit() == "1ms"
    assert _limit() == before


def test_other_troubles_stay_what_they_are() -> None:
    with pytest.raises(DataError), bounded(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def test_a_number_that_takes_too_long_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Alert.objects.all()
    assert count(rows) == 4
    monkeypatch.setattr(finding, "LONGEST_COUNT", SOON)
    slow = rows.extra(where=["pg_sleep(1) IS NOT NULL"])
    assert count(slow) is None


def test_few_that_a_search_finds_are_read_by_their_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find("disk", SYSTEM_VIEWER, NOW)
    assert (found.number, found.rows.count()) == (4, 4)
    assert "LIKE" not in str(found.rows.query)
    monkeypatch.setattr(finding, "MOST_COUNTED", 2)
    found = find("disk", SYSTEM_VIEWER, NOW)
    assert (found.number, found.rows.count()) == (3, 4)
    assert "LIKE" in str(found.rows.query)
    assert find("status:open", SYSTEM_VIEWER, NOW).number is None
