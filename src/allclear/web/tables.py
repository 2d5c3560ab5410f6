"""Lists of plain records as tables: headings, cells, a search, pages and an empty state that teaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from allclear.web.http import Page
from allclear.web.records import PAGE, listing

Cell = dict[str, Any]


def cell(text: object, **more: Any) -> Cell:
    """One cell. More: `url`, `sub` (a second line), `mark` and `level` (a badge), `numeric`, `indent`."""
    return {"text": "" if text is None else str(text), **more}


@dataclass(frozen=True)
class Table:
    """A list page: the words around the rows, and how a row becomes cells."""

    title: str
    one: str
    many: str
    headings: Sequence[str]
    cells: Callable[[Any], list[Cell]]
    icon: str = "inbox"
    intro: str = ""
    empty_title: str = ""
    empty_text: str = ""
    placeholder: str = ""
    numeric: frozenset[str] = frozenset()
    template: str = "records/list.html"
    size: int = PAGE
    back: tuple[str, str] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def page(
        self,
        request: Page,
        rows: QuerySet[Any] | Sequence[Any],
        *,
        add_url: str = "",
        filtered: bool = False,
        prepare: Callable[[list[Any]], None] | None = None,
        **context: Any,
    ) -> HttpResponse:
        """The page of the list that was asked for; `prepare` sees its rows before they become cells."""
        found = listing(request, rows if isinstance(rows, QuerySet) else list(rows), self.many, size=self.size)
        if prepare:
            prepare(found.rows)
        shown = replace(found, rows=[self._labelled(self.cells(row)) for row in found.rows])
        back, back_label = self.back or ("", "")
        return render(
            request,
            self.template,
            {
                "title": self.title,
                "one": self.one,
                "intro": self.intro,
                "icon": self.icon,
                "headings": [{"label": name, "numeric": name in self.numeric} for name in self.headings],
                "listing": shown,
                "add_url": add_url,
                "add_label": f"Add {self.one}",
                "filtered": filtered,
                "empty_title": self.empty_title or f"No {self.many} yet",
                "empty_text": self.empty_text,
                "searchable": bool(self.placeholder),
                "placeholder": self.placeholder,
                "q": request.GET.get("q", ""),
                "back": back,
                "back_label": back_label,
                **self.extra,
                **context,
            },
        )

    def _labelled(self, cells: list[Cell]) -> list[Cell]:
        for name, one in zip(self.headings, cells, strict=True):
            one |= {"label": name, "numeric": name in self.numeric}
        return cells


def words(request: Page) -> str:
    """What was typed into the search, at most 200 characters."""
    return request.GET.get("q", "").strip().replace("\x00", "")[:200]
