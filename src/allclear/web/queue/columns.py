"""The columns of the queue: what each is called, what it is sorted by, and how it shows an incident."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise

from allclear.accounts import queries as people
from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.catalog import queries as catalog
from allclear.domain.filters import quoted, slug
from allclear.domain.terms import label
from allclear.incidents import filters
from allclear.incidents.promised import has_agreements
from allclear.web.incidents.filters import channel_words
from allclear.web.incidents.rows import HOLDS, Row
from allclear.web.queue.promising import promise_cell
from allclear.web.said import localised
from allclear.web.templatetags import _words
from allclear.web.templatetags._kept import kept
from allclear.web.templatetags.allclear_ui import avatar, status

_USUAL = ("number", "status", "assignee")
Cell = Callable[[Row, datetime], str]


@dataclass(frozen=True, slots=True)
class Column:
    """`sort` is empty where nothing can be sorted by it. `width`: narrow, middle or wide."""

    key: str
    label: StrOrPromise
    cell: Cell
    sort: str = ""
    width: str = "middle"


def columns_for(viewer: Viewer) -> Mapping[str, Column]:
    """All that this person may choose from, the company's own fields at the end."""
    schema = filters.schema_for(viewer)
    found = {one.key: one for one in _COLUMNS if one.key == "waits" or one.key in schema}
    for name, field in schema.items():
        if name.startswith("custom."):
            found[name] = Column(name, field.about, _custom(name.removeprefix("custom.")), name)
    return found


def usual() -> tuple[str, ...]:
    """The columns of who has chosen none: the promise, or whose turn it is while nothing is promised to anybody."""
    return (*_USUAL, "due" if has_agreements.get() else "waits", "opened")


def columns_of(chosen: tuple[str, ...], viewer: Viewer) -> list[Column]:
    known = columns_for(viewer)
    return [known[name] for name in chosen or usual() if name in known]


def time_html(at: datetime | None, style: str, now: datetime) -> str:
    """As `{% when %}`: an age or a distance, the exact instant on hover."""
    if at is None:
        return ""
    seconds = (at - now).total_seconds()
    words = _words.age_words(seconds) if style == "age" else _words.relative_words(seconds)
    exact = _words.exact_words(at)
    return format_html('<time datetime="{}" data-when="{}" title="{}">{}</time>', at.isoformat(), style, exact, words)


@kept
def pick(part: str, inner: Any, title: str = "") -> str:
    """A value that narrows the list when it is clicked. By keyboard the filter line does the same."""
    return format_html(
        '<span class="pick above" data-pick="{}"{}>{}</span>',
        part,
        format_html(' title="{}"', title) if title else "",
        inner,
    )


@kept
def named(field: str, key: int, name: str) -> str:
    return f"{field}:{slug(name) or f'#{key}'}"


def _person(field: str, who: User | None) -> str:
    if who is None:
        return pick(f"{field}:none", format_html('<span class="muted small">{}</span>', _("nobody yet")))
    return _somebody(f"{field}:{quoted(who.email) if who.email else f'#{who.pk}'}", who.name)


@kept
def _somebody(part: str, name: str) -> str:
    inner = format_html(
        '<span class="person">{}<span class="person-name">{}</span></span>', avatar(name), _words.short_name(name)
    )
    return pick(part, inner, name)


def _assignee(row: Row, now: datetime) -> str:
    return _person("assignee", row.incident.assignee)


def _team(row: Row, now: datetime) -> str:
    key = row.incident.team_id
    if key is None:
        return pick("team:none", format_html('<span class="muted small">{}</span>', _("no team")))
    name = people.team_names.get().get(key, "")
    return pick(named("team", key, name), name, name)


def _assignee_or_team(row: Row, now: datetime) -> str:
    """Who has it: somebody, else the team that has to find somebody."""
    if row.incident.assignee_id or row.incident.team_id is None:
        return _assignee(row, now)
    name = people.team_names.get().get(row.incident.team_id, "")
    return pick(
        named("team", row.incident.team_id, name), format_html('<span class="muted small">{}</span>', name), name
    )


def _status(row: Row, now: datetime) -> str:
    incident = row.incident
    part = f"hold:{incident.hold_reason}" if incident.hold_reason else f"status:{incident.status}"
    return pick(part, status(incident.status, row.status_label))


def _number(row: Row, now: datetime) -> str:
    return format_html('<span class="number">{}</span>', row.incident.number)


def _waits(row: Row, now: datetime) -> str:
    if not row.turn:
        return format_html('<span class="muted">{}</span>', row.what)
    due = format_html(", {}", time_html(row.due_at, "relative", now)) if row.due_at else ""
    return format_html('<b class="row-clip">{}</b><span class="row-clip muted">{}{}</span>', row.turn, row.what, due)


