"""What resolving and reopening a parent does to its children."""

from __future__ import annotations

from decimal import Decimal

import pytest

from allclear.incidents import actions
from allclear.incidents.models import Content, Incident
from allclear.incidents.tests.world import children_of, resolve, status_of, world
from allclear.incidents.verify import verify_projections
from allclear.kernel.events import stream
from allclear.testing import instant, logged, security_class

pytestmark = pytest.mark.django_db


def test_it_resolves_open_children_with_their_parent_and_tells_both_sides() -> None:
    w = world()
    first, second = children_of(w, w.row)
    grandchild = children_of(w, first, 1)[0]
    resolve(w, w.row, text="Rolled back", restored_at=instant(35), cost=Decimal(100))
    for child in (first, second, grandchild):
        assert status_of(child) == "resolved"
        assert (child.restored_at, child.resolved_at, child.cost) == (instant(35), instant(40), None)
        assert child.assignee_id is None, "nobody is said to have worked on it"
    text = Content.objects.get(incident=first, slot="resolution").body
    assert text == f"Rolled back\n\n(Resolved with {w.row.number}.)"
    event = stream("incident", second.pk)[-1]
    assert (event.kind, event.data["cascaded_from"], event.cause) == (
        "resolved", w.row.pk, {"cascade_from": w.row.number},
    )  # fmt: skip
    told = stream("incident", w.row.pk)[-1]
    assert (told.kind, told.data["children"]) == ("cascaded", [first.pk, second.pk])
    assert told.trace[0]["summary"] == "2 of 2 child incidents resolved with it"
    assert verify_projections().differences == []


def test_it_leaves_what_opted_out_or_has_tasks_and_says_why() -> None:
    w = world()
    opted, busy, plain = children_of(w, w.row, 3)
    actions.link_parent(w.as_("agent", 32), opted.pk, w.row.pk, is_cascade_opted_out=True)
    actions.add_task(w.as_("agent", 32), busy.pk, title="Call back")
    below = children_of(w, opted, 1)[0]
    resolve(w, w.row)
    assert [status_of(r) for r in (opted, busy, plain, below)] == ["new", "new", "resolved", "new"]
    trace = stream("incident", w.row.pk)[-1].trace[0]
    assert trace["summary"] == "1 of 3 child incidents resolved with it; 2 stay open"
    assert [(s["text"], s["because"]) for s in trace["steps"]] == [
        (f"{opted.number} stays open", "It opted out of being resolved with its parent."),
        (f"{busy.number} stays open", "It still has 1 open task."),
        (f"{plain.number} resolved", ""),
    ]


def test_it_tells_nothing_of_a_classified_child_in_the_history_of_its_parent() -> None:
    w = world()
    secret = children_of(w, w.row, 1)[0]
    Incident.objects.filter(pk=secret.pk).update(security_class=security_class())
    resolve(w, w.row)
    assert status_of(secret) == "resolved"
    assert stream("incident", w.row.pk)[-1].kind == "resolved"


def test_it_leaves_children_that_ended_or_were_unlinked() -> None:
    w = world()
    gone, done, loose = children_of(w, w.row, 3)
    actions.cancel_incident(w.as_("agent", 33), gone.pk, reason="Withdrawn")
    resolve(w, done, at=34)
    actions.link_parent(w.as_("agent", 34), loose.pk, None)
    assert Incident.objects.get(pk=loose.pk).parent_id is None
    resolve(w, w.row, at=40)
    assert [status_of(r) for r in (gone, done, loose)] == ["cancelled", "resolved", "new"]
    assert done.resolved_at == instant(34)


def test_it_resolves_a_child_that_began_after_the_service_was_back() -> None:
    w = world()
    child = logged(w.agent, at=38, title="Reported late")
    actions.link_parent(w.as_("agent", 39), child.pk, w.row.pk)
    resolve(w, w.row, restored_at=instant(20))
    assert (status_of(child), child.restored_at) == ("resolved", instant(38))


@pytest.mark.parametrize("way", ["reopen", "verify"])
def test_it_brings_children_back_with_their_parent(way: str) -> None:
    w = world()
    back, own, verified, closed = children_of(w, w.row, 4)
    resolve(w, own, at=33)
    resolve(w, w.row, at=40)
    actions.verify_incident(w.as_("agent", 41), verified.pk, is_effective=True)
    actions.close_incident(w.as_("agent", 42), closed.pk)
    if way == "reopen":
        actions.reopen_incident(w.as_("requester", 50), w.row.pk, reason="It drops again")
    else:
        actions.verify_incident(w.as_("requester", 50), w.row.pk, is_effective=False, note="It drops again")
    assert [status_of(r) for r in (w.row, back, own, verified, closed)] == [
        "in_progress", "new", "resolved", "resolved", "closed",
    ]  # fmt: skip
    trace = stream("incident", w.row.pk)[-1].trace[0]
    assert trace["summary"] == "1 of 3 child incidents reopened with it; 2 stay resolved"
    assert {s["because"] for s in trace["steps"]} == {
        "", "It was resolved on its own.", "Somebody verified that it works.",
    }  # fmt: skip
    assert Content.objects.get(incident=back, slot="reason").body == "It drops again"
    assert verify_projections().differences == []


def test_it_can_resolve_again_after_it_was_reopened() -> None:
    w = world()
    child = children_of(w, w.row, 1)[0]
    for minute in (40, 60):
        resolve(w, w.row, at=minute)
        assert status_of(child) == "resolved"
        actions.reopen_incident(w.as_("agent", minute + 1), w.row.pk, reason="Again")
        assert status_of(child) == "new"
    assert (child.reopen_count, Incident.objects.get(pk=w.row.pk).reopen_count) == (2, 2)
