"""Filters of alerts in SQL say the same as in Python."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from allclear import testing
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.directory import AlertNames
from allclear.alerts.filters import is_search, wanted
from allclear.alerts.models import Alert, Integration
from allclear.domain.alerts.facts import alert_schema, finds, plain
from allclear.domain.filters import Context, FilterError, holds, read, settle

pytestmark = pytest.mark.django_db
NOW = testing.instant(60)
LONG = "Straße" + " and so on" * 100 + " too deep"  # free words look at the beginning
FILTERS = [
    "", "severity:critical", "-severity:critical", "severity:>=warning", "status:open", "status:resolved", "disk",
    "-disk", '"disk full"', "WEB1", "label.host:web1", "label.host:WEB*", "label.host:*", "-label.host:web1",
    "label.host:none", "label.host:any", "label.team:sh_p", "label.team:100%", "detail.load:7", "detail.host.name:deep",
    "source:web*", "source:none", "integration:Tills", "-integration:tills", "kind:pager*", "service:VPN",
    "service:none", "-service:VPN", "ci:any", "key:given.1:*", "count:>2", "count:2.5", "count:>2.5", "flapping:yes",
    "flapping:no", "outcome:opened", "-outcome:open*", "outcome:none", "rule:none", "incident:none", "first-seen:<1h",
    "resolved:none", "resolved:>1d", "-resolved:>1d", "disk or label.host:db1", "title:full", "title:%",
    "description:any", "-(disk severity:critical)", "ümlaut", "verdict:none",
    r'"web\"1"', r'"a\\b"', "label.path:C*b", r'label.path:"C:\\a\\b"', "label.path:C:*", r'label.says:"*\"no*"',
    "outcome:*", "outcome:O*d", "verdict:useful", "verdict:*", "-verdict:*",
    "label.says:he*no*", "label.host:*1", "label.host:**", "label.host:??", "-label.path:any", "source:*2",
    "source:web?", "title:ÜM", "deep", "straße", "so on", "label.path:any or disk", "-label.path:C* -source:web2",
]  # fmt: skip


@pytest.fixture(autouse=True)
def alerts() -> list[Alert]:
    tills = Integration.objects.create(name="Tills", kind="pagerduty")
    other = Integration.objects.create(name="Shop", kind="prometheus")
    vpn, web = testing.service("VPN"), testing.ci("web1")
    rows: list[dict[str, Any]] = [
        {"title": "Disk full", "severity": "critical", "labels": {"host": "web1", "team": "shop"}, "source": "web1"},
        {"title": "disk slow", "severity": "warning", "labels": {"host": "db1", "team": "sh_p"}, "service": vpn},
        {"title": "100% load", "labels": {"team": "100%"}, "details": {"load": 7, "host": {"name": "deep"}}, "ci": web},
        {"title": "Ümlaut", "integration": other, "event_count": 3, "is_flapping": True, "outcome": "opened"},
        {"title": "Over", "status": "resolved", "resolved_at": testing.instant(-9000), "description": "Disk full"},
        {"title": "Just over", "status": "resolved", "resolved_at": testing.instant(30), "source": "WEB2"},
        {"title": 'Web"1', "labels": {"path": r"C:\a\b", "says": 'he said "no"' + "\nand é"}, "description": LONG},
    ]
    common = {"integration": tills, "last_seen_at": testing.instant(50)}
    return [
        Alert.objects.create(**{**common, **row}, first_seen_at=testing.instant(n * 20), dedup_key=f"given.1:{n}")
        for n, row in enumerate(rows)
    ]


def record(row: Alert) -> dict[str, Any]:
    more = {"kind": row.integration.kind, "key": row.dedup_key}
    details = row.details | ({"host.name": row.details["host"]["name"]} if "host" in row.details else {})
    details = {name: str(value) if isinstance(value, int) else value for name, value in details.items()}
    return {**{field.attname: getattr(row, field.attname) for field in Alert._meta.fields}, **more, "details": details}


@pytest.mark.parametrize("text", FILTERS)
def test_it_finds_in_sql_what_fits_in_python(text: str) -> None:
    tree = settle(plain(read(text)), alert_schema(for_lists=True), Context(now=NOW), AlertNames(SYSTEM_VIEWER))
    rows = Alert.objects.select_related("integration")
    fits = {row.pk for row in rows if holds(tree, record(row), finds)}
    assert set(rows.filter(wanted(text, SYSTEM_VIEWER, NOW)).values_list("pk", flat=True)) == fits


def test_its_cases_tell_alerts_apart() -> None:
    sizes = {Alert.objects.filter(wanted(text, SYSTEM_VIEWER, NOW)).count() for text in FILTERS}
    assert {0, 1, 2, 5, 6} <= sizes


@pytest.mark.parametrize("text", ["colour:red", "severity:awful", "service:Nowhere", "count:many", "(disk"])
def test_it_says_what_it_does_not_understand(text: str) -> None:
    with pytest.raises(FilterError):
        wanted(text, SYSTEM_VIEWER, NOW)


@pytest.mark.parametrize(
    "text", ["disk", '"disk full"', "label.host:web1", "label.host:we*1", "title:full", "source:web1"]
)
def test_its_words_and_labels_are_asked_of_an_index(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Alert.objects.order_by().filter(wanted(text, SYSTEM_VIEWER, NOW)).explain()
    assert "alert_words_trgm" in plan


@pytest.mark.parametrize(
    ("text", "is_so"),
    [("disk", True), ("status:open label.host:a", True), ("status:open", False), ("", False), ("-disk", False),
     ("host:db1 OR status:open", False), ("host:db1 OR disk", True)],
)  # fmt: skip
def test_it_knows_what_is_a_search(text: str, is_so: bool) -> None:
    assert is_search(text) is is_so
