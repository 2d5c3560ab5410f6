"""Promises in the reader's words: what is due when, how much of it is used, and what does not count.

Instants are told in the zone that is given, in the language that is active. Working time is told in hours and
minutes: a day of it would not be a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.accounts.models import Organisation
from allclear.accounts.queries import team_names
from allclear.domain.sla import AgreementKind, Metric, Rule, Standing
from allclear.incidents.promise_tables import BREACHED, BY, MET, METRICS, PAUSED, PAUSED_FOR, VOID, WAITS, WAS
from allclear.incidents.promised import Promise
from allclear.kernel.localised import localised

_MOST_CLOSED = 4  # reasons that a sentence names
_LOOKED_AT = timedelta(days=62)  # of the time until it is due, for what does not count
_MINUTE = timedelta(minutes=1)


def span(time: timedelta) -> str:
    """Working time: 4 h, 2 h 10 min, 35 min; below a minute in seconds."""
    if time < _MINUTE:
        return _("{seconds} s").format(seconds=int(time.total_seconds()))
    hours, minutes = divmod(int(time / _MINUTE), 60)
    if not hours:
        return _("{minutes} min").format(minutes=minutes)
    return (_("{hours} h {minutes} min") if minutes else _("{hours} h")).format(hours=hours, minutes=minutes)


def when(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The least that names an instant: 14:19, 09:40 tomorrow, Mon 11:49, 3 Feb, 11:49."""
    local = at.astimezone(zone)
    days = (local.date() - now.astimezone(zone).date()).days
    time = date_format(local, "H:i")
    if days == 0:
        return time
    if abs(days) == 1:
        return (_("{time} tomorrow") if days > 0 else _("{time} yesterday")).format(time=time)
    if abs(days) < 6:
        return date_format(local, _("D H:i"))
    return date_format(local, _("j M, H:i") if local.year == now.astimezone(zone).year else _("j M Y, H:i"))


def head(one: Promise, zone: ZoneInfo) -> str:
    """What was promised, in a few words: the line that stands above the bar."""
    due = when(one.due_at, one.now, zone) if one.due_at else ""
    if one.standing == Standing.VOID:
        return _("{metric}: not measured").format(metric=METRICS[one.metric])
    table = {
        Standing.OVERDUE: WAS, Standing.PAUSED: PAUSED, Standing.MET: MET, Standing.BREACHED: BREACHED,
    }.get(one.standing, BY)  # fmt: skip
    return str(table[one.metric]).format(when=due)


def remaining(one: Promise) -> str:
    """Short words beside a bar: 1 h 50 min left, 35 min over, paused, met ..."""
    if one.standing in (Standing.ON_TRACK, Standing.AT_RISK):
        return _("{span} left").format(span=span(one.left))
    if one.standing in (Standing.OVERDUE, Standing.BREACHED):
        return _("{span} over").format(span=span(-one.left))
    if one.standing == Standing.PAUSED:
        return _("paused, {span} left").format(span=span(one.left))
    return _("met") if one.standing == Standing.MET else _("not measured")


def sentence(one: Promise, zone: ZoneInfo) -> str:
    """All of it in one plain sentence: due when, how much is used, what does not count, how long it was paused."""
    return "; ".join([_usage(one, zone), *_without(one), *_pauses(one)]) + "."


def detail(one: Promise) -> str:
    """The sentence without what `head` says: how much is used, what does not count, how long it was paused."""
    used = _("{used} of {total} used").format(used=span(one.used), total=span(one.duration))
    why = why_not(one)
    return "; ".join([f"{why[:1].upper()}{why[1:]}: {used}" if why else used, *_without(one), *_pauses(one)]) + "."


def _usage(one: Promise, zone: ZoneInfo) -> str:
    due = when(one.due_at, one.now, zone) if one.due_at else ""
    words = {
        Standing.OVERDUE: _("Was due {when}, {over} over: {used} of {total} used"),
        Standing.PAUSED: _("Paused, {why}: {used} of {total} used"),
        Standing.MET: _("Met: {used} of {total} used"),
        Standing.BREACHED: _("Breached, {over} over: {used} used, {total} were promised"),
        Standing.VOID: _("Not measured, {why}: {used} of {total} used"),
    }.get(one.standing) or _("Due {when}: {used} of {total} used")
    return words.format(when=due, over=span(-one.left), used=span(one.used), total=span(one.duration), why=why_not(one))


