"""`allclear category`: the category tree and its questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.permissions import Viewer
    from allclear.catalog.models import Category

app = typer.Typer(no_args_is_help=True)
Name = Annotated[
    str, typer.Argument(help="Its path such as 'Network / VPN', a name that is there once, or its number.")
]
Below = Annotated[str | None, typer.Option(help="The category it stands below; '' for none.")]
Base = Annotated[str | None, typer.Option(help="hardware, software, security, performance or other.")]
Level = Annotated[int | None, typer.Option(min=0, max=4, help="A level of the matrix; 0: as above it.")]


@app.callback()
def category() -> None:
    """The category tree and its questions."""


def _noun() -> Any:
    from allclear.catalog.actions.nouns import CATEGORY

    return CATEGORY


def _rows(viewer: Viewer) -> QuerySet[Category]:
    from allclear.catalog.models import Category

    viewer.require("catalog.read")
    return Category.objects.all()


def _change() -> Any:
    from allclear.catalog.actions import change_category

    return change_category


def _path(row: Any) -> dict[str, Any]:
    from allclear.catalog.queries import category as node

    found = node(row.pk)
    return {"path": found.label if found else row.name}


class _ByPath(records.Group):
    def one_of(self, viewer: Viewer, text: str) -> Any:
        key = records.category(text, "category")["category"]
        return records.find(self.rows(viewer), str(key), "category", by="pk")


GROUP = _ByPath(
    "category",
    _noun,
    _rows,
    {"path": "Path", "base_class": "Base class", "default_impact": "Impact", "is_active": "Offered"},
    _change,
    more=_path,
)
GROUP.register(app)


def _values(below: str | None, impact: int | None, urgency: int | None, **facts: Any) -> dict[str, Any]:
    values = records.given(**facts) | records.category(below, "parent_id")
    values |= {} if impact is None else {"default_impact": impact or None}
    return values | ({} if urgency is None else {"default_urgency": urgency or None})


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The name; --below says where.")],
    below: Below = None,
    base_class: Base = None,
    description: str | None = None,
    impact: Level = None,
    urgency: Level = None,
    runbook_url: str | None = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a category."""
    work = records.session(as_email)
    from allclear.catalog.actions import add_category

    facts = {"name": name, "base_class": base_class, "description": description, "runbook_url": runbook_url}
    row = add_category(work.viewer, _values(below, impact, urgency, **facts), now=work.now)
    records.told(_noun(), row, "added", as_json=as_json, **_path(row))


@app.command()
def change(
    name: Name,
    new_name: str | None = None,
    below: Below = None,
    base_class: Base = None,
    description: str | None = None,
    impact: Level = None,
    urgency: Level = None,
    runbook_url: str | None = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change or move a category; what is not named stays."""
    work = records.session(as_email)
    facts = {"name": new_name, "base_class": base_class, "description": description, "runbook_url": runbook_url}
    row = GROUP.one_of(work.viewer, name)
    values = _values(below, impact, urgency, **facts)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json, **_path(row))


@app.command()
def remove(name: Name, as_email: As = "") -> None:
    """Delete a category that nothing refers to; deactivate one that is in use."""
    work = records.session(as_email)
    from allclear.catalog.actions import remove_category

    remove_category(work.viewer, GROUP.one_of(work.viewer, name).pk, now=work.now)
    typer.echo(f"{name} is removed.")


@app.command()
def ask(
    name: Name,
    question: Annotated[str, typer.Argument(help="What is asked while logging.")],
    kind: Annotated[str, typer.Option(help="text, choice, yes_no or number.")] = "text",
    choice: Annotated[list[str] | None, typer.Option(help="For choice: one of the list; several times.")] = None,
    help_: Annotated[str | None, typer.Option("--help-text", help="A line of help below it.")] = None,
    required: Annotated[bool, typer.Option("--required", help="It must be answered.")] = False,
    position: Annotated[int | None, typer.Option(min=1, max=999, help="Smaller comes first.")] = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Ask a question while an incident of this category or one below it is logged."""
    work = records.session(as_email)
    from allclear.catalog.actions import add_question
    from allclear.catalog.actions.nouns import QUESTION

    values = records.given(
        text=question, kind=kind, choices=choice, help=help_, is_required=required, position=position
    )
    values["category_id"] = GROUP.one_of(work.viewer, name).pk
    records.told(QUESTION, add_question(work.viewer, values, now=work.now), "added", as_json=as_json)


@app.command()
def unask(question: Annotated[str, typer.Argument(help="The question's words or number.")], as_email: As = "") -> None:
    """Ask a question no more; answers that were given stay."""
    work = records.session(as_email)
    from allclear.catalog.actions import remove_question
    from allclear.catalog.models import Question

    work.viewer.require("catalog.read")
    remove_question(work.viewer, records.find(Question.objects.all(), question, "question", by="text").pk, now=work.now)
    typer.echo("The question is removed.")
