"""Silences, maintenance windows, inhibitions and noise over the API, beyond that each operation works."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.alerts.tests.quieting import firing, silence
from allclear.incidents.models import Incident
from allclear.kernel.clock import set_clock
from allclear.testing import T0, instant, logged, person, security_class, service
from tests.api.client import Api

pytestmark = pytest.mark.django_db
ENDS = "2026-03-02T12:00:00Z"


@pytest.fixture
def manager() -> User:
    return person("incident_manager")


def ask(user: User, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
    client = Api(user)
    client.headers |= headers
    with set_clock(instant(10)):
        answer = client.send(method, path, body)
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None  # type: ignore[attr-defined]  # a test's


def test_a_silence_takes_texts_and_alertmanagers_objects(manager: User) -> None:
    matchers = ['env="prod"', {"name": "alertname", "value": "Disk.*", "isRegex": True}]
    made = ask(manager, "POST", "/silences", {"comment": "Known", "matchers": matchers, "ends_at": ENDS}, 201)
    assert made["matchers"] == [
        {"name": "env", "value": "prod", "isRegex": False, "isEqual": True},
        {"name": "alertname", "value": "Disk.*", "isRegex": True, "isEqual": True},
    ]
    assert made["starts_at"] == "2026-03-02T09:10:00Z"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"matchers": ["a=~("]}, "matchers.0.value"),
        ({"matchers": ["team="]}, "matchers"),
        ({"ends_at": "2026-03-01T00:00:00Z"}, "ends_at"),
        ({"comment": ""}, "comment"),
        ({"mode": "loud"}, "mode"),
    ],
)
def test_it_names_the_field_that_is_wrong(manager: User, body: dict[str, Any], field: str) -> None:
    given = {"comment": "Known", "matchers": ["a=b"], "ends_at": ENDS, **body}
    told = ask(manager, "POST", "/silences", given, 422)
    assert [one["field"] for one in told["errors"]] == [field]


def test_who_has_seen_an_older_version_is_told(manager: User) -> None:
    row = silence()
    ask(manager, "PATCH", f"/silences/{row.pk}", {"comment": "Two"}, **{"If-Match": '"1"'})
    told = ask(manager, "PATCH", f"/silences/{row.pk}", {"comment": "Three"}, 409, **{"If-Match": '"1"'})
    assert told["changes"][0]["fields"] == ["comment"]


def test_it_lists_what_a_silence_holds_page_by_page(manager: User) -> None:
    row = silence()
    held = {"kind": "silence", "id": row.pk, "name": "Known", "until": row.ends_at.isoformat()}
    keys = [firing(outcome="suppressed", held_by=held).pk for _ in range(3)]
    first = ask(manager, "GET", f"/silences/{row.pk}/alerts?limit=2")
    rest = ask(manager, "GET", f"/silences/{row.pk}/alerts?limit=2&cursor={first['next_cursor']}")
    assert [one["id"] for one in (*first["items"], *rest["items"])] == keys[::-1]
    assert first["items"][0]["held_until"] == row.ends_at.isoformat()
    (entry,) = ask(manager, "GET", "/quiet?state=in_force")["items"]
    assert (entry["kind"], entry["held"]) == ("silence", 3)


def test_times_and_calendar_of_a_window(manager: User) -> None:
    body = {
        "name": "Nightly",
        "services": [service().pk],
        "starts_at": "2026-03-02T22:00:00Z",
        "time_zone": "Europe/Berlin",
    }
    body |= {"ends_at": "2026-03-02T23:00:00Z", "repeats": "FREQ=DAILY", "until": "2026-03-06T00:00:00Z"}
    row = ask(manager, "POST", "/maintenance-windows", body, 201)
    ask(manager, "POST", f"/maintenance-windows/{row['id']}/cancel-time", {"start": "2026-03-03T22:00:00Z"})
    ask(manager, "POST", f"/maintenance-windows/{row['id']}/cancel-time", {"start": "2026-03-03T21:00:00Z"}, 404)
    span = "begin=2026-03-01T00:00:00Z&end=2026-03-31T00:00:00Z"
    found = ask(manager, "GET", f"/maintenance-windows/{row['id']}/times?{span}")["items"]
    assert [one["start"][8:10] for one in found] == ["02", "04", "05"]
    assert len(ask(manager, "GET", f"/quiet/calendar?{span}")["items"]) == 3


def test_a_preview_counts_what_is_real_and_links_to_it(manager: User) -> None:
    grave, hidden = logged(title="Mail is down"), logged(title="Inquiry")
    Incident.objects.filter(pk=grave.pk).update(priority=1)
    Incident.objects.filter(pk=hidden.pk).update(priority=1, security_class=security_class())
    for incident in (grave, hidden, None):
        firing(at=T0 - timedelta(days=3), incident=incident)
    found = ask(manager, "POST", "/silences/preview", {"matchers": ["alertname=DiskFull"]})
    assert (found["hidden"], found["real"], found["incidents"]) == (3, 1, 1)
    assert [one["incident"] for one in found["real_ones"]] == [grave.number]
    assert hidden.number not in str(found)
    told = ask(manager, "POST", "/inhibitions/preview", {"cause": "colour:red", "effect": "severity:info"}, 422)
    assert told["errors"][0]["field"] == "cause"


def test_verdicts_are_counted_in_the_ledger(manager: User) -> None:
    keys = [firing().pk for _ in range(6)]
    assert ask(manager, "POST", "/noise/verdicts", {"alert_ids": keys, "verdict": "duplicate"}) == {"changed": 6}
    ask(manager, "POST", "/noise/verdicts", {"alert_ids": [*keys, 2**40], "verdict": ""}, 404)
    (line,) = ask(manager, "GET", "/noise?by=integration")["lines"]
    assert (line["judged"], line["precision"], round(line["precision_high"], 2)) == (6, 0.0, 0.39)
    (worst,) = ask(manager, "GET", "/noise/advice?by=integration")["worst"]
    assert worst["key"] == line["key"] and worst["filter"].startswith("integration:#")
    ask(manager, "GET", "/noise?by=colour", status=422)
    ask(manager, "GET", "/noise?since=2020-01-01T00:00:00Z", status=422)
