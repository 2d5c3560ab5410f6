"""Two people at once on one incident, on several that hang together, and on everything they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allclear.accounts.queries import viewer_for
from allclear.catalog.models import PolicyVersion
from allclear.catalog.policies import save_policy
from allclear.domain.terms import Role
from allclear.engine import autoclose
from allclear.incidents import actions
from allclear.incidents.actions import LogForm
from allclear.incidents.models import Incident
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Conflict, Invalid, Refused
from allclear.kernel.events import stream
from allclear.kernel.models import Event
from allclear.testing import T0, in_status, instant, logged, person, request_as, resolution, team
from tests.races.conftest import Paused, at_once, errors, fine, while_held

ROUNDS = 3  # of races that are decided by chance


def kinds(row: Incident) -> list[str]:
    return [event.kind for event in stream("incident", row.pk)]


@pytest.fixture(autouse=True)
def nothing_drifted() -> Any:
    """Whatever was raced: positions have no gap, and rows are what their events say."""
    yield
    assert verify_projections().differences == []


@pytest.mark.parametrize("race", [at_once, while_held])
def test_it_gives_the_work_to_one_of_two_who_accept(race: Callable[..., Any]) -> None:
    ana, bo = person(), person()
    row = logged(ana)
    results = race(
        lambda: actions.accept_incident(request_as(ana, 5), row.pk),
        lambda: actions.accept_incident(request_as(bo, 5), row.pk),
    )
    assert len(fine(results)) == 1
    (error,) = errors(results)
    assert isinstance(error, Refused)
    assert "Somebody else is already working on it" in error.message
    row.refresh_from_db()
    winner = ana if results[0].is_fine else bo
    assert (row.status, row.assignee_id, row.acknowledged_by_id) == ("in_progress", winner.pk, winner.pk)
    assert kinds(row).count("accepted") == 1


def test_it_stands_a_storm_of_twenty_who_accept() -> None:
    agents = [person() for _ in range(20)]
    row = logged(agents[0])
    results = at_once(*(lambda a=agent: actions.accept_incident(request_as(a, 5), row.pk) for agent in agents))
    assert len(fine(results)) == 1
    assert all(isinstance(error, Refused) for error in errors(results))
    assert kinds(row).count("accepted") == 1


@pytest.mark.parametrize("race", [at_once, while_held])
def test_it_saves_one_of_two_savers_and_names_the_fields_to_the_other(race: Callable[..., Any]) -> None:
    ana, bo = person(), person()
    row = logged(ana)

    def save(who: Any, place: str) -> Callable[[], Any]:
        request = request_as(who, 5, expected_version=row.version)
        return lambda: actions.edit_incident(request, row.pk, fields={"location": place})

    results = race(save(ana, "Oslo"), save(bo, "Berlin"))
    assert len(fine(results)) == 1
    (error,) = errors(results)
    assert isinstance(error, Conflict)
    (change,) = error.extra["changes"]
    winner = ana if results[0].is_fine else bo
    assert (change["kind"], change["by"], change["fields"]) == ("edited", winner.pk, ["location"])
    row.refresh_from_db()
    assert row.location == ("Oslo" if results[0].is_fine else "Berlin")


def family(n: int = 3) -> tuple[Any, Incident, list[Incident]]:
    agent = person()
    children = [in_status("in_progress", by=agent, title=f"Child {i}") for i in range(n)]
    parent = in_status("in_progress", by=agent)  # its key is greater than its children's
    for child in children:
        actions.link_parent(request_as(agent, 10), child.pk, parent.pk)
    resolution()
    return agent, parent, children


def test_it_cascades_while_a_child_is_being_edited() -> None:
    agent, parent, children = family()
    results = while_held(
        lambda: actions.edit_incident(request_as(agent, 20), children[0].pk, fields={"location": "Oslo"}),
        lambda: actions.resolve_incident(request_as(agent, 21), parent.pk, resolution()),
    )
    assert errors(results) == []
    children[0].refresh_from_db()
    assert (children[0].status, children[0].location) == ("resolved", "Oslo")


def test_it_leaves_a_child_as_it_is_that_was_reopened_after_it_was_resolved_on_its_own() -> None:
    agent, parent, children = family()
    actions.resolve_incident(request_as(agent, 15), children[0].pk, resolution())
    results = while_held(
        lambda: actions.reopen_incident(request_as(agent, 20), children[0].pk, reason="It drops"),
        lambda: actions.resolve_incident(request_as(agent, 21), parent.pk, resolution()),
    )
    assert errors(results) == []
    children[0].refresh_from_db()
    assert children[0].status == "resolved"  # open again when the parent's turn came: resolved with it
    assert kinds(children[0])[-2:] == ["reopened", "resolved"]


def test_it_cascades_and_reopens_a_child_without_waiting_in_a_circle() -> None:
    for _ in range(ROUNDS):
        agent, parent, children = family()
        actions.resolve_incident(request_as(agent, 15), children[1].pk, resolution())
        results = at_once(
            lambda a=agent, p=parent: actions.resolve_incident(request_as(a, 20), p.pk, resolution()),
            lambda a=agent, c=children[1]: actions.reopen_incident(request_as(a, 20), c.pk, reason="It drops"),
            lambda a=agent, c=children[2]: actions.add_note(request_as(a, 20), c.pk, "Looking"),
        )
        assert errors(results) == []
        parent.refresh_from_db()
        assert parent.status == "resolved"
        for child in (children[0], children[2]):
            child.refresh_from_db()
            assert child.status == "resolved"


def test_it_cascades_while_child_and_parent_are_being_related() -> None:
    for _ in range(ROUNDS):
        agent, parent, children = family()
        results = at_once(
            lambda a=agent, p=parent: actions.resolve_incident(request_as(a, 20), p.pk, resolution()),
            *(
                lambda a=agent, c=child, p=parent: actions.relate_incident(request_as(a, 20), c.pk, p.pk)
                for child in children
            ),
        )
        assert errors(results) == []
        for child in children:
            child.refresh_from_db()
            assert (child.status, child.links) == ("resolved", [["related", parent.pk]])


def test_it_neither_misses_nor_waits_for_a_child_that_is_being_linked() -> None:
    for _ in range(ROUNDS):
        agent, parent, _ = family()
        late = in_status("in_progress", by=agent, title="Late")
        results = at_once(
            lambda a=agent, p=parent: actions.resolve_incident(request_as(a, 20), p.pk, resolution()),
            lambda a=agent, c=late, p=parent: actions.link_parent(request_as(a, 20), c.pk, p.pk),
        )
        late.refresh_from_db()
        if results[1].is_fine:
            assert (late.parent_id, late.status) == (parent.pk, "resolved")
        else:
            assert isinstance(results[1].error, Refused)  # the parent was resolved first
            assert (late.parent_id, late.status) == (None, "in_progress")
        assert results[0].is_fine, results[0].error


def test_it_resolves_parent_and_child_at_once() -> None:
    for _ in range(ROUNDS):
        agent, parent, children = family()
        results = at_once(
            lambda a=agent, p=parent: actions.resolve_incident(request_as(a, 20), p.pk, resolution()),
            lambda a=agent, c=children[0]: actions.resolve_incident(request_as(a, 20), c.pk, resolution()),
        )
        assert results[0].is_fine, results[0].error
        assert results[1].is_fine or isinstance(results[1].error, Refused)
        assert kinds(children[0]).count("resolved") == 1


@pytest.mark.parametrize("race", [at_once, while_held])
def test_it_merges_two_into_each_other_only_one_way(race: Callable[..., Any]) -> None:
    agent = person()
    a, b = logged(agent), logged(agent)
    results = race(
        lambda: actions.merge_incident(request_as(agent, 5), a.pk, b.pk),
        lambda: actions.merge_incident(request_as(agent, 5), b.pk, a.pk),
    )
    assert len(fine(results)) == 1
    (error,) = errors(results)
    assert isinstance(error, Refused)
    a.refresh_from_db()
    b.refresh_from_db()
    assert sorted([a.status, b.status]) == ["closed", "new"]
    merged, kept = (a, b) if a.status == "closed" else (b, a)
    assert (merged.merged_into_id, kept.merged_into_id) == (kept.pk, None)
    assert (merged.links, kept.links) == ([["duplicate_of", kept.pk]], [["has_duplicate", merged.pk]])


def test_it_closes_once_by_hand_and_by_itself() -> None:
    agent = person()
    for _ in range(ROUNDS):
        row = in_status("resolved", by=agent)
        later = instant(60 * 24 * 6)
        results = at_once(
            lambda r=row, t=later: actions.close_incident(request_as(agent, t), r.pk),
            lambda r=row, t=later: autoclose.close(r.pk, t),
        )
        closings = [kind for kind in kinds(row) if kind.startswith("closed")]
        assert len(closings) == 1
        if results[0].is_fine:
            assert (closings, results[1].value) == (["closed"], False)
        else:
            assert isinstance(results[0].error, Refused)
            assert (closings, results[1].value) == (["closed_automatically"], True)


def test_it_passes_by_what_is_being_closed_by_hand() -> None:
    agent = person()
    row = in_status("resolved", by=agent)
    later = instant(60 * 24 * 6)
    held = Paused(lambda: actions.close_incident(request_as(agent, later), row.pk))
    has_closed = autoclose.close(row.pk, later)
    assert (held.let_go().is_fine, has_closed) == (True, False)


def test_it_gives_every_incident_a_number_of_its_own() -> None:
    agent = person()
    request = request_as(agent, 5)
    results = at_once(
        *(lambda n=n: [actions.log_incident(request, LogForm(f"Fault {n}.{i}")) for i in range(5)] for n in range(8))
    )
    assert errors(results) == []
    numbers = list(Incident.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == 40


def test_it_relates_two_in_both_directions_at_once() -> None:
    agent = person()
    for _ in range(ROUNDS):
        a, b = logged(agent), logged(agent)
        results = at_once(
            lambda a=a, b=b: actions.relate_incident(request_as(agent, 5), a.pk, b.pk),
            lambda a=a, b=b: actions.relate_incident(request_as(agent, 5), b.pk, a.pk),
            lambda a=a, b=b: actions.relate_incident(request_as(agent, 5), a.pk, b.pk, kind="causes"),
            lambda a=a, b=b: actions.relate_incident(request_as(agent, 5), b.pk, a.pk, kind="caused_by"),
        )
        assert errors(results) == []
        a.refresh_from_db()
        b.refresh_from_db()
        assert sorted(a.links) == [["causes", b.pk], ["related", b.pk]]
        assert sorted(b.links) == [["caused_by", a.pk], ["related", a.pk]]
        assert kinds(a).count("related") == 2


@pytest.mark.parametrize("race", [at_once, while_held])
def test_it_closes_no_circle_of_parents(race: Callable[..., Any]) -> None:
    agent = person()
    a, b, c, d = (logged(agent) for _ in range(4))
    actions.link_parent(request_as(agent, 3), b.pk, a.pk)  # b below a
    actions.link_parent(request_as(agent, 3), d.pk, c.pk)  # d below c
    results = race(
        lambda: actions.link_parent(request_as(agent, 5), a.pk, d.pk),
        lambda: actions.link_parent(request_as(agent, 5), c.pk, b.pk),
    )
    assert len(fine(results)) == 1
    (error,) = errors(results)
    assert isinstance(error, Refused)
    assert error.code == "parent_circle"


def test_it_moves_children_while_they_are_being_linked() -> None:
    for _ in range(ROUNDS):
        agent, duplicate, children = family(2)
        survivor, late = logged(agent), logged(agent)
        results = at_once(
            lambda a=agent, d=duplicate, s=survivor: actions.merge_incident(request_as(a, 20), d.pk, s.pk),
            lambda a=agent, c=late, d=duplicate: actions.link_parent(request_as(a, 20), c.pk, d.pk),
            lambda a=agent, c=children[0]: actions.add_note(request_as(a, 20), c.pk, "Looking"),
        )
        assert results[0].is_fine, results[0].error
        assert results[2].is_fine, results[2].error
        for child in children:
            child.refresh_from_db()
            assert child.parent_id == survivor.pk
        late.refresh_from_db()
        assert late.parent_id == (survivor.pk if results[1].is_fine else None)


def test_it_watches_once_when_asked_twice() -> None:
    agent = person()
    row = logged(agent)
    results = at_once(*(lambda: actions.watch_incident(request_as(agent, 5), row.pk) for _ in range(6)))
    assert errors(results) == []
    assert sum(bool(result.value.events) for result in results) == 1
    row.refresh_from_db()
    assert row.watcher_ids == [agent.pk]


@pytest.mark.parametrize("race", [at_once, while_held])
def test_it_saves_one_of_two_policies(race: Callable[..., Any]) -> None:
    admin = viewer_for(person(Role.ADMIN).pk)

    def save(days: int) -> Callable[[], Any]:
        body = {"close_after_days": days}
        return lambda: save_policy(admin, "lifecycle", body, note="", expected_version=0, now=T0)

    results = race(save(3), save(9))
    assert len(fine(results)) == 1
    (error,) = errors(results)
    assert isinstance(error, Conflict)
    assert "Load it and apply your change again" in error.message
    row = PolicyVersion.objects.get(kind="lifecycle")
    assert (row.version, row.body["close_after_days"]) == (1, 3 if results[0].is_fine else 9)


def test_it_finishes_a_task_once_and_resolves_only_afterwards() -> None:
    agent = person()
    row = in_status("in_progress", by=agent)
    actions.add_task(request_as(agent, 10), row.pk, title="Call back")
    task = str(row.tasks.get().pk)
    resolution()
    results = while_held(
        lambda: actions.finish_task(request_as(agent, 20), row.pk, task),
        lambda: actions.finish_task(request_as(agent, 21), row.pk, task),
        lambda: actions.resolve_incident(request_as(agent, 22), row.pk, resolution()),
    )
    assert results[0].is_fine
    assert kinds(row).count("task_finished") == 1
    assert results[2].is_fine, results[2].error
    assert results[1].is_fine or isinstance(results[1].error, Refused | Invalid)


def test_it_keeps_every_word_of_many_who_speak_at_once() -> None:
    agents = [person() for _ in range(8)]
    row = logged(agents[0])
    results = at_once(
        *(lambda a=agent: actions.add_note(request_as(a, 5), row.pk, f"Word of {a.name}") for agent in agents)
    )
    assert errors(results) == []
    assert row.notes.count() == 8
    positions = Event.objects.filter(stream_id=row.pk).order_by("position").values_list("position", flat=True)
    assert list(positions) == list(range(1, 12))


def offered_one() -> tuple[Any, Any, Any, Incident]:
    """Two of the receiving team, one of the sender's, and what is offered."""
    ana, bo, cy = person(), person(), person()
    desk, network = team(cy), team(ana, bo)
    row = in_status("in_progress", by=cy, team_id=desk.pk)
    actions.hand_over_incident(request_as(cy, 3), row.pk, team_id=network.pk, reason="Theirs")
    return ana, bo, cy, row


