"""What keeps an alert quiet, and what the explanation says of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts.facts import AlertFacts, alert_filter
from allclear.domain.alerts.holders import Cause, Inhibition, Maintenance, Means, Silence
from allclear.domain.alerts.maintenance import Window
from allclear.domain.alerts.matchers import read_matchers
from allclear.domain.alerts.quiet import MOST_STEPS, Quiet, held, look
from allclear.domain.filters import Named

HOUR = timedelta(hours=1)
ALERT = AlertFacts(
    alert_id=7, integration_id=1, integration_name="Prometheus", title="Disk is full", source="web1",
    severity="warning", labels={"alertname": "DiskFull", "cluster": "eu"}, service_id=10, ci_id=20,
    lower_service_ids=frozenset({10, 11}), lower_ci_ids=frozenset({20, 21}),
)  # fmt: skip

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Nobody:
    """A directory that knows no names."""

    def find(self, refers: str, text: str) -> Sequence[Named]:
        return []

    def near(self, refers: str, text: str) -> Sequence[str]:
        return []


def silence(text: str = "alertname=DiskFull", **more: Any) -> Silence:
    values: dict[str, Any] = {"starts_at": T0 - HOUR, "ends_at": T0 + HOUR, **more}
    return Silence(1, "Noisy disks", read_matchers(text), **values)


def window(**more: Any) -> Maintenance:
    return Maintenance(2, "Switch change", Window(T0 - HOUR, T0 + HOUR), **more)


def inhibition(
    *causes: Cause, equal: tuple[str, ...] = ("cluster",), key: tuple[str, ...] = ("eu",), **more: Any
) -> Any:
    cause, effect = (alert_filter(text, Nobody()) for text in ("label.alertname:Down", "severity:warning,info"))
    values: dict[str, Any] = {"expires_at": T0 + HOUR, **more}
    return Inhibition(3, "Cluster is down", cause, effect, equal=equal, causes={key: causes}, **values)


DOWN = Cause(99, "Cluster eu is down")


@pytest.mark.parametrize(
    ("quiet", "kind"),
    [
        (Quiet(), None),
        (Quiet(silences=(silence(),)), Means.SILENCE),
        (Quiet(silences=(silence(integration_id=1),)), Means.SILENCE),
        (Quiet(silences=(silence(integration_id=2),)), None),
        (Quiet(silences=(silence(ends_at=T0),)), None),
        (Quiet(silences=(silence(starts_at=T0 + HOUR),)), None),
        (Quiet(silences=(silence("severity=~warning|info,source=web1"),)), Means.SILENCE),  # what every alert has
        (Quiet(silences=(silence("alertname=Other"),)), None),
        (Quiet(windows=(window(service_ids=frozenset({10})),)), Means.MAINTENANCE),
        (Quiet(windows=(window(service_ids=frozenset({11})),)), Means.MAINTENANCE),  # it stands on that one
        (Quiet(windows=(window(ci_ids=frozenset({21})),)), Means.MAINTENANCE),
        (Quiet(windows=(window(ci_ids=frozenset({21}), with_dependents=False),)), None),
        (Quiet(windows=(window(ci_ids=frozenset({20}), with_dependents=False),)), Means.MAINTENANCE),
        (Quiet(windows=(window(service_ids=frozenset({99})),)), None),
        (Quiet(windows=(window(),)), None),  # of nothing
        (Quiet(inhibitions=(inhibition(DOWN),)), Means.INHIBITION),
        (Quiet(inhibitions=(inhibition(),)), None),
        (Quiet(inhibitions=(inhibition(DOWN, key=("us",)),)), None),
        (Quiet(inhibitions=(inhibition(DOWN, equal=(), key=()),)), Means.INHIBITION),
        (Quiet(inhibitions=(inhibition(DOWN, expires_at=T0),)), None),
        (Quiet(inhibitions=(inhibition(replace(DOWN, alert_id=7)),)), None),  # never by itself
    ],
)
def test_it_is_held_by_what_is_in_force_and_fits(quiet: Quiet, kind: Means | None) -> None:
    found = held(ALERT, quiet, T0)
    assert (found.kind if found else None) == kind
    assert found is None or T0 < found.until <= T0 + HOUR


def test_alerts_that_are_cause_and_effect_do_not_silence_each_other() -> None:
    both = replace(ALERT, labels={"alertname": "Down", "cluster": "eu"})
    assert held(both, Quiet(inhibitions=(inhibition(replace(DOWN, is_effect=True)),)), T0) is None
    assert held(both, Quiet(inhibitions=(inhibition(DOWN),)), T0) is not None


def test_what_is_in_shadow_holds_nothing_and_says_what_it_would_have_held() -> None:
    found = look(ALERT, Quiet(silences=(silence(is_live=False),), windows=(window(service_ids=frozenset({10})),)), T0)
    assert found.held is not None and found.held.kind is Means.MAINTENANCE
    assert [one.kind for one in found.would] == [Means.SILENCE]
    assert "would have held it" in found.would[0].trace.summary


def test_the_trace_names_each_that_did_not_fit_and_on_which_condition() -> None:
    quiet = Quiet(
        (silence("alertname=Other"), silence(ends_at=T0)),
        (window(service_ids=frozenset({99})),),
        (inhibition(), replace(inhibition(DOWN), effect=alert_filter("severity:critical", Nobody()))),
    )
    trace = look(ALERT, quiet, T0).trace
    assert trace.summary == "Nothing keeps it quiet."
    assert [step.matched for step in trace.steps] == [False] * 5
    because = [step.because for step in trace.steps]
    assert because[0] == 'alertname="Other" does not fit: it is “DiskFull”.'
    assert because[1] == "It is not in force at this time."
    assert "nothing that stands on them" in because[2]
    assert because[3] == "No alert is open that fits label.alertname:Down and has the same cluster."
    assert because[4] == "severity:critical does not fit."


def test_a_long_trace_keeps_what_fits_and_counts_the_rest() -> None:
    many = (*(silence("alertname=Other") for _ in range(80)), silence())
    trace = look(ALERT, Quiet(many), T0).trace
    assert len(trace.steps) == MOST_STEPS + 1
    assert any(step.matched for step in trace.steps)
    assert trace.steps[-1].text == "31 more do not fit."


def test_what_is_kept_on_the_alert_says_by_what_until_when_and_by_which_alert() -> None:
    found = held(ALERT, Quiet(inhibitions=(inhibition(DOWN),)), T0)
    assert found is not None
    until = (T0 + timedelta(minutes=5)).isoformat()
    assert found.as_data() == {"kind": "inhibition", "id": 3, "name": "Cluster is down", "until": until, "cause": 99}


@given(st.lists(st.tuples(st.sampled_from(["DiskFull", "Other"]), st.booleans(), st.integers(-90, 90)), max_size=8))
def test_it_is_held_exactly_when_one_in_force_fits(drawn: list[tuple[str, bool, int]]) -> None:
    silences = tuple(
        silence(f"alertname={name}", is_live=live, ends_at=T0 + timedelta(minutes=minutes))
        for name, live, minutes in drawn
    )
    found = look(ALERT, Quiet(silences), T0)
    fits = [live for name, live, minutes in drawn if name == "DiskFull" and minutes > 0]
    assert (found.held is not None) is any(fits)
    assert len(found.would) == fits.count(False)
