"""The promise of an incident as a cell of the queue: an icon and words, and below them a thin bar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from allclear.domain.sla import Metric, Standing
from allclear.incidents import promise_words
from allclear.incidents.promise_tables import STANDINGS
from allclear.incidents.promised import Promise
from allclear.web.incidents.promises import ICONS, counting
from allclear.web.incidents.rows import Row
from allclear.web.templatetags._icons import icon_html
from allclear.web.templatetags._words import short_words
from allclear.web.templatetags.allclear_ui import bar

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_FAR = timedelta(hours=24)  # what is due later names the instant instead of counting down
_LEVELS: Mapping[Standing, str] = {
    Standing.ON_TRACK: "ok",
    Standing.AT_RISK: "warn",
    Standing.OVERDUE: "breach",
    Standing.PAUSED: "paused",
    Standing.MET: "ok",
    Standing.BREACHED: "breach",
    Standing.VOID: "paused",
}
_PLAIN = frozenset({Standing.ON_TRACK, Standing.VOID})  # without an icon
_IN: Mapping[Metric, StrOrPromise] = {
    Metric.RESPONSE: gettext_lazy("Respond in {left} of {total}"),
    Metric.RESOLUTION: gettext_lazy("Resolve in {left} of {total}"),
}
_AT: Mapping[Metric, StrOrPromise] = {
    Metric.RESPONSE: gettext_lazy("Respond {when}"),
    Metric.RESOLUTION: gettext_lazy("Resolve {when}"),
}
_OTHERS: Mapping[Standing, StrOrPromise] = {
    Standing.OVERDUE: gettext_lazy("Overdue by {left}"),
    Standing.PAUSED: gettext_lazy("Paused, {left} of {total} left"),
    Standing.MET: gettext_lazy("Met, {used} of {total}"),
    Standing.BREACHED: gettext_lazy("Breached by {left}"),
    Standing.VOID: gettext_lazy("Not measured"),
}


def promise_cell(row: Row, now: datetime) -> str:
    """The cell; nothing where nothing was promised."""
    one = row.promise
    if one is None:
        return ""
    zone = timezone.get_current_timezone()
    title = promise_words.sentence(one, zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC"))
    icon = icon_html(ICONS[one.standing], "") if one.standing not in _PLAIN else ""
    return format_html(
        '<span class="promise" data-standing="{}" title="{}: {}"><span class="promise-line">{}<span>{}</span></span>{}'
        "</span>",
        one.standing.value, STANDINGS[one.standing], title, icon, _line(one, now),
        bar(_percent(one), 100, _LEVELS[one.standing]),
    )  # fmt: skip


def _percent(one: Promise) -> float:
    return 100.0 if one.clock.is_over and one.standing != Standing.VOID else min(one.used / one.duration * 100, 100)


def _line(one: Promise, now: datetime) -> SafeString:
    total, used = promise_words.span(one.duration), digits(one.used)
    if one.standing in (Standing.ON_TRACK, Standing.AT_RISK):
        if one.due_at and one.due_at - now > _FAR:
            return format_html(str(_AT[one.metric]), when=short_words(one.due_at, now))
        return format_html(str(_IN[one.metric]), left=_left(one), total=total)
    return format_html(str(_OTHERS[one.standing]), left=_left(one), used=used, total=total)


def _left(one: Promise) -> SafeString:
    """Hours and minutes, counted on by the browser while time counts."""
    count = counting(one) if not one.clock.is_over else {}
    if not count:
        return format_html("<b>{}</b>", digits(abs(one.left)))
    return format_html(
        '<b data-left="{}" data-total="{}" data-counted-from="{}" data-spans="{}">{}</b>',
        count["left"], count["total"], count["from"], count["spans"], digits(abs(one.left)),
    )  # fmt: skip


def digits(time: timedelta) -> str:
    """Hours and minutes as 1:05, cut off to the minute.

    >>> digits(timedelta(hours=26, minutes=5, seconds=59))
    '26:05'
    """
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    return f"{hours}:{minutes:02}"
