"""`allclear incident`: list, show and log incidents, and every verb on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import (
    common,
    incident_bulk,
    incident_ends,
    incident_handover,
    incident_life,
    incident_links,
    incident_promises,
    incident_search,
    records,
)
from allclear.config.cli import incident_common as shared
from allclear.config.cli.incident_common import CiNames, Custom, Instant, Number, Person
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from allclear.incidents.gather import Gathered

app = typer.Typer(no_args_is_help=True)
Level = Annotated[int | None, typer.Option(min=1, max=4, help="1 is the highest; by default the category's.")]
Several = Annotated[list[str] | None, typer.Option(help="Several times for several.")]


@app.callback()
def incident() -> None:
    """List, show and log incidents, and every verb on one."""


@app.command("list")
def list_(
    search: Annotated[str, typer.Option("--search", "-s", help="A number, whole words, or a part of the title.")] = "",
    status: Annotated[list[str] | None, typer.Option(help="A status, open (the default) or ended.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Of any status.")] = False,
    kind: Several = None,
    channel: Annotated[list[str] | None, typer.Option(help="How it was reported; none: not known.")] = None,
    priority: Annotated[list[int] | None, typer.Option(min=1, max=5)] = None,
    team: Annotated[str, typer.Option(help="By name; me: my teams; none: no team yet.")] = "",
    assignee: Annotated[str, typer.Option(help="By e-mail; me; none: nobody yet.")] = "",
    requester: Annotated[str, typer.Option(help="By e-mail; me.")] = "",
    service: str = "",
    category: str = "",
    organisation: str = "",
    logged_from: shared.Instant = "",
    logged_to: shared.Instant = "",
    follow_up: Annotated[str, typer.Option(help="missing: closed and nobody looked back at it; or done.")] = "",
    filter_: Annotated[
        str,
        typer.Option("--filter", "-f", help="In the filter language, such as 'team:network priority:1 opened:>7d'."),
    ] = "",
    view: Annotated[str, typer.Option(help="A saved view by name, in its own order.")] = "",
    sort: Annotated[
        str, typer.Option(help="critical (the queue's order), newest, oldest, next, a field, or -field.")
    ] = "",
    group_by: Annotated[str, typer.Option(help="A field that comes before the sort.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """List incidents: by default the open ones, the most critical first."""
    work = records.session(as_email)
    from allclear.api import present
    from allclear.incidents.models import Incident
    from allclear.incidents.queries import IncidentFilter

    viewer = work.viewer
    wanted = IncidentFilter(
        q=search,
        status=[] if everything else status or ([] if filter_ or view else ["open"]),
        kind=kind or [],
        channel=channel or [],
        priority=priority or [],
        team=[team if team in ("me", "none") else str(shared.team_key(team))] if team else [],
        assignee=_who(assignee),
        requester=_who(requester),
        service=_keys(shared.service_key(viewer, service)),
        category=_keys(shared.category_key(category)),
        organisation=_keys(shared.organisation_key(viewer, organisation)),
        logged_from=shared.instant(logged_from, viewer, "logged_from"),
        logged_to=shared.instant(logged_to, viewer, "logged_to"),
        follow_up=follow_up,
        filter=filter_,
        now=work.now,
    )
    rows = _ordered(wanted.apply(Incident.objects.visible_to(viewer), viewer), work, view, sort, group_by)
    _print(present.listed(rows[:limit], viewer), limit, as_json=as_json)


def _keys(key: int | None) -> list[int]:
    return [key] if key else []


def _print(found: list[dict[str, Any]], limit: int, *, as_json: bool) -> None:
    for item in found:
        del item["id"]
    if as_json:
        common.print_json(found)
        return
    shown = [
        item | {name: (item[name] or {}).get("name") for name in ("team", "assignee", "service")} for item in found
    ]
    columns = {"number": "Number", "priority": "P", "status": "Status", "title": "Title", "team": "Team"}
    common.print_records(shown, columns | {"assignee": "Assignee", "logged_at": "Logged"}, as_json=False)
    if len(found) == limit:
        typer.echo(f"These are the first {limit}; --limit shows more.", err=True)


def _ordered(rows: Any, work: records.Session, view: str, sort: str, group_by: str) -> Any:
    """Those that also fit a saved view, in its order unless another one is asked for."""
    from allclear.config.cli.view import find
    from allclear.incidents.ordering import order_of
    from allclear.incidents.queries import filter_q

    if view:
        kept = find(work.viewer, view)
        rows = rows.filter(filter_q(kept.filter, work.viewer, work.now))
        sort, group_by = sort or kept.sort, group_by or kept.group_by
    return order_of(sort or "critical", work.viewer, work.now, group_by=group_by).apply(rows)


def _who(text: str) -> list[str]:
    if not text:
        return []
    return [text if text in ("me", "none") else str(shared.person_key(text))]


@app.command()
def show(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Show one incident: its facts, texts, tasks and timeline, as far as the person may see them."""
    work = records.session(as_email)
    from allclear.api import present
    from allclear.incidents.gather import gather

    viewer = work.viewer
    detail = present.detail(viewer, number.strip().upper())
    found = gather(present.find(viewer, detail["number"]), viewer)
    entries = _timeline(found, viewer)
    if as_json:
        common.print_json(detail | {"timeline": entries})
        return
    from allclear.domain.terms import label

    priority = f" P{detail['priority']}" if detail["priority"] else ""
    typer.secho(f"{detail['number']}{priority} {label(detail['status'])}: {detail['title']}", bold=True)
    for name, value in _facts(found, detail):
        typer.echo(f"{name:<18} {common.in_words(value)}")
    for task in detail.get("tasks", []):
        typer.echo(f"[{'x' if task['status'] == 'done' else ' '}] {task['title']}  (task {task['id']})")
    typer.echo()
    for entry in entries:
        mark = {"public": "public  ", "internal": "internal"}.get(entry["kind"], "        ")
        typer.echo(f"{common.in_words(entry['at'])}  {mark} {entry['actor']}: {entry['summary']}".replace(" : ", " "))
        for line in entry["body"].splitlines():
            typer.echo(f"    {line}")


