"""The requester's word that waits for the desk: on the row, in the filter, first in "my next best", and in old rows."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.domain import next_best
from allclear.domain.terms import HoldReason
from allclear.incidents import actions
from allclear.incidents.filters import context_for
from allclear.incidents.models import Incident, PublicReply
from allclear.incidents.ordering import order_of
from allclear.incidents.queries import filter_q
from allclear.incidents.tests.world import World, world
from allclear.incidents.verify import verify_projections
from allclear.kernel.events import SYSTEM, Actor, NewEvent, append, stream
from allclear.kernel.ids import sha256
from allclear.testing import in_status, instant, logged, resolution

pytestmark = pytest.mark.django_db
NOW = instant(90)


def again(row: Incident) -> Incident:
    row.refresh_from_db()
    return row


def found(user: User, text: str) -> set[int]:
    viewer = viewer_for(user.pk)
    return set(Incident.objects.visible_to(viewer).filter(filter_q(text, viewer, NOW)).values_list("pk", flat=True))


def asked_and_answered() -> World:
    """On hold for the requester, who has answered since."""
    w = world()
    actions.hold_incident(w.as_("agent", 40), w.row.pk, reason=HoldReason.REQUESTER)
    actions.reply_publicly(w.as_("requester", 50), w.row.pk, "Since Monday, on both laptops.")
    return w


def test_it_finds_what_the_requester_has_answered_until_the_desk_writes_back() -> None:
    w = asked_and_answered()
    assert again(w.row).answered_at == instant(50)
    assert found(w.agent, "is:answered") == found(w.agent, "answered:>30m") == {w.row.pk}
    assert found(w.agent, "answered:>2h") == set()
    actions.add_note(w.as_("mate", 55), w.row.pk, "Two laptops, then.")
    assert found(w.agent, "is:answered") == {w.row.pk}
    actions.reply_publicly(w.as_("mate", 60), w.row.pk, "Thank you, we look into both.")
    assert (again(w.row).answered_at, found(w.agent, "is:answered")) == (None, set())
    assert verify_projections().differences == []


def test_what_the_requester_answered_comes_before_what_one_is_working_on() -> None:
    w = asked_and_answered()
    other = in_status("in_progress", by=w.agent, team_id=w.network.pk, requester_id=w.requester.pk)
    viewer = viewer_for(w.agent.pk)
    rows = Incident.objects.visible_to(viewer).filter(assignee=w.agent)
    assert list(order_of("next", viewer, NOW).apply(rows).values_list("pk", flat=True)) == [w.row.pk, other.pk]
    record = Incident.objects.filter(pk=w.row.pk).values().get()
    assert next_best.reason(record, context_for(viewer, NOW)).summary == "The requester has answered and waits for you."
    team_mate = next_best.reason(record, context_for(viewer_for(w.mate.pk), NOW))
    assert team_mate.summary == "The requester has answered and waits for your team."


def test_it_keeps_a_word_that_came_after_the_step_that_is_taken_back() -> None:
    w = asked_and_answered()
    actions.resolve_incident(w.as_("agent", 60), w.row.pk, resolution())
    assert again(w.row).answered_at is None
    actions.undo_incident(w.as_("agent", 61), w.row.pk)
    assert again(w.row).answered_at == instant(50)
    actions.resolve_incident(w.as_("agent", 62), w.row.pk, resolution())
    actions.reply_publicly(w.as_("requester", 63), w.row.pk, "It is as it was before.")
    actions.undo_incident(w.as_("agent", 64), w.row.pk)
    assert again(w.row).answered_at == instant(63)
    assert verify_projections().differences == []


def write_as_before(row: Incident, author: User, at: int, *, by_requester: bool) -> None:
    """A public reply as earlier versions wrote it: its event does not say that anybody waits."""
    body = f"Word at {at}"
    reply = PublicReply.objects.create(
        incident=row, author=author, by_requester=by_requester, body=body, sha256=sha256(body), created_at=instant(at)
    )
    said = NewEvent("replied", {"entry": str(reply.pk), "sha256": reply.sha256})
    position = append("incident", row.pk, again(row).version, [said], actor=Actor(author.pk), now=instant(at))
    Incident.objects.filter(pk=row.pk).update(version=position)


def test_rows_from_before_are_filled_from_their_events() -> None:
    w = world()
    for at, author in ((40, w.requester), (42, w.agent), (44, w.requester), (46, w.requester)):
        write_as_before(w.row, author, at, by_requester=author == w.requester)
    write_as_before(w.second, w.requester, 40, by_requester=True)
    write_as_before(w.second, w.agent, 41, by_requester=False)
    closed = in_status("closed", by=w.agent, team_id=w.network.pk, requester_id=w.requester.pk)
    silent = logged(w.agent)
    before = {row.pk: again(row).version for row in (w.row, w.second, closed, silent)}
    with connection.schema_editor(atomic=False) as editor:
        import_module("allclear.incidents.migrations.0017_answered_at").find_answers(apps, editor)
    assert again(w.row).answered_at == instant(44)
    assert [again(row).answered_at for row in (w.second, closed, silent)] == [None] * 3
    assert {row.pk: row.version - before[row.pk] for row in map(again, (w.row, w.second, closed, silent))} == {
        w.row.pk: 1, w.second.pk: 0, closed.pk: 0, silent.pk: 0,
    }  # fmt: skip
    last = stream("incident", w.row.pk)[-1]
    assert (last.kind, last.actor_kind) == ("answer_found", SYSTEM.kind)
    assert verify_projections().differences == []
