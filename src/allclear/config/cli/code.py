"""`allclear code`: the closed lists of resolution and cause codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.permissions import Viewer
    from allclear.catalog.models import Code

app = typer.Typer(no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="LIST:KEY such as cause:security, a key that is there once, or the number.")]


@app.callback()
def code() -> None:
    """The closed lists of resolution and cause codes."""


def _noun() -> Any:
    from allclear.catalog.actions.nouns import CODE

    return CODE


def _rows(viewer: Viewer) -> QuerySet[Code]:
    from allclear.catalog.models import Code

    viewer.require("catalog.read")
    return Code.objects.all()


def _change() -> Any:
    from allclear.catalog.actions import change_code

    return change_code


class _ByListAndKey(records.Group):
    def one_of(self, viewer: Viewer, text: str) -> Any:
        from allclear.kernel.errors import Invalid

        list_, _, key = text.rpartition(":")
        rows = self.rows(viewer).filter(list=list_) if list_ else self.rows(viewer)
        if rows.filter(key=key).count() > 1:
            raise Invalid({"key": f"Both lists have {key!r}: write resolution:{key} or cause:{key}."})
        return records.find(rows, key, "code", by="key")


COLUMNS = {"list": "List", "key": "Key", "name": "Name", "position": "Place", "is_active": "Offered"}
GROUP = _ByListAndKey("code", _noun, _rows, COLUMNS, _change, find_by="key", search=("name", "key"))
GROUP.register(app)


@app.command()
def add(
    list_: Annotated[str, typer.Argument(metavar="LIST", help="resolution or cause.")],
    key: Annotated[str, typer.Argument(help="What incidents and reports keep; never changes.")],
    name: Annotated[str, typer.Option(help="What people read.")],
    position: int | None = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a code."""
    work = records.session(as_email)
    from allclear.catalog.actions import add_code

    values = records.given(list=list_, key=key, name=name, position=position)
    records.told(_noun(), add_code(work.viewer, values, now=work.now), "added", as_json=as_json)


@app.command()
def change(
    key: Key,
    name: str | None = None,
    position: int | None = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a code's name or place; its key stays."""
    work = records.session(as_email)
    row = GROUP.one_of(work.viewer, key)
    values = records.given(name=name, position=position)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)
