"""`allclear policy`: priority matrix, routing rules, lifecycle and retention as versions."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As

app = typer.Typer(no_args_is_help=True)
Kind = Annotated[str, typer.Argument(help="priority_matrix, routing, lifecycle, retention or alert_rules.")]


@app.callback()
def policy() -> None:
    """Priority matrix, routing rules, lifecycle and retention; every change is a new version."""


@app.command("list")
def list_(
    kind: Annotated[str, typer.Argument(help="Only this policy.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """List the versions, the newest first."""
    work = records.session(as_email)
    from allclear.catalog.models import PolicyVersion

    work.viewer.require("policy.read")
    rows = PolicyVersion.objects.filter(kind=_known(kind)) if kind else PolicyVersion.objects.all()
    names = ("kind", "version", "note", "author_id", "created_at")
    found = [{name: getattr(row, name) for name in names} for row in rows]
    columns = {"kind": "Policy", "version": "Version", "created_at": "Since", "note": "Why"}
    common.print_records(found, columns, as_json=as_json)


@app.command()
def show(
    kind: Kind,
    version: Annotated[int | None, typer.Option(help="By default the one in force.")] = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Print a policy's body as JSON, ready to be edited for `change`; --json adds kind and version around it."""
    work = records.session(as_email)
    from allclear.catalog.models import PolicyVersion
    from allclear.catalog.policies import body_of
    from allclear.kernel.errors import NotFound

    work.viewer.require("policy.read")
    found, body = body_of(_known(kind))
    if version is not None:
        row = PolicyVersion.objects.filter(kind=kind, version=version).first()
        if row is None:
            raise NotFound(f"There is no version {version} of {kind}.")
        found, body = version, row.body
    common.print_json({"kind": kind, "version": found, "body": body} if as_json else body)


@app.command()
def change(
    kind: Kind,
    note: Annotated[str, typer.Option(help="Why: what others read in a year.")],
    file: Annotated[typer.FileText, typer.Option(help="The body as JSON; - for stdin.")],
    expected_version: Annotated[int | None, typer.Option(help="Refuse when another is in force.")] = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Put a new version in force, if it can work."""
    work = records.session(as_email)
    from allclear.catalog.actions import change_policy
    from allclear.catalog.policies import body_of

    body = body_from(file)
    base = body_of(_known(kind))[0] if expected_version is None else expected_version
    row = change_policy(work.viewer, kind, body, note=note, expected_version=base, now=work.now)
    if as_json:
        common.print_json({"kind": row.kind, "version": row.version, "note": row.note, "body": row.body})
    else:
        typer.echo(f"{row} is in force.")


def body_from(file: typer.FileText) -> dict[str, Any]:
    """A policy's body from a file of JSON."""
    from allclear.kernel.errors import Invalid

    try:
        body: Any = json.load(file)
    except ValueError as error:
        raise Invalid({"file": f"This is not JSON: {error}."}) from None
    if not isinstance(body, dict):
        raise Invalid({"file": "Write the policy as a JSON object; `allclear policy show` prints one."})
    return body


def _known(kind: str) -> str:
    from allclear.catalog.policies import READERS
    from allclear.kernel.errors import Invalid

    if kind not in READERS:
        raise Invalid({"kind": f"There is no policy {kind!r}; choose one of {', '.join(READERS)}."})
    return kind
