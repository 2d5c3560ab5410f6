"""`allclear contact`: how people are reached."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As

app = typer.Typer(no_args_is_help=True)
Method = Annotated[str, typer.Argument(help="Its number or its name.")]
_COLUMNS = {
    "id": "Number",
    "email": "Person",
    "kind": "Kind",
    "name": "Name",
    "address": "Address",
    "state": "State",
    "bad_reason": "Because",
}


@app.callback()
def contact() -> None:
    """Contact methods: the addresses that people are told at."""


@app.command("list")
def list_(
    email: Annotated[str, typer.Argument(help="Only this person's.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """List contact methods with how they are; what is secret in an address is not shown."""
    work = records.session(as_email)
    from allclear.notifications.models import ContactMethod

    rows = ContactMethod.objects.select_related("user").order_by("user__email", "pk")
    if not work.viewer.may("accounts.change"):
        rows = rows.filter(user=work.viewer.user_id or 0)
    if email:
        rows = rows.filter(user=records.person(email))
    common.print_records([_record(row) for row in rows], _COLUMNS, as_json=as_json)


@app.command()
def add(
    email: Annotated[str, typer.Argument(help="E-mail address of the person.")],
    kind: Annotated[str, typer.Argument(help="email, ntfy, chat, sms, voice or webhook.")],
    address: Annotated[str, typer.Argument(help="The e-mail address, or the address of the service.")],
    name: Annotated[str, typer.Option(help="What its owner calls it.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a contact method. A code goes there: `allclear contact confirm` takes it."""
    work = records.session(as_email)
    from allclear.notifications.actions.methods import add_method

    told = {"email" if kind == "email" else "url": address}
    values = {"user_id": records.person(email).pk, "kind": kind, "name": name, "address": told}
    row = add_method(work.viewer, values, now=work.now)
    if as_json:
        secret = row.address.get("secret")
        common.print_json(_record(row) | ({"secret": secret} if secret else {}))
    elif row.verified_at:
        typer.echo(f"Number {row.pk} is added. Its secret, shown this once: {row.address.get('secret', '')}")
    else:
        typer.echo(f"Number {row.pk} is added. A code is on its way: allclear contact confirm {row.pk} CODE")


@app.command()
def confirm(
    method: Method, code: Annotated[str, typer.Argument(help="The six digits that came.")], as_email: As = ""
) -> None:
    """Confirm a contact method by the code that came."""
    work = records.session(as_email)
    from allclear.notifications.actions.methods import confirm_method

    row = confirm_method(work.viewer, _find(method).pk, code, now=work.now)
    typer.echo(f"Number {row.pk} works.")


@app.command()
def test(method: Method, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Send a test there; the engine hands it over."""
    work = records.session(as_email)
    from allclear.notifications.actions.methods import test_method

    row = _find(method)
    key = test_method(work.viewer, row.pk, now=work.now)
    if as_json:
        common.print_json({"key": key})
    else:
        typer.echo(f"A test to number {row.pk} is queued.")


@app.command()
def remove(method: Method, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Remove a contact method; nothing goes there any more."""
    work = records.session(as_email)
    from allclear.notifications.actions.methods import remove_method

    row = _find(method)
    told = _record(row)
    remove_method(work.viewer, row.pk, now=work.now)
    if as_json:
        common.print_json(told)
    else:
        typer.echo(f"Number {told['id']} is removed.")


@app.command()
def shifts(
    email: Annotated[str, typer.Argument(help="E-mail address of the person.")],
    before: Annotated[int | None, typer.Option(min=0, help="Remind so many minutes before a shift; 0: never.")] = None,
    own_changes: Annotated[bool | None, typer.Option(help="Also tell of changes by the person themselves.")] = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Say what a person is told of their shifts, or choose it."""
    work = records.session(as_email)
    from allclear.notifications.actions.preferences import ShiftNotices, set_shift_notices, shift_notices_of

    key = records.person(email).pk
    if key != work.viewer.user_id:
        work.viewer.require("accounts.change")
    found = shift_notices_of(key)
    minutes = found.remind_minutes if before is None else before
    wanted = ShiftNotices(minutes, found.tells_own_changes if own_changes is None else own_changes)
    found = set_shift_notices(work.viewer, key, wanted, work.now)
    if as_json:
        common.print_json({"remind_minutes": found.remind_minutes, "tells_own_changes": found.tells_own_changes})
        return
    lead = f"{found.remind_minutes} minutes before a shift" if found.remind_minutes else "of no shift"
    typer.echo(f"Reminded {lead}; told of changes by {'everybody' if found.tells_own_changes else 'others'}.")


def _find(method: str) -> Any:
    from allclear.kernel.errors import Refused
    from allclear.notifications.models import ContactMethod

    rows = ContactMethod.objects.select_related("user")
    if rows.filter(name__iexact=method.strip()).count() > 1:
        raise Refused(f"Several are called {method!r}: give the number. `allclear contact list` shows all.")
    return records.find(rows, method, "contact")


def _record(row: Any) -> dict[str, Any]:
    from allclear.notifications.queries import address_words, state_of

    names = ("id", "kind", "name", "is_enabled", "created_at", "verified_at", "bad_since", "bad_reason")
    told = {name: getattr(row, name) for name in names}
    return told | {
        "email": row.user.email,
        "address": address_words(row.kind, row.address),
        "state": state_of(row),
    }
