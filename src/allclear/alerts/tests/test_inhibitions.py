"""Inhibitions: what they hold, what is refused in words, and how open alerts are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.inhibitions import add_inhibition, change_inhibition, end_inhibition
from allclear.alerts.actions.release import release_caused
from allclear.alerts.models import Alert
from allclear.alerts.quiet import load
from allclear.alerts.seen import seen
from allclear.alerts.tests.quieting import firing, inhibition, silence, window
from allclear.domain.alerts.holders import Means
from allclear.domain.alerts.quiet import Look, look
from allclear.kernel.errors import Invalid
from allclear.kernel.generation import forget_all, held_still
from allclear.testing import T0, instant, service

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def looked_at(alert: Alert, at: datetime | int = 10) -> Look:
    """What keeps it quiet so many minutes after `T0`."""
    facts = next(seen(Alert.objects.filter(pk=alert.pk)))
    return look(facts, load(instant(at)), instant(at))


def by_what(alert: Alert, at: datetime | int = 10) -> Means | None:
    found = looked_at(alert, at).held
    return found.kind if found else None


def test_an_inhibition_holds_while_its_cause_is_open_in_the_same_cluster() -> None:
    row = inhibition()
    down = firing(labels={"alertname": "Down", "cluster": "eu"}, severity="critical")
    here, there = (firing(labels={"alertname": "DiskFull", "cluster": name}) for name in ("eu", "us"))
    assert by_what(here) is Means.INHIBITION
    assert by_what(there) is None
    assert by_what(down) is None
    found = looked_at(here).held
    assert found is not None and found.cause_id == down.pk
    Alert.objects.filter(pk=here.pk).update(outcome="suppressed", held_by=found.as_data())
    Alert.objects.filter(pk=down.pk).update(status="resolved", resolved_at=instant(12))
    assert release_caused([down.pk], instant(12)) == 1
    here.refresh_from_db()
    assert here.decide_at == instant(12)
    assert by_what(here, 12) is None
    assert row.mode == "live"


def test_a_new_inhibition_is_in_shadow_until_it_is_switched_on() -> None:
    filters = {"name": "Down", "cause": "label.alertname:Down", "effect": "severity:warning"}
    row = add_inhibition(SYSTEM_VIEWER, {**filters, "expires_at": T0 + DAY}, now=T0)
    firing(labels={"alertname": "Down"}, severity="critical")
    alert = firing()
    found = looked_at(alert)
    assert (found.held, [one.id for one in found.would]) == (None, [row.pk])
    change_inhibition(SYSTEM_VIEWER, row.pk, {"mode": "live"}, now=instant(1))
    assert by_what(alert) is Means.INHIBITION
    end_inhibition(SYSTEM_VIEWER, row.pk, now=instant(2))
    assert by_what(alert) is None
    change_inhibition(SYSTEM_VIEWER, row.pk, {"expires_at": T0 + 2 * DAY}, now=instant(3))
    assert by_what(alert) is Means.INHIBITION


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"cause": ""}, "cause"),
        ({"effect": " "}, "effect"),
        ({"effect": "colour:red"}, "effect"),
        ({"cause": "service:Nothing"}, "cause"),
        ({"expires_at": None}, "expires_at"),
        ({"expires_at": T0}, "expires_at"),
        ({"expires_at": T0 + 400 * DAY}, "expires_at"),
        ({"equal": ["a", "a"]}, "equal"),
    ],
)
def test_an_inhibition_that_cannot_be_is_refused_in_words(values: dict[str, Any], field: str) -> None:
    given = {"name": "x", "cause": "severity:critical", "effect": "severity:info", "expires_at": T0 + DAY, **values}
    with pytest.raises(Invalid) as error:
        add_inhibition(SYSTEM_VIEWER, given, now=T0)
    assert set(error.value.fields) == {field}


def test_an_inhibition_that_names_what_is_gone_keeps_nothing_quiet() -> None:
    mail = service("Mail")
    inhibition(effect="service:Mail")
    firing(labels={"alertname": "Down"}, severity="critical")
    alert = firing(service=mail)
    assert by_what(alert) is Means.INHIBITION
    mail.name = "Post"
    mail.save()
    forget_all()
    assert by_what(alert) is None


def test_the_records_are_read_once_for_many_looks(django_assert_max_num_queries: Any) -> None:
    mail = service("Mail")
    for _ in range(5):
        silence(), window(services=[mail.pk]), inhibition()
    load(instant(1))
    with held_still(), django_assert_max_num_queries(6):  # the generations, and the causes of each inhibition
        load(instant(2))
    with held_still(), django_assert_max_num_queries(1):
        load(instant(2))  # another transaction of the same round
    assert load(datetime(2026, 3, 9, tzinfo=UTC)).windows == ()


def test_a_cause_that_is_over_is_seen_in_the_same_round() -> None:
    inhibition()
    down = firing(labels={"alertname": "Down", "cluster": "eu"}, severity="critical")
    alert = firing(labels={"alertname": "DiskFull", "cluster": "eu"})
    assert by_what(alert) is Means.INHIBITION
    Alert.objects.filter(pk=down.pk).update(status="resolved", resolved_at=instant(9))
    release_caused([down.pk], instant(9))
    assert by_what(alert) is None
