"""One verb on many incidents, tried first if one wants, and taken back as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli import incident_common as shared
from allclear.config.cli.incident_common import Instant, Person, Team
from allclear.config.cli.records import As

if TYPE_CHECKING:
    from allclear.accounts.permissions import Viewer
    from allclear.incidents.actions import Request
    from allclear.incidents.models import BulkRun

AT_ONCE = 25  # between two steps of the progress bar
_TEXT_OF = {"note": "body", "resolve": "resolution", "hold": "note"}


def bulk(
    verb: Annotated[str, typer.Argument(help="Such as assign, hold, resolve; a wrong one lists all.")],
    numbers: Annotated[list[str] | None, typer.Argument(help="Public numbers, instead of --filter.")] = None,
    filter_: Annotated[str, typer.Option("--filter", "-f", help="In the filter language.")] = "",
    team: Team = "",
    assignee: Person = "",
    user: Annotated[str, typer.Option(help="Who watches or helps, by e-mail.")] = "",
    category: Annotated[str, typer.Option(help="Its path, such as 'Network / VPN'.")] = "",
    impact: Annotated[int | None, typer.Option(min=1, max=4)] = None,
    urgency: Annotated[int | None, typer.Option(min=1, max=4)] = None,
    reason: Annotated[str, typer.Option(help="Why, or what it waits for; - reads it from stdin.")] = "",
    until: Instant = "",
    supplier: Annotated[str, typer.Option(help="By name.")] = "",
    code: Annotated[str, typer.Option(help="A resolution code.")] = "",
    cause: Annotated[str, typer.Option(help="A cause code.")] = "",
    text: Annotated[str, typer.Option(help="The note, or what was done; - reads it from stdin.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Try it on each, and change nothing.")] = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Do one verb to many incidents, at most 1,000. What is refused is told and stops nothing."""
    work = records.session(as_email)
    from allclear.api.bulk import tried
    from allclear.incidents.actions import Request
    from allclear.incidents.actions import bulk as bulk_actions

    name = verb.replace("-", "_")
    found = shared.instant(until, work.viewer, "until")
    given: dict[str, Any] = {
        "team_id": shared.team_key(team) if team else None,
        "assignee_id": shared.person_key(assignee),
        "user_id": shared.person_key(user),
        "category_id": shared.category_key(category),
        "impact": impact,
        "urgency": urgency,
        "reason": shared.words(reason),
        "until": found.isoformat() if found else None,
        "supplier_id": shared.organisation_key(work.viewer, supplier) if supplier else None,
        "resolution_code": code,
        "cause_code": cause,
        _TEXT_OF.get(name, "text"): shared.words(text),
    }
    values = {key: value for key, value in given.items() if value not in (None, "")}
    request = Request(work.viewer, work.now, cause={"command": "line"})
    bulk_actions.bulk_verb(work.viewer, name)
    chosen = None if numbers else filter_ or None
    ids = bulk_actions.choose(work.viewer, work.now, numbers=numbers or (), filter_text=chosen)
    if dry_run:
        tell(tried(name, bulk_actions.preview(request, name, values, ids)), as_json=as_json)
        return
    run = bulk_actions.start(request, name, values, ids)
    _carry_through(request, run, len(ids), as_json=as_json)
    told(run, work.viewer, as_json=as_json)


def _carry_through(request: Request, run: BulkRun, count: int, *, as_json: bool) -> None:
    """Go on until all are done, and show how far it is."""
    from allclear.incidents.actions import bulk as bulk_actions

    with typer.progressbar(length=count, label=run.verb, file=_quiet(as_json)) as progress:
        while run.finished_at is None:
            bulk_actions.carry_on(request, run, most=AT_ONCE)
            progress.update(min(AT_ONCE, count))


def bulk_undo(
    key: Annotated[
        str, typer.Argument(metavar="ID", help="What `incident bulk` printed; last: one's newest.")
    ] = "last",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Take a bulk run back (with --as), as far as nobody built on it."""
    work = records.session(as_email)
    from uuid import UUID

    from allclear.incidents.actions import Request
    from allclear.incidents.actions import bulk as bulk_actions
    from allclear.kernel.errors import NotFound

    try:
        known = bulk_actions.newest_run(work.viewer) if key == "last" else bulk_actions.run_of(work.viewer, UUID(key))
    except ValueError:
        raise NotFound(f"{key!r} is no id of a bulk run. `allclear incident bulk` prints it.") from None
    request = Request(work.viewer, work.now, cause={"command": "line"})
    told(bulk_actions.take_back(request, known), work.viewer, as_json=as_json)


def _quiet(as_json: bool) -> Any:
    """The progress goes to people, beside the output for programs."""
    import io
    import sys

    return io.StringIO() if as_json else sys.stderr


def told(run: BulkRun, viewer: Viewer, *, as_json: bool) -> None:
    """What became of each incident of a run."""
    from allclear.api.bulk import shape

    tell(shape(run, viewer), as_json=as_json)


def tell(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        common.print_json(found)
        return
    columns = {"number": "Number", "state": "", "title": "Title", "reason": "Why"}
    common.print_records(found["items"], columns, as_json=False)
    typer.echo(", ".join(f"{count} {state}" for state, count in found["counts"].items() if count))
    if found["id"]:
        typer.echo(f"Take it back: allclear incident bulk-undo {found['id']}")


def register(app: typer.Typer) -> None:
    """Add these to the group."""
    app.command()(bulk)
    app.command()(bulk_undo)
