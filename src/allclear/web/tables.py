"""Lists of plain records as tables: headings, cells, a search, pages and an empty state that teaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from allclear.web.http import Page
from allclear.web.nouns import NOUNS
from allclear.web.records import PAGE, listing

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Cell = dict[str, Any]


def cell(text: object, **more: Any) -> Cell:
    """One cell. More: `url`, `sub` (a second line), `mark` and `level` (a badge), `numeric`, `indent`."""
    return {"text": "" if text is None else str(text), **more}


@dataclass(frozen=True)
class Table:
    """A list page: the words around the rows, and how a row becomes cells.

    `one` is a name of `web.nouns`; `numeric` holds the places of the columns with numbers, the first is 0.
    """

    title: StrOrPromise
    one: str
    headings: Sequence[StrOrPromise]
    cells: Callable[[Any], list[Cell]]
    icon: str = "inbox"
    intro: StrOrPromise = ""
    empty_text: StrOrPromise = ""
    placeholder: StrOrPromise = ""
    numeric: frozenset[int] = frozenset()
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
        found = listing(request, rows if isinstance(rows, QuerySet) else list(rows), self.one, size=self.size)
        if prepare:
            prepare(found.rows)
        shown = replace(found, rows=[self._labelled(self.cells(row)) for row in found.rows])
        back, back_label = self.back or ("", "")
        return render(
            request,
            self.template,
            {
                "title": self.title,
                "noun_words": NOUNS[self.one],
                "intro": self.intro,
                "icon": self.icon,
                "headings": [{"label": name, "numeric": n in self.numeric} for n, name in enumerate(self.headings)],
                "listing": shown,
                "add_url": add_url,
                "filtered": filtered,
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
        for n, (name, one) in enumerate(zip(self.headings, cells, strict=True)):
            one |= {"label": name, "numeric": n in self.numeric}
        return cells


def words(request: Page) -> str:
    """What was typed into the search, at most 200 characters."""
    return request.GET.get("q", "").strip().replace("\x00", "")[:200]
