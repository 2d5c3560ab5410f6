"""The verbs of an incident's life, each one POST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Body
from pydantic import Field

from allclear.api import present
from allclear.api.http import answer, verb
from allclear.api.incidents import LogBody, routes
from allclear.api.schemas import Amount, Instant, Key, Level, Number, Short, Strict, Text
from allclear.api.shapes import OutcomeShape
from allclear.domain.terms import Effectiveness, HoldReason, Kind
from allclear.incidents import actions
from allclear.incidents.actions import FollowUp, Outcome, Request, Resolution


class Nothing(Strict):
    """This verb needs no word."""


NOTHING: Any = Body(None)  # type: ignore[type-arg]  # ninja's own way to say that a body may be missing


class CategoriseBody(Strict):
    category_id: Key


class PrioritiseBody(Strict):
    impact: Level
    urgency: Level
    severity: Short = ""
    reason: Text = ""


class AssignBody(Strict):
    """To a team, to a person, or both. From one team to another needs a reason."""

    team_id: Key | None = None
    assignee_id: Key | None = None
    reason: Text = ""


class HandOverBody(Strict):
    """`assignee_id` is whom of that team you ask."""

    team_id: Key
    reason: Text
    assignee_id: Key | None = None


class AcceptHandoverBody(Strict):
    """`assignee_id`: who of your team works on it; you if it is left out."""

    assignee_id: Key | None = None


class HoldBody(Strict):
    reason: HoldReason
    until: Instant | None = None
    note: Text = ""
    supplier_id: Key | None = None


class ConvertBody(Strict):
    kind: Kind


class WorkaroundBody(Strict):
    workaround: Text
    restores_service: bool = False
    restored_at: Instant | None = None


class ResolveBody(Strict):
    resolution_code: Short
    resolution: Text
    cause_code: Short = ""
    permanent_fix: Text = ""
    harm: Text = ""
    restored_at: Instant | None = None
    final_category_id: Key | None = None
    cost: Amount | None = None
    currency: Annotated[str, Field(max_length=3)] = ""
    downtime_minutes: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    has_data_loss: bool = False


class VerifyBody(Strict):
    is_effective: bool
    note: Text = ""


class FollowUpBody(Strict):
    """`effectiveness`: did the handling work as it should? Unless yes, `improvement` says what to improve.

    `documents` are those to update, one a line.
    """

    effectiveness: Effectiveness
    improvement: Text = ""
    documents: Text = ""


class CloseBody(Strict):
    """The follow-up may be written with the closure, or later with a verb of its own."""

    follow_up: FollowUpBody | None = None


class UndoBody(Strict):
    """`of` is the version that the verb answered with: nothing but that verb is taken back."""

    of: Key | None = None


class ReasonBody(Strict):
    reason: Text


class ParentBody(Strict):
    """`parent` null unlinks."""

    parent: Number | None
    is_cascade_opted_out: bool = False


class MergeBody(Strict):
    into: Number


def act(request: HttpRequest, number: str, do: Callable[[Request, int], Outcome], *, status: int = 200) -> HttpResponse:
    """Run a verb on the incident with this number and tell what it did."""
    asked = verb(request)
    result = do(asked, present.key_of(asked.viewer, number))
    return answer(present.outcome(result, asked.viewer), status, version=result.incident.version)


@routes.post("/{number}/acknowledge", OutcomeShape, versioned=True)
def acknowledge(request: HttpRequest, number: str, payload: Nothing = NOTHING) -> HttpResponse:
    """Acknowledge: a human owns it.

    Stops the response clock. The first acknowledgement counts.
    """
    return act(request, number, actions.acknowledge_incident)


@routes.post("/{number}/categorise", OutcomeShape, versioned=True)
def categorise(request: HttpRequest, number: str, payload: CategoriseBody) -> HttpResponse:
    """Give it another category; the first is kept."""
    return act(request, number, lambda r, pk: actions.categorise_incident(r, pk, payload.category_id))


@routes.post("/{number}/prioritise", OutcomeShape, versioned=True)
def prioritise(request: HttpRequest, number: str, payload: PrioritiseBody) -> HttpResponse:
    """Assess impact and urgency again, with a reason."""
    return act(request, number, lambda r, pk: actions.prioritise_incident(r, pk, **payload.model_dump()))


@routes.post("/{number}/assign", OutcomeShape, versioned=True)
def assign(request: HttpRequest, number: str, payload: AssignBody) -> HttpResponse:
    """Assign to a team, a person, or both.

    From one team to another is for incident managers, the coordinator and leads of both; others hand it over.
    """
    return act(request, number, lambda r, pk: actions.assign_incident(r, pk, **payload.model_dump()))


@routes.post("/{number}/accept", OutcomeShape, versioned=True)
def accept(request: HttpRequest, number: str, payload: Nothing = NOTHING) -> HttpResponse:
    """Take it and begin.

    Of two who accept at once, one gets it and the other is told.
    """
    return act(request, number, actions.accept_incident)


@routes.post("/{number}/hand-over", OutcomeShape, versioned=True)
def hand_over(request: HttpRequest, number: str, payload: HandOverBody) -> HttpResponse:
    """Offer it to another team and tell them why.

    They accept or refuse; until then your team stays responsible. A person of your own team gets it at once.
    """
    return act(request, number, lambda r, pk: actions.hand_over_incident(r, pk, **payload.model_dump()))


@routes.post("/{number}/accept-handover", OutcomeShape, versioned=True)
def accept_handover(request: HttpRequest, number: str, payload: AcceptHandoverBody = NOTHING) -> HttpResponse:
    """Accept what was offered to your team.

    It is your team's from now on, and yours unless you name a colleague.
    """
    person = payload.assignee_id if payload else None
    return act(request, number, lambda r, pk: actions.accept_handover(r, pk, assignee_id=person))


@routes.post("/{number}/refuse-handover", OutcomeShape, versioned=True)
def refuse_handover(request: HttpRequest, number: str, payload: ReasonBody) -> HttpResponse:
    """Refuse what was offered to your team, with a reason.

    It goes back to the sender. So many bounces as the lifecycle policy says call the coordinator.
    """
    return act(request, number, lambda r, pk: actions.refuse_handover(r, pk, reason=payload.reason))


@routes.post("/{number}/withdraw-handover", OutcomeShape, versioned=True)
def withdraw_handover(request: HttpRequest, number: str, payload: Nothing = NOTHING) -> HttpResponse:
    """Withdraw an offer that nobody has answered yet: your side keeps it."""
    return act(request, number, actions.withdraw_handover)


@routes.post("/{number}/hold", OutcomeShape, versioned=True)
def hold(request: HttpRequest, number: str, payload: HoldBody) -> HttpResponse:
    """Let it wait, for a reason that has a name."""
    return act(request, number, lambda r, pk: actions.hold_incident(r, pk, **payload.model_dump()))


@routes.post("/{number}/resume", OutcomeShape, versioned=True)
def resume(request: HttpRequest, number: str, payload: Nothing = NOTHING) -> HttpResponse:
    """Go on: what it waited for is there."""
    return act(request, number, actions.resume_incident)


@routes.post("/{number}/convert", OutcomeShape, versioned=True)
def convert(request: HttpRequest, number: str, payload: ConvertBody) -> HttpResponse:
    """Make an incident a service request, or back."""
    return act(request, number, lambda r, pk: actions.convert_incident(r, pk, kind=payload.kind))


@routes.post("/{number}/workaround", OutcomeShape, versioned=True)
def workaround(request: HttpRequest, number: str, payload: WorkaroundBody) -> HttpResponse:
    """Record a workaround.

    If it restores the service, the time to restore ends here while the work goes on.
    """
    values = payload.model_dump(exclude={"workaround"})
    return act(request, number, lambda r, pk: actions.find_workaround(r, pk, text=payload.workaround, **values))


@routes.post("/{number}/resolve", OutcomeShape, versioned=True)
def resolve(request: HttpRequest, number: str, payload: ResolveBody) -> HttpResponse:
    """Resolve: service is back.

    Its open children are resolved with it, but for those that opted out or have open tasks.
    """
    how = Resolution(text=payload.resolution, **payload.model_dump(exclude={"resolution"}))
    return act(request, number, lambda r, pk: actions.resolve_incident(r, pk, how))


@routes.post("/{number}/verify", OutcomeShape, versioned=True)
def verify(request: HttpRequest, number: str, payload: VerifyBody) -> HttpResponse:
    """Say whether it works again.

    Not effective brings it back to work. Requesters may say so for their own.
    """
    return act(request, number, lambda r, pk: actions.verify_incident(r, pk, **payload.model_dump()))


@routes.post("/{number}/close", OutcomeShape, versioned=True)
def close(request: HttpRequest, number: str, payload: CloseBody = NOTHING) -> HttpResponse:
    """Close: agreed done."""
    said = FollowUp(**payload.follow_up.model_dump()) if payload and payload.follow_up else None
    return act(request, number, lambda r, pk: actions.close_incident(r, pk, follow_up=said))


@routes.post("/{number}/follow-up", OutcomeShape, versioned=True)
def follow_up(request: HttpRequest, number: str, payload: FollowUpBody) -> HttpResponse:
    """Follow up a resolved or closed one: was the handling effective, and what to improve.

    Sent again, it is written anew; the timeline keeps what was said before.
    """
    said = FollowUp(**payload.model_dump())
    return act(request, number, lambda r, pk: actions.follow_up_incident(r, pk, said))


@routes.post("/{number}/reopen", OutcomeShape, versioned=True)
def reopen(request: HttpRequest, number: str, payload: ReasonBody) -> HttpResponse:
    """Reopen: it still does not work.

    The lifecycle policy says who may, and for how long.
    """
    return act(request, number, lambda r, pk: actions.reopen_incident(r, pk, reason=payload.reason))


@routes.post("/{number}/undo", OutcomeShape, versioned=True)
def undo(request: HttpRequest, number: str, payload: UndoBody = NOTHING) -> HttpResponse:
    """Take back your last verb on it, as long as nobody built on it.

    The lifecycle policy says for how long. What went out to a requester stays, and so do notes, merges and splits.
    """
    of = payload.of if payload else None
    return act(request, number, lambda r, pk: actions.undo_incident(r, pk, of=of))


@routes.post("/{number}/cancel", OutcomeShape, versioned=True)
def cancel(request: HttpRequest, number: str, payload: ReasonBody) -> HttpResponse:
    """Cancel: logged in error, or withdrawn."""
    return act(request, number, lambda r, pk: actions.cancel_incident(r, pk, reason=payload.reason))


@routes.post("/{number}/rebase", OutcomeShape, versioned=True)
def rebase(request: HttpRequest, number: str, payload: ReasonBody) -> HttpResponse:
    """Let the agreements of now apply to it, counted from its start. The reason is kept in the history."""
    return act(request, number, lambda r, pk: actions.rebase_incident(r, pk, reason=payload.reason))


@routes.post("/{number}/place-retention-hold", OutcomeShape, versioned=True)
def place_retention_hold(request: HttpRequest, number: str, payload: ReasonBody) -> HttpResponse:
    """Place a legal hold: nothing of it is erased until it is lifted."""
    return act(request, number, lambda r, pk: actions.place_retention_hold(r, pk, reason=payload.reason))


@routes.post("/{number}/lift-retention-hold", OutcomeShape, versioned=True)
def lift_retention_hold(request: HttpRequest, number: str, payload: ReasonBody) -> HttpResponse:
    """Lift the legal hold: the retention rules apply again."""
    return act(request, number, lambda r, pk: actions.lift_retention_hold(r, pk, reason=payload.reason))


@routes.post("/{number}/link-parent", OutcomeShape, versioned=True)
def link_parent(request: HttpRequest, number: str, payload: ParentBody) -> HttpResponse:
    """Hang it below a parent, or unlink it.

    Resolving the parent resolves it too, unless it opted out.
    """

    def do(asked: Request, pk: int) -> Outcome:
        parent = present.key_of(asked.viewer, payload.parent) if payload.parent else None
        return actions.link_parent(asked, pk, parent, is_cascade_opted_out=payload.is_cascade_opted_out)

    return act(request, number, do)


@routes.post("/{number}/merge", OutcomeShape, versioned=True)
def merge(request: HttpRequest, number: str, payload: MergeBody) -> HttpResponse:
    """Merge a duplicate into another incident.

    This one closes; its people follow the other.
    """

    def do(asked: Request, pk: int) -> Outcome:
        return actions.merge_incident(asked, pk, present.key_of(asked.viewer, payload.into))

    return act(request, number, do)


@routes.post("/{number}/split", OutcomeShape, status=201, versioned=True)
def split(request: HttpRequest, number: str, payload: LogBody) -> HttpResponse:
    """Log a second fault of this report as its own incident.

    Gives the new one, linked to this one.
    """
    asked = verb(request)
    result = actions.split_incident(asked, present.key_of(asked.viewer, number), payload.form())
    row = result.incident
    headers = {"Location": f"/api/v1/incidents/{row.number}"}
    return answer(present.outcome(result, asked.viewer), 201, version=row.version, headers=headers)
