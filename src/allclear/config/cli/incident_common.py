"""What the commands on incidents share: options, look-ups by name, and how a verb's outcome is told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from allclear.config.cli import common, records

if TYPE_CHECKING:
    from allclear.accounts.permissions import Viewer
    from allclear.incidents.actions import LogForm, Outcome, Request

Number = Annotated[str, typer.Argument(help="The public number, such as INC0000042.")]
Text = Annotated[str, typer.Argument(help="The words; - reads them from stdin.")]
Reason = Annotated[str, typer.Option(help="Why; - reads it from stdin.")]
Team = Annotated[str, typer.Option(help="By name.")]
Person = Annotated[str, typer.Option(help="By e-mail address.")]
Instant = Annotated[str, typer.Option(help="Such as 2026-03-02T14:30, in the person's time zone unless it says one.")]
CiNames = Annotated[list[str] | None, typer.Option("--ci", help="A configuration item by name; several times.")]
Custom = Annotated[list[str] | None, typer.Option("--custom", help="KEY=VALUE of an own field; several times.")]

Do = Callable[["Request", int], "Outcome"]


def words(text: str) -> str:
    """The text, or all of stdin for `-`."""
    return sys.stdin.read() if text == "-" else text


def instant(text: str, viewer: Viewer, name: str) -> datetime | None:
    """A point in time as ISO 8601; without an offset it is in the viewer's zone."""
    from allclear.kernel.errors import Invalid

    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid({name: f"{text!r} is no point in time; write it like 2026-03-02T14:30."}) from None
    return read if read.tzinfo else read.replace(tzinfo=ZoneInfo(viewer.time_zone))


def team_key(name: str) -> int | None:
    from allclear.accounts.models import Team

    return records.key(Team.objects.all(), name, "team")


def person_key(email: str) -> int | None:
    return int(records.person(email).pk) if email else None


def service_key(viewer: Viewer, name: str) -> int | None:
    from allclear.catalog.queries import services_visible_to

    return records.key(services_visible_to(viewer), name, "service")


def organisation_key(viewer: Viewer, name: str) -> int | None:
    from allclear.accounts.queries import organisations_visible_to

    return records.key(organisations_visible_to(viewer), name, "organisation")


def category_key(path: str) -> int | None:
    key: int | None = records.category(path, "category")["category"] if path else None
    return key


def ci_keys(viewer: Viewer, names: list[str] | None) -> list[int]:
    from allclear.catalog.queries import cis_visible_to

    return [int(records.find(cis_visible_to(viewer), name, "ci").pk) for name in names or () if name]


def class_key(name: str) -> int | None:
    from allclear.accounts.models import SecurityClass

    return records.key(SecurityClass.objects.all(), name, "security-class")


def pairs(given: list[str] | None, name: str) -> dict[str, str]:
    """KEY=VALUE options as a mapping."""
    from allclear.kernel.errors import Invalid

    found: dict[str, str] = {}
    for text in given or ():
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise Invalid({name: f"Write {text!r} as KEY=VALUE."})
        found[key.strip()] = value
    return found


def key_of(viewer: Viewer, number: str) -> int:
    """The key behind a public number."""
    from allclear.api import present

    return present.key_of(viewer, number.strip().upper())


def act(number: str, do: Do, as_email: str, *, seen: int | None = None, as_json: bool) -> None:
    """Run a verb on the incident with this number and tell what it did, as the API does."""
    work = records.session(as_email)
    from allclear.incidents.actions import Request

    request = Request(work.viewer, work.now, seen, {"command": "line"})
    tell(do(request, key_of(work.viewer, number)), work.viewer, as_json=as_json)


def tell(outcome: Outcome, viewer: Viewer, *, as_json: bool) -> None:
    """The incident's number and status, and the sentences of the rules that decided."""
    from allclear.api import present
    from allclear.domain.terms import label

    told = present.outcome(outcome, viewer)
    if as_json:
        common.print_json(told)
        return
    priority = f", P{told['priority']}" if told["priority"] else ""
    team = f", team {told['team']['name']}" if told["team"] else ""
    who = f", {told['assignee']['name']}" if told["assignee"] else ""
    typer.echo(f"{told['number']} {label(told['status'])}{priority}{team}{who}: {told['title']}")
    for sentence in told["because"]:
        typer.echo(f"  {sentence}")
    if not outcome.events:
        typer.echo("  It was so already; nothing was changed.")


def log_form(viewer: Viewer, title: str, **told: Any) -> LogForm:
    """What was said on the command line, with names turned into keys."""
    from allclear.catalog.models import IncidentTemplate
    from allclear.incidents.actions import LogForm

    template = told.pop("template")
    return LogForm(
        title=title,
        description=words(told.pop("description")),
        requester_id=person_key(told.pop("requester")),
        on_behalf_of_id=person_key(told.pop("on_behalf_of")),
        organisation_id=organisation_key(viewer, told.pop("organisation")),
        service_id=service_key(viewer, told.pop("service")),
        ci_ids=ci_keys(viewer, told.pop("ci")),
        category_id=category_key(told.pop("category")),
        team_id=team_key(told.pop("team")),
        assignee_id=person_key(told.pop("assignee")),
        security_class_id=class_key(told.pop("security_class")),
        occurred_at=instant(told.pop("occurred_at"), viewer, "occurred_at"),
        predicted_impact_at=(predicted := instant(told.pop("predicted_impact_at"), viewer, "predicted_impact_at")),
        is_impending=predicted is not None,
        custom=pairs(told.pop("custom"), "custom"),
        answers=list(pairs(told.pop("answer"), "answer").items()),
        tasks=told.pop("task") or (),
        template_id=records.key(IncidentTemplate.objects.all(), template, "template") if template else None,
        **told,
    )