def _facts(found: Gathered, detail: dict[str, Any]) -> list[tuple[str, Any]]:
    from allclear.incidents import panels

    names = ("requester", "on_behalf_of", "team", "assignee", "service")
    referred = [(name.replace("_", " ").capitalize(), (detail.get(name) or {}).get("name")) for name in names]
    said = [("Description", detail.get("description")), ("Resolution", detail.get("resolution"))]
    pairs = [*referred, *panels.facts(found.row, found.names), ("Logged", detail["logged_at"]), *said]
    return [(name, value) for name, value in pairs if value]


def _timeline(found: Gathered, viewer: Any) -> list[dict[str, Any]]:
    from allclear.incidents import timeline

    internal = viewer.may("incident.read_internal")
    events, sources = found.events, found.sources
    entries = (
        timeline.for_staff(events, sources) if internal else timeline.for_requester(events, sources, viewer.user_id)
    )
    names = ("id", "event", "kind", "at", "recorded_at", "actor", "summary", "body")
    return [
        {name: getattr(entry, name) for name in names} | {"because": [step["text"] for step in entry.trace]}
        for entry in entries
    ]


@app.command()
def log(
    title: Annotated[str, typer.Argument(help="What does not work, in a line.")] = "",
    description: Annotated[str, typer.Option(help="All that is known; - reads it from stdin.")] = "",
    kind: Annotated[str, typer.Option(help="incident or service_request.")] = "incident",
    channel: Annotated[str, typer.Option(help="phone, email, chat, walk_up, portal, monitoring or api.")] = "api",
    requester: Person = "",
    on_behalf_of: Person = "",
    organisation: str = "",
    location: str = "",
    service: str = "",
    ci: CiNames = None,
    category: Annotated[str, typer.Option(help="Its path, such as 'Network / VPN'.")] = "",
    impact: Level = None,
    urgency: Level = None,
    severity: Annotated[str, typer.Option(help="A band of the matrix; by default as the priority suggests.")] = "",
    team: Annotated[str, typer.Option(help="By name; by default the routing rules decide.")] = "",
    assignee: Person = "",
    security_class: str = "",
    occurred_at: Instant = "",
    predicted_impact_at: Annotated[str, typer.Option(help="When it will hurt: makes it an impending one.")] = "",
    answer: Annotated[list[str] | None, typer.Option(help="QUESTION=ANSWER; several times.")] = None,
    custom: Custom = None,
    task: Several = None,
    template: str = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Log an incident. Only a title is needed, or a template that has one."""
    told = {name: value for name, value in locals().items() if name not in ("title", "as_email", "as_json")}
    work = records.session(as_email)
    from allclear.incidents.actions import Request, log_incident

    form = shared.log_form(work.viewer, title, **told)
    outcome = log_incident(Request(work.viewer, work.now, None, {"command": "line"}), form)
    shared.tell(outcome, work.viewer, as_json=as_json)


@app.command()
def edit(
    number: Number,
    title: str | None = None,
    description: str | None = None,
    diagnosis: str | None = None,
    workaround: str | None = None,
    permanent_fix: str | None = None,
    harm: str | None = None,
    location: str | None = None,
    channel: str | None = None,
    requester: Annotated[str | None, typer.Option(help="By e-mail address.")] = None,
    organisation: str | None = None,
    service: str | None = None,
    ci: CiNames = None,
    custom: Custom = None,
    security_class: str | None = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Correct what is described; what is not named stays, '' empties."""
    given = records.given(title=title, description=description, diagnosis=diagnosis, workaround=workaround)
    texts = {name: shared.words(text) for name, text in given.items()}
    texts |= records.given(permanent_fix=permanent_fix, harm=harm)
    fields: dict[str, Any] = records.given(location=location, channel=channel)

    def do(request: Any, pk: int) -> Any:
        from allclear.incidents.actions import edit_incident

        viewer = request.viewer
        if requester is not None:
            fields["requester_id"] = shared.person_key(requester)
        if organisation is not None:
            fields["organisation_id"] = shared.organisation_key(viewer, organisation)
        if service is not None:
            fields["service_id"] = shared.service_key(viewer, service)
        if security_class is not None:
            fields["security_class_id"] = shared.class_key(security_class)
        if custom:
            fields["custom"] = shared.pairs(custom, "custom")
        ci_ids = None if ci is None else shared.ci_keys(viewer, ci)
        return edit_incident(request, pk, fields=fields, texts=texts, ci_ids=ci_ids)

    shared.act(number, do, as_email, seen=expected_version, as_json=as_json)


incident_life.register(app)
incident_ends.register(app)
incident_handover.register(app)
incident_bulk.register(app)
incident_links.register(app)
incident_search.register(app)
incident_promises.register(app)
