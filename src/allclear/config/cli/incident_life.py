"""The verbs that move an incident through its work: who has it, what it is, what it waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from allclear.config.cli import common
from allclear.config.cli import incident_common as shared
from allclear.config.cli.incident_common import Number, Person, Reason, Team
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from allclear.incidents.actions import Outcome, Request


def acknowledge(number: Number, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False) -> None:
    """A human has seen it and owns it: the response clock stops."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import acknowledge_incident

        return acknowledge_incident(request, pk)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def accept(number: Number, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False) -> None:
    """Take it and begin (with --as)."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import accept_incident

        return accept_incident(request, pk)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def resume(number: Number, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False) -> None:
    """What it waited for is there: work goes on."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import resume_incident

        return resume_incident(request, pk)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def categorise(
    number: Number,
    category: Annotated[str, typer.Argument(help="Its path, such as 'Network / VPN'.")],
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Give it another category; the first one is kept beside."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import categorise_incident

        return categorise_incident(request, pk, shared.category_key(category) or 0)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def prioritise(
    number: Number,
    impact: Annotated[int, typer.Option(min=1, max=4)],
    urgency: Annotated[int, typer.Option(min=1, max=4)],
    reason: Reason,
    severity: str = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Assess impact and urgency again, with a reason."""

    weight = {"impact": impact, "urgency": urgency}

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import prioritise_incident

        return prioritise_incident(request, pk, **weight, severity=severity, reason=shared.words(reason))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def assign(
    number: Number,
    team: Team = "",
    assignee: Person = "",
    reason: Annotated[str, typer.Option(help="Needed from one team to another; - reads it from stdin.")] = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Assign it to a team, to a person, or both. Who does not dispatch hands it over to another team."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import assign_incident

        keys = {"team_id": shared.team_key(team), "assignee_id": shared.person_key(assignee)}
        return assign_incident(request, pk, **keys, reason=shared.words(reason))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def hand_over(
    number: Number,
    team: Annotated[str, typer.Option(help="By name.")],
    reason: Reason,
    assignee: Person = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Offer it to another team and tell them why; until they accept, your team stays responsible."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import hand_over_incident

        team_id, who = shared.team_key(team) or 0, shared.person_key(assignee)
        return hand_over_incident(request, pk, team_id=team_id, reason=shared.words(reason), assignee_id=who)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def hold(
    number: Number,
    reason: Annotated[str, typer.Option(help="requester, supplier, change, problem or evidence.")],
    until: shared.Instant = "",
    note: str = "",
    supplier: str = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Let work wait, for a reason that has a name."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import hold_incident

        at = shared.instant(until, request.viewer, "until")
        supplier_id = shared.organisation_key(request.viewer, supplier)
        return hold_incident(request, pk, reason=reason, until=at, note=shared.words(note), supplier_id=supplier_id)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def convert(
    number: Number,
    kind: Annotated[str, typer.Argument(help="incident or service_request.")],
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Incident to service request, or back."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import convert_incident

        return convert_incident(request, pk, kind=kind)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def undo(
    number: Number,
    of: Annotated[int | None, typer.Option(help="The version that the verb gave; by default the last verb.")] = None,
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Take back one's own last verb (with --as), as long as nobody built on it."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import undo_incident

        return undo_incident(request, pk, of=of)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def place_retention_hold(
    number: Number, reason: Reason, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False
) -> None:
    """Legal hold: nothing of it is erased until it is lifted."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import place_retention_hold

        return place_retention_hold(request, pk, reason=shared.words(reason))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def lift_retention_hold(
    number: Number, reason: Reason, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False
) -> None:
    """Lift the legal hold: the retention rules apply again."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import lift_retention_hold

        return lift_retention_hold(request, pk, reason=shared.words(reason))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def rebase(
    number: Number, reason: Reason, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False
) -> None:
    """Let the agreements of now apply to it, counted from its start."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import rebase_incident

        return rebase_incident(request, pk, reason=shared.words(reason))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


VERBS: list[Callable[..., None]] = [
    acknowledge,
    accept,
    assign,
    hand_over,
    categorise,
    prioritise,
    hold,
    resume,
    convert,
    undo,
    place_retention_hold,
    lift_retention_hold,
    rebase,
]


def register(app: typer.Typer) -> None:
    """Add these verbs to the group."""
    for one in VERBS:
        app.command()(one)
