"""Looking back at how an incident was handled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allclear.domain.incident import completeness
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.actions import FollowUp
from allclear.incidents.models import Content, Incident
from allclear.incidents.projection import state_of
from allclear.incidents.queries import IncidentFilter
from allclear.incidents.tests.world import World, world
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Invalid, NotPermitted, Refused
from allclear.kernel.events import stream
from allclear.testing import in_status, instant, logged, person, request_as

pytestmark = pytest.mark.django_db
SAID = FollowUp("partly", "Page the network team sooner", "Runbook VPN\nOn-call plan")


def look_back(w: World, said: FollowUp = SAID, at: int = 50, who: str = "agent") -> Incident:
    return actions.follow_up_incident(w.as_(who, at), w.row.pk, said).incident


def found(w: World, who: str = "lead", **asked: object) -> set[int]:
    viewer = w.as_(who).viewer
    wanted = replace(IncidentFilter(), **asked)  # type: ignore[arg-type]  # fields of the filter
    return set(wanted.apply(Incident.objects.visible_to(viewer), viewer).values_list("pk", flat=True))


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_it_keeps_answer_and_texts_of_who_looked_back(status: str) -> None:
    w = world(status)
    look_back(w)
    row = Incident.objects.get(pk=w.row.pk)
    assert (row.status, row.process_effectiveness) == (status, "partly")
    assert (row.followed_up_by_id, row.followed_up_at) == (w.agent.pk, instant(50))
    bodies = dict(Content.objects.filter(incident=row).values_list("slot", "body"))
    assert (bodies["follow_up"], bodies["documents"]) == (SAID.improvement, SAID.documents)
    assert not row.tasks.exists(), "what has ended has no open tasks"
    assert verify_projections().differences == []


@pytest.mark.parametrize("status", ["new", "in_progress", "on_hold", "cancelled"])
def test_it_waits_until_the_work_is_over(status: str) -> None:
    w = world(status)
    with pytest.raises(Refused, match="Follow up is not possible"):
        look_back(w)


def test_it_sends_whoever_looks_at_a_duplicate_to_the_other_one() -> None:
    w = world()
    actions.merge_incident(w.as_("agent", 40), w.row.pk, w.second.pk)
    with pytest.raises(Refused, match="Follow up the incident it was merged into"):
        look_back(w)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (FollowUp("", "Words"), "effectiveness"),
        (FollowUp("mostly", "Words"), "effectiveness"),
        (FollowUp("no"), "improvement"),
        (FollowUp("partly", " \n"), "improvement"),
        (FollowUp("yes", "x" * 100_001), "improvement"),
        (FollowUp("yes", "", "x" * 100_001), "documents"),
    ],
)
def test_it_names_what_is_missing_and_writes_nothing(said: FollowUp, field: str) -> None:
    w = world("closed")
    before = len(stream("incident", w.row.pk))
    with pytest.raises(Invalid) as invalid:
        look_back(w, said)
    assert list(invalid.value.fields) == [field]
    assert len(stream("incident", w.row.pk)) == before


def test_it_is_written_anew_and_the_history_keeps_what_was_said() -> None:
    w = world("closed")
    look_back(w)
    row = look_back(w, FollowUp("yes", SAID.improvement), at=60, who="mate")
    assert (row.process_effectiveness, row.followed_up_by_id, "documents" in row.texts) == ("yes", w.mate.pk, False)
    said = [event for event in stream("incident", row.pk) if event.kind == "followed_up"]
    assert [event.data["changes"]["process_effectiveness"][1] for event in said] == ["partly", "yes"]
    assert "follow_up" not in said[1].data["texts"], "a text that says the same keeps its row"
    assert Content.objects.filter(incident=row, slot="documents").count() == 1
    assert verify_projections().differences == []


def test_it_moves_no_mark_of_progress() -> None:
    w = world("closed")
    before = w.row.last_progress_at
    assert look_back(w).last_progress_at == before


def test_it_can_be_written_with_the_closure() -> None:
    w = world("resolved")
    row = actions.close_incident(w.as_("agent", 40), w.row.pk, follow_up=SAID).incident
    assert (row.status, row.process_effectiveness, row.followed_up_at) == ("closed", "partly", instant(40))
    assert [event.kind for event in stream("incident", row.pk)][-2:] == ["followed_up", "closed"]


def test_it_closes_nothing_with_a_follow_up_that_says_too_little() -> None:
    w = world("resolved")
    with pytest.raises(Invalid, match="Say what to improve"):
        actions.close_incident(w.as_("agent", 40), w.row.pk, follow_up=FollowUp("no"))
    w.row.refresh_from_db()
    assert w.row.status == "resolved"


def test_it_is_asked_for_again_after_reopening() -> None:
    w = world("closed")
    look_back(w)
    row = actions.reopen_incident(w.as_("lead", 60), w.row.pk, reason="It drops again").incident
    assert (row.process_effectiveness, row.followed_up_at, row.followed_up_by_id) == ("", None, None)
    assert verify_projections().differences == []


@pytest.mark.parametrize(("weight", "status", "hints"), [(1, "closed", 1), (1, "resolved", 0), (3, "closed", 0)])
def test_its_absence_is_hinted_at_only_where_much_was_at_stake(weight: int, status: str, hints: int) -> None:
    row = in_status(status, impact=weight, urgency=weight)
    report = completeness.of(state_of(row))
    assert [item.name for item in report.missing].count("Follow-up") == hints
    if status == "closed":
        assert report.score == row.completeness, "the score is the one of the closure"


def test_leads_and_auditors_find_what_nobody_looked_back_at() -> None:
    w = world("closed")
    done = in_status("closed", w.agent, title="Looked back at")
    actions.follow_up_incident(w.as_("agent", 50), done.pk, SAID)
    merged = logged(w.agent, title="A duplicate")
    actions.merge_incident(w.as_("agent", 40), merged.pk, w.second.pk)
    for who in ("lead", "auditor"):
        assert found(w, who, follow_up="missing") == {w.row.pk}
        assert found(w, who, follow_up="done") == {done.pk}
    with pytest.raises(NotPermitted):
        found(w, "requester", follow_up="missing")
    with pytest.raises(Invalid, match="choose of"):
        found(w, follow_up="perhaps")


def test_it_is_found_by_its_words_by_staff_only() -> None:
    w = world("closed")
    look_back(w, FollowUp("no", "Escalate to plumbago", "Gazetteer"))
    for word in ("plumbago", "Gazetteer"):
        assert found(w, q=word) == {w.row.pk}
        assert found(w, "requester", q=word) == set()


def test_an_agent_of_another_customer_cannot_know_of_it() -> None:
    w = world("closed")
    look_back(w)
    assert found(w, "outsider", follow_up="done") == set()


def test_a_requester_may_not_look_back_at_their_own() -> None:
    w = world("closed")
    with pytest.raises(NotPermitted):
        actions.follow_up_incident(request_as(w.requester, 60), w.row.pk, SAID)
    with pytest.raises(NotPermitted):
        actions.follow_up_incident(request_as(person(Role.AUDITOR), 60), w.row.pk, SAID)


def test_channels_narrow_the_list() -> None:
    w = world()
    phone, unknown = logged(w.agent, channel="phone"), logged(w.agent)
    Incident.objects.filter(pk=unknown.pk).update(channel="")
    assert found(w, channel=["phone"]) == {phone.pk}
    assert found(w, channel=["none"]) == {unknown.pk}
    assert found(w, channel=["phone", "none"]) == {phone.pk, unknown.pk}
    with pytest.raises(Invalid, match="choose of portal, phone"):
        found(w, channel=["pigeon"])