def why_not(one: Promise) -> str:
    """Why it does not count now, inside a sentence; empty while it does."""
    mark = one.clock.marks[-1]
    if mark.rule == Rule.HELD:
        return str(WAITS.get(mark.detail) or _("it is on hold"))
    if mark.rule == Rule.OTHER_TEAM:
        return _("another team has it")
    if mark.rule == Rule.NOT_WAITING:
        return _("it does not wait for the supplier")
    return str(VOID.get(mark.detail) or _("it ended")) if mark.rule == Rule.VOID else ""


def _without(one: Promise) -> list[str]:
    """What the calendar leaves out between the start and the due time."""
    start = max(one.clock.started_at, one.clock.counts_from)
    end = one.until if one.clock.is_over else max(one.due_at or one.until, one.until)
    parts = one.hours.parts(start, min(end, start + _LOOKED_AT)) if start < end else []
    names = list(dict.fromkeys(localised(part.reason) for part in parts if not part.is_open))
    names.sort(key=lambda name: name == _("outside working hours"))
    names = [_("time outside working hours") if n == _("outside working hours") else n for n in names[:_MOST_CLOSED]]
    if not names:
        return []
    text = ngettext("{what} does not count", "{what} do not count", len(names))
    return [text.format(what=get_text_list(names, _("and")))]


def _pauses(one: Promise) -> list[str]:
    found = [
        str(PAUSED_FOR.get(reason) or _("paused {span}")).format(span=span(time))
        for reason, time in one.account.paused.items()
        if time >= _MINUTE
    ]
    away = sum((e.length for e in one.account.entries if e.rule == Rule.OTHER_TEAM), timedelta())
    return [*found, *([_("{span} with another team").format(span=span(away))] if away >= _MINUTE else [])]


def title(one: Promise) -> str:
    """The promise by name: Resolution; Resolution, Network; Resolution, Acme Ltd."""
    name = party(one)
    return f"{METRICS[one.metric]}, {name}" if name else str(METRICS[one.metric])


def party(one: Promise) -> str:
    """The team of an OLA, the supplier of a contract; empty for a promise to a customer."""
    pk = one.clock.slot.party
    if one.kind == AgreementKind.OLA:
        return team_names.get().get(pk, "")
    if one.kind == AgreementKind.UC:
        return Organisation.objects.filter(pk=pk).values_list("name", flat=True).first() or ""
    return ""


def source(one: Promise) -> str:
    """What it is measured by: the agreement with its version, the target, the calendar with its zone."""
    words = _("{agreement}, version {version}, target “{target}”. Calendar {calendar} ({zone}).")
    return words.format(
        agreement=one.agreement.name,
        version=one.agreement.version,
        target=one.clock.target_key,
        calendar=one.hours.rules.name,
        zone=one.hours.rules.zone,
    )


def to_requester(promises: list[Promise], zone: ZoneInfo) -> str:
    """What a requester reads: by when we answer, by when it is expected to be solved; nothing of how it is counted."""
    by_metric = {one.metric: one for one in promises if one.standing in (Standing.ON_TRACK, Standing.AT_RISK)}
    response, resolution = by_metric.get(Metric.RESPONSE), by_metric.get(Metric.RESOLUTION)
    words = []
    if response and response.due_at:
        words.append(_("We will answer by {when}.").format(when=when(response.due_at, response.now, zone)))
    if resolution and resolution.due_at:
        words.append(_("Expected to be solved by {when}.").format(when=when(resolution.due_at, resolution.now, zone)))
    return " ".join(words)


def exactly(at: datetime, zone: ZoneInfo) -> str:
    """The date and the time to the second."""
    # Translators: letters of Django's date format, not words: Sun 22 Nov 2026, 14:07:00
    return date_format(at.astimezone(zone), _("D j M Y, H:i:s"))


def reason(text: str) -> str:
    """Why a calendar does not count, in the reader's language."""
    return localised(text)


def to_minute(at: datetime, zone: ZoneInfo) -> str:
    """The date and the time to the minute."""
    return date_format(at.astimezone(zone), _("D j M Y, H:i"))
