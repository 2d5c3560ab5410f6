"""The dialogs that change a schedule for a while, and the buttons that take back or answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from allclear.oncall.actions import schedules, swaps
from allclear.oncall.models import Leave, Override, Schedule, Swap
from allclear.oncall.rota import schedules_for, turns_in
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.oncall.forms import LeaveForm, OverrideForm, ScheduleForm, SwapForm
from allclear.web.records import attempt, found

R = TypeVar("R", Override, Leave, Swap)
HOUR = timedelta(hours=1)


@signed_in
@require_http_methods(["GET", "POST"])
def override(request: Page, pk: int) -> HttpResponse:
    """Somebody instead of another, besides them, or nobody, for a span. The address may begin the form."""
    row = found(schedules_for(request.viewer), pk, "schedule")
    if not request.viewer.may("oncall.change"):
        schedules.may_override(request.viewer, row, [], request.now)
    initial = _span(request, row) | {
        "kind": request.GET.get("kind", "replace"),
        "people": [int(key) for key in request.GET.getlist("people") if key.isdigit()],
        "instead_of_id": _key(request.GET.get("instead_of", "")) or _on_call_then(row, request),
        "reason": request.GET.get("reason", "")[:300],
    }
    if initial["kind"] in ("add", "only"):
        initial["instead_of_id"] = None
    form = OverrideForm(_posted(request), initial=initial, viewer=request.viewer, schedule=row)
    words = {"title": _("Override"), "submit": _("Override"), "done": _("The override is made.")}
    return _answer(request, row, form, schedules.add_override, words)


@signed_in
@require_http_methods(["GET", "POST"])
def swap(request: Page, pk: int) -> HttpResponse:
    """Ask that others take one's shifts of a span."""
    row = found(schedules_for(request.viewer), pk, "schedule")
    request.viewer.require("oncall.own")
    turns = turns_in(row, request.now, request.now + timedelta(days=60))
    own = next((t for t in turns if t.user_id == request.viewer.user_id and not t.is_shadow), None)
    initial = {"starts_at": max(own.starts_at, request.now), "ends_at": own.ends_at} if own else _span(request, row)
    form = SwapForm(_posted(request), initial=initial, viewer=request.viewer, schedule=row)
    words = {
        "title": _("Ask for a swap"),
        "submit": _("Ask"),
        "done": _("They are asked. Nothing changes until somebody agrees."),
    }
    return _answer(request, row, form, swaps.ask_swap, words)


@signed_in
@require_http_methods(["GET", "POST"])
def leave(request: Page, pk: int) -> HttpResponse:
    """Say that one is away; it counts for every schedule."""
    row = found(schedules_for(request.viewer), pk, "schedule")
    request.viewer.require("oncall.own")
    form = LeaveForm(_posted(request), initial=_span(request, row), viewer=request.viewer, schedule=row)
    words = {"title": _("Leave"), "submit": _("Enter leave"), "done": _("The leave is entered.")}
    return _answer(request, row, form, schedules.add_leave, words)


def _posted(request: Page) -> Any:
    return request.POST if request.method == "POST" else None


def _answer(
    request: Page, row: Schedule, form: ScheduleForm, verb: Callable[..., Any], words: dict[str, str]
) -> HttpResponse:
    """The form as a dialog, or as a page for those who come by a link; back to the schedule once it is done."""
    where = reverse("schedules:schedule", args=[row.pk])
    if request.method == "POST":
        done = attempt(form, lambda values, _version: verb(request.viewer, values, now=request.now))
        if done is not None:
            messages.success(request, words["done"])
            day = done.starts_at.astimezone(ZoneInfo(row.time_zone)).date()
            where = f"{where}?day={day}"
            return HttpResponseClientRedirect(where) if request.htmx else redirect(where)
    context = {"row": row, "form": form, "action": request.get_full_path(), "back": where, "back_label": row.name}
    template = "oncall/_dialog.html" if wants_fragment(request) else "oncall/change.html"
    return render(request, template, context | words, status=form.http_status)


def _span(request: Page, row: Schedule) -> dict[str, Any]:
    """From the address, else the next full hour and eight hours of it."""
    zone = ZoneInfo(row.time_zone)
    start = _instant(request.GET.get("from", ""), zone)
    end = _instant(request.GET.get("until", ""), zone)
    hour = request.now.astimezone(zone).replace(minute=0, second=0, microsecond=0) + HOUR
    start = start or hour
    return {"starts_at": start, "ends_at": end or start + 8 * HOUR}


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    """Without an offset by the clock of the schedule, as its calendar shows it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)) if 1971 <= found.year <= 2199 else None


def _key(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 18 else None


def _on_call_then(row: Schedule, request: Page) -> int | None:
    start = _span(request, row)["starts_at"]
    turns = turns_in(row, start, start + timedelta(minutes=1))
    return next((turn.user_id for turn in turns if not turn.is_shadow), None)


def _does(
    model: type[R], verb: Callable[..., R], done: Callable[[R], str], schedule_of: Callable[[R], int | None]
) -> Callable[..., HttpResponseBase]:
    """A button: it does its verb and goes back to where it was pressed."""

    @signed_in
    @require_POST
    def view(request: Page, pk: int) -> HttpResponseBase:
        request.viewer.require("oncall.read")
        row = verb(request.viewer, pk, now=request.now)
        messages.success(request, done(row))
        schedule = schedule_of(row) or _key(request.POST.get("schedule", ""))
        return redirect(reverse("schedules:schedule", args=[schedule]) if schedule else reverse("schedules:index"))

    view.__name__ = f"{verb.__name__}_{model.__name__.lower()}"
    return view


def _schedule(row: Override | Swap) -> int | None:
    return row.schedule_id


withdraw_override = _does(Override, schedules.withdraw_override, lambda row: _("The override is withdrawn."), _schedule)
withdraw_leave = _does(Leave, schedules.withdraw_leave, lambda row: _("The leave is withdrawn."), lambda row: None)
take_swap = _does(Swap, swaps.take_swap, lambda row: _("You have taken the shifts."), _schedule)
refuse_swap = _does(Swap, swaps.refuse_swap, lambda row: _("You have refused."), _schedule)
withdraw_swap = _does(Swap, swaps.withdraw_swap, lambda row: _("The request is withdrawn."), _schedule)
