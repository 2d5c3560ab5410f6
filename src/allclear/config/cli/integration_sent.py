"""What the sources of alerts sent, what of it was refused, and trying them: commands of `allclear integration`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As

if TYPE_CHECKING:
    from allclear.accounts.permissions import Viewer
    from allclear.alerts.models import Integration

Name = Annotated[str, typer.Argument(help="The integration's name or number.")]
_REFUSED = {"minute": "Minute", "status": "Answer", "count": "Requests", "reason": "Why"}
_UNKNOWN = {"minute": "Minute", "kind": "Kind", "count": "Requests", "hint": "End of key", "sender": "From"}
_SENT = {"id": "Number", "received_at": "Received", "status": "Answer", "event_count": "Events", "error": "Error"}


def named(viewer: Viewer, name: str) -> Integration:
    """The integration of this name or number."""
    from allclear.alerts.queries import integrations

    found: Integration = records.find(integrations(viewer), name, "integration")
    return found


def deliveries(
    name: Name,
    errors: Annotated[bool, typer.Option("--errors", help="Only what could not be read.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """What it sent lately, the newest first."""
    work = records.session(as_email)
    from allclear.alerts import queries
    from allclear.alerts.records import delivery_record

    rows = queries.deliveries(work.viewer, named(work.viewer, name).pk, errors_only=errors)[:limit]
    common.print_records([delivery_record(row) for row in rows], _SENT, as_json=as_json)


def refusals(
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """What was turned away unread lately, minute by minute: too much, too large, an old key."""
    work = records.session(as_email)
    from allclear.alerts import queries
    from allclear.alerts.records import refusal_record

    rows = queries.refusals(work.viewer, named(work.viewer, name).pk)[:limit]
    common.print_records([refusal_record(row) for row in rows], _REFUSED, as_json=as_json)


def unknown_keys(
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Requests with a key that no integration has, minute by minute: a tool that was set up wrong."""
    work = records.session(as_email)
    from allclear.alerts import queries
    from allclear.alerts.records import unknown_key_record

    rows = queries.unknown_keys(work.viewer)[:limit]
    common.print_records([unknown_key_record(row) for row in rows], _UNKNOWN, as_json=as_json)


def replay(
    delivery: Annotated[int, typer.Argument(help="The number of a delivery.")],
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Read a body once more, with the settings of today."""
    work = records.session(as_email)
    from allclear.alerts.actions.replaying import replay_delivery

    _told_delivery(replay_delivery(work.viewer, delivery, now=work.now), as_json=as_json)


def test(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Send a test event of its kind through it; it becomes an alert."""
    work = records.session(as_email)
    from allclear.alerts.actions.replaying import try_integration

    row = named(work.viewer, name)
    _told_delivery(try_integration(work.viewer, row.pk, now=work.now), as_json=as_json)


def _told_delivery(row: Any, *, as_json: bool) -> None:
    from allclear.alerts.records import delivery_record

    if as_json:
        common.print_json(delivery_record(row))
    else:
        typer.echo(f"Delivery {row.pk}: {row.error or f'{row.event_count} events were read.'}")


def register(app: typer.Typer) -> None:
    """Add these commands to the group."""
    for one in (deliveries, refusals, unknown_keys, replay, test):
        app.command()(one)
