"""The verbs that end an incident, look back at it, or bring it back to work."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from allclear.config.cli import common
from allclear.config.cli import incident_common as shared
from allclear.config.cli.incident_common import Number, Reason
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from allclear.incidents.actions import Outcome, Request

Effective = Annotated[str, typer.Option(help="Was the handling effective: yes, partly or no.")]
Improve = Annotated[str, typer.Option(help="What to improve; - reads it from stdin.")]
Documents = Annotated[str, typer.Option(help="Which documents to update, one a line; - reads them from stdin.")]


def workaround(
    number: Number,
    text: shared.Text,
    restores_service: Annotated[bool, typer.Option("--restores-service", help="The service is back with it.")] = False,
    restored_at: shared.Instant = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """A stop-gap was found; with --restores-service the outage ends while the work goes on."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import find_workaround

        at = shared.instant(restored_at, request.viewer, "restored_at")
        return find_workaround(request, pk, text=shared.words(text), restores_service=restores_service, restored_at=at)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def resolve(
    number: Number,
    code: Annotated[str, typer.Option(help="A resolution code; `allclear code list` shows all.")],
    text: Annotated[str, typer.Option(help="What was done, for people; - reads it from stdin.")],
    cause: Annotated[str, typer.Option(help="A cause code.")] = "",
    permanent_fix: str = "",
    harm: str = "",
    restored_at: shared.Instant = "",
    final_category: str = "",
    cost: Annotated[str, typer.Option(help="An amount, such as 1200.50.")] = "",
    currency: Annotated[str, typer.Option(help="Three letters.")] = "",
    downtime_minutes: Annotated[int | None, typer.Option(min=0)] = None,
    data_loss: Annotated[bool, typer.Option("--data-loss", help="Data was lost.")] = False,
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Service is back; open children are resolved with it."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import Resolution, resolve_incident

        how = Resolution(
            resolution_code=code,
            text=shared.words(text),
            cause_code=cause,
            permanent_fix=permanent_fix,
            harm=harm,
            restored_at=shared.instant(restored_at, request.viewer, "restored_at"),
            final_category_id=shared.category_key(final_category),
            cost=_amount(cost),
            currency=currency.upper(),
            downtime_minutes=downtime_minutes,
            has_data_loss=data_loss,
        )
        return resolve_incident(request, pk, how)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def _amount(text: str) -> Decimal | None:
    from allclear.kernel.errors import Invalid

    try:
        amount = Decimal(text) if text else None
    except InvalidOperation:
        amount = Decimal("nan")
    if amount is not None and not amount.is_finite():
        raise Invalid({"cost": f"{text!r} is no amount; write it like 1200.50."})
    return amount


def verify(
    number: Number,
    effective: Annotated[bool, typer.Option("--effective/--not-effective", help="Does it work again?")],
    note: str = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Somebody checked; not effective brings it back to work."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import verify_incident

        return verify_incident(request, pk, is_effective=effective, note=shared.words(note))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def close(
    number: Number,
    effective: Effective = "",
    improve: Improve = "",
    documents: Documents = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Agreed done. The follow-up may be written with it: --effective and what to improve."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import FollowUp, close_incident

        said = FollowUp(effective, shared.words(improve), shared.words(documents))
        return close_incident(request, pk, follow_up=said if effective or improve or documents else None)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def follow_up(
    number: Number,
    effective: Effective,
    improve: Improve = "",
    documents: Documents = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Look back at a resolved or closed one: was the handling effective, what to improve, which documents to update."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import FollowUp, follow_up_incident

        said = FollowUp(effective, shared.words(improve), shared.words(documents))
        return follow_up_incident(request, pk, said)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def reopen(
    number: Number, reason: Reason, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False
) -> None:
    """It still does not work."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import reopen_incident

        return reopen_incident(request, pk, reason=shared.words(reason))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def cancel(
    number: Number, reason: Reason, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False
) -> None:
    """Logged in error, or withdrawn."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import cancel_incident

        return cancel_incident(request, pk, reason=shared.words(reason))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


VERBS: list[Callable[..., None]] = [workaround, resolve, verify, close, follow_up, reopen, cancel]


def register(app: typer.Typer) -> None:
    """Add these verbs to the group."""
    for one in VERBS:
        app.command()(one)
