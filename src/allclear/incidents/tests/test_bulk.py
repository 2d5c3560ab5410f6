"""One verb on many: tried, done to each on its own, done once however often it is asked for, and taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from allclear.incidents import actions
from allclear.incidents.actions import bulk
from allclear.incidents.actions.bulk_verbs import BULK_VERBS
from allclear.incidents.models import BulkItem, Incident
from allclear.incidents.tests.world import World, world
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.events import stream
from allclear.kernel.ids import new_id
from allclear.kernel.models import Event
from allclear.testing import codes, logged, security_class

pytestmark = pytest.mark.django_db
VALUES: dict[str, dict[str, Any]] = {
    "hold": {"reason": "change"},
    "prioritise": {"impact": 1, "urgency": 1, "reason": "All sites"},
    "note": {"body": "Part of the outage"},
    "cancel": {"reason": "Twice"},
    "resolve": {"resolution_code": "fixed", "resolution": "Rolled back", "cost": "12.50"},
}


def several(w: World, count: int = 3) -> list[int]:
    return [logged(w.agent, title=f"VPN {n}", team_id=w.network.pk).pk for n in range(count)]


def states(run: Any) -> list[str]:
    return list(run.items.values_list("state", flat=True))


@pytest.mark.parametrize("name", sorted(VALUES))
def test_it_does_it_to_each_and_takes_all_of_it_back(name: str) -> None:
    codes()
    w = world()
    ids = several(w)
    run = bulk.carry_on(w.as_("mate", 40), bulk.start(w.as_("mate", 40), name, VALUES[name], ids))
    assert states(run) == ["done"] * 3
    assert (run.finished_at is not None, run.values) == (True, {})
    for pk in ids:
        event = stream("incident", pk)[-1]
        assert (event.actor_id, event.cause["bulk_id"]) == (w.mate.pk, str(run.pk))
    bulk.take_back(w.as_("mate", 41), run)
    if name == "note":
        assert states(run) == ["done"] * 3
        assert {item.code for item in run.items.all()} == {"undo_noted"}
    else:
        assert states(run) == ["undone"] * 3
        assert {Incident.objects.get(pk=pk).status for pk in ids} == {"new"}
    assert verify_projections().differences == []


def test_it_tries_without_leaving_a_trace() -> None:
    w = world()
    ids = [*several(w, 2), w.row.pk]
    actions.cancel_incident(w.as_("agent", 35), ids[0], reason="Twice")
    before = Event.objects.count()
    lines = bulk.preview(w.as_("mate", 40), "hold", {"reason": "change"}, ids)
    assert [line.state for line in lines] == ["refused", "done", "done"]
    assert (lines[0].code, lines[1].status) == ("hold_when_cancelled", "on_hold")
    assert "status" in lines[1].fields
    assert Event.objects.count() == before
    assert Incident.objects.get(pk=ids[1]).status == "new"


def test_it_goes_on_after_one_that_is_refused_and_says_why() -> None:
    w = world()
    ids = several(w)
    actions.cancel_incident(w.as_("agent", 35), ids[1], reason="Twice")
    run = bulk.carry_on(w.as_("mate", 40), bulk.start(w.as_("mate", 40), "hold", {"reason": "change"}, ids))
    assert states(run) == ["done", "refused", "done"]
    refused = run.items.get(state="refused")
    assert refused.code == "hold_when_cancelled"
    assert "cancelled" in refused.reason
    assert bulk.counts(run.items.all())["done"] == 2


def test_it_refuses_where_somebody_changed_the_same_after_the_preview() -> None:
    w = world()
    ids = several(w, 2)
    run = bulk.start(w.as_("mate", 40), "assign", {"assignee_id": w.mate.pk}, ids)
    actions.assign_incident(w.as_("agent", 41), ids[0], assignee_id=w.agent.pk)
    actions.edit_incident(w.as_("agent", 41), ids[1], fields={"location": "Oslo"})
    bulk.carry_on(w.as_("mate", 42), run)
    assert states(run) == ["refused", "done"]
    assert run.items.get(state="refused").code == "conflict"
    assert Incident.objects.get(pk=ids[1]).location == "Oslo"


def test_it_does_once_what_is_asked_for_twice() -> None:
    w = world()
    ids, key = several(w), new_id()
    for _ in range(2):
        run = bulk.carry_on(w.as_("mate", 40), bulk.start(w.as_("mate", 40), "note", VALUES["note"], ids, key=key))
    assert states(run) == ["done"] * 3
    assert [e.kind for e in stream("incident", ids[0])].count("noted") == 1
    with pytest.raises(Invalid, match="another request"):
        bulk.start(w.as_("mate", 41), "note", {"body": "Another"}, ids, key=key)
    with pytest.raises(Invalid, match="another request"):
        bulk.start(w.as_("agent", 41), "note", VALUES["note"], ids, key=key)


def test_it_carries_on_where_it_stopped() -> None:
    w = world()
    run = bulk.start(w.as_("mate", 40), "hold", {"reason": "change"}, several(w, 5))
    bulk.carry_on(w.as_("mate", 40), run, most=2)
    assert states(run) == ["done", "done", "pending", "pending", "pending"]
    assert run.finished_at is None
    bulk.carry_on(w.as_("mate", 41), run)
    assert states(run) == ["done"] * 5


def test_it_takes_back_what_can_go_back_and_says_why_the_rest_stays() -> None:
    w = world()
    ids = several(w, 2)
    run = bulk.carry_on(w.as_("mate", 40), bulk.start(w.as_("mate", 40), "hold", {"reason": "change"}, ids))
    actions.resume_incident(w.as_("agent", 41), ids[0])
    bulk.take_back(w.as_("mate", 42), run)
    assert states(run) == ["done", "undone"]
    assert run.items.get(state="done").code == "undo_touched"
    with pytest.raises(NotFound):
        bulk.take_back(w.as_("agent", 43), run)


def test_it_finds_incidents_by_number_and_by_filter_as_far_as_one_may_see_them() -> None:
    w = world()
    ids = several(w)
    Incident.objects.filter(pk=ids[2]).update(security_class=security_class(w.agent))
    viewer, now = w.as_("mate").viewer, w.as_("mate").now
    numbers = [Incident.objects.get(pk=pk).number for pk in ids]
    assert bulk.choose(viewer, now, numbers=numbers[:2]) == ids[:2]
    with pytest.raises(Invalid, match=numbers[2]):
        bulk.choose(viewer, now, numbers=numbers)
    assert set(bulk.choose(viewer, now, filter_text="status:new team:network")) >= set(ids[:2])
    assert ids[2] not in bulk.choose(viewer, now, filter_text="status:new")
    with pytest.raises(Invalid, match="No incident is chosen"):
        bulk.choose(viewer, now)


def test_it_does_not_take_more_than_it_can_carry(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    several(w)
    monkeypatch.setattr(bulk, "MOST", 2)
    with pytest.raises(Refused, match="More than 2 incidents") as refused:
        bulk.choose(w.as_("mate").viewer, w.as_("mate").now, filter_text="status:new")
    assert refused.value.code == "bulk_too_many"


@pytest.mark.parametrize("who", ["requester", "auditor"])
def test_it_is_for_those_who_work_on_incidents(who: str) -> None:
    w = world()
    for name in BULK_VERBS:
        with pytest.raises(NotPermitted):
            bulk.preview(w.as_(who), name, {}, [w.row.pk])
        with pytest.raises(NotPermitted):
            bulk.start(w.as_(who), name, {}, [w.row.pk])
    assert BulkItem.objects.count() == 0


def test_it_does_nothing_with_a_token_for_reading() -> None:
    w = world()
    request = w.as_("agent")
    reading = replace(request, viewer=replace(request.viewer, scopes=frozenset({"read"})))
    with pytest.raises(NotPermitted, match="scopes"):
        bulk.start(reading, "hold", {"reason": "change"}, [w.row.pk])


def test_it_leaves_out_what_the_person_may_not_see() -> None:
    w = world()
    run = bulk.start(w.as_("outsider"), "hold", {"reason": "change"}, [w.row.pk])
    assert not run.items.exists()


def test_it_names_verbs_and_values_that_there_are_not() -> None:
    w = world()
    with pytest.raises(Invalid, match="acknowledge"):
        bulk.start(w.as_("agent"), "explode", {}, [w.row.pk])
    with pytest.raises(Invalid, match="reason"):
        bulk.start(w.as_("agent"), "cancel", {"because": "x"}, [w.row.pk])
