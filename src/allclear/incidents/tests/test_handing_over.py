"""Handing over in the database: the path, the coordinator, what the receiving team sees, what the history says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.catalog.actions import change_policy
from allclear.catalog.policies import DEFAULTS, body_of
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.gather import gather
from allclear.incidents.handovers import involves_several, path_of
from allclear.incidents.models import Incident
from allclear.incidents.presets import counts, presets_for
from allclear.incidents.tests.world import World, world
from allclear.incidents.timeline import for_staff
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Invalid, NotFound
from allclear.kernel.events import stream
from allclear.testing import T0, instant, person, security_class, team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_drifted() -> Iterator[None]:
    yield
    assert verify_projections().differences == []


def lifecycle(by: User, **changed: object) -> None:
    version, _ = body_of("lifecycle")
    body = {**DEFAULTS["lifecycle"], **changed}
    change_policy(viewer_for(by.pk), "lifecycle", body, note="Test", expected_version=version, now=T0)


def offer(w: World, at: int, reason: str = "Looks like the desk's") -> None:
    actions.hand_over_incident(w.as_("agent", at), w.row.pk, team_id=w.desk.pk, reason=reason)


def bounce(w: World, at: int, reason: str = "Not ours") -> None:
    offer(w, at)
    actions.refuse_handover(w.as_("mate", at + 5), w.row.pk, reason=reason)


def test_it_reads_the_path_from_the_events() -> None:
    w = world()
    bounce(w, 40)
    offer(w, 60)
    actions.withdraw_handover(w.as_("agent", 61), w.row.pk)
    offer(w, 70)
    actions.accept_handover(w.as_("mate", 80), w.row.pk)
    w.row.refresh_from_db()
    first, second = path_of(w.row, stream("incident", w.row.pk), instant(100))
    assert (first.team, first.seconds, second.team, second.seconds) == ("Network", 80 * 60, "Desk", 20 * 60)
    assert (first.how, second.how, second.until) == ("routed", "handover_accepted", None)
    told = [(o.to_team, o.outcome, o.seconds, o.answered_by_id) for o in first.offers]
    assert told == [
        ("Desk", "refused", 300, w.mate.pk), ("Desk", "withdrawn", 60, w.agent.pk), ("Desk", "accepted", 600, w.mate.pk)
    ]  # fmt: skip
    words = gather(w.row, w.as_("agent").viewer).words
    assert (words.of(first.offers[0].reason_ref), words.of(first.offers[0].answer_ref)) == (
        "Looks like the desk's", "Not ours",
    )  # fmt: skip


def test_it_ends_the_path_with_the_work_and_tells_of_one_team_only_where_there_was_one() -> None:
    w = world()
    assert not involves_several(path_of(w.row, stream("incident", w.row.pk), instant(50)))
    offer(w, 40)
    actions.cancel_incident(w.as_("agent", 45), w.row.pk, reason="Logged twice")
    w.row.refresh_from_db()
    (stay,) = path_of(w.row, stream("incident", w.row.pk), instant(500))
    assert (stay.until, stay.offers[0].outcome) == (instant(45), "ended")
    assert involves_several([stay])


def test_it_lets_the_offered_team_see_what_they_are_to_answer() -> None:
    w = world()
    guest = person(name="Gus Hall", serves=[w.other])
    storage = team(guest, name="Storage")
    with pytest.raises(NotFound):
        actions.accept_handover(actions.Request(viewer_for(guest.pk), instant(50)), w.row.pk)
    actions.hand_over_incident(w.as_("agent", 51), w.row.pk, team_id=storage.pk, reason="Disks")
    viewer = viewer_for(guest.pk)
    assert counts(viewer, presets_for(viewer), instant(52))["offered"].number == 1
    row = actions.accept_handover(actions.Request(viewer, instant(53)), w.row.pk).incident
    assert (row.team_id, row.assignee_id) == (storage.pk, guest.pk)


def test_it_gives_it_to_a_colleague_of_the_receiving_team_only() -> None:
    w = world()
    offer(w, 40)
    with pytest.raises(Invalid, match="not in this team"):
        actions.accept_handover(w.as_("mate", 41), w.row.pk, assignee_id=w.agent.pk)
    colleague = person(name="Cora Diaz")
    w.desk.memberships.create(user=colleague)
    row = actions.accept_handover(w.as_("mate", 42), w.row.pk, assignee_id=colleague.pk).incident
    assert (row.assignee_id, row.status) == (colleague.pk, "assigned")
    line = for_staff(stream("incident", row.pk), gather(row, w.as_("mate").viewer).sources)[-1]
    assert (line.actor, line.summary) == ("Bo Berg", "accepted it for Desk and gave it to Cora Diaz")


def test_it_calls_the_coordinator_with_the_path_at_the_third_bounce() -> None:
    w = world()
    lifecycle(w.admin, coordinator_id=w.lead.pk)
    for at in (40, 50, 60):
        bounce(w, at)
    w.row.refresh_from_db()
    assert (w.row.bounce_count, w.row.coordinator_called_at) == (3, instant(65))
    assert (w.row.responder_ids, w.row.watcher_ids) == ([w.lead.pk], [w.lead.pk])
    refused, called = stream("incident", w.row.pk)[-2:]
    assert (refused.kind, called.kind, called.trace[0]["version"]) == ("handover_refused", "coordinator_called", 1)
    assert called.trace[0]["summary"].startswith("It bounced 3 times")
    assert [s["text"] for s in called.trace[0]["steps"]] == ["Network offered it to Desk"] * 3
    assert called.trace[0]["steps"][0]["because"] == "Desk refused after 5 min."
    lines = for_staff(stream("incident", w.row.pk), gather(w.row, w.as_("agent").viewer).sources)
    assert (lines[-1].actor, lines[-2].body) == ("", "Not ours")
    by_lead = w.as_("lead", 70)
    actions.assign_incident(by_lead, w.row.pk, team_id=w.desk.pk, reason="The desk has the contract")
    w.row.refresh_from_db()
    assert (w.row.team_id, w.row.coordinator_called_at) == (w.desk.pk, None)


def test_it_calls_the_leads_of_a_team_or_the_incident_managers_who_may_see_it() -> None:
    w = world()
    boss = person(Role.TEAM_LEAD, name="Mia Boss")
    major = team(w.mate, name="Major incidents")
    major.memberships.create(user=boss, is_lead=True)
    lifecycle(w.admin, coordinator_team_id=major.pk, bounces_to_coordinator=1)
    bounce(w, 40)
    w.row.refresh_from_db()
    assert w.row.responder_ids == [boss.pk]
    second = world_of_class(w)
    bounce_second(w, second)
    second.refresh_from_db()
    assert second.responder_ids == []  # nobody who is to be called may know of it
    assert second.coordinator_called_at is not None


def world_of_class(w: World) -> Incident:
    return actions.edit_incident(
        actions.Request(viewer_for(w.lead.pk), instant(30)),
        w.second.pk,
        fields={"security_class_id": security_class(w.agent, w.mate, w.lead).pk},
    ).incident


def bounce_second(w: World, row: Incident) -> None:
    actions.hand_over_incident(w.as_("agent", 40), row.pk, team_id=w.desk.pk, reason="Theirs")
    actions.refuse_handover(w.as_("mate", 41), row.pk, reason="No")


def test_it_refuses_a_policy_whose_coordinator_is_gone() -> None:
    w = world()
    for wrong in ({"coordinator_id": w.requester.pk}, {"coordinator_id": 987}, {"coordinator_team_id": 987}):
        with pytest.raises(Invalid):
            lifecycle(w.admin, **wrong)
