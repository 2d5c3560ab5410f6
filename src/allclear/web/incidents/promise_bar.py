"""The promise on one bar: what counted, what paused, what is closed, the thresholds, and now. Lengths in per cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from allclear.domain.sla import Standing
from allclear.incidents import promise_ledger, promise_words
from allclear.incidents.promised import Promise

_LEAST = 0.25  # per cent: what is shorter cannot be seen
_MOST = timedelta(days=92)  # beyond it the closed hours that come are not drawn
_APART = 13  # per cent between two labels of the axis
_APART_ON_PHONES = 34
_WIDE = 16  # per cent of a span that can bear its label


def bar_of(one: Promise, zone: ZoneInfo) -> dict[str, Any]:
    """Spans, marks, axis and the label that says the same."""
    start, end = _edges(one)
    scale = _Scale(start, end)
    spans = [*_past(one, scale, zone), *_ahead(one, scale, zone)]
    label = f"{promise_words.title(one)}: {promise_words.sentence(one, zone)}"
    return {"spans": spans, "marks": _marks(one, scale, zone), "axis": _axis(one, scale, spans, zone), "label": label}


class _Scale:
    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.length = start, max(end - start, timedelta(minutes=1))

    def at(self, instant: datetime) -> float:
        return round(min(max((instant - self.start) / self.length, 0), 1) * 100, 2)

    def span(self, kind: str, start: datetime, end: datetime, label: str) -> dict[str, Any]:
        left = self.at(start)
        return {"kind": kind, "start": left, "width": round(self.at(end) - left, 2), "label": label}


def _edges(one: Promise) -> tuple[datetime, datetime]:
    """From the start to the due time or now, whichever is later, with a little room behind it."""
    start = one.clock.started_at
    last = max([at for at in (one.due_at, one.until) if at])
    if one.due_at is None:  # paused: as if what is left were to come
        last = max(last, one.until + max(one.left, timedelta()))
    return start, last + (timedelta() if one.clock.is_over else (last - start) * 0.03)


def _past(one: Promise, scale: _Scale, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    for line in promise_ledger.lines(one):
        found = scale.span(line.kind, line.start, line.end, _from_to(line.start, line.end, line.rule, one, zone))
        if found["width"] >= _LEAST:
            yield found


def _ahead(one: Promise, scale: _Scale, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """What will not count until it is due."""
    if one.clock.is_over or one.due_at is None or one.due_at <= one.now:
        return
    for part in one.hours.parts(one.now, min(one.due_at, one.now + _MOST)):
        label = _("Does not count: {why}").format(why=promise_words.reason(part.reason)) if not part.is_open else ""
        found = scale.span("closed", part.start, part.end, _from_to(part.start, part.end, label, one, zone))
        if not part.is_open and found["width"] >= _LEAST:
            yield found


def _from_to(start: datetime, end: datetime, rule: str, one: Promise, zone: ZoneInfo) -> str:
    first, last = promise_words.when(start, one.now, zone), promise_words.when(end, one.now, zone)
    return _("{start} to {end}: {rule}").format(start=first, end=last, rule=rule)


def _marks(one: Promise, scale: _Scale, zone: ZoneInfo) -> list[dict[str, Any]]:
    found = []
    for due in one.thresholds:
        percent = due.threshold.percent
        label = _("{percent} % at {when}").format(percent=percent, when=promise_words.when(due.at, one.now, zone))
        if due.at <= scale.start + scale.length:
            kind = "breach" if percent == 100 else "step"
            found.append({"kind": kind, "at": scale.at(due.at), "label": label})
    if not one.clock.is_over:
        found.append({"kind": "now", "at": scale.at(one.now), "label": _("now")})
    return found


def _axis(one: Promise, scale: _Scale, spans: list[dict[str, Any]], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Start, due time and now first; then what is wide enough to be named, as far as there is room."""
    wanted = [(0.0, promise_words.when(scale.start, one.now, zone), False)]
    if one.due_at:
        wanted.append((scale.at(one.due_at), promise_words.when(one.due_at, one.now, zone), False))
    if not one.clock.is_over:
        wanted.append((scale.at(one.now), _("now"), False))
    elif one.standing != Standing.VOID:
        wanted.append((scale.at(one.until), promise_words.when(one.until, one.now, zone), False))
    words = {"paused": _("paused"), "closed": _("closed")}
    for span in sorted(spans, key=lambda span: -float(span["width"])):
        if span["kind"] in words and span["width"] >= _WIDE:
            wanted.append((span["start"] + span["width"] / 2, words[span["kind"]], True))
    found: list[dict[str, Any]] = []
    for at, label, is_minor in wanted:
        if all(abs(at - other["at"]) >= _APART for other in found):
            is_near = any(abs(at - other["at"]) < _APART_ON_PHONES for other in found if not other["minor"])
            found.append({"at": round(at, 2), "label": label, "minor": is_minor or is_near})
    return sorted(found, key=lambda tick: float(tick["at"]))
