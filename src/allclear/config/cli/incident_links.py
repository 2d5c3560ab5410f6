"""The verbs on an incident's words, files, tasks, people and relatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allclear.config.cli import common, records
from allclear.config.cli import incident_common as shared
from allclear.config.cli.incident_common import Number, Team
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from allclear.incidents.actions import Outcome, Request

Other = Annotated[str, typer.Argument(help="The other incident's number.")]
Remove = Annotated[bool, typer.Option("--remove", help="Take it back.")]
Owner = Annotated[str, typer.Option("--owner", help="By e-mail address.")]
_CHUNK = 2**16


def reply(
    number: Number, text: shared.Text, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False
) -> None:
    """Say something that the requester reads."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import reply_publicly

        return reply_publicly(request, pk, shared.words(text))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def note(
    number: Number, text: shared.Text, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False
) -> None:
    """Write a note among staff."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import add_note

        return add_note(request, pk, shared.words(text))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def attach(
    number: Number,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    public: Annotated[bool, typer.Option("--public", help="The requester sees it too.")] = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Keep a file with the incident."""

    def chunks() -> Iterator[bytes]:
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import attach_file

        return attach_file(request, pk, name=file.name, chunks=chunks(), is_public=public)

    shared.act(number, do, as_email, as_json=as_json)


def relate(
    number: Number,
    other: Other,
    kind: Annotated[str, typer.Option(help="related, caused_by or causes.")] = "related",
    remove: Remove = False,
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Link two incidents; both sides know."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import relate_incident

        return relate_incident(request, pk, shared.key_of(request.viewer, other), kind=kind, remove=remove)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def link_parent(
    number: Number,
    parent: Annotated[str, typer.Argument(help="The parent's number; none unlinks.")],
    opt_out: Annotated[bool, typer.Option("--opt-out", help="Do not resolve it with the parent.")] = False,
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Hang it below a parent: resolving the parent resolves it too."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents import actions

        above = None if parent == "none" else shared.key_of(request.viewer, parent)
        return actions.link_parent(request, pk, above, is_cascade_opted_out=opt_out)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def merge(number: Number, into: Other, as_email: As = "", seen: Seen = None, as_json: common.AsJson = False) -> None:
    """This one is a duplicate of INTO: it closes, and its people follow the other one."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import merge_incident

        return merge_incident(request, pk, shared.key_of(request.viewer, into))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def split(
    number: Number,
    title: Annotated[str, typer.Argument(help="What the second fault is.")],
    description: str = "",
    category: str = "",
    service: str = "",
    team: Team = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Log a second fault of the same report as an incident of its own."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import LogForm, split_incident

        form = LogForm(
            title=title,
            description=shared.words(description),
            category_id=shared.category_key(category),
            service_id=shared.service_key(request.viewer, service),
            team_id=shared.team_key(team),
        )
        return split_incident(request, pk, form)

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def add_task(
    number: Number,
    title: Annotated[str, typer.Argument(help="What is to be done.")],
    owner: Owner = "",
    team: Team = "",
    due_at: shared.Instant = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Add something to do; open tasks stand in the way of resolving."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents import actions

        return actions.add_task(
            request,
            pk,
            title=title,
            owner_id=shared.person_key(owner),
            team_id=shared.team_key(team),
            due_at=shared.instant(due_at, request.viewer, "due_at"),
        )

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def change_task(
    number: Number,
    task: Annotated[str, typer.Argument(help="Its id, as `show` prints it, or its title.")],
    status: Annotated[str | None, typer.Option(help="open, done or cancelled.")] = None,
    owner: Owner = "",
    team: Team = "",
    due_at: shared.Instant = "",
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """Finish, reopen or cancel a task, or give it another owner or due time."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents import actions

        return actions.change_task(
            request,
            pk,
            _task(pk, task),
            status=status,
            owner_id=shared.person_key(owner),
            team_id=shared.team_key(team),
            due_at=shared.instant(due_at, request.viewer, "due_at"),
        )

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def finish_task(
    number: Number,
    task: Annotated[str, typer.Argument(help="Its id, as `show` prints it, or its title.")],
    as_email: As = "",
    seen: Seen = None,
    as_json: common.AsJson = False,
) -> None:
    """A task is done."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents import actions

        return actions.finish_task(request, pk, _task(pk, task))

    shared.act(number, do, as_email, seen=seen, as_json=as_json)


def _task(incident_id: int, text: str) -> str:
    """The id of a task that was given by its id or its title."""
    from allclear.incidents.models import Task

    found = Task.objects.filter(incident_id=incident_id, title__iexact=text).values_list("pk", flat=True).first()
    return str(found or text)


def add_responder(
    number: Number, email: str, remove: Remove = False, as_email: As = "", as_json: common.AsJson = False
) -> None:
    """Bring somebody in to work on it jointly, or let them go."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents import actions

        return actions.add_responder(request, pk, records.person(email).pk, remove=remove)

    shared.act(number, do, as_email, as_json=as_json)


def watch(
    number: Number,
    email: Annotated[str, typer.Argument(help="Who; by default the one who works.")] = "",
    remove: Remove = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Follow it, or let another person follow it: watchers get the public replies."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import watch_incident

        return watch_incident(request, pk, user_id=shared.person_key(email), remove=remove)

    shared.act(number, do, as_email, as_json=as_json)


def contact(
    number: Number,
    email: Annotated[str, typer.Argument(help="Who reports it again; without it the note says who.")] = "",
    channel: Annotated[str, typer.Option(help="phone, email, chat, walk_up ...")] = "phone",
    note: Annotated[str, typer.Option(help="What they said; seen by staff only.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Somebody reports the same: count it here instead of logging it once more."""

    def do(request: Request, pk: int) -> Outcome:
        from allclear.incidents.actions import add_contact

        person = records.person(email).pk if email else None
        return add_contact(request, pk, person_id=person, channel=channel, note=note)

    shared.act(number, do, as_email, as_json=as_json)


VERBS: list[Callable[..., None]] = [
    reply,
    note,
    attach,
    add_task,
    finish_task,
    change_task,
    add_responder,
    watch,
    contact,
    relate,
    link_parent,
    merge,
    split,
]


def register(app: typer.Typer) -> None:
    """Add these verbs to the group."""
    for one in VERBS:
        app.command()(one)
