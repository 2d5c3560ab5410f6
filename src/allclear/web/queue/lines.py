"""An incident as a line of the queue: drawn here and not in a template, for fifty of them are drawn at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from allclear.accounts.permissions import Viewer
from allclear.domain import next_best
from allclear.domain.terms import Status
from allclear.domain.trace import Trace
from allclear.incidents import filters
from allclear.incidents.models import Incident, IncidentQuerySet, Look
from allclear.incidents.promised import promised
from allclear.web.incidents.filters import channel_words
from allclear.web.incidents.rows import Row, rows_of
from allclear.web.queue.columns import Column, named, pick
from allclear.web.said import localised
from allclear.web.templatetags._icons import icon_html
from allclear.web.templatetags._words import inside_sentence
from allclear.web.templatetags.allclear_ui import badge, priority, status

_NAMED = ("service", "organisation", "supplier")
_PEOPLE = ("assignee", "requester", "on_behalf_of")
_FIELDS = (
    *(field.name for field in Incident._meta.concrete_fields),
    *(f"{one}__name" for one in (*_NAMED, *_PEOPLE)),
    *(f"{one}__email" for one in _PEOPLE),
)
_FRESH = frozenset({Status.NEW, Status.ASSIGNED})


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `html` is the whole of it, for staff; requesters have a template."""

    incident: Incident
    is_unread: bool
    status_label: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all rows of a page share."""

    queue: str  # address
    now: datetime
    lead: Column | None  # the number, where it is the first of the columns
    columns: Sequence[tuple[str, Column]]  # each with the beginning of its cell
    select: str
    unread: str


def is_led(columns: Sequence[Column]) -> bool:
    """Whether the number stands before the title."""
    return bool(columns) and columns[0].key == "number"


def with_relations(rows: IncidentQuerySet) -> IncidentQuerySet:
    """Of the records beside it, a line shows names and addresses only."""
    return rows.select_related(*_NAMED, *_PEOPLE).only(*_FIELDS)


def lines_of(
    found: Sequence[Incident], columns: Sequence[Column], viewer: Viewer, now: datetime, *, reasons: bool = False
) -> list[Line]:
    """`reasons`: say on each line why it is the next best one to take."""
    unread = _unread(found, viewer)
    why = _reasons(found, viewer, now) if reasons else {}
    shows_promises = viewer.is_staff and any(column.key == "due" for column in columns)
    promises = promised([incident.pk for incident in found], now) if shows_promises else {}
    rows = rows_of(found, now, is_staff=viewer.is_staff, team_ids=viewer.team_ids, promises=promises)
    if not viewer.is_staff:
        return [Line(row.incident, is_unread=False, status_label=row.status_label) for row in rows]
    frame = _frame(columns, now)
    return [
        Line(
            row.incident,
            row.incident.pk in unread,
            row.status_label,
            _html(row, frame, unread, why.get(row.incident.pk)),
        )
        for row in rows
    ]


def _frame(columns: Sequence[Column], now: datetime) -> _Frame:
    shown = columns[is_led(columns) :]
    return _Frame(
        queue=reverse("incidents:queue"),
        now=now,
        lead=columns[0] if is_led(columns) else None,
        columns=[(_begin(column), column) for column in shown],
        select=_("Select {number}"),
        unread=format_html('<span class="unread" role="img" aria-label="{}"></span>', _("Unread")),
    )


def _begin(column: Column) -> str:
    return format_html('<div role="cell" class="cell" data-column="{}" data-width="{}">', column.key, column.width)


def _html(row: Row, frame: _Frame, unread: Collection[int], why: Trace | None) -> str:
    """The row. Its parts are escaped one by one, so that joining them costs nothing."""
    incident, now = row.incident, frame.now
    number = escape(incident.number)
    parts = [
        f'<div class="row" role="row" id="incident-{number}" data-row data-number="{number}"'
        f' data-version="{incident.version}"><span role="cell" class="cell-select"><label class="above">'
        f'<input type="checkbox" data-row-select value="{number}"'
        f' aria-label="{escape(frame.select.format(number=incident.number))}"></label></span>'
        '<span role="cell" class="cell-priority">',
        pick(f"priority:{incident.priority or 'none'}", priority(incident.priority)),
        "</span>",
        f"{_begin(frame.lead)}{conditional_escape(frame.lead.cell(row, now))}</div>" if frame.lead else "",
        '<div role="cell" class="row-text"><div class="row-title">',
        frame.unread if incident.pk in unread else "",
        f'<a class="row-link" href="{escape(frame.queue + quote(incident.number))}/" data-row-link>',
        escape(incident.title),
        '</a></div><div class="row-sub">',
        _sub(row, why),
        "</div></div>",
    ]
    for begin, column in frame.columns:
        parts += (begin, conditional_escape(column.cell(row, now)), "</div>")
    parts.append("</div>")
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped, or was made by format_html


def _unread(found: Sequence[Incident], viewer: Viewer) -> set[int]:
    """Those that moved on since this person looked; and what has come to them or their team and nobody has opened."""
    if not viewer.is_staff:  # what the desk notes for itself is no news to a requester
        return set()
    keys = [incident.pk for incident in found]
    seen = dict(Look.objects.filter(user=viewer.user_id, incident__in=keys).values_list("incident_id", "version"))
    return {incident.pk for incident in found if _is_unread(incident, seen.get(incident.pk), viewer)}


def _is_unread(incident: Incident, seen: int | None, viewer: Viewer) -> bool:
    if seen is not None:
        return incident.version > seen
    if incident.status not in _FRESH:
        return False
    return incident.assignee_id == viewer.user_id or (
        incident.assignee_id is None and incident.team_id in viewer.team_ids
    )


def _reasons(found: Iterable[Incident], viewer: Viewer, now: datetime) -> Mapping[int, Trace]:
    explain = next_best.explainer(filters.context_for(viewer, now))
    names = [field.attname for field in Incident._meta.concrete_fields]
    return {one.pk: explain({name: getattr(one, name) for name in names}) for one in found}


def _sub(row: Row, why: Trace | None) -> str:
    incident, found = row.incident, list[Any]()
    if why is not None:
        more = "\n".join(f"{localised(step.text)} {localised(step.because)}" for step in why.steps)
        found.append(
            format_html('<span class="reason" title="{}">{}{}</span>', more, icon_html("sparkles"), _short(why))
        )
    found += _badges(row)
    found.append(_about(incident))
    phone = format_html('<span class="on-phone">{}</span>', status(incident.status, row.status_label))
    return format_html("{}{}", phone, format_html_join(" ", "{}", ((part,) for part in found if part)))


def _short(why: Trace) -> str:
    """What speaks for it, if anything does."""
    return localised(next((step.text for step in why.steps if step.matched), why.summary))


def _badges(row: Row) -> list[str]:
    incident, marks = row.incident, row.marks
    found: list[str] = []
    if incident.kind == "service_request":
        found.append(badge(_("request")))
    if incident.is_impending:
        found.append(badge(_("impending")))
    if incident.answered_at and incident.is_open:
        found.append(badge(_("answered"), "ok"))
    if marks.stalled:
        found.append(badge(_("stalled"), "warn"))
    elif marks.aged:
        found.append(badge(_("ageing"), "warn"))
    if marks.hold_overdue:
        found.append(badge(_("hold is over"), "warn"))
    found += [badge(text, "warn") for text in (row.offered, row.bounced) if text]
    if incident.security_class_id:
        found.append(icon_html("shield", _("restricted")))
    return found


def _about(incident: Incident) -> str:
    """Service, who is affected, customer and channel; each narrows the list."""
    parts: list[str] = []
    if incident.service:
        parts.append(pick(named("service", incident.service.pk, incident.service.name), incident.service.name))
    affected = incident.on_behalf_of or incident.requester
    if affected:
        field = "on-behalf-of" if incident.on_behalf_of else "requester"
        parts.append(pick(f"{field}:{affected.email or f'#{affected.pk}'}", affected.name))
    if incident.organisation:
        name = incident.organisation.name
        parts.append(pick(named("organisation", incident.organisation.pk, name), name))
    if incident.channel:
        parts.append(pick(f"channel:{incident.channel}", inside_sentence(channel_words(incident.channel))))
    return format_html_join(" · ", "{}", ((part,) for part in parts))
