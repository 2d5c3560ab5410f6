"""Maintenance windows: one of them, the form with how it repeats, and the verbs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.alerts.actions import maintenance as verbs
from allclear.alerts.actions.quiet_nouns import WINDOW
from allclear.alerts.models import MaintenanceWindow
from allclear.alerts.quiet import window_of
from allclear.alerts.shadow import maintained
from allclear.catalog.models import ConfigurationItem
from allclear.domain.alerts.holders import Maintenance
from allclear.domain.alerts.maintenance import Window, problems, times
from allclear.kernel.errors import NotFound
from allclear.kernel.events import position_of
from allclear.web import choices
from allclear.web.account.profile import time_zones
from allclear.web.http import Page, signed_in
from allclear.web.quiet import drafting, fitting, recurrence, showing, words
from allclear.web.quiet import window_drafts as drafts
from allclear.web.quiet.drafting import Draft
from allclear.web.said import localised

SHOWN_TIMES = 5


def find(request: Page, pk: int) -> MaintenanceWindow:
    request.viewer.require("alert.read")
    rows = MaintenanceWindow.objects.prefetch_related("services", "cis")
    row = rows.filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise NotFound(_("There is no such maintenance window."))
    return row


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """What it covers, its next times, what it holds now, and what was changed."""
    row = find(request, pk)
    window, zone = window_of(row), words.zone_of(row.time_zone)
    coming = times(window, request.now, window.ends_for_good_at)[:SHOWN_TIMES]
    extra = {
        "times": [(one, one.start.astimezone(zone), one.end.astimezone(zone)) for one in coming],
        "is_other_zone": row.time_zone != request.viewer.time_zone,
    }
    return showing.page(request, row, "maintenance", may="alert.change", extra=extra)


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new window; `?day=` begins it on that day."""
    request.viewer.require("alert.change")
    if request.method != "POST":
        return _form(request, None, drafts.beginning(request))
    draft = drafts.posted(request.POST)
    if (do := request.POST.get("do", "save")) != "save":
        return _form(request, None, draft, tried=do == "try")
    values = drafts.values_of(draft)
    saved = draft.attempt(lambda: verbs.add_window(request.viewer, values, now=request.now))
    return _saved(request, saved) if saved else _form(request, None, draft)


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of one that has not ended."""
    request.viewer.require("alert.change")
    row = find(request, pk)
    if request.method != "POST":
        return _form(request, row, drafts.stored(row, position_of(WINDOW.stream, row.pk)))
    draft = drafts.posted(request.POST)
    if (do := request.POST.get("do", "save")) != "save":
        return _form(request, row, draft, tried=do == "try")
    draft.kept = {"starts_at": row.starts_at, "ends_at": row.ends_at}
    values = drafts.values_of(draft)
    saved = draft.attempt(
        lambda: verbs.change_window(request.viewer, row.pk, values, now=request.now, expected_version=draft.seen),
        WINDOW.stream,
        row.pk,
    )
    return _saved(request, saved) if saved else _form(request, row, draft)


@signed_in
@require_POST
def coming(request: Page) -> HttpResponse:
    """The next times of what is typed, in words: asked while somebody types."""
    request.viewer.require("alert.read")
    return render(request, "quiet/_times.html", _times(request, drafts.posted(request.POST)))


@signed_in
@require_POST
def preview(request: Page) -> HttpResponse:
    """What it would have hidden of the alerts of the last weeks."""
    request.viewer.require("alert.read")
    return render(request, "quiet/_shadow.html", {"shadow": _shadow(request, drafts.posted(request.POST))})


@signed_in
@require_POST
def end(request: Page, pk: int) -> HttpResponse:
    """End it now, with all times that were to come."""
    row = find(request, pk)
    until, ends_at = row.until, row.ends_at

    def verb() -> str:
        verbs.end_window(request.viewer, row.pk, now=request.now)
        query = urlencode({"until": (until or ends_at).isoformat()})
        return f"{reverse('alerts:window_again', args=[row.pk])}?{query}"

    return showing.done(request, verb, _("The maintenance has ended. What it held is looked at again."))


@signed_in
@require_POST
def again(request: Page, pk: int) -> HttpResponse:
    """Undo of an end: a new window for the time or the times that were cut off."""
    row = find(request, pk)
    until = drafting.given_instant(request.GET.get("until", ""))
    names = ("name", "reason", "change_ref", "with_dependents", "starts_at", "time_zone", "repeats", "mode")
    values: dict[str, Any] = {name: getattr(row, name) for name in names}
    values |= {"until": until, "ends_at": row.ends_at} if row.repeats else {"ends_at": until}
    values |= {name: list(getattr(row, name).values_list("pk", flat=True)) for name in ("services", "cis")}

    def verb() -> str:
        with transaction.atomic():
            made = verbs.add_window(request.viewer, values, now=request.now)
            for start in row.left_out if row.repeats else ():
                if start > request.now:
                    verbs.cancel_time(request.viewer, made.pk, start, now=request.now)
        return ""

    return showing.done(request, verb, _("Planned again."))


@signed_in
@require_POST
def cancel(request: Page, pk: int) -> HttpResponse:
    """Leave out one time; the others stay."""
    row = find(request, pk)
    start = drafting.given_instant(request.POST.get("start", ""))

    def verb() -> str:
        verbs.cancel_time(request.viewer, row.pk, start, now=request.now)
        return ""

    return showing.done(request, verb, _("This time is left out; the others stay."))


def _form(request: Page, row: MaintenanceWindow | None, draft: Draft, *, tried: bool = False) -> HttpResponse:
    chosen = ConfigurationItem.objects.filter(pk__in=draft.values["cis"]).values_list("pk", "name")
    context = {
        "row": row,
        "draft": draft,
        "given": draft.values,
        "services": choices.services(request.viewer),
        "cis": list(chosen),
        "zones": time_zones(),
        "ways": list(recurrence.WAYS.items()),
        "weekdays": [(number, str(name)) for number, name in WEEKDAYS.items()],
        "shadow": _shadow(request, draft) if tried else None,
        "back": reverse("alerts:window", args=[row.pk]) if row else f"{reverse('alerts:quiet')}?kind=maintenance",
        "back_label": row.name if row else _("Maintenance"),
        **_times(request, Draft(dict(draft.values))),
    }
    return render(request, "quiet/window_form.html", context, status=draft.status)


def _times(request: Page, draft: Draft) -> dict[str, Any]:
    """For `quiet/_times.html`: the rule in words and the next times, here and at the reader's."""
    starts_at, ends_at, until, rule = drafts.when_of(draft)
    zone_name = draft.values["time_zone"]
    if starts_at is None or ends_at is None:
        return {"problem": _("Say when it begins and ends.")}
    window = Window(starts_at, ends_at, zone_name, rule, until)
    if wrong := problems(window):
        return {"problem": localised(next(iter(wrong.values())))}
    zone = words.zone_of(zone_name)
    found = times(window, request.now, window.ends_for_good_at)
    local = (starts_at.astimezone(zone), ends_at.astimezone(zone), until.astimezone(zone) if until else None)
    return {
        "said": recurrence.in_words(rule, *local),
        "next": [(one, one.start.astimezone(zone), one.end.astimezone(zone)) for one in found[:SHOWN_TIMES]],
        "zone": zone_name,
        "is_other_zone": zone_name != request.viewer.time_zone,
        "more": max(len(found) - SHOWN_TIMES, 0),
    }


def _shadow(request: Page, draft: Draft) -> Any:
    values = drafts.values_of(draft)
    if not values["services"] and not values["cis"]:
        return {"error": _("Choose at least one service or configuration item.")}
    draft.errors.pop("name", None)  # it plays no part
    if draft.errors:
        return {"error": next(iter(draft.errors.values()))}
    window = Window(
        values["starts_at"], values["ends_at"], values["time_zone"], values["repeats"], values["until"]
    )  # fmt: skip
    if wrong := problems(window):
        return {"error": localised(next(iter(wrong.values())))}
    services, cis = frozenset(values["services"]), frozenset(values["cis"])
    covered = Maintenance(0, values["name"], window, services, cis, values["with_dependents"])
    return fitting.shadow(request, maintained(covered))


def _saved(request: Page, row: MaintenanceWindow) -> HttpResponse:
    messages.success(request, _("{name} is saved.").format(name=row.name))
    return redirect("alerts:window", row.pk)