def _category(row: Row, now: datetime) -> str:
    node = catalog.category(row.incident.category_id) if row.incident.category_id else None
    return pick(f"category:{slug(node.label) or f'#{node.id}'}", node.label, node.label) if node else ""


def _relation(field: str, attribute: str) -> Cell:
    def cell(row: Row, now: datetime) -> str:
        other = getattr(row.incident, attribute)
        if other is None:
            return ""
        return (
            _person(field, other)
            if isinstance(other, User)
            else pick(named(field, other.pk, other.name), other.name, other.name)
        )

    return cell


def _instant(attribute: str) -> Cell:
    return lambda row, now: time_html(getattr(row.incident, attribute), "relative", now)


def _plain(attribute: str) -> Cell:
    return lambda row, now: format_html("{}", "" if (value := getattr(row.incident, attribute)) is None else value)


def _word(field: str, attribute: str, words: Callable[[str], str]) -> Cell:
    def cell(row: Row, now: datetime) -> str:
        value = getattr(row.incident, attribute)
        return pick(f"{field}:{value}", words(value)) if value not in (None, "") else ""

    return cell


def _yes(attribute: str) -> Cell:
    return lambda row, now: pick("breached:yes", _("yes")) if getattr(row.incident, attribute) else ""


def _custom(key: str) -> Cell:
    def cell(row: Row, now: datetime) -> str:
        value = row.incident.custom.get(key)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return format_html("{}", "" if value is None else value)

    return cell


def _term(value: str) -> str:
    return localised(label(value))


_COLUMNS = (
    Column("number", gettext_lazy("Number"), _number, "number", "narrow"),
    Column("status", gettext_lazy("Status"), _status, "status"),
    Column("assignee", gettext_lazy("Assignee"), _assignee_or_team, "assignee"),
    Column("waits", gettext_lazy("Waits for"), _waits, "", "wide"),
    Column(
        "opened", gettext_lazy("Age"), lambda row, now: time_html(row.incident.logged_at, "age", now), "opened", "age"
    ),
    Column("due", gettext_lazy("Promise"), promise_cell, "due", "promise"),
    Column("breached", gettext_lazy("Breached"), _yes("is_breached"), "", "narrow"),
    Column("team", gettext_lazy("Team"), _team, "team"),
    Column("service", gettext_lazy("Service"), _relation("service", "service"), "service"),
    Column("category", gettext_lazy("Category"), _category, "category", "wide"),
    Column("organisation", gettext_lazy("Organisation"), _relation("organisation", "organisation"), "organisation"),
    Column("requester", gettext_lazy("Requester"), _relation("requester", "requester"), "requester"),
    Column("on-behalf-of", gettext_lazy("On behalf of"), _relation("on-behalf-of", "on_behalf_of"), "on-behalf-of"),
    Column("kind", gettext_lazy("Kind"), _word("kind", "kind", _term), "kind"),
    Column("channel", gettext_lazy("Channel"), _word("channel", "channel", channel_words), "channel"),
    Column("location", gettext_lazy("Location"), _plain("location"), "location"),
    Column("hold", gettext_lazy("On hold for"), _word("hold", "hold_reason", lambda one: str(HOLDS[one])), "hold"),  # type: ignore[index]  # a text equals its term
    Column("hold-until", gettext_lazy("On hold until"), _instant("hold_until"), "hold-until"),
    Column("supplier", gettext_lazy("Supplier"), _relation("supplier", "supplier"), "supplier"),
    Column("updated", gettext_lazy("Last progress"), _instant("last_progress_at"), "updated"),
    Column("answered", gettext_lazy("Requester answered"), _instant("answered_at"), "answered"),
    Column("occurred", gettext_lazy("Occurred"), _instant("occurred_at"), "occurred"),
    Column("acknowledged", gettext_lazy("Acknowledged"), _instant("acknowledged_at"), "acknowledged"),
    Column("resolved", gettext_lazy("Resolved"), _instant("resolved_at"), "resolved"),
    Column("closed", gettext_lazy("Closed"), _instant("closed_at"), "closed"),
    Column("severity", gettext_lazy("Severity"), _word("severity", "severity", str), "severity", "narrow"),
    Column("impact", gettext_lazy("Impact"), _word("impact", "impact", str), "impact", "narrow"),
    Column("urgency", gettext_lazy("Urgency"), _word("urgency", "urgency", str), "urgency", "narrow"),
    Column("handed-over", gettext_lazy("Handed over"), _plain("reassignment_count"), "handed-over", "narrow"),
    Column("bounces", pgettext_lazy("column", "Bounced"), _plain("bounce_count"), "bounces", "narrow"),
    Column("reopened", gettext_lazy("Reopened"), _plain("reopen_count"), "reopened", "narrow"),
    Column("completeness", gettext_lazy("Completeness"), _plain("completeness"), "completeness", "narrow"),
)
