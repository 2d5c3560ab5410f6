"""The nightly run: what is due goes, a killed run is taken up, two runs at once share the work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.catalog.policies import body_of, save_policy
from allclear.domain.terms import Role
from allclear.engine import retention
from allclear.incidents import actions
from allclear.incidents.models import Content, Incident
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import NotPermitted
from allclear.kernel.models import Event, Heartbeat
from allclear.testing import T0, in_status, person

pytestmark = pytest.mark.django_db
LATER = T0 + timedelta(days=400)


def keep(**keep_days: int) -> None:
    body = {"rules": [], "keep_days": keep_days}
    save_policy(SYSTEM_VIEWER, "retention", body, note="", expected_version=body_of("retention")[0], now=T0)


def full() -> int:
    """Texts that still have words."""
    return Content.objects.exclude(body="").values("incident").distinct().count()


def test_it_erases_what_is_due_and_says_so_once() -> None:
    agent = person()
    rows = [in_status("closed", agent) for _ in range(3)]
    in_status("resolved", agent)
    assert retention.run(LATER).incidents == 0
    keep(texts=365)
    report = retention.run(LATER)
    assert (report.incidents, report.passed_by, report.policy_version) == (3, 0, 1)
    assert full() == 1
    event = Event.objects.get(stream_type="retention")
    assert event.data["changes"]["incidents"] == [None, 3]
    causes = Event.objects.filter(kind="texts_erased").values_list("cause", "actor_kind")
    assert list(causes) == [({"rule": "retention", "version": 1}, "system")] * 3
    assert retention.run(LATER).incidents == 0
    assert Event.objects.filter(stream_type="retention").count() == 1
    assert Heartbeat.objects.get(loop="retention").beat_at == LATER
    assert Incident.objects.filter(pk__in=[row.pk for row in rows], title="[erased]").count() == 3
    assert verify_projections().differences == []


def test_it_goes_on_after_one_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = in_status("closed"), in_status("closed")
    keep(texts=365)
    real = actions.erase_texts

    def broken(request: Any, incident_id: int) -> Any:
        if incident_id == first.pk:
            raise ValueError("broken")
        return real(request, incident_id)

    monkeypatch.setattr(actions, "erase_texts", broken)
    report = retention.run(LATER)
    assert (report.incidents, report.passed_by) == (1, 1)
    second.refresh_from_db()
    assert second.title == "[erased]"
    monkeypatch.undo()
    assert retention.run(LATER).incidents == 1


def test_it_takes_up_a_run_that_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        in_status("closed")
    keep(texts=365)
    real, calls = actions.erase_texts, iter((1, 2))

    def killed(request: Any, incident_id: int) -> Any:
        outcome = real(request, incident_id)
        if next(calls) == 2:
            raise SystemExit  # after the words are empty and before the commit
        return outcome

    monkeypatch.setattr(actions, "erase_texts", killed)
    with pytest.raises(SystemExit):
        retention.run(LATER)
    monkeypatch.undo()
    assert full() == 2, "one is done, and the one in hand is whole again"
    assert verify_projections().differences == []
    assert retention.run(LATER).incidents == 2
    assert full() == 0


def test_it_is_for_administrators_only() -> None:
    with pytest.raises(NotPermitted):
        retention.run(LATER, viewer=viewer_for(person(Role.INCIDENT_MANAGER).pk))
