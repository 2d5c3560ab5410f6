"""Links, parents, merging, splitting, responders and watchers."""

from __future__ import annotations

import pytest

from allclear.incidents import actions
from allclear.incidents.actions import LogForm
from allclear.incidents.models import Incident
from allclear.incidents.tests.world import world
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.events import stream
from allclear.kernel.models import Event
from allclear.testing import logged, person

pytestmark = pytest.mark.django_db


def fresh(row: Incident) -> Incident:
    return Incident.objects.get(pk=row.pk)


def test_it_links_both_sides_and_unlinks_them() -> None:
    w = world()
    actions.relate_incident(w.as_("agent"), w.row.pk, w.second.pk, kind="caused_by")
    assert (fresh(w.row).links, fresh(w.second).links) == ([["caused_by", w.second.pk]], [["causes", w.row.pk]])
    actions.relate_incident(w.as_("agent"), w.second.pk, w.row.pk, kind="causes", remove=True)
    assert (fresh(w.row).links, fresh(w.second).links) == ([], [])
    assert [stream("incident", r.pk)[-1].kind for r in (w.row, w.second)] == ["unrelated", "unrelated"]


@pytest.mark.parametrize("kind", ["duplicate_of", "split_into", "friend_of", ""])
def test_it_makes_no_links_by_hand_that_verbs_make(kind: str) -> None:
    w = world()
    with pytest.raises(Invalid, match="related, caused_by or causes"):
        actions.relate_incident(w.as_("agent"), w.row.pk, w.second.pk, kind=kind)


def test_it_links_nothing_to_itself_or_to_what_is_not_there() -> None:
    w = world()
    with pytest.raises(Invalid, match="another incident"):
        actions.relate_incident(w.as_("agent"), w.row.pk, w.row.pk)
    with pytest.raises(NotFound):
        actions.relate_incident(w.as_("agent"), w.row.pk, 987654)
    with pytest.raises(Invalid):
        actions.merge_incident(w.as_("agent"), w.row.pk, w.row.pk)
    with pytest.raises(Invalid):
        actions.link_parent(w.as_("agent"), w.row.pk, w.row.pk)


def test_it_links_nothing_that_one_side_may_not_see() -> None:
    w = world(organisation_id=None)
    before = Event.objects.count()
    theirs = logged(w.agent, organisation_id=w.other.pk)
    for verb in (actions.relate_incident, actions.merge_incident, actions.link_parent):
        with pytest.raises(NotFound):
            verb(w.as_("outsider"), theirs.pk, w.row.pk)
    assert Event.objects.count() == before + 3  # logging the other one


def test_it_hangs_below_a_parent_opts_out_and_unlinks() -> None:
    w = world()
    actions.link_parent(w.as_("agent"), w.row.pk, w.second.pk)
    assert (fresh(w.row).parent_id, fresh(w.row).is_cascade_opted_out) == (w.second.pk, False)
    actions.link_parent(w.as_("agent"), w.row.pk, w.second.pk, is_cascade_opted_out=True)
    assert fresh(w.row).is_cascade_opted_out is True
    actions.link_parent(w.as_("agent"), w.row.pk, None)
    assert (fresh(w.row).parent_id, fresh(w.row).is_cascade_opted_out) == (None, False)
    assert actions.link_parent(w.as_("agent"), w.row.pk, None).events == ()
    assert [e.kind for e in stream("incident", w.row.pk)][-3:] == ["parent_linked", "parent_linked", "parent_unlinked"]


def test_it_refuses_a_circle_of_parents_of_any_length() -> None:
    w = world()
    rows = [w.row, *(logged(w.agent) for _ in range(3))]
    for child, parent in zip(rows[1:], rows, strict=False):
        actions.link_parent(w.as_("agent"), child.pk, parent.pk)
    for below in rows[1:]:
        with pytest.raises(Refused, match="circle") as refused:
            actions.link_parent(w.as_("agent"), w.row.pk, below.pk)
        assert refused.value.code == "parent_circle"


def test_it_takes_only_open_parents() -> None:
    w = world("resolved")
    with pytest.raises(Refused, match="has to be open"):
        actions.link_parent(w.as_("agent"), w.second.pk, w.row.pk)


def test_it_merges_a_duplicate_and_brings_its_people_along() -> None:
    w = world()
    watcher = person()
    actions.watch_incident(w.as_("agent"), w.row.pk, user_id=watcher.pk)
    survivor = logged(w.agent, requester_id=w.colleague.pk)
    actions.merge_incident(w.as_("agent", 40), w.row.pk, survivor.pk)
    row, survivor = fresh(w.row), fresh(survivor)
    assert (row.status, row.merged_into_id, row.resolution_code) == ("closed", survivor.pk, "duplicate")
    assert row.links == [["duplicate_of", survivor.pk]]
    assert (survivor.status, survivor.links) == ("new", [["has_duplicate", row.pk]])
    assert survivor.watcher_ids == sorted([watcher.pk, w.requester.pk])
    assert Incident.objects.visible_to(w.as_("requester").viewer).filter(pk=survivor.pk).exists()
    with pytest.raises(Refused, match="Reopen the incident it was merged into"):
        actions.reopen_incident(w.as_("lead", 50), row.pk, reason="Not the same")


