"""Each incident is opened once and each alert told once, whoever is killed meanwhile and however many engines run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from allclear.alerts.actions import clearing, decide, joining, outcomes, settling
from allclear.alerts.actions.decide import decide_due
from allclear.alerts.actions.fold import fold
from allclear.alerts.models import Alert, AlertDecision
from allclear.alerts.tests.test_decide import rules
from allclear.domain.alerts import Action, Severity
from allclear.incidents.models import Incident
from allclear.kernel.models import Event
from allclear.testing import T0, arrives, ci, fires, instant, integration, person

GROUP = {"group": {"by": ["label.c"], "within_minutes": 30}, "on_clear": "note"}
STEPS: Sequence[tuple[Any, str]] = [
    (decide, "open_incident"), (outcomes, "tell_alerts"), (outcomes, "raise_weight"), (settling, "save"),
    (settling, "note"), (joining, "above"), (joining, "before"), (clearing, "tell_alerts"),
]  # fmt: skip


class Killed(BaseException):
    """As a process that is killed: no code of ours may catch it."""


@contextmanager
def killed_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Iterator[None]:
    step: Callable[..., Any] = getattr(module, name)

    def dies(*args: Any, **kwargs: Any) -> Any:
        step(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(module, name, dies)
        with pytest.raises(Killed):
            yield


def _everything() -> list[Any]:
    alerts = Alert.objects.order_by("pk").values_list("outcome", "decide_at", "incident_id", "group_key", "trace")
    incidents = Incident.objects.order_by("pk").values_list("number", "version", "status")
    return [*alerts, *incidents, Event.objects.count(), AlertDecision.objects.count()]


@pytest.mark.django_db
@pytest.mark.parametrize(("module", "name"), STEPS)
def test_killed_after_any_step_nothing_happened(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    rules(GROUP)
    source = integration()
    arrives(source, fires("old", labels={"c": "one"}))
    fold(T0)
    decide_due(T0)
    arrives(source, fires("old", Action.RESOLVE), at=1)
    new = [fires(f"n{at}", labels={"c": "two"}, severity=Severity.CRITICAL) for at in range(3)]
    arrives(source, *new, at=1)
    fold(instant(1))
    due = decide.plan(decide.due(instant(1), (), 100), instant(1))
    bundle = sorted(due, key=len)[0 if module is clearing else -1]
    before = _everything()
    with killed_after(monkeypatch, module, name):
        decide.settle_together(bundle, instant(1))
    assert _everything() == before
    decide_due(instant(1))
    assert decide_due(instant(1)) == 0
    assert Incident.objects.count() == 2
    assert Event.objects.filter(kind="alerts_joined").count() == 1
    assert Event.objects.filter(kind="alerts_cleared").count() == 1


@pytest.mark.django_db(transaction=True)
def test_several_engines_open_each_incident_once() -> None:
    rules(GROUP)
    source = integration()
    ci("web1")
    for at in range(12):
        arrives(source, *(fires(f"k{at}-{n}", labels={"c": f"c{at % 6}"}) for n in range(5)), at=at)
    failed: list[BaseException] = []

    def engine() -> None:
        try:
            for _ in range(40):
                fold(instant(20), 2)
                decide_due(instant(20), 7)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=engine) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failed
    assert Alert.objects.filter(decide_at=None, incident__isnull=False).count() == 60
    assert Incident.objects.count() == 6
    for row in Incident.objects.all():
        told = Event.objects.filter(stream_id=row.pk, kind="alerts_joined").values_list("data__count", flat=True)
        assert row.alerts.count() == 10 == 1 + sum(told)


@pytest.mark.django_db(transaction=True)
def test_it_does_not_join_what_somebody_resolves_just_now() -> None:
    """The engine waits for the person's lock, then sees that the incident is not open any more."""
    from django.db import transaction

    from allclear.incidents import actions
    from allclear.testing import request_as, resolution

    rules(GROUP)
    source, agent = integration(), person()
    arrives(source, fires("a", labels={"c": "x"}))
    fold(T0)
    decide_due(T0)
    row = Incident.objects.get()
    actions.accept_incident(request_as(agent, 1), row.pk)
    arrives(source, fires("b", labels={"c": "x"}), at=2)
    fold(instant(2))

    def engine() -> None:
        decide_due(instant(3))
        connection.close()

    thread = Thread(target=engine)
    with transaction.atomic():
        actions.resolve_incident(request_as(agent, 2), row.pk, resolution())
        thread.start()
        thread.join(1)  # it waits; were it faster, it would find the same
    thread.join(60)
    assert Alert.objects.get(dedup_key="given.1:b").incident_id != row.pk
