"""What the address of the queue asks for: a view, and what differs from it. All of the state is in the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from allclear.accounts.permissions import Viewer
from allclear.incidents import ordering, views
from allclear.incidents.models import FirstView, SavedView
from allclear.incidents.presets import presets_for
from allclear.web.queue import old, parts
from allclear.web.said import localised

DENSITIES = ("comfortable", "compact")
SIZE_OF_TEXT = 2000
_LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Base:
    """What the view gives; without a view, everything in the usual order."""

    key: str = ""
    label: str = ""
    filter: str = ""
    sort: str = "critical"
    group: str = ""
    columns: tuple[str, ...] = ()
    density: str = "comfortable"
    saved: SavedView | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The state of the list. `add` is what was typed beside the parts that stand already."""

    base: Base
    filter: str
    sort: str
    group: str
    columns: tuple[str, ...]
    density: str
    closed: tuple[str, ...] = ()  # groups that are folded together
    after: str = ""
    before: str = ""
    add: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether it differs from its view in what a view keeps."""
        mine = (self.filter, self.sort, self.group, self.columns)
        return mine != (self.base.filter, self.base.sort, self.base.group, self.base.columns)

    def query(self, **changed: Any) -> QueryDict:
        """The state as parameters: the view, and only what differs from it. A page is never carried along."""
        pages = {name: changed.pop(name, "") for name in ("after", "before")}
        wanted = replace(self, **changed)
        query, base = QueryDict(mutable=True), self.base
        if base.key:
            query["view"] = base.key
        if wanted.filter != base.filter:
            query["filter"] = wanted.filter
        for name in ("sort", "group"):
            if getattr(wanted, name) != getattr(base, name):
                query[name] = getattr(wanted, name)
        if wanted.columns != base.columns:
            query["columns"] = ",".join(wanted.columns)
        if wanted.closed and wanted.group:
            query.setlist("closed", list(wanted.closed))
        for name, number in pages.items():
            if number:
                query[name] = number
        return query

    def url(self, **changed: Any) -> str:
        query = self.query(**changed)
        address = reverse("incidents:queue")
        return f"{address}?{query.urlencode(safe=':')}" if query else address

    @property
    def here(self) -> str:
        """The address of this very page."""
        return self.url(after=self.after, before=self.before)


def asked_by(query: QueryDict, viewer: Viewer, density: str = "") -> Asked:
    """Read the address. Values that cannot be are left out: an old bookmark still opens.

    `density` is what this device chose. Raises `FilterError` for a part clicked that cannot be read.
    """
    base = _base(query, viewer)
    text = query.get("filter", "").strip()[:SIZE_OF_TEXT] if "filter" in query else base.filter
    if old.asks(query):
        text = f"({text}) {old.filter_text(query, viewer)}" if text else old.filter_text(query, viewer)
    if query.get("pick"):
        text = parts.picked(text, query.get("pick", "")[:SIZE_OF_TEXT])
    if query.get("drop"):
        text = parts.picked(text, query.get("drop", "")[:SIZE_OF_TEXT], excluded=True)
    chosen = query.get("density", "") or density
    group = query.get("group", base.group)
    return Asked(
        base=base,
        filter=text.replace("\0", ""),
        sort=_sort(query.get("sort", ""), base.sort, viewer),
        group=group if viewer.is_staff and group in ordering.group_names(viewer) else "",
        columns=_columns(query, base, viewer),
        density=chosen if chosen in DENSITIES else base.density,
        closed=tuple(query.getlist("closed"))[:200],
        after=query.get("after", "")[:40],
        before=query.get("before", "")[:40],
        add=query.get("add", "").replace("\0", "").strip()[:SIZE_OF_TEXT],
    )


def _base(query: QueryDict, viewer: Viewer) -> Base:
    key = query.get("view", "")[:20]
    if found := _view(key, viewer):
        return found
    if "filter" in query or (old.asks(query) and old.narrows_by_status(query)):
        return Base(sort=_usual(viewer))
    if old.asks(query):
        return _view("open", viewer) or Base()
    first = (
        FirstView.objects.select_related("view__owner").filter(user=viewer.user_id).first() if viewer.user_id else None
    )
    if first and (chosen := _view(str(first.view_id or first.preset), viewer)):
        return chosen
    return _view("open", viewer) or Base()


def _view(key: str, viewer: Viewer) -> Base | None:
    if preset := next((one for one in presets_for(viewer) if one.key == key), None):
        return Base(preset.key, localised(preset.label), preset.filter, preset.sort or _usual(viewer))
    if not (key.isascii() and key.isdigit() and int(key) <= _LARGEST_KEY and viewer.user_id):
        return None
    saved = views.visible_to(viewer).filter(pk=int(key)).first()
    if saved is None:
        return None
    return Base(key, saved.name, saved.filter, saved.sort, saved.group_by, tuple(saved.columns), saved.density, saved)


def _usual(viewer: Viewer) -> str:
    return "critical" if viewer.is_staff else "newest"


def _sort(wanted: str, usual: str, viewer: Viewer) -> str:
    plain = wanted.removeprefix("-")
    if not wanted or (wanted != plain and plain in ordering.NAMED):
        return usual
    if not viewer.is_staff:
        return wanted if wanted in ("newest", "oldest") else usual
    return wanted if plain in ordering.sort_names(viewer) else usual


def _columns(query: QueryDict, base: Base, viewer: Viewer) -> tuple[str, ...]:
    """In the order given: `columns=a,b`, or one parameter a column as a form sends them. Empty: the usual ones."""
    if "columns" not in query:
        return base.columns
    from allclear.web.queue.columns import columns_for, usual

    known = columns_for(viewer)
    given = [name for value in query.getlist("columns") for name in value.split(",")]
    kept = tuple(dict.fromkeys(name for name in given if name in known))[:30]
    return () if kept == usual() and not base.columns else kept