def test_it_makes_nobody_watch_what_they_reported_themselves() -> None:
    w = world()
    actions.merge_incident(w.as_("agent", 40), w.row.pk, w.second.pk)
    assert fresh(w.second).watcher_ids == []


def test_it_merges_only_into_what_goes_on() -> None:
    w = world()
    third = logged(w.agent)
    actions.merge_incident(w.as_("agent"), w.second.pk, third.pk)
    with pytest.raises(Refused, match="has ended"):
        actions.merge_incident(w.as_("agent"), w.row.pk, w.second.pk)
    actions.cancel_incident(w.as_("agent"), third.pk, reason="Withdrawn")
    with pytest.raises(Refused, match="has ended"):
        actions.merge_incident(w.as_("agent"), w.row.pk, third.pk)
    assert fresh(w.row).status == "in_progress"


def test_it_moves_the_children_of_a_duplicate_to_the_one_that_goes_on() -> None:
    w = world()
    plain, opted, ended = (logged(w.agent, title=t) for t in ("plain", "opted", "ended"))
    for child in (plain, opted, ended):
        actions.link_parent(w.as_("agent"), child.pk, w.row.pk, is_cascade_opted_out=child is opted)
    actions.cancel_incident(w.as_("agent"), ended.pk, reason="Withdrawn")
    actions.merge_incident(w.as_("agent", 40), w.row.pk, w.second.pk)
    assert [fresh(r).parent_id for r in (plain, opted, ended)] == [w.second.pk, w.second.pk, w.row.pk]
    assert [fresh(r).is_cascade_opted_out for r in (plain, opted)] == [False, True]
    event = stream("incident", plain.pk)[-1]
    assert (event.kind, event.cause) == ("parent_linked", {"merged": w.row.number})
    assert verify_projections().is_clean


@pytest.mark.parametrize("depth", [1, 2])
def test_it_lifts_the_one_that_goes_on_when_it_stood_below_the_duplicate(depth: int) -> None:
    w = world()
    above = logged(w.agent, title="above")
    actions.link_parent(w.as_("agent"), w.row.pk, above.pk)
    chain = [w.row, *(logged(w.agent, title=f"below {n}") for n in range(depth))]
    for child, parent in zip(chain[1:], chain, strict=False):
        actions.link_parent(w.as_("agent"), child.pk, parent.pk)
    survivor = chain[-1]
    actions.merge_incident(w.as_("agent", 40), w.row.pk, survivor.pk)
    assert fresh(survivor).parent_id == above.pk
    if depth == 2:
        assert fresh(chain[1]).parent_id == survivor.pk
    assert verify_projections().is_clean


def test_it_splits_a_second_fault_off() -> None:
    w = world(organisation_id=None, location="Oslo")
    outcome = actions.split_incident(w.as_("agent", 40), w.row.pk, LogForm("The printer jams", channel="chat"))
    part = fresh(outcome.incident)
    assert (part.title, part.requester_id, part.location, part.status) == (
        "The printer jams", w.requester.pk, "Oslo", "new",
    )  # fmt: skip
    assert part.organisation_id == w.acme.pk
    assert (part.links, fresh(w.row).links) == ([["split_from", w.row.pk]], [["split_into", part.pk]])
    assert outcome.incident.version == part.version == len(outcome.events)
    with pytest.raises(Invalid, match="one line"):
        actions.split_incident(w.as_("agent", 41), w.row.pk, LogForm("  "))
    assert Incident.objects.count() == 3


def test_it_brings_in_staff_only_and_lets_them_go() -> None:
    w = world()
    actions.add_responder(w.as_("agent"), w.row.pk, w.mate.pk)
    assert fresh(w.row).responder_ids == [w.mate.pk]
    actions.add_responder(w.as_("agent"), w.row.pk, w.mate.pk, remove=True)
    assert fresh(w.row).responder_ids == []
    with pytest.raises(Invalid, match="active member of staff"):
        actions.add_responder(w.as_("agent"), w.row.pk, w.requester.pk)
    with pytest.raises(Invalid, match="no user"):
        actions.add_responder(w.as_("agent"), w.row.pk, 10**30)


def test_it_lets_people_watch_for_themselves_and_staff_for_others() -> None:
    w = world()
    actions.watch_incident(w.as_("requester"), w.row.pk)
    with pytest.raises(NotPermitted):
        actions.watch_incident(w.as_("requester"), w.row.pk, user_id=w.colleague.pk)
    actions.watch_incident(w.as_("agent"), w.row.pk, user_id=w.colleague.pk)
    assert fresh(w.row).watcher_ids == sorted([w.requester.pk, w.colleague.pk])
    actions.watch_incident(w.as_("requester"), w.row.pk, remove=True)
    assert fresh(w.row).watcher_ids == [w.colleague.pk]
    assert actions.watch_incident(w.as_("requester"), w.row.pk, remove=True).events == ()
