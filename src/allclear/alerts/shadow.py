"""Try what hides alerts on those of the past, before it hides anything: silences, windows, inhibitions, rules.

The alerts of the last 90 days are read one after the other, in bounded memory; nothing is written. A draft is tried as
if it had been in force all the time (a window that repeats: at its times); what is kept already, since it was added and
at its own times. Alerts that led to real incidents are counted apart: these must not be hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from allclear.accounts.permissions import Viewer
from allclear.alerts import models
from allclear.alerts.quiet import condition_of, filter_of, inhibition_of, maintenance_of, silence_of
from allclear.alerts.seen import AT_ONCE, with_facts
from allclear.catalog.topology import felt
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.holders import Equal, Inhibition, Maintenance, Silence, equal_of, fits_scope, fits_silence
from allclear.domain.alerts.maintenance import as_if_earlier, running
from allclear.domain.alerts.matchers import Matcher
from allclear.domain.alerts.shadow import Hidden, Past, Spans
from allclear.domain.alerts.topology import CI, SERVICE, Node
from allclear.incidents.models import Incident
from allclear.kernel.words import joined, say

SPAN = timedelta(days=90)
MOST_ALERTS = 50_000  # of those that may be hidden, the newest: some seconds
_COLUMNS = ("title", "source", "severity")  # what matchers find as if it were labels
MOST_CAUSES = 50_000
Holds = Callable[[AlertFacts, datetime], bool]  # the alert, and when it began


@dataclass(frozen=True, slots=True)
class Draft:
    """What is tried: `may` finds in the database what it may hide, `holds` says whether it does."""

    may: Q
    holds: Holds
    note: str
    left_out: str = ""  # what was too much to look at, in words


def silenced(draft: Silence) -> Draft:
    """A silence in force all the time."""
    may = Q() if draft.integration_id is None else Q(integration_id=draft.integration_id)
    for matcher in draft.matchers:
        may &= _may_fit(matcher)
    note = say("As if the silence had been there all the time.")
    return Draft(may, lambda facts, at: not fits_silence(draft, facts), note)


def maintained(draft: Maintenance) -> Draft:
    """A window at its times, had it begun a year ago; one that happens once all the time."""
    if not draft.window.repeats:
        note = say("As if the maintenance had lasted all the time: it happens once.")
        return Draft(_scope(draft), lambda facts, at: not fits_scope(draft, facts), note)
    window = as_if_earlier(draft.window)
    note = say("At the times of the window, as if it had begun earlier.")
    return Draft(_scope(draft), lambda facts, at: not fits_scope(draft, facts) and bool(running(window, at)), note)


def inhibited(draft: Inhibition, since: datetime, now: datetime) -> Draft:
    """An inhibition in force all the time: an alert is hidden that began while one of its causes was open."""
    all_spans, others, is_cut = _cause_spans(draft, since, now)

    def holds(facts: AlertFacts, at: datetime) -> bool:
        spans = others if draft.cause.fits(facts) else all_spans
        found = spans.get(equal_of(draft, facts))
        return found is not None and found.hold(at)

    note = say("Alerts that began while one of its causes was open, as if it had been there all the time.")
    left_out = say("Only the newest {count} causes were looked at.", count=MOST_CAUSES) if is_cut else ""
    return Draft(condition_of(draft.effect), holds, note, left_out)


def ruled_out(when: str, integration_ids: frozenset[int] = frozenset()) -> Draft:
    """A rule that drops or only records. Raises `FilterError` for a filter that is not understood."""
    may = condition_of(filter_of(when))
    if integration_ids:
        may &= Q(integration_id__in=integration_ids)
    return Draft(may, lambda facts, at: True, say("As if the rule had been the first one all the time."))


def try_out(viewer: Viewer, draft: Draft, now: datetime, since: datetime | None = None) -> Hidden:
    """What it would have hidden of the alerts that began since then; by default in the last 90 days."""
    viewer.require("alert.read")
    since = max(since, now - SPAN) if since else now - SPAN
    hidden = Hidden(since, now, joined([draft.note, draft.left_out]) if draft.left_out else draft.note)
    rows = models.Alert.objects.filter(first_seen_at__gte=since, first_seen_at__lte=now)
    hidden.looked_at = rows.count()
    waiting: list[tuple[models.Alert, AlertFacts]] = []
    for number, (row, facts) in enumerate(with_facts(rows.filter(draft.may).order_by("-id")[: MOST_ALERTS + 1])):
        if number == MOST_ALERTS:
            hidden.is_cut = True
            break
        if draft.holds(facts, row.first_seen_at):
            waiting.append((row, facts))
        if len(waiting) == AT_ONCE:
            _add(viewer, waiting, hidden)
            waiting = []
    _add(viewer, waiting, hidden)
    return hidden


def would_have_held(
    viewer: Viewer, row: models.Silence | models.MaintenanceWindow | models.Inhibition, now: datetime
) -> Hidden:
    """What one that is kept has held or would have held at its own times, since it was added (at most 90 days ago)."""
    since = max(row.created_at, now - SPAN)
    note = say("At its own times, since it was added.")
    if isinstance(row, models.Silence):
        silence = silence_of(row)
        begin, end = max(silence.starts_at, since), silence.ends_at
        inner = silenced(silence)
        draft = Draft(inner.may, lambda facts, at: begin <= at < end and inner.holds(facts, at), note)
    elif isinstance(row, models.MaintenanceWindow):
        window = maintenance_of(row)
        draft = Draft(
            _scope(window), lambda facts, at: not fits_scope(window, facts) and bool(running(window.window, at)), note
        )
    else:
        inhibition = inhibition_of(row)
        inner = inhibited(inhibition, since, now)
        end = inhibition.expires_at
        draft = Draft(inner.may, lambda facts, at: at < end and inner.holds(facts, at), note, inner.left_out)
    return try_out(viewer, draft, now, since)


def hidden_data(found: Hidden) -> dict[str, Any]:
    """For programs."""
    names = ("since", "until", "note", "looked_at", "is_cut", "hidden", "real")
    return {name: getattr(found, name) for name in names} | {
        "incidents": len(found.incidents),
        "severities": dict(found.severities),
        "weeks": [{"monday": one.monday, "hidden": one.hidden, "real": one.real} for one in found.weeks],
        "real_ones": [_past_data(one) for one in found.real_ones],
        "sample": [_past_data(one) for one in found.sample],
    }


def _past_data(one: Past) -> dict[str, Any]:
    plain = {"alert_id": one.alert_id, "title": one.title, "at": one.at, "verdict": one.verdict}
    return plain | {"incident": one.number or None, "priority": one.priority, "real_because": str(one.real_because)}


def _add(viewer: Viewer, found: list[tuple[models.Alert, AlertFacts]], hidden: Hidden) -> None:
    incidents = _incidents(viewer, {row.incident_id for row, _ in found if row.incident_id})
    for row, facts in found:
        told = incidents.get(row.incident_id or 0, {})
        past = Past(row.pk, row.title, row.first_seen_at, row.verdict, **told)
        hidden.add(past, facts.severity)


def _incidents(viewer: Viewer, keys: set[int]) -> Mapping[int, dict[str, Any]]:
    """Those that the viewer may see. For others an alert looks as if it had none."""
    rows = Incident.objects.visible_to(viewer).filter(pk__in=keys)
    columns = ("pk", "number", "priority", "acknowledged_by_id", "resolution_code")
    return {
        pk: {"incident_id": pk, "number": number, "priority": priority, "is_worked_on": by is not None,
             "resolution_code": code}
        for pk, number, priority, by, code in rows.values_list(*columns)
    }  # fmt: skip


def _may_fit(matcher: Matcher) -> Q:
    """What the database can leave out at once: those that have no such label, or another value."""
    if matcher.fits({}) or matcher.name == "integration":
        return Q()
    if matcher.is_regex or not matcher.is_equal:
        found = Q(labels__has_key=matcher.name)
        return Q() if matcher.name in _COLUMNS else found
    found = Q(labels__contains={matcher.name: matcher.value})
    return found | Q(**{matcher.name: matcher.value}) if matcher.name in _COLUMNS else found


def _scope(window: Maintenance) -> Q:
    """What is about its services and items, or about anything on them."""
    nodes = [Node(SERVICE, pk) for pk in window.service_ids] + [Node(CI, pk) for pk in window.ci_ids]
    reached = felt.get().carries(*nodes) if window.with_dependents else nodes
    services, items = ([node.id for node in reached if node.kind == kind] for kind in (SERVICE, CI))
    return Q(service_id__in=services) | Q(ci_id__in=items)


def _cause_spans(
    draft: Inhibition, since: datetime, now: datetime
) -> tuple[dict[Equal, Spans], dict[Equal, Spans], bool]:
    """When causes were open, by the labels that must be the same: of all, and of those that are no effects.

    The last says whether there were more than are looked at.
    """
    is_over = Q(resolved_at__lt=since)
    rows = models.Alert.objects.filter(condition_of(draft.cause), first_seen_at__lte=now).exclude(is_over)
    every: dict[Equal, list[tuple[datetime, datetime]]] = {}
    others: dict[Equal, list[tuple[datetime, datetime]]] = {}
    read = 0
    for row, facts in with_facts(rows.order_by("-id")[:MOST_CAUSES]):
        read += 1
        span, key = (row.first_seen_at, row.resolved_at or now + timedelta(microseconds=1)), equal_of(draft, facts)
        every.setdefault(key, []).append(span)
        if not draft.effect.fits(facts):
            others.setdefault(key, []).append(span)
    is_cut = read == MOST_CAUSES and rows.count() > MOST_CAUSES
    spans_of, spans_of_others = ({key: Spans(spans) for key, spans in one.items()} for one in (every, others))
    return spans_of, spans_of_others, is_cut
