"""Silences, maintenance windows, inhibitions: who may do what, what is refused in words, and what they hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.alerts.actions.inhibitions import change_inhibition, end_inhibition
from allclear.alerts.actions.maintenance import add_window, cancel_time, change_window, end_window
from allclear.alerts.actions.silences import add_silence, change_silence, end_silence
from allclear.alerts.models import Alert, MaintenanceWindow
from allclear.alerts.quiet import load
from allclear.alerts.seen import seen
from allclear.alerts.tests.quieting import HOUR, firing, inhibition, silence, source, suppressed, window
from allclear.catalog.models import Dependency
from allclear.domain.alerts.holders import Means
from allclear.domain.alerts.quiet import Look, look
from allclear.kernel.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.events import stream
from allclear.kernel.generation import bump
from allclear.testing import T0, ci, instant, person, service

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def looked_at(alert: Alert, at: datetime | int = 10) -> Look:
    """What keeps it quiet so many minutes after `T0`."""
    facts = next(seen(Alert.objects.filter(pk=alert.pk)))
    return look(facts, load(instant(at)), instant(at))


def by_what(alert: Alert, at: datetime | int = 10) -> Means | None:
    found = looked_at(alert, at).held
    return found.kind if found else None


def test_a_silence_holds_what_fits_until_it_ends() -> None:
    alert, other = firing(), firing(labels={"alertname": "Other"})
    row = silence()
    assert by_what(alert) is Means.SILENCE
    assert by_what(other) is None
    assert by_what(alert, 60) is None
    assert [event.kind for event in stream("silence", row.pk)] == ["silence_added"]


def test_a_silence_of_one_integration_lets_others_through() -> None:
    mine, theirs = source(), source()
    silence(integration_id=mine.pk)
    assert by_what(firing(mine)) is Means.SILENCE
    assert by_what(firing(theirs)) is None


def test_what_ended_early_holds_nothing_and_what_it_held_is_looked_at_again() -> None:
    row, other = silence(), silence("alertname=Other")
    alert = suppressed("silence", row.pk)
    theirs, over = suppressed("silence", other.pk), suppressed("silence", row.pk, status="resolved", resolved_at=T0)
    end_silence(SYSTEM_VIEWER, row.pk, now=instant(5))
    row.refresh_from_db()
    assert (row.starts_at, row.ends_at) == (T0, instant(5))
    assert by_what(alert) is None
    decide_at = dict(Alert.objects.values_list("pk", "decide_at"))
    assert decide_at == {alert.pk: instant(5), theirs.pk: None, over.pk: None}
    with pytest.raises(Refused):
        end_silence(SYSTEM_VIEWER, row.pk, now=instant(6))
    with pytest.raises(Refused):
        change_silence(SYSTEM_VIEWER, row.pk, {"ends_at": instant(90)}, now=instant(6))


def test_one_that_has_not_begun_never_will_when_it_is_ended() -> None:
    row = silence(starts_at=instant(30), ends_at=instant(60))
    end_silence(SYSTEM_VIEWER, row.pk, now=instant(5))
    assert by_what(firing(), 40) is None


def test_a_silence_that_is_changed_lets_go_of_what_no_longer_fits() -> None:
    row = silence()
    alert = suppressed("silence", row.pk)
    change_silence(SYSTEM_VIEWER, row.pk, {"matchers": ["alertname=Other"]}, now=instant(5))
    alert.refresh_from_db()
    assert alert.decide_at == instant(5)
    assert by_what(alert) is None


def test_a_silence_is_changed_only_by_who_has_seen_the_newest() -> None:
    row = silence()
    change_silence(SYSTEM_VIEWER, row.pk, {"comment": "Two"}, now=instant(1), expected_version=1)
    with pytest.raises(Conflict):
        change_silence(SYSTEM_VIEWER, row.pk, {"comment": "Three"}, now=instant(2), expected_version=1)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_at": None}, "ends_at"),
        ({"ends_at": T0 - HOUR}, "ends_at"),
        ({"starts_at": T0 - 2 * HOUR, "ends_at": T0 - HOUR}, "ends_at"),
        ({"ends_at": T0 + 91 * DAY}, "ends_at"),
        ({"comment": " "}, "comment"),
        ({"matchers": []}, "matchers"),
        ({"matchers": "alertname=~.*"}, "matchers"),
        ({"matchers": "alertname"}, "matchers"),
        ({"matchers": ["a=b", "c=~("]}, "matchers.1.value"),
        ({"mode": "loud"}, "mode"),
        ({"integration_id": 999_999}, "integration_id"),
        ({"id": 4}, "id"),
    ],
)
def test_a_silence_that_cannot_be_is_refused_in_words(values: dict[str, Any], field: str) -> None:
    given = {"comment": "Known", "matchers": "alertname=DiskFull", "ends_at": T0 + HOUR, **values}
    with pytest.raises(Invalid) as error:
        add_silence(SYSTEM_VIEWER, given, now=T0)
    assert set(error.value.fields) == {field}


def test_a_window_holds_what_stands_on_its_items_unless_it_is_of_them_alone() -> None:
    upper, lower = service("Mail"), ci("switch-1")
    Dependency.objects.create(upper_service=upper, lower_ci=lower)
    bump("dependencies")
    alert = firing(service=upper)
    row = window(cis=[lower.pk])
    assert by_what(alert) is Means.MAINTENANCE
    assert by_what(firing()) is None  # it names nothing
    change_window(SYSTEM_VIEWER, row.pk, {"with_dependents": False}, now=instant(1))
    assert by_what(alert) is None
    assert by_what(firing(ci=lower)) is Means.MAINTENANCE


def nightly(mail: Any, **values: Any) -> MaintenanceWindow:
    """From 10 to 11 each day in UTC, for four weeks from `T0` on."""
    span: dict[str, Any] = {
        "starts_at": instant(60),
        "ends_at": instant(120),
        "repeats": "FREQ=DAILY",
        "until": T0 + 28 * DAY,
    }
    return window(services=[mail.pk], **span, **values)


def test_one_time_of_a_window_is_cancelled_and_the_others_stay() -> None:
    mail = service("Mail")
    row = nightly(mail)
    alert = suppressed("maintenance", row.pk, service=mail)
    assert by_what(alert, 70) is Means.MAINTENANCE
    cancel_time(SYSTEM_VIEWER, row.pk, instant(60), now=instant(65))
    alert.refresh_from_db()
    assert alert.decide_at == instant(65)
    assert by_what(alert, 70) is None
    assert by_what(alert, 24 * 60 + 70) is Means.MAINTENANCE
    with pytest.raises(NotFound):
        cancel_time(SYSTEM_VIEWER, row.pk, instant(61), now=instant(65))
    with pytest.raises(Refused):
        cancel_time(SYSTEM_VIEWER, row.pk, instant(24 * 60 + 60), now=T0 + 3 * DAY)


@pytest.mark.parametrize(("at", "is_nightly"), [(0, False), (10, False), (0, True), (70, True), (2000, True)])
def test_a_window_that_is_ended_holds_nothing_any_more(at: int, is_nightly: bool) -> None:
    mail = service("Mail")
    row = nightly(mail) if is_nightly else window(services=[mail.pk])
    alert = firing(service=mail)
    end_window(SYSTEM_VIEWER, row.pk, now=instant(at))
    for later in (at, at + 1, at + 60, 24 * 60 + 70, 48 * 60 + 70):
        assert later < at or by_what(alert, later) is None
    with pytest.raises(Refused):
        end_window(SYSTEM_VIEWER, row.pk, now=instant(at + 1))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"services": []}, "services"),
        ({"services": [999_999]}, "services"),
        ({"ends_at": None}, "ends_at"),
        ({"ends_at": T0}, "ends_at"),
        ({"starts_at": T0 - 3 * HOUR, "ends_at": T0 - HOUR}, "ends_at"),
        ({"repeats": "FREQ=DAILY"}, "until"),
        ({"repeats": "FREQ=SECONDLY", "until": T0 + DAY}, "repeats"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"name": ""}, "name"),
    ],
)
def test_a_window_that_cannot_be_is_refused_in_words(values: dict[str, Any], field: str) -> None:
    given = {"name": "Change", "services": [service().pk], "starts_at": T0, "ends_at": T0 + HOUR, **values}
    with pytest.raises(Invalid) as error:
        add_window(SYSTEM_VIEWER, given, now=T0)
    assert set(error.value.fields) == {field}


CALLS: list[tuple[str, Callable[[Any, int], Any]]] = [
    ("agent", lambda viewer, pk: end_silence(viewer, silence().pk, now=T0)),
    ("agent", lambda viewer, pk: change_silence(viewer, silence().pk, {"comment": "x"}, now=T0)),
    (
        "agent",
        lambda viewer, pk: add_silence(viewer, {"comment": "x", "matchers": "a=b", "ends_at": T0 + HOUR}, now=T0),
    ),
    ("incident_manager", lambda viewer, pk: end_window(viewer, window(services=[pk]).pk, now=T0)),
    ("incident_manager", lambda viewer, pk: cancel_time(viewer, window(services=[pk]).pk, T0, now=T0)),
    ("incident_manager", lambda viewer, pk: change_window(viewer, window(services=[pk]).pk, {"name": "x"}, now=T0)),
    ("incident_manager", lambda viewer, pk: end_inhibition(viewer, inhibition().pk, now=T0)),
    ("incident_manager", lambda viewer, pk: change_inhibition(viewer, inhibition().pk, {"name": "x"}, now=T0)),
]
LESS = {"agent": ("requester", "auditor"), "incident_manager": ("agent", "team_lead", "auditor")}


@pytest.mark.parametrize(("role", "call"), CALLS)
def test_only_those_who_may_keep_alerts_quiet(role: str, call: Callable[[Any, int], Any]) -> None:
    pk = service().pk
    call(viewer_for(person(role).pk), pk)
    for less in LESS[role]:
        with pytest.raises(NotPermitted):
            call(viewer_for(person(less).pk), pk)
