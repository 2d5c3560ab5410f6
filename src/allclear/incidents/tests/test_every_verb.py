"""What holds for each verb: who may, who may not even know, what is written, and that a repeat writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from allclear.accounts.queries import viewer_for
from allclear.incidents import actions
from allclear.incidents.actions import Request
from allclear.incidents.models import Incident
from allclear.incidents.tests.world import VERBS, World, offered, world
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Conflict, Invalid, NotFound, NotPermitted
from allclear.kernel.events import stream
from allclear.kernel.models import Event
from allclear.testing import T0, instant, security_class

pytestmark = pytest.mark.django_db

NEEDS = {  # the status in which a verb has something to do, where that is not "in progress by the agent"
    "acknowledge": "new",
    "categorise": "new",
    "accept": "assigned",
    "resume": "on_hold",
    "verify": "resolved",
    "close": "resolved",
    "follow_up": "resolved",
    "reopen": "resolved",
}
FOR_REQUESTERS = {"reply", "attach", "watch", "verify", "reopen"}
FOR_AUDITORS = {"watch"}
REPEATS_WRITE_NOTHING = {
    "acknowledge", "categorise", "prioritise", "assign", "accept", "relate", "link_parent", "add_responder", "watch",
    "verify", "convert", "follow_up",
}  # fmt: skip


def prepared(verb: str) -> World:
    w = world(NEEDS.get(verb, "in_progress"))
    return offered(w) if verb.endswith("_handover") else w


def events_of(row: Incident) -> list[Event]:
    return stream("incident", row.pk)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["mate", "manager"])
def test_it_lets_staff_do_it_and_tells_who_and_when(verb: str, who: str) -> None:
    w = prepared(verb)
    before = len(events_of(w.row))
    outcome = VERBS[verb](w, w.as_(who, 40), w.row.pk)
    new = events_of(w.row)[before:]
    assert new
    assert {(e.actor_id, e.actor_kind) for e in new} == {(w.person(who).pk, "user")}
    assert {e.recorded_at for e in new} == {instant(40)}
    assert outcome.events
    w.row.refresh_from_db()
    assert w.row.version == before + len(new)
    assert verify_projections().differences == []


@pytest.mark.parametrize("verb", VERBS)
def test_it_hides_from_an_outsider_that_there_is_such_an_incident(verb: str) -> None:
    w = prepared(verb)
    before = Event.objects.count()
    with pytest.raises(NotFound):
        VERBS[verb](w, w.as_("outsider"), w.row.pk)
    assert Event.objects.count() == before


@pytest.mark.parametrize("verb", VERBS)
def test_it_hides_a_classified_one_from_all_but_the_named_group(verb: str) -> None:
    w = prepared(verb)
    Incident.objects.filter(pk=w.row.pk).update(security_class=security_class(w.agent))
    with pytest.raises(NotFound):
        VERBS[verb](w, w.as_("admin"), w.row.pk)
    assert VERBS[verb](w, w.as_("agent"), w.row.pk).events


@pytest.mark.parametrize("verb", VERBS)
def test_it_lets_requesters_do_only_what_is_theirs(verb: str) -> None:
    w = prepared(verb)
    before = Event.objects.count()
    with pytest.raises((NotFound, NotPermitted)):  # another's incident
        VERBS[verb](w, w.as_("colleague"), w.row.pk)
    assert Event.objects.count() == before
    if verb in FOR_REQUESTERS:
        assert VERBS[verb](w, w.as_("requester"), w.row.pk).events
        return
    with pytest.raises(NotPermitted, match="agent"):
        VERBS[verb](w, w.as_("requester"), w.row.pk)
    assert Event.objects.count() == before


@pytest.mark.parametrize("verb", VERBS)
def test_it_lets_auditors_look_only(verb: str) -> None:
    w = prepared(verb)
    if verb in FOR_AUDITORS:
        assert VERBS[verb](w, w.as_("auditor"), w.row.pk).events
        return
    with pytest.raises(NotPermitted):
        VERBS[verb](w, w.as_("auditor"), w.row.pk)


@pytest.mark.parametrize("verb", VERBS)
def test_it_lets_a_token_for_reading_do_nothing(verb: str) -> None:
    w = prepared(verb)
    viewer = replace(viewer_for(w.agent.pk), scopes=frozenset({"read"}))
    with pytest.raises(NotPermitted, match="scopes") as refused:
        VERBS[verb](w, Request(viewer, instant(40)), w.row.pk)
    assert refused.value.code == "token_scope"


@pytest.mark.parametrize("verb", sorted(REPEATS_WRITE_NOTHING))
def test_it_writes_nothing_when_it_is_so_already(verb: str) -> None:
    w = prepared(verb)
    VERBS[verb](w, w.as_("agent", 40), w.row.pk)
    before = Event.objects.count()
    again = VERBS[verb](w, w.as_("agent", 50), w.row.pk)
    assert (again.events, Event.objects.count()) == ((), before)


@pytest.mark.parametrize("verb", VERBS)
def test_it_keeps_when_it_was_true_apart_from_when_it_was_told(verb: str) -> None:
    w = prepared(verb)
    before = len(events_of(w.row))
    true_at = instant(35) if verb not in ("resolve", "verify", "close", "reopen") else instant(36)
    VERBS[verb](w, w.as_("agent", 90, occurred_at=true_at), w.row.pk)
    new = events_of(w.row)[before:]
    assert {(e.occurred_at, e.recorded_at) for e in new} == {(true_at, instant(90))}


@pytest.mark.parametrize("verb", VERBS)
def test_it_refuses_what_would_have_happened_in_the_future(verb: str) -> None:
    w = prepared(verb)
    before = Event.objects.count()
    with pytest.raises(Invalid, match="future"):
        VERBS[verb](w, w.as_("agent", 40, occurred_at=instant(41)), w.row.pk)
    assert Event.objects.count() == before


@pytest.mark.parametrize("verb", VERBS)
def test_it_names_what_changed_when_somebody_was_faster(verb: str) -> None:
    w = prepared(verb)
    seen = w.row.version
    actions.edit_incident(w.as_("mate", 35), w.row.pk, fields={"location": "Berlin"})
    before = Event.objects.count()
    with pytest.raises(Conflict) as conflict:
        VERBS[verb](w, w.as_("agent", 40, expected_version=seen), w.row.pk)
    assert conflict.value.extra["changes"] == [
        {"kind": "edited", "by": w.mate.pk, "at": instant(35).isoformat(), "fields": ["location"]}
    ]
    assert Event.objects.count() == before
    assert VERBS[verb](w, w.as_("agent", 40, expected_version=seen + 1), w.row.pk).events


def test_it_refuses_a_version_that_was_never_there() -> None:
    w = world()
    for version in (0, -1, w.row.version + 1):
        with pytest.raises(Conflict, match="never there"):
            actions.acknowledge_incident(w.as_("agent", expected_version=version), w.row.pk)


@pytest.mark.parametrize("verb", ["reply", "note", "edit", "hand_over", "workaround"])
def test_it_writes_the_cause_that_the_caller_gives(verb: str) -> None:
    w = prepared(verb)
    VERBS[verb](w, w.as_("agent", 40, cause={"request": "r-17"}), w.row.pk)
    assert events_of(w.row)[-1].cause == {"request": "r-17"}


@pytest.mark.parametrize(
    ("verb", "summary"),
    [
        ("prioritise", "P1 because impact is High and urgency is High"),
        ("assign", "Given to Network by hand"),
    ],
)
def test_it_explains_what_a_rule_decided(verb: str, summary: str) -> None:
    w = prepared(verb)
    outcome = VERBS[verb](w, w.as_("agent", 40), w.row.pk)
    assert outcome.summary == [summary]
    trace = events_of(w.row)[-1].trace
    assert (trace[0]["summary"], bool(trace[0]["steps"])) == (summary, True)


def test_it_moves_the_mark_of_progress_but_not_for_a_watcher_and_never_back() -> None:
    w = world()
    actions.add_note(w.as_("agent", 40), w.row.pk, "Looking")
    actions.watch_incident(w.as_("mate", 50), w.row.pk)
    actions.add_note(w.as_("agent", 60, occurred_at=T0 + timedelta(minutes=5)), w.row.pk, "Told later")
    w.row.refresh_from_db()
    assert w.row.last_progress_at == instant(40)
