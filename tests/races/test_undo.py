"""Taking back while others change the same: one of the two is told, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allclear.incidents import actions
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Refused
from allclear.kernel.events import stream
from allclear.testing import in_status, person, request_as, resolution
from tests.races.conftest import at_once, errors, fine, while_held


@pytest.fixture(autouse=True)
def nothing_drifted() -> Any:
    yield
    assert verify_projections().differences == []


@pytest.mark.parametrize("race", [at_once, while_held])
def test_it_never_loses_the_change_of_one_who_is_faster(race: Callable[..., Any]) -> None:
    ana, bo = person(), person()
    row = in_status("in_progress", ana)
    actions.edit_incident(request_as(ana, 10), row.pk, fields={"location": "Oslo"})
    edited, undone = race(
        lambda: actions.edit_incident(request_as(bo, 11), row.pk, fields={"location": "Rome"}),
        lambda: actions.undo_incident(request_as(ana, 11), row.pk),
    )
    assert edited.is_fine
    row.refresh_from_db()
    assert row.location == "Rome"
    if not undone.is_fine:
        assert isinstance(undone.error, Refused)
        assert undone.error.code == "undo_touched"


@pytest.mark.parametrize("race", [at_once, while_held])
def test_it_takes_back_once_of_two_presses(race: Callable[..., Any]) -> None:
    ana = person()
    row = in_status("in_progress", ana)
    actions.hold_incident(request_as(ana, 10), row.pk, reason="change")
    of = stream("incident", row.pk)[-1].position
    results = race(*(lambda: actions.undo_incident(request_as(ana, 11), row.pk, of=of) for _ in range(2)))
    assert len(fine(results)) == 1
    (error,) = errors(results)
    assert isinstance(error, Refused)
    assert [event.kind for event in stream("incident", row.pk)].count("undone") == 1


@pytest.mark.parametrize("race", [at_once, while_held])
def test_it_takes_a_family_back_whole_or_not_at_all_while_a_child_changes(race: Callable[..., Any]) -> None:
    ana, bo = person(), person()
    parent, child = in_status("in_progress", ana), in_status("in_progress", ana, title="At Lyon")
    actions.link_parent(request_as(ana, 9), child.pk, parent.pk)
    actions.resolve_incident(request_as(ana, 10), parent.pk, resolution())
    closed, undone = race(
        lambda: actions.close_incident(request_as(bo, 11), child.pk),
        lambda: actions.undo_incident(request_as(ana, 11), parent.pk),
    )
    assert closed.is_fine != undone.is_fine
    for row in (parent, child):
        row.refresh_from_db()
    expected = ("in_progress", "in_progress") if undone.is_fine else ("resolved", "closed")
    assert (parent.status, child.status) == expected
