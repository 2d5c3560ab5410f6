"""The verbs that answer a hand-over, and the path of an incident from team to team."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from allclear.config.cli import common, records
from allclear.config.cli import incident_common as shared
from allclear.config.cli.incident_common import Number, Person, Reason
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from allclear.incidents.actions import Outcome, Request


def accept_handover(
    number: Number, assignee: Person = "", as_email: As = "", seen: Seen = None, as_json: common.AsJson = False
) -> None:
    """Take what was offered to one's team (with --as): for oneself, or for a colleague."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents import actions

        return actions.accept_handover(request, pk, assignee_id=shared.person_key(assignee))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def refuse_handover(
    number: Number, reason: Reason, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False
) -> None:
    """Send back what was offered to one's team (with --as), with a reason."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents import actions

        return actions.refuse_handover(request, pk, reason=shared.words(reason))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def withdraw_handover(number: Number, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False) -> None:
    """Keep it after all, while nobody has answered."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents import actions

        return actions.withdraw_handover(request, pk)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def handovers(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Show the path from team to team: who had it how long, what was offered, and how that ended."""
    work = records.session(as_email)
    from allclear.api import present, relay

    found = relay.path(present.find(work.viewer, number.strip().upper()), work.viewer, work.now)
    if as_json:
        common.print_json(found)
        return
    for stay in found["stays"]:
        typer.echo(f"{stay['team']['name']}, {_span(stay['seconds'])}, {stay['how'].replace('_', ' ')}")
        for offer in stay["offers"]:
            reason = f": {offer['answer'] or offer['reason']}" if offer["answer"] or offer["reason"] else ""
            typer.echo(f"  -> {offer['team']['name']}, {offer['outcome']} after {_span(offer['seconds'])}{reason}")
    if not found["stays"]:
        typer.echo("No team has had it yet.")


def _span(seconds: float) -> str:
    from allclear.incidents.wording import span_words

    return span_words(seconds)


def register(app: typer.Typer) -> None:
    """Add these to the group."""
    for one in (accept_handover, refuse_handover, withdraw_handover, handovers):
        app.command()(one)
