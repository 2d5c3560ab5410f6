"""Two runs of the retention policy at once, and a run beside somebody who works on the same incident."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.catalog.policies import save_policy
from allclear.domain.terms import Role
from allclear.engine import retention
from allclear.incidents import actions
from allclear.incidents.models import Content, Incident
from allclear.incidents.verify import verify_projections
from allclear.kernel.models import Event
from allclear.testing import T0, in_status, person, request_as
from tests.races.conftest import Paused, at_once, fine

LATER = T0 + timedelta(days=400)


@pytest.fixture(autouse=True)
def a_year() -> Any:
    body = {"rules": [], "keep_days": {"texts": 365}}
    save_policy(SYSTEM_VIEWER, "retention", body, note="", expected_version=0, now=T0)
    yield
    assert verify_projections().differences == []


def test_it_shares_the_work_of_two_runs_and_erases_nothing_twice() -> None:
    rows = [in_status("closed", person()) for _ in range(6)]
    results = at_once(lambda: retention.run(LATER), lambda: retention.run(LATER))
    assert len(fine(results)) == 2
    assert sum(result.value.incidents for result in results) == len(rows)
    assert Event.objects.filter(kind="texts_erased").count() == len(rows)
    assert not Content.objects.exclude(body="").exists()


def test_it_passes_by_what_somebody_has_and_takes_it_the_next_time() -> None:
    manager, row = person(Role.INCIDENT_MANAGER), in_status("closed", person())
    held = Paused(lambda: actions.add_note(request_as(manager, 30), row.pk, "Just now"))
    report = retention.run(LATER)
    assert held.let_go().is_fine
    assert (report.incidents, report.passed_by) == (0, 1)
    assert retention.run(LATER).incidents == 1


def test_it_goes_on_after_the_connection_of_a_run_was_cut_half_way() -> None:
    rows = [in_status("closed", person()) for _ in range(3)]
    real, seen = actions.erase_texts, []

    def cut(request: Any, incident_id: int) -> Any:
        outcome = real(request, incident_id)
        seen.append(incident_id)
        if len(seen) == 2:
            with connection.cursor() as cursor:  # as when the process is killed: the server loses its client
                cursor.execute("SELECT pg_backend_pid()")
                mine = cursor.fetchone()[0]
                cursor.execute("SELECT pg_terminate_backend(%s)", [mine])
        return outcome

    actions.erase_texts = cut
    try:
        (killed,) = at_once(lambda: retention.run(LATER))
    finally:
        actions.erase_texts = real
    assert not killed.is_fine
    assert Incident.objects.filter(title="[erased]").count() == 1
    assert retention.run(LATER).incidents == len(rows) - 1
    assert Event.objects.filter(kind="texts_erased").count() == len(rows)
