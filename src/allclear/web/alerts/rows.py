"""An alert as a row of the list: drawn here and not in a template, for fifty of them are drawn at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zlib import crc32

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from allclear.alerts.models import Alert
from allclear.web.alerts.lines import Line, Token
from allclear.web.templatetags.alerts_ui import alert_status, severity
from allclear.web.templatetags.allclear_ui import badge, moment


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all rows of a page share: addresses and words, escaped where they are whole."""

    alerts: str  # address
    incident: str  # address, with {number}
    pick: str  # the list as it is, to which a label is added
    now: datetime
    may_select: bool
    select: str
    only_these: str
    events: str
    since: str
    flapping: str


def rows_html(lines: Sequence[Line], here: str, now: datetime, *, may_select: bool) -> SafeString:
    """The rows; `here` is the address of the list, `may_select` whether something can be done with them."""
    frame = _Frame(
        alerts=escape(reverse("alerts:index")),
        incident=reverse("incidents:detail", args=["NUMBER"]),
        pick=escape(f"{here}&pick="),
        now=now,
        may_select=may_select,
        select=_("Select “{title}”"),
        only_these=escape(_("Show only these")),
        events=escape(_("events")),
        since=escape(_("since")),
        flapping=badge(_("flapping"), "warn"),
    )
    return mark_safe("".join(_row(line, frame) for line in lines))  # noqa: S308 - every part is escaped


def stamp(alert: Alert) -> str:
    """Another one as soon as the row would say something else."""
    said = (
        alert.status, alert.severity, alert.title, alert.last_seen_at, alert.event_count, alert.outcome, alert.rule,
        alert.held_by, alert.incident_id, alert.verdict, alert.is_flapping, alert.labels,
    )  # fmt: skip
    return f"{crc32(repr(said).encode()):x}"


def _row(line: Line, frame: _Frame) -> str:
    alert = line.alert
    return "".join(
        (
            f'<li class="row alert-row" id="alert-{alert.pk}" data-row'
            f' data-status="{escape(alert.status)}" data-stamp="{stamp(alert)}">'
            f'<span class="alert-select">{_select(alert, frame) if frame.may_select else ""}</span>',
            severity(alert.severity),
            f'<div class="row-text"><div class="row-title"><a class="row-link" href="{frame.alerts}{alert.pk}/"'
            f' data-row-link>{escape(alert.title)}</a></div><div class="row-sub"><span class="alert-from">',
            f'<b class="alert-source">{escape(alert.source)}</b> · ' if alert.source else "",
            f'{escape(alert.integration.name)}</span><span class="alert-tokens">',
            *(_token(token, frame) for token in line.tokens),
            f' <span class="muted">+{line.more}</span>' if line.more else "",
            f'</span></div></div><span class="alert-outcome row-medium">{_outcome(line, frame)}</span>'
            f'<span class="alert-state row-medium">{alert_status(alert.status)}',
            f" {frame.flapping}" if alert.is_flapping else "",
            f'</span><span class="alert-times">{_times(alert, frame)}</span></li>',
        )
    )


def _select(alert: Alert, frame: _Frame) -> str:
    words = escape(frame.select.format(title=Truncator(alert.title).chars(80)))
    return (
        f'<label class="above"><input type="checkbox" name="alert" value="{alert.pk}" data-row-select'
        f' aria-label="{words}"></label>'
    )


def _token(token: Token, frame: _Frame) -> str:
    value = token.value if len(token.value) <= 40 else Truncator(token.value).chars(40)
    text = f'class="token above">{escape(token.name)}=<b>{escape(value)}</b>'
    if not token.pick:
        return f" <span {text}</span>"
    url = frame.pick + quote(token.pick, safe="")
    return f' <a href="{url}" hx-get="{url}" hx-target="#alerts" title="{frame.only_these}" {text}</a>'


def _outcome(line: Line, frame: _Frame) -> str:
    words: str = escape(line.words)
    if line.incident is not None:
        url = escape(frame.incident.replace("NUMBER", quote(line.incident.number)))
        words = f'<a class="above" href="{url}" title="{escape(line.incident.title)}">{words}</a>'
    verdict = line.alert.verdict
    return f"{words} {badge(line.alert.get_verdict_display())}" if verdict else words


def _times(alert: Alert, frame: _Frame) -> str:
    last = moment(alert.last_seen_at, frame.now, "age")
    if alert.event_count < 2:
        return f"<span>{last}</span>"
    first = moment(alert.first_seen_at, frame.now, "short")
    return (
        f'<span><span class="number" title="{frame.events}">×{alert.event_count}</span> · {last}</span>'
        f'<span class="muted small alert-since">{frame.since} {first}</span>'
    )
