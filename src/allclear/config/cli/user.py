"""`allclear user`: people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, PasswordStdin, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.models import User
    from allclear.accounts.permissions import Viewer

app = typer.Typer(no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="E-mail address; for somebody without one, the number.")]
Role = Annotated[list[str] | None, typer.Option(help="requester, agent, team_lead, incident_manager, admin, auditor.")]
Names = Annotated[list[str] | None, typer.Option(help="By name; several times for several, '' for none.")]


@app.callback()
def user() -> None:
    """People: add, list, change, deactivate."""


def _noun() -> Any:
    from allclear.accounts.actions.nouns import USER

    return USER


def _rows(viewer: Viewer) -> QuerySet[User]:
    from allclear.accounts.queries import people_visible_to

    viewer.require("accounts.read")
    return people_visible_to(viewer).select_related("organisation")


def _change() -> Any:
    from allclear.accounts.actions import change_user

    return change_user


GROUP = records.Group(
    "user",
    _noun,
    _rows,
    {"email": "E-mail", "name": "Name", "roles": "Roles", "organisation": "Organisation", "is_active": "Active"},
    _change,
    find_by="email",
    search=("name", "email"),
    more=lambda row: {
        "organisation": row.organisation.name if row.organisation else None,
        "has_password": row.has_usable_password(),
    },
)
GROUP.register(app)


@app.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option(help="The person's full name.")],
    role: Role = None,
    password_stdin: PasswordStdin = False,
    organisation: str | None = None,
    phone: str | None = None,
    mobile: str | None = None,
    location: str | None = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA name, such as Europe/Berlin.")] = None,
    skill: Names = None,
    serves: Names = None,
    vip: Annotated[bool | None, typer.Option("--vip/--no-vip")] = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a person. Without a password they cannot log in yet; without a role they are a requester."""
    work = records.session(as_email)
    from allclear.accounts.actions import add_user

    facts = records.given(
        email=email,
        name=name,
        roles=role,
        phone=phone,
        mobile=mobile,
        location=location,
        time_zone=time_zone,
        is_vip=vip,
    )
    password = records.password_from_stdin() if password_stdin else ""
    values = facts | records.organisation(organisation) | _sets(skill, serves)
    row = add_user(work.viewer, values, now=work.now, password=password, needs_password=password_stdin)
    records.told(_noun(), row, "added", as_json=as_json)


@app.command()
def change(
    email: Email,
    new_email: str | None = None,
    name: str | None = None,
    role: Role = None,
    organisation: str | None = None,
    phone: str | None = None,
    mobile: str | None = None,
    location: str | None = None,
    time_zone: str | None = None,
    skill: Names = None,
    serves: Names = None,
    vip: Annotated[bool | None, typer.Option("--vip/--no-vip")] = None,
    sees_organisation: Annotated[bool | None, typer.Option("--sees-organisation/--sees-own")] = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a person; what is not named stays. Roles, skills and customers are replaced as a whole."""
    work = records.session(as_email)
    facts = records.given(
        email=new_email,
        name=name,
        roles=role,
        phone=phone,
        mobile=mobile,
        location=location,
        time_zone=time_zone,
        is_vip=vip,
        sees_organisation=sees_organisation,
    )
    values = facts | records.organisation(organisation) | _sets(skill, serves)
    row = GROUP.one_of(work.viewer, email)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)


@app.command()
def erase(
    email: Email,
    reason: Annotated[str, typer.Option(help="Why; kept for good, so do not name the person in it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Erase what is held about a person: name, addresses, numbers, and what they wrote as requester. For good."""
    work = records.session(as_email)
    from allclear.incidents.actions import forget_person
    from allclear.incidents.actions.forget import held_about, why_not
    from allclear.kernel.errors import Refused

    row = GROUP.one_of(work.viewer, email)
    held = held_about(work.viewer, row.pk)
    obstacle = why_not(row.pk)
    if dry_run:
        _tell_erasure({"id": row.pk, "is_erased": False, "obstacle": obstacle, **held.as_data()}, as_json=as_json)
        return
    if obstacle:
        raise Refused(obstacle, code="not_erasable_yet")
    if not yes:
        typer.confirm(f"Erase {row.name} and the words of {held.incidents} incidents? It cannot be undone", abort=True)
    row, held = forget_person(work.viewer, row.pk, reason=reason, now=work.now)
    told = {"id": row.pk, "name": row.name, "is_erased": True, **held.as_data()}
    _tell_erasure(told, as_json=as_json)


def _tell_erasure(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        common.print_json(told)
        return
    what = "{texts} texts, {replies} replies and {files} files of {incidents} incidents".format(**told)
    typer.echo(f"{told['name']}: {what} were erased." if told["is_erased"] else f"This would erase {what}.")
    if told.get("obstacle"):
        typer.echo(told["obstacle"])


@app.command()
def password(email: Email, password_stdin: PasswordStdin = False, as_email: As = "") -> None:
    """Set a password: from stdin with --password-stdin, else it is asked for."""
    work = records.session(as_email)
    from allclear.accounts.actions import set_password

    row = GROUP.one_of(work.viewer, email)
    typed = records.password_from_stdin() if password_stdin else typer.prompt("New password", hide_input=True)
    set_password(work.viewer, row.pk, typed, now=work.now)
    typer.echo(f"{row} has a new password.")


def _sets(skill: list[str] | None, serves: list[str] | None) -> dict[str, Any]:
    from allclear.accounts.models import Organisation, Skill

    sets: dict[str, Any] = {}
    if skill:
        sets["skills"] = [records.key(Skill.objects.all(), name, "skill") for name in skill if name]
    if serves:
        sets["serves"] = [records.key(Organisation.objects.all(), name, "organisation") for name in serves if name]
    return sets
