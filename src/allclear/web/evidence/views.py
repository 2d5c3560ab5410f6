"""What was sent to whom and what became of it: one's own, and of anybody for those who coordinate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import people_visible_to
from allclear.incidents.models import Incident
from allclear.incidents.paging import KIND
from allclear.notifications import queries
from allclear.notifications.models import STATES, Notification
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.records import found
from allclear.web.said import localised, retold
from allclear.web.tables import Cell, Table, cell

LEVELS = {"failed": "danger", "acknowledged": "ok", "opened": "ok", "delivered": "ok", "queued": "warn"}


class Titles:
    """What notifications were about, for a viewer: of others only incidents that they may see themselves."""

    def __init__(self, viewer: Viewer, rows: Iterable[Notification]) -> None:
        self.viewer = viewer
        keys = {row.subject_id for row in rows if row.subject_kind == KIND and row.subject_id}
        visible = Incident.objects.visible_to(viewer).filter(pk__in=keys) if keys else Incident.objects.none()
        self.numbers = dict(visible.values_list("pk", "number"))

    def of(self, row: Notification) -> str:
        is_known = row.user_id == self.viewer.user_id or (row.subject_kind == KIND and row.subject_id in self.numbers)
        if is_known:
            return localised(queries.title_of(row)) or "–"
        return _("Restricted incident") if row.subject_kind == KIND else row.get_kind_display()

    def url(self, row: Notification) -> str:
        number = self.numbers.get(row.subject_id or 0) if row.subject_kind == KIND else None
        return reverse("incidents:detail", args=[number]) if number else ""

    def may_read(self, row: Notification) -> bool:
        """Whether the text is for the viewer: what they got themselves, but for codes."""
        return row.user_id == self.viewer.user_id and row.kind != "code"


def _by(row: Notification) -> str:
    if row.webhook:
        return f"{row.get_channel_display()} · {row.webhook.name}"
    if row.method is None:
        return row.get_channel_display()
    name = row.method.name or queries.address_words(row.method.kind, row.method.address)
    return f"{row.get_channel_display()} · {name}"


@never_cache
@signed_in
def index(request: Page) -> HttpResponse:
    """What one got; with `?person=` another, with `?everybody=1` all, for those who may."""
    given, viewer = request.GET, request.viewer
    may_others = viewer.may(queries.OF_OTHERS)
    user, rows = _asked(request)
    state = given.get("state", "")
    if state in dict(STATES):
        rows = rows.filter(state=state)
    is_everybody = user is None
    shown: dict[str, Any] = {}

    def prepare(page: Sequence[Notification]) -> None:
        shown["titles"] = Titles(viewer, page)

    def cells(row: Notification) -> list[Cell]:
        return _cells(row, shown["titles"], is_everybody)

    headings = [
        _("About"),
        *([_("To")] if is_everybody else []),
        _("When"),
        pgettext("channel", "By"),
        _("State"),
        _("Why"),
    ]
    table = Table(
        _title(user, viewer), "notification", headings, cells, icon="bell", template="evidence/list.html",
        empty_text=_("Pages and other messages are listed here with what became of each."),
    )  # fmt: skip
    return table.page(
        request, rows, prepare=prepare, filtered=bool(state), states=STATES, state=state, person_row=user,
        is_own=user is not None and user.pk == viewer.user_id, may_others=may_others, is_everybody=is_everybody,
    )  # fmt: skip


def _asked(request: Page) -> tuple[User | None, QuerySet[Notification]]:
    """Whose notifications the address asks for, and these; no person: of everybody."""
    given, viewer = request.GET, request.viewer
    if given.get("everybody"):
        viewer.require(queries.OF_OTHERS)
        return None, queries.notifications_readable_by(viewer)
    key = given.get("person", "")
    pk = int(key) if key.isdecimal() and len(key) < 18 else viewer.user_id or 0
    rows = queries.notifications_of(viewer, pk)
    if pk == viewer.user_id:
        return User.objects.get(pk=pk), rows
    return found(people_visible_to(viewer), pk, "person"), rows


def _title(user: User | None, viewer: Viewer) -> str:
    if user is None:
        return _("What everybody was sent")
    if user.pk == viewer.user_id:
        return _("What you were sent")
    return _("What {name} was sent").format(name=user.name)


def _cells(row: Notification, titles: Titles, with_person: bool) -> list[Cell]:
    to = [cell(row.user.name if row.user else _("a program"))] if with_person else []
    state = cell("", mark=row.get_state_display(), level=LEVELS.get(row.state, ""))
    url = reverse("notifications:one", args=[row.pk])
    reason = localised(row.ended_reason) if row.ended_reason else ""
    return [
        cell(titles.of(row), url=url, sub=row.get_kind_display()),
        *to,
        cell("", at=row.queued_at),
        cell(_by(row)),
        state | {"text": ""},
        cell(reason or _last_why(row)),
    ]


def _last_why(row: Notification) -> str:
    steps = trace_of(row)
    return steps[-1]["text"] if steps else ""


@never_cache
@signed_in
def one(request: Page, pk: int) -> HttpResponse:
    """One notification: from the queue to what the other side said, and the rules that sent it."""
    row = queries.notification(request.viewer, pk)
    titles = Titles(request.viewer, [row])
    context = {
        "row": row,
        "title": titles.of(row),
        "subject_url": titles.url(row),
        "text": str(row.message.get("text") or "") if titles.may_read(row) else "",
        "by": _by(row),
        "level": LEVELS.get(row.state, ""),
        "moments": queries.timeline(row),
        "is_waiting": row.state == "queued",
        "reason": localised(row.ended_reason) if row.ended_reason else "",
        "trace": trace_of(row),
        "is_own": row.user_id == request.viewer.user_id,
        "back": reverse("notifications:list") + _whose(row, request.viewer),
        "back_label": _("What was sent"),
    }
    if wants_fragment(request):
        return render(request, "evidence/_became.html", context)
    return render(request, "evidence/one.html", context)


def _whose(row: Notification, viewer: Viewer) -> str:
    if row.user_id == viewer.user_id:
        return ""
    return f"?person={row.user_id}" if row.user_id else "?everybody=1"


def trace_of(row: Notification) -> list[dict[str, Any]]:
    """The rules that sent it, as steps for `{% why %}`: summaries, and below each what it looked at."""
    found: list[dict[str, Any]] = []
    for part in row.why:
        summary = retold(part, "summary") or retold(part, "text")
        if summary:
            found.append({"matched": True, "text": summary, "detail": ""})
        for step in part.get("steps", []):
            detail = retold(step, "detail")
            found.append({"matched": step.get("matched"), "text": retold(step, "text"), "detail": detail})
    return found
