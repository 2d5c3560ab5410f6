"""The ledger of a promise in the reader's words: every span, and the rule that says whether it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext as _

from allclear.domain.sla import Entry, Metric, Rule, Standing
from allclear.incidents.promise_tables import VOID, WAITS
from allclear.incidents.promise_words import span
from allclear.incidents.promised import Promise
from allclear.kernel.localised import localised


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the ledger. `counted` is empty where nothing counts; `kind`: counted, late, paused or closed."""

    start: datetime
    end: datetime
    length: str
    counted: str
    rule: str
    kind: str


def lines(one: Promise) -> list[Line]:
    """The ledger: every span, cut where it fell due, with the rule that says whether it counts."""
    due = one.due_at if one.standing in (Standing.OVERDUE, Standing.BREACHED) else None
    found: list[Line] = []
    for entry in one.account.entries:
        cuts = [entry.start, *([due] if due and entry.start < due < entry.end else []), entry.end]
        for start, end in pairwise(cuts):
            is_late, length = bool(due and start >= due), span(end - start)
            counted = length if entry.is_counted else ""
            found.append(Line(start, end, length, counted, _rule(entry, one, is_late), _kind(entry, is_late)))
    return found


def _kind(entry: Entry, is_late: bool) -> str:
    if entry.is_counted:
        return "late" if is_late else "counted"
    return "paused" if entry.rule == Rule.HELD else "closed"


def _rule(entry: Entry, one: Promise, is_late: bool) -> str:
    """Why a span counts, or does not."""
    if entry.is_earlier:
        return _("Does not count: another target held then")
    if entry.rule == Rule.HELD:
        return _("Paused: {why}").format(why=WAITS.get(entry.detail) or _("it is on hold"))
    if entry.rule == Rule.OTHER_TEAM:
        return _("Does not count: another team had it")
    if entry.rule == Rule.NOT_WAITING:
        return _("Does not count: it did not wait for the supplier")
    if entry.rule == Rule.STOPPED:
        return _("Does not count: it was answered") if one.metric == Metric.RESPONSE else _("Does not count: resolved")
    if entry.rule == Rule.VOID:
        return _("Does not count: {why}").format(why=VOID.get(entry.detail) or _("it ended"))
    if entry.closed:
        return _("Does not count: {why}").format(why=localised(entry.closed))
    return _("Counts, after it was due") if is_late else _("Counts")
