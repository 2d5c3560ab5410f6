"""What happens to an incident and whom that pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.domain.escalation import Target, TargetKind
from allclear.incidents import actions, paging
from allclear.incidents.actions import LogForm
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid, NotFound, Refused
from allclear.notifications.models import Notification
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation, EscalationEntry, EscalationPolicy
from allclear.testing import T0, contact, person, policy, request_as, resolution, security_class, team

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
SECRET = "Yarrow in the vault"


class World:
    """Ana and Ben are the network's, Dora the desk's; Lena leads and takes what nobody acknowledges."""

    def __init__(self, **fields: Any) -> None:
        self.ana, self.ben, self.dora = person(name="Ana"), person(name="Ben"), person(name="Dora")
        self.lead = person("team_lead", name="Lena")
        self.network, self.desk = team(self.ana, self.ben, self.lead), team(self.dora, self.lead)
        for user in (self.ana, self.ben, self.dora, self.lead):
            contact(user)
        self.policy = policy(self.ana, self.ben, exhausted=self.lead, teams=[self.network], **fields)

    def log(self, **fields: Any) -> Incident:
        values = {"team_id": self.network.pk, "impact": 1, "urgency": 1, **fields}
        return actions.log_incident(request_as(self.lead, T0), LogForm("The core switch is down", **values)).incident

    def by(self, user: User, minutes: int = 1) -> Any:
        return request_as(user, T0 + timedelta(minutes=minutes))


def told() -> list[str]:
    rows = Notification.objects.filter(kind="page", user__isnull=False).order_by("pk")
    return [str(row.user) and row.user.name for row in rows if row.user]


def states() -> list[str]:
    return list(Escalation.objects.order_by("pk").values_list("status", flat=True))


def because() -> str:
    return str(Escalation.objects.filter(status="stopped").latest("pk").state["stopped_because"])


def later(row: Escalation | None = None, at: datetime = T0 + timedelta(minutes=30)) -> None:
    for one in [row] if row else Escalation.objects.exclude(next_at=None):
        escalating.move(one.pk, at)


def test_raising_to_p1_begins_a_policy_that_is_for_p1_only() -> None:
    world = World(priorities=[1])
    row = world.log(impact=3, urgency=2)
    assert row.priority and row.priority > 1
    assert states() == []
    actions.prioritise_incident(world.by(world.lead), row.pk, impact=1, urgency=1, reason="All sites")
    assert (states(), told()) == (["running"], ["Ana"])


def test_another_team_is_paged_by_its_own_policy() -> None:
    world = World()
    policy(world.dora, exhausted=world.lead, teams=[world.desk])
    row = world.log()
    actions.assign_incident(world.by(world.lead), row.pk, team_id=world.desk.pk, assignee_id=None, reason="Theirs")
    assert (states(), because(), told()) == (["stopped", "running"], "replaced", ["Ana", "Dora"])


def test_another_team_is_paged_although_the_first_had_acknowledged() -> None:
    world = World()
    policy(world.dora, exhausted=world.lead, teams=[world.desk])
    row = world.log()
    actions.acknowledge_incident(world.by(world.ana), row.pk)
    assert states() == ["acknowledged"]
    actions.assign_incident(world.by(world.lead), row.pk, team_id=world.desk.pk, assignee_id=None, reason="Theirs")
    assert (states(), told()) == (["stopped", "running"], ["Ana", "Dora"])
    actions.accept_incident(world.by(world.dora, 2), row.pk)
    assert states() == ["stopped", "acknowledged"]


def test_who_accepts_has_acknowledged() -> None:
    world = World()
    actions.accept_incident(world.by(world.ben), world.log().pk)
    assert states() == ["acknowledged"]
    assert list(Escalation.objects.get().state["acknowledged_by"]) == [str(world.ben.pk)]


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (lambda r, pk, other: actions.cancel_incident(r, pk, reason="A drill"), "cancelled"),
        (lambda r, pk, other: actions.resolve_incident(r, pk, resolution()), "resolved"),
        (lambda r, pk, other: actions.merge_incident(r, pk, other), "merged"),
    ],
)
def test_what_has_ended_pages_nobody(end: Any, reason: str) -> None:
    world = World()
    row, other = world.log(), world.log(team_id=world.desk.pk)
    if reason == "resolved":
        actions.assign_incident(world.by(world.lead), row.pk, team_id=world.network.pk, assignee_id=world.lead.pk)
        actions.accept_incident(world.by(world.lead, 2), row.pk)
    end(world.by(world.lead, 3), row.pk, other.pk)
    assert (states(), because()) == (["stopped"], reason)
    later()
    assert told() == ["Ana"]


def test_what_is_resolved_with_its_parent_pages_nobody() -> None:
    world = World()
    parent, child = world.log(team_id=world.desk.pk), world.log()
    actions.link_parent(world.by(world.lead), child.pk, parent.pk)
    actions.accept_incident(world.by(world.lead, 2), parent.pk)
    actions.resolve_incident(world.by(world.lead, 3), parent.pk, resolution())
    child.refresh_from_db()
    assert (child.status, states(), because()) == ("resolved", ["stopped"], "resolved")


@pytest.mark.parametrize("is_owned", [True, False])
def test_what_is_reopened_begins_again_only_if_nobody_has_it(is_owned: bool) -> None:
    world = World()
    row = world.log()
    actions.accept_incident(world.by(world.ana), row.pk)
    actions.resolve_incident(world.by(world.ana, 2), row.pk, resolution())
    if not is_owned:
        Incident.objects.filter(pk=row.pk).update(assignee=None)
    actions.reopen_incident(world.by(world.lead, 5), row.pk, reason="It is back")
    assert states() == (["stopped"] if is_owned else ["stopped", "running"])


def test_taking_an_acceptance_back_begins_again() -> None:
    world = World()
    row = world.log()
    actions.accept_incident(world.by(world.ben), row.pk)
    actions.undo_incident(world.by(world.ben, 2), row.pk)
    row.refresh_from_db()
    assert row.acknowledged_at is None
    assert (states(), told()) == (["running"], ["Ana", "Ana"])


def test_the_page_of_a_restricted_incident_names_no_words_to_others() -> None:
    world = World()
    vault = security_class(world.lead)
    form = LogForm(
        SECRET, description=SECRET, team_id=world.network.pk, impact=1, urgency=1, security_class_id=vault.pk
    )
    row = actions.log_incident(request_as(world.lead, T0), form).incident
    paging.page_by_hand(world.by(world.lead), row, target=Target(TargetKind.PERSON, world.ben.pk), text=SECRET)
    paging.page_by_hand(world.by(world.lead), row, target=Target(TargetKind.PERSON, world.lead.pk), text=SECRET)
    sent = {one.user.name: str(one.message) for one in Notification.objects.filter(kind="page") if one.user}
    assert SECRET not in sent["Ana"] + sent["Ben"]
    assert row.number in sent["Ana"]
    assert SECRET in sent["Lena"]


def test_two_incidents_of_one_storm_are_paged_apart() -> None:
    world = World()
    first, second = world.log(), world.log()
    actions.acknowledge_incident(world.by(world.ana), first.pk)
    later()
    assert states() == ["acknowledged", "running"]
    assert told() == ["Ana", "Ana", "Ben"]
    assert Escalation.objects.get(status="running").subject_id == second.pk


def test_a_policy_out_of_use_goes_on_where_it_runs() -> None:
    world = World()
    world.log()
    EscalationPolicy.objects.update(is_active=False, definition={})
    later()
    assert told() == ["Ana", "Ben"]


def test_one_team_is_paged_by_hand_with_a_text_and_once_more() -> None:
    world = World(priorities=[5])
    row = world.log()
    target = paging.default_target(row)
    begun = paging.page_by_hand(world.by(world.lead), row, target=target, text="Come to the bridge")
    assert (begun.policy, begun.started_by_hand) == (None, True)
    assert sorted(told()) == ["Ana", "Ben", "Lena"]
    assert "Come to the bridge" in str(Notification.objects.first() and Notification.objects.first().message)  # type: ignore[union-attr]
    later()
    assert (len(told()), states()) == (6, ["exhausted"])


def test_two_pages_by_hand_run_side_by_side_but_a_policy_runs_once() -> None:
    world = World()
    row = world.log()
    for user in (world.ben, world.dora):
        paging.page_by_hand(world.by(world.lead), row, target=Target(TargetKind.PERSON, user.pk))
    assert states() == ["running"] * 3
    with pytest.raises(Refused):
        paging.page_by_hand(world.by(world.lead), row, policy=world.policy)
    with pytest.raises(Invalid):
        paging.page_by_hand(world.by(world.lead), row)
    with pytest.raises(Invalid):
        paging.page_by_hand(world.by(world.lead), row, target=Target(TargetKind.PERSON, 2**40))


def test_nobody_pages_for_what_they_may_not_see_or_what_has_ended() -> None:
    world = World()
    row = world.log()
    stranger = person(serves=[])
    actions.edit_incident(world.by(world.lead), row.pk, fields={"security_class_id": security_class(world.lead).pk})
    with pytest.raises(NotFound):
        paging.page_by_hand(world.by(stranger), row, policy=world.policy)
    actions.cancel_incident(world.by(world.lead, 2), row.pk, reason="A drill")
    with pytest.raises(Refused):
        paging.page_by_hand(world.by(world.lead, 3), row, policy=world.policy)


def test_the_same_acknowledgement_twice_is_told_once() -> None:
    world = World()
    world.log()
    pk = Escalation.objects.get().pk
    for minutes in (1, 2, 3):
        escalating.acknowledge(pk, world.ana.pk, now=T0 + timedelta(minutes=minutes))
    escalating.acknowledge(
        pk, world.dora.pk, now=T0 + timedelta(minutes=4)
    )  # was not paged, and takes part all the same
    kinds = list(EscalationEntry.objects.filter(kind="acknowledged").values_list("by__name", flat=True))
    assert kinds == ["Ana", "Dora"]


def test_a_snoozed_or_exhausted_one_can_be_acknowledged() -> None:
    world = World()
    world.log()
    pk, viewer = Escalation.objects.get().pk, viewer_for(world.lead.pk)
    escalating.snooze(viewer, pk, T0 + timedelta(hours=1), now=T0)
    assert states() == ["snoozed"]
    escalating.acknowledge(pk, world.ben.pk, now=T0 + timedelta(minutes=1))
    assert states() == ["acknowledged"]
    escalating.escalate_again(viewer, pk, now=T0 + timedelta(minutes=2))
    for minutes in (10, 20):
        escalating.move(pk, T0 + timedelta(minutes=minutes))
    assert states() == ["exhausted"]
    escalating.acknowledge(pk, world.lead.pk, now=T0 + timedelta(minutes=30))
    assert (states(), Escalation.objects.get().next_at) == (["acknowledged"], None)


def test_work_on_it_puts_off_the_instant_at_which_it_begins_again() -> None:
    world = World(definition={"re_escalate_after_minutes": 10})
    row = world.log()
    actions.accept_incident(world.by(world.ana), row.pk)
    actions.add_note(world.by(world.ana, 9), row.pk, "Looking at the switch")
    one = Escalation.objects.get()
    assert one.next_at == T0 + timedelta(minutes=19)
    later(one, T0 + timedelta(minutes=19))
    assert told() == ["Ana", "Ana"]
    assert not EscalationEntry.objects.filter(kind="waited").exists()


def test_what_waits_to_be_sent_waits_while_it_is_snoozed() -> None:
    world = World()
    world.log()
    pk, viewer, until = Escalation.objects.get().pk, viewer_for(world.lead.pk), T0 + timedelta(hours=1)
    escalating.snooze(viewer, pk, until, now=T0)
    assert Notification.objects.get().due_at == until
    escalating.resume(viewer, pk, now=T0 + timedelta(minutes=5))
    assert Notification.objects.get().due_at == T0 + timedelta(minutes=5)
