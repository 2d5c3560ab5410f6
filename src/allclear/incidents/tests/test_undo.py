"""Taking back the last verb: everything is as it was before, and nothing of others is lost."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from allclear.catalog.policies import save_policy
from allclear.domain.incident import fold
from allclear.domain.incident.state import IncidentState
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.incidents import actions, phrases
from allclear.incidents.models import Incident
from allclear.incidents.names import names_for
from allclear.incidents.tests.test_every_verb import NEEDS
from allclear.incidents.tests.world import VERBS, World, offered, world
from allclear.incidents.timeline import Sources
from allclear.incidents.verify import verify_projections
from allclear.incidents.words import Words
from allclear.kernel.errors import NotFound, NotPermitted, Refused
from allclear.kernel.events import stream
from allclear.testing import in_status, logged, resolution, security_class

pytestmark = pytest.mark.django_db

STAYS = {"reply", "note", "attach", "merge", "split", "contact", "add_contact", "place_retention_hold",
         "lift_retention_hold"}  # fmt: skip
LEAVES_A_TASK = {"add_task"}
KEPT = {"version", "last_progress_at"}


def state(row: Incident) -> IncidentState:
    return fold(row.pk, stream("incident", row.pk))


def differing(before: IncidentState, after: IncidentState) -> set[str]:
    return {f.name for f in fields(before) if getattr(before, f.name) != getattr(after, f.name)} - KEPT


@pytest.mark.parametrize("verb", sorted(set(VERBS) - STAYS))
def test_it_gives_back_every_field_of_every_verb(verb: str) -> None:
    w = world(NEEDS.get(verb, "in_progress"))
    w = offered(w) if verb.endswith("_handover") else w
    before = state(w.row)
    done = VERBS[verb](w, w.as_("mate", 40), w.row.pk)
    assert done.events
    undone = actions.undo_incident(w.as_("mate", 45), w.row.pk)
    assert [event.kind for event in undone.events] == ["undone"]
    assert differing(before, state(w.row)) == ({"tasks"} if verb in LEAVES_A_TASK else set())
    assert verify_projections().differences == []


@pytest.mark.parametrize("verb", sorted(STAYS & set(VERBS)))
def test_it_says_why_some_things_stay(verb: str) -> None:
    w = world()
    VERBS[verb](w, w.as_("mate", 40), w.row.pk)
    with pytest.raises(Refused) as refused:
        actions.undo_incident(w.as_("mate", 41), w.row.pk)
    assert refused.value.code.startswith("undo_")
    assert refused.value.message.endswith(".")


def test_it_cancels_a_task_that_was_new_and_opens_a_finished_one() -> None:
    w = world()
    actions.add_task(w.as_("agent", 40), w.row.pk, title="Call them")
    task = w.row.tasks.get()
    actions.finish_task(w.as_("agent", 41), w.row.pk, str(task.pk))
    actions.undo_incident(w.as_("agent", 42), w.row.pk)
    task.refresh_from_db()
    assert (task.status, task.finished_at) == ("open", None)
    actions.undo_incident(w.as_("agent", 43), w.row.pk)
    task.refresh_from_db()
    assert task.status == "cancelled"


def test_it_brings_back_the_words_of_a_title() -> None:
    w = world()
    actions.edit_incident(w.as_("agent", 40), w.row.pk, texts={"title": "VPN drops hourly"})
    actions.undo_incident(w.as_("agent", 41), w.row.pk)
    w.row.refresh_from_db()
    assert w.row.title == "VPN drops"


def test_it_goes_back_step_by_step_and_then_says_that_there_is_nothing_more() -> None:
    w = world()
    for place in ("Oslo", "Bergen"):
        actions.edit_incident(w.as_("mate", 40 if place == "Oslo" else 41), w.row.pk, fields={"location": place})
    actions.undo_incident(w.as_("mate", 42), w.row.pk)
    w.row.refresh_from_db()
    assert w.row.location == "Oslo"
    actions.undo_incident(w.as_("mate", 43), w.row.pk)
    w.row.refresh_from_db()
    assert w.row.location == ""
    with pytest.raises(NotFound, match="nothing of yours") as refused:
        actions.undo_incident(w.as_("mate", 44), w.row.pk)
    assert refused.value.code == "undo_nothing"


def test_it_takes_back_exactly_the_one_that_is_named_and_only_once() -> None:
    w = world()
    actions.edit_incident(w.as_("mate", 40), w.row.pk, fields={"location": "Oslo"})
    of = stream("incident", w.row.pk)[-1].position
    actions.watch_incident(w.as_("mate", 41), w.row.pk)
    actions.undo_incident(w.as_("mate", 42), w.row.pk, of=of)
    w.row.refresh_from_db()
    assert (w.row.location, w.row.watcher_ids) == ("", [w.mate.pk])
    with pytest.raises(Refused, match="already"):
        actions.undo_incident(w.as_("mate", 43), w.row.pk, of=of)


def test_it_loses_no_change_of_others() -> None:
    w = world()
    actions.edit_incident(w.as_("mate", 40), w.row.pk, fields={"location": "Oslo"})
    actions.edit_incident(w.as_("agent", 41), w.row.pk, fields={"location": "Rome"})
    with pytest.raises(Refused) as refused:
        actions.undo_incident(w.as_("mate", 42), w.row.pk)
    assert refused.value.code == "undo_touched"
    actions.undo_incident(w.as_("agent", 43), w.row.pk)
    actions.undo_incident(w.as_("mate", 44), w.row.pk)  # the other one took theirs back: nothing stands in the way
    w.row.refresh_from_db()
    assert w.row.location == ""


def test_it_lets_others_work_on_other_fields_meanwhile() -> None:
    w = world()
    actions.hold_incident(w.as_("mate", 40), w.row.pk, reason="change")
    actions.edit_incident(w.as_("agent", 41), w.row.pk, fields={"location": "Rome"})
    actions.add_note(w.as_("agent", 42), w.row.pk, "Seen")
    actions.undo_incident(w.as_("mate", 43), w.row.pk)
    w.row.refresh_from_db()
    assert (w.row.status, w.row.hold_reason, w.row.location) == ("in_progress", "", "Rome")


def test_it_takes_back_only_ones_own_and_only_for_a_while() -> None:
    w = world()
    actions.hold_incident(w.as_("mate", 40), w.row.pk, reason="change")
    with pytest.raises(NotFound) as nothing:
        actions.undo_incident(w.as_("lead", 41), w.row.pk)
    assert nothing.value.code == "undo_nothing"
    with pytest.raises(Refused, match="more than 10 minutes ago") as late:
        actions.undo_incident(w.as_("mate", 51), w.row.pk)
    assert late.value.code == "undo_too_late"
    actions.undo_incident(w.as_("mate", 50), w.row.pk)


def test_it_obeys_the_policy() -> None:
    w = world()
    actions.hold_incident(w.as_("mate", 40), w.row.pk, reason="change")
    body = replace(LifecyclePolicy(), undo_within=LifecyclePolicy().undo_within * 0).as_body()
    admin = w.as_("admin", 41)
    save_policy(admin.viewer, "lifecycle", body, note="Never", expected_version=0, now=admin.now)
    with pytest.raises(Refused) as off:
        actions.undo_incident(w.as_("mate", 42), w.row.pk)
    assert off.value.code == "undo_off"


def test_it_asks_for_the_rights_of_the_verb() -> None:
    w = world()
    actions.hold_incident(w.as_("mate", 40), w.row.pk, reason="change")
    request = w.as_("mate", 41)
    reading = replace(request, viewer=replace(request.viewer, scopes=frozenset({"read"})))
    with pytest.raises(NotPermitted, match="scopes"):
        actions.undo_incident(reading, w.row.pk)
    with pytest.raises(NotFound):
        actions.undo_incident(w.as_("outsider", 41), w.row.pk)
    Incident.objects.filter(pk=w.row.pk).update(security_class=security_class(w.agent))
    with pytest.raises(NotFound):
        actions.undo_incident(w.as_("mate", 41), w.row.pk)


def family(w: World) -> Incident:
    child = in_status("in_progress", w.agent, title="VPN drops at Lyon")
    actions.link_parent(w.as_("agent", 31), child.pk, w.row.pk)
    return child


def test_it_takes_back_a_resolution_with_all_the_children_that_it_reached() -> None:
    w = world()
    child = family(w)
    grandchild = in_status("new", w.agent, title="VPN drops at my desk")
    actions.link_parent(w.as_("agent", 32), grandchild.pk, child.pk)
    before = [state(row) for row in (w.row, child, grandchild)]
    actions.resolve_incident(w.as_("agent", 40), w.row.pk, resolution())
    actions.undo_incident(w.as_("agent", 41), w.row.pk)
    for row, was in zip((w.row, child, grandchild), before, strict=True):
        assert differing(was, state(row)) == set()
    assert verify_projections().differences == []


def test_it_takes_back_nothing_when_a_child_cannot_go_back() -> None:
    w = world()
    child = family(w)
    actions.resolve_incident(w.as_("agent", 40), w.row.pk, resolution())
    actions.close_incident(w.as_("mate", 41), child.pk)
    with pytest.raises(Refused, match=child.number) as refused:
        actions.undo_incident(w.as_("agent", 42), w.row.pk)
    assert refused.value.code == "undo_others"
    w.row.refresh_from_db()
    assert w.row.status == "resolved"


def test_it_sends_to_the_parent_what_was_done_with_it() -> None:
    w = world()
    child = family(w)
    actions.resolve_incident(w.as_("agent", 40), w.row.pk, resolution())
    with pytest.raises(Refused, match=w.row.number):
        actions.undo_incident(w.as_("agent", 41), child.pk)


def test_it_takes_a_link_away_on_both_sides() -> None:
    w = world()
    other = logged(w.agent, title="Mail is slow")
    actions.relate_incident(w.as_("agent", 40), w.row.pk, other.pk)
    actions.undo_incident(w.as_("agent", 41), w.row.pk)
    for row in (w.row, other):
        row.refresh_from_db()
        assert row.links == []


def test_it_says_in_the_timeline_what_was_taken_back() -> None:
    w = world()
    actions.resolve_incident(w.as_("agent", 40), w.row.pk, resolution())
    actions.undo_incident(w.as_("agent", 41), w.row.pk)
    events = stream("incident", w.row.pk)
    sources = Sources(w.row, names_for(w.row, events), Words())
    assert phrases.staff(events[-1], sources) == "took back: resolved"
