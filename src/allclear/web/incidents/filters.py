"""The filters of the queue: from the address to a filter, and back to chips that can be removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from allclear.accounts import queries as people
from allclear.accounts.models import Organisation, User
from allclear.catalog import queries as catalog
from allclear.catalog.models import ConfigurationItem, Service
from allclear.domain.terms import Channel, Kind, Status, label
from allclear.incidents.queries import FOLLOW_UPS, NONE, ORDERS, IncidentFilter
from allclear.web.said import localised
from allclear.web.templatetags._words import inside_sentence

TEXT = ("status", "kind", "channel", "team", "assignee", "requester")
NUMBERS = ("priority", "service", "category", "organisation", "ci")
DAYS = ("logged_from", "logged_to")
SINGLE = (*DAYS, "follow_up")  # the last one that is given counts
STAFF_ONLY = frozenset({"team", "assignee", "requester", "organisation", "ci", "priority", "follow_up"})
SORTS = {
    "critical": gettext_lazy("Most critical first"),
    "newest": gettext_lazy("Newest first"),
    "oldest": gettext_lazy("Oldest first"),
}
SORTS_IN_TEXT = {
    "critical": gettext_lazy("most critical first"),
    "newest": gettext_lazy("newest first"),
    "oldest": gettext_lazy("oldest first"),
}
WORDS = {
    "open": pgettext_lazy("filter", "open"),
    "ended": pgettext_lazy("filter", "ended"),
    "me": pgettext_lazy("filter", "me"),
    "none": pgettext_lazy("filter", "nobody"),
}
NAMES = {
    "text": pgettext_lazy("filter", "text"),
    "status": pgettext_lazy("filter", "status"),
    "kind": pgettext_lazy("filter", "kind"),
    "channel": pgettext_lazy("filter", "channel"),
    "follow_up": pgettext_lazy("filter", "follow-up"),
    "logged_from": pgettext_lazy("filter", "logged from"),
    "logged_to": pgettext_lazy("filter", "logged before"),
    "team": pgettext_lazy("filter", "team"),
    "assignee": pgettext_lazy("filter", "assignee"),
    "requester": pgettext_lazy("filter", "requester"),
    "priority": pgettext_lazy("filter", "priority"),
    "service": pgettext_lazy("filter", "service"),
    "category": pgettext_lazy("filter", "category"),
    "organisation": pgettext_lazy("filter", "organisation"),
    "ci": pgettext_lazy("filter", "ci"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    name: str
    value: str
    remove_url: str


@dataclass(slots=True)
class Asked:
    """What the address asks for. Values that cannot be are left out: an old bookmark still opens."""

    q: str = ""
    view: str = ""
    sort: str = "critical"
    usual_sort: str = "critical"
    after: str = ""
    before: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.values)

    def as_filter(self) -> IncidentFilter:
        text: dict[str, Any] = {name: self.values.get(name, []) for name in TEXT}
        numbers: dict[str, Any] = {name: [int(v) for v in self.values.get(name, [])] for name in NUMBERS}
        single = {name: self.values[name][-1] for name in SINGLE if name in self.values}
        spans: dict[str, Any] = {name: _midnight(single[name]) for name in DAYS if name in single}
        follow_up = single.get("follow_up", "")
        return IncidentFilter(q=self.q, sort=self.sort, follow_up=follow_up, **text, **numbers, **spans)

    def url(self, **changed: Any) -> str:
        """The address with other values; a page is never carried into another question."""
        query = QueryDict(mutable=True)
        own: dict[str, Any] = {
            "view": self.view,
            "q": self.q,
            "sort": self.sort if self.sort != self.usual_sort else "",
        }
        for name, value in {**own, **self.values, **changed}.items():
            found = [str(v) for v in (value if isinstance(value, list) else [value]) if v not in ("", None)]
            if found:
                query.setlist(name, found)
        base = reverse("incidents:queue")
        return f"{base}?{query.urlencode()}" if query else base

    def without(self, name: str, value: str = "") -> str:
        if name == "q":
            return self.url(q="")
        return self.url(**{name: [v for v in self.values.get(name, []) if v != value]})


def asked_by(query: QueryDict, *, is_staff: bool) -> Asked:
    """Read the address."""
    values: dict[str, list[str]] = {}
    for name in (*TEXT, *NUMBERS, *SINGLE):
        if name in STAFF_ONLY and not is_staff:
            continue
        given = [v.strip() for v in query.getlist(name) if _fits(name, v.strip())]
        if given:
            values[name] = list(dict.fromkeys(given))[:20]
    sort, usual = query.get("sort", ""), "critical" if is_staff else "newest"
    return Asked(
        q=query.get("q", "").replace("\0", "").strip()[:200],
        view=query.get("view", "")[:20],
        sort=sort if sort in ORDERS and (is_staff or sort != "critical") else usual,
        usual_sort=usual,
        after=query.get("after", "")[:40],
        before=query.get("before", "")[:40],
        values=values,
    )


def _fits(name: str, value: str) -> bool:
    if name == "status":
        return value in {"open", "ended", *map(str, Status)}
    if name == "kind":
        return value in set(map(str, Kind))
    if name == "channel":
        return value in {NONE, *map(str, Channel)}
    if name == "follow_up":
        return value in FOLLOW_UPS
    if name in DAYS:
        return _is_day(value)
    if name in ("team", "assignee", "requester") and value in ("me", "none"):
        return True
    return value.isascii() and value.isdigit() and len(value) < 19


def _is_day(value: str) -> bool:
    try:
        return len(value) == 10 and 1900 <= date.fromisoformat(value).year <= 2900
    except ValueError:
        return False


def _midnight(day: str) -> datetime:
    """When this day begins in the viewer's zone."""
    return timezone.make_aware(datetime.fromisoformat(day))


