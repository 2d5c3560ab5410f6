"""`allclear escalation`: who is paged one after the other, and what is being paged now."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.escalation_policies import GROUP, app
from allclear.config.cli.incident_common import Number, instant
from allclear.config.cli.records import As

Key = Annotated[int, typer.Argument(help="The escalation's number, as `running` shows it.")]


@app.command()
def running(as_email: As = "", as_json: common.AsJson = False) -> None:
    """List what has not ended: number, incident, policy, state, next step."""
    work = records.session(as_email)
    from allclear.incidents.models import Incident
    from allclear.oncall.models import Escalation

    work.viewer.require("oncall.read")
    rows = list(Escalation.objects.filter(subject_kind="incident").exclude(status="stopped").order_by("-pk"))
    seen = Incident.objects.visible_to(work.viewer).in_bulk([row.subject_id for row in rows if row.subject_id])
    shown = [_shown(row, seen[row.subject_id].number) for row in rows if row.subject_id in seen]
    columns = {"id": "Number", "incident": "Incident", "policy": "Policy", "status": "State", "next_at": "Next"}
    common.print_records(shown, columns, as_json=as_json)


@app.command()
def ack(key: Key, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Acknowledge: say that the person of --as has it."""
    work, row = _found(key, as_email)
    from allclear.kernel.errors import Invalid
    from allclear.oncall.actions import escalating

    if work.viewer.user_id is None:
        raise Invalid({"as": "Say with --as who has it."})
    _done(escalating.acknowledge(row.pk, work.viewer.user_id, now=work.now), "acknowledged", as_json)


@app.command()
def snooze(
    key: Key,
    minutes: Annotated[int, typer.Option(min=1, help="For how long.")] = 30,
    until: Annotated[str, typer.Option(help="Or until an instant, such as 2026-03-02T14:30.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Page nobody for a while; what is to come is shifted."""
    from datetime import timedelta

    work, row = _found(key, as_email)
    from allclear.oncall.actions import escalating

    end = instant(until, work.viewer, "until") or work.now + timedelta(minutes=minutes)
    _done(escalating.snooze(work.viewer, row.pk, end, now=work.now), "snoozed", as_json)


@app.command("next")
def next_(key: Key, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Do not wait: take the next step now."""
    work, row = _found(key, as_email)
    from allclear.oncall.actions import escalating

    _done(escalating.escalate_now(work.viewer, row.pk, now=work.now), "one step further", as_json)


@app.command()
def resume(key: Key, as_email: As = "", as_json: common.AsJson = False) -> None:
    """End a snooze before its time."""
    work, row = _found(key, as_email)
    from allclear.oncall.actions import escalating

    _done(escalating.resume(work.viewer, row.pk, now=work.now), "not snoozed any more", as_json)


@app.command()
def again(key: Key, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Page from the first step, although somebody has acknowledged or everybody was paged."""
    work, row = _found(key, as_email)
    from allclear.oncall.actions import escalating

    _done(escalating.escalate_again(work.viewer, row.pk, now=work.now), "begun again", as_json)


@app.command()
def page(
    number: Number,
    policy: Annotated[str, typer.Option(help="An escalation policy by name.")] = "",
    team: Annotated[str, typer.Option(help="Or a team by name.")] = "",
    person: Annotated[str, typer.Option(help="Or a person by e-mail address.")] = "",
    text: Annotated[str, typer.Option(help="Said first in the pages.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Page by hand for an incident: a policy, a team or a person."""
    work = records.session(as_email)
    from allclear.accounts.models import Team
    from allclear.domain.escalation import Target, TargetKind
    from allclear.incidents.actions import Request
    from allclear.incidents.models import Incident
    from allclear.incidents.paging import page_by_hand

    row = records.find(Incident.objects.visible_to(work.viewer), number, "incident", by="number")
    target = None
    if team:
        target = Target(TargetKind.TEAM, records.key(Team.objects.all(), team, "team"))
    elif person:
        target = Target(TargetKind.PERSON, records.person(person).pk)
    found = GROUP.one_of(work.viewer, policy) if policy else None
    begun = page_by_hand(Request(work.viewer, work.now), row, policy=found, target=target, text=text)
    _done(begun, "begun", as_json)


def _found(key: int, as_email: str) -> tuple[records.Session, Any]:
    """An escalation of an incident that the person may see."""
    work = records.session(as_email)
    from allclear.incidents.models import Incident
    from allclear.kernel.errors import NotFound
    from allclear.oncall.models import Escalation

    work.viewer.require("incident.work")
    row = Escalation.objects.filter(pk=key, subject_kind="incident").first()
    if row is None or not Incident.objects.visible_to(work.viewer).filter(pk=row.subject_id or 0).exists():
        raise NotFound(f"There is no escalation {key}. `allclear escalation running` shows all.")
    return work, row


def _shown(row: Any, number: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "incident": number,
        "policy": row.state["policy"]["name"],
        "status": row.status,
        "started_at": row.started_at,
        "next_at": row.next_at,
    }


def _done(row: Any, words: str, as_json: bool) -> None:
    from allclear.incidents.models import Incident

    if as_json:
        common.print_json(_shown(row, Incident.objects.get(pk=row.subject_id).number))
    else:
        typer.echo(f"Escalation {row.pk} is {words}.")
