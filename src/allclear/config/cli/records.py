"""What the groups of plain records share: finding by name, printing, and the commands that all of them have."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, operator

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model, QuerySet

    from allclear.accounts.permissions import Viewer

As = Annotated[str, typer.Option("--as", help="E-mail of the person on whose behalf. By default the operator.")]
Seen = Annotated[int | None, typer.Option("--expected-version", help="Refuse when the record is newer.")]
Record = Annotated[
    str, typer.Argument(help="Its name (a person: the e-mail address; a code or field: the key) or number.")
]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]


@dataclass(frozen=True)
class Session:
    """Who works, and the instant of the command."""

    viewer: Viewer
    now: datetime


def session(as_email: str = "") -> Session:
    """Make Django ready and find out who works; call it first in a command."""
    common.with_django()
    from allclear.kernel import clock

    return Session(operator.viewer_as(as_email), clock.now())


def given(**options: Any) -> dict[str, Any]:
    """The options that were used; an empty text clears a field."""
    return {name: value for name, value in options.items() if value is not None and value != []}


def find(rows: QuerySet[Any], text: str, one: str, *, by: str = "name") -> Any:
    """A record by its name or its number; a sentence when there is none."""
    from allclear.kernel.errors import NotFound

    found = rows.filter(**{f"{by}__iexact": text.strip()}).first()
    if found is None and text.strip().isdigit():
        found = rows.filter(pk=int(text)).first()
    if found is None:
        raise NotFound(f"There is no {one} {text!r}. `allclear {one.split()[-1]} list` shows all.")
    return found


def key(rows: QuerySet[Any], text: str | None, one: str, *, by: str = "name") -> int | None:
    """The key for an option that names a record; an empty text clears it."""
    return int(find(rows, text, one, by=by).pk) if text else None


def keyed(name: str, rows: QuerySet[Any], text: str | None, one: str) -> dict[str, Any]:
    """`{name: key}` when the option was used, else nothing."""
    return {} if text is None else {name: key(rows, text, one)}


def organisation(text: str | None, name: str = "organisation_id") -> dict[str, Any]:
    from allclear.accounts.models import Organisation

    return keyed(name, Organisation.objects.all(), text, "organisation")


def team(text: str | None, name: str = "owner_team_id") -> dict[str, Any]:
    from allclear.accounts.models import Team

    return keyed(name, Team.objects.all(), text, "team")


def category(text: str | None, name: str = "category_id") -> dict[str, Any]:
    """By path ("Network / VPN"), by a name that is there once, or by number."""
    from allclear.catalog.queries import category_tree
    from allclear.kernel.errors import Invalid

    if text is None or not text:
        return {} if text is None else {name: None}
    nodes = category_tree.get().values()
    wanted = " / ".join(part.strip() for part in text.split("/")).lower()
    found = [n for n in nodes if n.label.lower() == wanted] or [n for n in nodes if n.name.lower() == wanted]
    found = found or [n for n in nodes if str(n.id) == wanted]
    if len(found) != 1:
        several = f": {', '.join(n.label for n in found[:5])}" if found else ". `allclear category list` shows all"
        raise Invalid({name.removesuffix("_id"): f"{len(found) or 'No'} categories are called {text!r}{several}."})
    return {name: found[0].id}


def person(text: str) -> Any:
    """A person by e-mail address or number."""
    from allclear.accounts.models import User

    return find(User.objects.all(), text, "user", by="email")


def password_from_stdin() -> str:
    """The first line of stdin; nothing is asked."""
    return sys.stdin.readline().rstrip("\r\n")


def as_record(noun: Any, row: Model, **more: Any) -> dict[str, Any]:
    """A record for programs: key, fields, sets and version."""
    from allclear.kernel.events import position_of

    values = {name: getattr(row, name) for name in noun.fields}
    values |= {name: sorted(getattr(row, name).values_list("pk", flat=True)) for name in noun.sets}
    return {"id": row.pk, **values, **more, "version": position_of(noun.stream, row.pk)}


def told(noun: Any, row: Model, what: str, *, as_json: bool, **more: Any) -> None:
    """Say what a command did: a sentence, or the record."""
    if as_json:
        common.print_json(as_record(noun, row, **more))
    else:
        typer.echo(f"{row} (number {row.pk}) is {what}.")


@dataclass(frozen=True)
class Group:
    """The commands that every group has: list, show, deactivate, activate."""

    one: str
    noun: Callable[[], Any]
    rows: Callable[[Viewer], QuerySet[Any]]
    columns: Mapping[str, str]
    change: Callable[[], Callable[..., Any]] | None = None
    off: tuple[str, Any, Any] | None = ("is_active", False, True)  # field, value when off, value when on
    find_by: str = "name"
    search: Iterable[str] = ("name",)
    more: Callable[[Any], dict[str, Any]] = field(default=lambda row: {})

    def register(self, app: typer.Typer) -> None:
        """Add the commands to the group."""
        app.command("list", help=f"List every {self.one}, those out of use only with --all.")(self._list())
        app.command("show", help=f"Show one {self.one} by {self.find_by} or number.")(self._show())
        if self.off and self.change:
            name, off, on = self.off
            stop, go = f"Put a {self.one} out of use; what refers to it stays.", f"Put a {self.one} to use again."
            app.command("deactivate", help=stop)(self._set(name, off, "out of use"))
            app.command("activate", help=go)(self._set(name, on, "in use again"))

    def one_of(self, viewer: Viewer, text: str) -> Any:
        return find(self.rows(viewer), text, self.one, by=self.find_by)

    def _list(self) -> Callable[..., None]:
        def list_(
            search: Annotated[str, typer.Option("--search", "-s", help="A part of the name.")] = "",
            everything: Annotated[bool, typer.Option("--all", help="Those out of use too.")] = False,
            as_email: As = "",
            as_json: common.AsJson = False,
        ) -> None:
            work = session(as_email)
            from django.db.models import Q

            rows = self.rows(work.viewer)
            if self.off and not everything:
                rows = rows.exclude(**{self.off[0]: self.off[1]})
            if search:
                matches = Q()
                for name in self.search:
                    matches |= Q(**{f"{name}__icontains": search})
                rows = rows.filter(matches)
            records = [self._record(row) for row in rows]
            if "path" in self.columns:
                records.sort(key=lambda record: record["path"].lower())
            common.print_records(records, {"id": "Number", **self.columns}, as_json=as_json)

        return list_

    def _record(self, row: Any) -> dict[str, Any]:
        noun = self.noun()
        return {"id": row.pk, **{name: getattr(row, name) for name in noun.fields}, **self.more(row)}

    def _show(self) -> Callable[..., None]:
        def show(
            record: Record,
            as_email: As = "",
            as_json: common.AsJson = False,
        ) -> None:
            work = session(as_email)
            row = self.one_of(work.viewer, record)
            shown = as_record(self.noun(), row, **self.more(row))
            if as_json:
                common.print_json(shown)
                return
            for name, value in shown.items():
                typer.echo(f"{name:<20} {common.in_words(value)}")

        return show

    def _set(self, name: str, value: Any, words: str) -> Callable[..., None]:
        def set_(
            record: Record,
            as_email: As = "",
            as_json: common.AsJson = False,
        ) -> None:
            work = session(as_email)
            row = self.one_of(work.viewer, record)
            change = self.change() if self.change else None
            if change:
                row = change(work.viewer, row.pk, {name: value}, now=work.now)
            told(self.noun(), row, words, as_json=as_json)

        return set_