@pytest.mark.parametrize("race", [at_once, while_held])
@pytest.mark.parametrize("other", ["accept", "refuse", "withdraw"])
def test_it_answers_an_offer_once(race: Callable[..., Any], other: str) -> None:
    ana, bo, cy, row = offered_one()
    rivals = {
        "accept": lambda: actions.accept_handover(request_as(bo, 5), row.pk),
        "refuse": lambda: actions.refuse_handover(request_as(bo, 5), row.pk, reason="Not ours"),
        "withdraw": lambda: actions.withdraw_handover(request_as(cy, 5), row.pk),
    }
    results = race(lambda: actions.accept_handover(request_as(ana, 5), row.pk), rivals[other])
    assert len(fine(results)) == 1
    (error,) = errors(results)
    assert isinstance(error, Refused)
    assert error.code == "no_offer"
    answers = [kind for kind in kinds(row) if kind.startswith("handover_") and kind != "handover_offered"]
    assert len(answers) == 1
    row.refresh_from_db()
    assert row.offered_team_id is None
    assert (row.assignee_id == ana.pk) == results[0].is_fine


def test_it_tells_once_of_an_unanswered_offer_with_two_engines() -> None:
    for _ in range(ROUNDS):
        *_, row = offered_one()
        results = at_once(*(lambda r=row: autoclose.tell_unanswered(r.pk, instant(60 * 24)) for _ in range(3)))
        assert errors(results) == []
        assert kinds(row).count("handover_unanswered") == 1
