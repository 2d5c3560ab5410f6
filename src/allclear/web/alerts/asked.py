"""What a reader of the alert list asked for: the filter text and the page, as they stand in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.accounts.permissions import Viewer
from allclear.alerts.filters import wanted
from allclear.alerts.finding import MOST_COUNTED, Found, count
from allclear.alerts.models import Alert, Integration
from allclear.domain.filters import quoted
from allclear.kernel.errors import Invalid
from allclear.web.queue import parts

OPEN = "status:open"
SIZE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """`after` and `before` are places: microseconds of the last event and the alert's key, which stay what they are
    while alerts come and go. `add` is text that could not be joined to the filter.
    """

    filter: str
    after: str = ""
    before: str = ""
    add: str = ""

    def url(self, **changes: str) -> str:
        """The list with other words; without `after` and `before` its first page."""
        values = {"filter": self.filter, **changes}
        return f"{reverse('alerts:index')}?{urlencode(values)}"

    @property
    def here(self) -> str:
        return self.url(**{name: at for name, at in (("after", self.after), ("before", self.before)) if at})


@dataclass(frozen=True, slots=True)
class Slice:
    """One page; `older` and `newer` are the places to begin behind, empty at the ends."""

    rows: Sequence[Alert]
    older: str = ""
    newer: str = ""


def asked_by(given: QueryDict, viewer: Viewer, now: datetime) -> tuple[Asked, Invalid | None]:
    """The state, what was typed (`add`) or clicked (`pick`) made a part of the filter; or what is wrong with it."""
    text = str(given.get("filter", OPEN))
    if name := _integration_named(given.get("integration", "")):
        text = parts.picked(text, f"integration:{quoted(name)}")
    asked = Asked(text[:2000].replace("\0", ""), given.get("after", ""), given.get("before", ""))
    add, pick = given.get("add", "").strip()[:2000].replace("\0", ""), given.get("pick", "")[:2000].replace("\0", "")
    try:
        if pick:
            return Asked(parts.picked(asked.filter, pick)), None
        if not add:
            return asked, None
        wanted(add, viewer, now)
        return Asked(parts.joined(asked.filter, add)), None
    except Invalid as error:
        return Asked(asked.filter, add=add), error


def _integration_named(pk: str) -> str:
    """The name of the integration with this key, for links from its own page; empty when there is none."""
    if not pk.isdecimal() or len(pk) > 18:
        return ""
    return Integration.objects.filter(pk=int(pk)).values_list("name", flat=True).first() or ""


def page_of(rows: QuerySet[Alert], asked: Asked, size: int = SIZE) -> Slice:
    """The page behind `after`, or the one that ends before `before`, or the first. The newest come first."""
    place, is_back = (_place(asked.after), False) if asked.after else (_place(asked.before), bool(asked.before))
    is_back = is_back and place is not None
    if place is not None:
        beyond = TupleGreaterThan if is_back else TupleLessThan
        rows = rows.filter(beyond(Tuple("last_seen_at", "id"), place))
    order = ("last_seen_at", "id") if is_back else ("-last_seen_at", "-id")
    found = list(rows.order_by(*order)[: size + 1])
    more, found = len(found) > size, found[:size]
    if is_back:
        found.reverse()
    if not found:
        return Slice([])
    has_older, has_newer = (True, more) if is_back else (more, place is not None)
    return Slice(found, place_of(found[-1]) if has_older else "", place_of(found[0]) if has_newer else "")


def place_of(alert: Alert) -> str:
    return f"{(alert.last_seen_at - _EPOCH) // _TICK}-{alert.pk}"


def _place(text: str) -> tuple[datetime, int] | None:
    """None for what is no place: then the first page is meant."""
    ticks, _dash, pk = text.partition("-")
    if not (ticks.isdecimal() and pk.isdecimal() and len(ticks) < 18 and len(pk) < 19):
        return None
    return _EPOCH + int(ticks) * _TICK, int(pk)


def counted(found: Found, page: Slice, asked: Asked) -> str:
    """How many there are; beyond a thousand, or where counting takes long, only that there are more."""
    is_whole = not (page.older or page.newer or asked.after or asked.before)
    number = found.number
    if number is None:
        number = len(page.rows) if is_whole else count(found.rows)
    if number is None or number > MOST_COUNTED:
        least = MOST_COUNTED if number else len(page.rows)
        return _("more than {count} alerts").format(count=_grouped(least))
    return ngettext("{count} alert", "{count} alerts", number).format(count=_grouped(number))


def _grouped(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)
