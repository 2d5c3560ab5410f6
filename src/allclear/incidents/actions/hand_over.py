"""The verbs of handing work to another team: offer, accept, refuse, withdraw."""

from __future__ import annotations

from allclear.accounts.models import Membership, User
from allclear.accounts.queries import viewer_for
from allclear.catalog.policies import in_force
from allclear.domain.handover import calls_coordinator, is_offered
from allclear.domain.incident import TextRef
from allclear.domain.incident import commands as c
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.terms import Role, Slot
from allclear.domain.trace import Step, Trace
from allclear.incidents.actions.run import STREAM, Outcome, Request, Work, locked, run
from allclear.incidents.handovers import Offer, offers_of
from allclear.incidents.models import Incident
from allclear.incidents.values import check_person
from allclear.kernel.events import stream
from allclear.kernel.words import say, say_many


def hand_over_incident(
    request: Request, incident_id: int, *, team_id: int, reason: str, assignee_id: int | None = None
) -> Outcome:
    """Offer it to another team and tell them why; the sender stays responsible until they accept.

    A person of the own team gets it at once.
    """
    with locked(request, incident_id, "incident.work") as work:
        check_person(team_id, assignee_id)
        work.do(c.HandOver(team_id, work.texts.add(Slot.REASON, reason), assignee_id))
        return work.outcome


def accept_handover(request: Request, incident_id: int, *, assignee_id: int | None = None) -> Outcome:
    """Take what was offered to one's team: for oneself, or for a colleague of that team."""
    with locked(request, incident_id, "incident.work") as work:
        if assignee_id and is_offered(work.state):
            check_person(work.state.offered_team_id, assignee_id)
        work.do(c.AcceptHandover(assignee_id))
        return work.outcome


def refuse_handover(request: Request, incident_id: int, *, reason: str) -> Outcome:
    """Send it back with a reason. The bounce that is one too many calls the coordinator."""
    with locked(request, incident_id, "incident.work") as work:
        text = work.texts.add(Slot.REASON, reason)
        work.do(_refusal(work, text) if text else c.RefuseHandover(None))
        return work.outcome


def withdraw_handover(request: Request, incident_id: int) -> Outcome:
    """Keep it after all."""
    return run(request, incident_id, "incident.work", c.WithdrawHandover())


def tell_unanswered(request: Request, incident_id: int) -> Outcome:
    """The time to answer is over: the lead of the receiving team is next."""
    hours = in_force().lifecycle.handover_answer_hours
    step = Step(
        say("An offer is to be answered within {hours} hours", hours=f"{hours:g}"),
        say("Nobody of the receiving team accepted or refused it."),
        matched=True,
    )
    summary = say("Nobody answered the hand-over in time: the lead of the receiving team is next")
    why = Trace("lifecycle", summary, in_force().lifecycle.version, (step,))
    return run(request, incident_id, "incident.work", c.TellUnanswered(why))


def _refusal(work: Work, text: TextRef) -> c.RefuseHandover:
    """With the coordinators and the path, when they will be called."""
    policy, state = work.policies.lifecycle, work.state
    is_called = state.coordinator_called_at is not None
    if not calls_coordinator(state.bounce_count + 1, is_called=is_called, policy=policy):
        return c.RefuseHandover(text)
    offers = offers_of(stream(STREAM, work.row.pk), work.request.context(work.policies).at)
    return c.RefuseHandover(text, coordinators(policy, work.row), _why(policy, offers))


def _why(policy: LifecyclePolicy, offers: list[Offer]) -> Trace:
    """The way that it went from team to team. The last offer is the one that bounces now."""
    bounced = [offer for offer in offers if offer.outcome in ("refused", "open")]
    steps = [
        Step(
            say("{sender} offered it to {receiver}", sender=offer.from_team, receiver=offer.to_team),
            say("{receiver} refused after {minutes} min.", receiver=offer.to_team, minutes=int(offer.seconds // 60)),
            matched=True,
        )
        for offer in bounced
    ]
    count = len(bounced)
    summary = say_many(
        "It bounced once: the coordinator is called to decide which team has it",
        "It bounced {count} times: the coordinator is called to decide which team has it",
        count,
    )
    return Trace("lifecycle", summary, policy.version, tuple(steps))


def coordinators(policy: LifecyclePolicy, row: Incident) -> frozenset[int]:
    """The person or the team that the policy names; the incident managers when it names none who may see it."""
    active = User.objects.filter(is_active=True)
    named = active.filter(pk=policy.coordinator_id) if policy.coordinator_id else active.none()
    if policy.coordinator_team_id:
        members = Membership.objects.filter(team=policy.coordinator_team_id)
        chosen = members.filter(is_lead=True) if members.filter(is_lead=True).exists() else members
        named = active.filter(pk__in=chosen.values("user"))
    seeing = _seeing(list(named.values_list("pk", flat=True)), row)
    if seeing:
        return seeing
    managers = active.filter(roles__contains=[Role.INCIDENT_MANAGER])
    return _seeing(list(managers.values_list("pk", flat=True)), row)


def _seeing(people: list[int], row: Incident) -> frozenset[int]:
    """Those who may know of the incident."""
    return frozenset(pk for pk in people if Incident.objects.visible_to(viewer_for(pk)).filter(pk=row.pk).exists())