def chips(asked: Asked) -> list[Chip]:
    """One chip for each value; each takes itself away."""
    found = [Chip(str(NAMES["text"]), asked.q, asked.without("q"))] if asked.q else []
    for name, values in asked.values.items():
        names = _names(name, values)
        found += [Chip(str(NAMES[name]), names.get(value, value), asked.without(name, value)) for value in values]
    return found


CHANNELS = {
    Channel.PORTAL: gettext_lazy("Portal"),
    Channel.PHONE: gettext_lazy("Phone"),
    Channel.EMAIL: gettext_lazy("E-mail"),
    Channel.CHAT: gettext_lazy("Chat"),
    Channel.WALK_UP: gettext_lazy("At the desk"),
    Channel.MONITORING: gettext_lazy("Monitoring"),
    Channel.API: gettext_lazy("API"),
    Channel.IMPORT: gettext_lazy("Import"),
    NONE: gettext_lazy("Not known"),
}


def channel_words(value: str) -> str:
    """A channel for the eye; an empty one is not known."""
    return str(CHANNELS[Channel(value) if value and value != NONE else NONE])


def _names(name: str, values: list[str]) -> dict[str, str]:
    if name == "channel":
        return {v: channel_words(v) for v in values}
    if name == "follow_up":
        return {"missing": pgettext("follow-up", "missing"), "done": pgettext("follow-up", "done")}
    if name in DAYS:
        # Translators: letters of Django's date format, not words: 22 Nov 2025
        letters = _("j M Y")
        return {v: date_format(date.fromisoformat(v), letters) for v in values}
    if name in ("status", "kind"):
        return {v: str(WORDS[v]) if v in WORDS else inside_sentence(localised(label(v))) for v in values}
    if name == "priority":
        return {v: f"P{v}" for v in values}
    keys = [int(v) for v in values if v.isdigit()]
    words = {v: str(WORDS.get(v, v)) for v in values}
    if name == "team" and "me" in words:
        words["me"] = pgettext("filter", "mine")
    return words | {str(pk): text for pk, text in _rows(name, keys).items()}


def _rows(name: str, keys: list[int]) -> dict[int, str]:
    if not keys:
        return {}
    if name == "team":
        return {pk: people.team_names.get().get(pk) or _("team {key}").format(key=pk) for pk in keys}
    if name == "category":
        return {pk: node.label for pk in keys if (node := catalog.category(pk))}
    models: dict[str, Any] = {
        "assignee": User,
        "requester": User,
        "service": Service,
        "organisation": Organisation,
        "ci": ConfigurationItem,
    }
    return dict(models[name].objects.filter(pk__in=keys).values_list("pk", "name"))
