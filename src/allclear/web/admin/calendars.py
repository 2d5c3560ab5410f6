"""Business calendars: the list, the editor with a preview of the coming year, and the versions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from allclear.accounts.models import User
from allclear.domain.business import Days
from allclear.domain.oncall.wallclock import is_zone, local
from allclear.kernel.errors import AllclearError, Conflict, NotFound
from allclear.kernel.events import position_of
from allclear.slas.actions import calendars as verbs
from allclear.slas.actions.nouns import CALENDAR
from allclear.slas.models import BusinessCalendar, CalendarVersion
from allclear.slas.queries import calendars_for, newest_version, rules_of, users_of, version_in_force
from allclear.web.account.profile import time_zones
from allclear.web.admin import calendar_form as forms
from allclear.web.admin import calendar_preview as preview
from allclear.web.admin import calendar_words as words
from allclear.web.admin.calendar_form import Draft
from allclear.web.http import Page, signed_in
from allclear.web.nouns import NOUNS
from allclear.web.records import found, listing
from allclear.web.tables import Cell, Table, cell

ONE = "business calendar"


@signed_in
def index(request: Page) -> HttpResponse:
    """All calendars."""
    rows = calendars_for(request.viewer).order_by("-is_active", "name")
    may_change = request.viewer.may("policy.change")

    def cells(row: BusinessCalendar) -> list[Cell]:
        version = version_in_force(row.pk, request.now) or newest_version(row.pk)
        assert version is not None  # every calendar has one
        rules = rules_of(version)
        today = local(ZoneInfo(rules.zone), request.now).date()
        off = Days(rules).next_off(today)
        count = row.versions.count()
        url = reverse("admin_area:calendar" if may_change else "admin_area:calendar_versions", args=[row.pk])
        return [
            cell(row.name, url=url, mark="" if row.is_active else _("out of use"), sub=rules.zone),
            cell(f"{words.week_words(version.body)} ({words.hours_words(rules)})"),
            cell(words.day_words(*off) if off else ""),
            cell(", ".join(users_of(row.pk)) or _("nothing yet")),
            cell(
                ngettext("{count} version", "{count} versions", count).format(count=count),
                url=reverse("admin_area:calendar_versions", args=[row.pk]),
            ),
        ]

    table = Table(
        _("Business calendars"),
        ONE,
        [_("Calendar"), _("Week"), _("Next day off"), _("Used by"), _("Versions")],
        cells,
        icon="calendar",
        intro=_("Which time counts for what was promised: working hours, holidays and days of your own."),
        empty_text=_("A promise of four working hours needs to know which hours those are."),
    )
    return table.page(request, rows, add_url=reverse("admin_area:calendar_add") if may_change else "")


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new calendar; it begins with ordinary office hours."""
    request.viewer.require("policy.change")
    if request.method != "POST":
        draft = Draft(zone=request.viewer.time_zone, week={day: list(p) for day, p in forms.OFFICE.items()})
        return _page(request, None, draft)
    draft = forms.posted(request.POST)
    if request.POST.get("do") != "save":
        forms.press(draft, request.POST.get("do", ""), request.now.date())
        return _page(request, None, draft)
    values = {"name": draft.name, "body": draft.body(), "note": draft.note}
    try:
        row = verbs.add_calendar(request.viewer, values, now=request.now)
    except AllclearError as error:
        draft.complain(error)
        return _page(request, None, draft)
    messages.success(request, _("{name} is added.").format(name=row.name))
    return redirect("admin_area:calendars")


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of a calendar; saving writes its next version."""
    request.viewer.require("policy.change")
    row = found(calendars_for(request.viewer), pk, ONE)
    if request.method != "POST":
        chosen = _chosen(row, request.GET.get("version", ""))
        version = chosen or newest_version(pk)
        assert version is not None  # every calendar has one
        note = _("As in version {version} again").format(version=chosen.version) if chosen else ""
        draft = forms.draft_of(row.name, version.body, is_active=row.is_active, note=note)
        draft.version = position_of(CALENDAR.stream, pk)
        return _page(request, row, draft)
    draft = forms.posted(request.POST)
    if request.POST.get("do") != "save":
        forms.press(draft, request.POST.get("do", ""), request.now.date())
        return _page(request, row, draft)
    return _save(request, row, draft)


def _save(request: Page, row: BusinessCalendar, draft: Draft) -> HttpResponse:
    newest = newest_version(row.pk)
    is_same = newest is not None and forms.same(draft, newest.body)
    if not is_same and not draft.note:
        draft.wrong["note"] = _("Say why: the note is what others read in a year.")
        draft.status = 422
        return _page(request, row, draft)
    values: dict[str, Any] = {"name": draft.name, "is_active": draft.is_active}
    try:
        if not is_same:
            values |= {"body": draft.body(), "note": draft.note, "effective_at": draft.effective_at()}
        verbs.change_calendar(request.viewer, row.pk, values, now=request.now, expected_version=draft.version)
    except Conflict as error:
        draft.errors, draft.status = [_conflict_words(row)], error.status
        draft.version = position_of(CALENDAR.stream, row.pk)
        return _page(request, row, draft)
    except AllclearError as error:
        draft.complain(error)
        return _page(request, row, draft)
    messages.success(request, _("{name} is saved.").format(name=draft.name))
    return redirect("admin_area:calendars")


def _conflict_words(row: BusinessCalendar) -> str:
    newest = newest_version(row.pk)
    author = User.objects.filter(pk=newest.author_id or 0).values_list("name", flat=True).first() if newest else None
    text = _(
        "{name} changed this calendar while you were editing. Nothing of yours is saved yet. Look at the versions; "
        "saving again puts yours in the place of theirs."
    )
    return text.format(name=author or _("Somebody"))


@signed_in
@require_POST
def remove(request: Page, pk: int) -> HttpResponse:
    """Remove a calendar that nothing uses."""
    request.viewer.require("policy.change")
    row = found(calendars_for(request.viewer), pk, ONE)
    verbs.remove_calendar(request.viewer, pk, now=request.now)
    messages.success(request, _("{name} is removed.").format(name=row.name))
    return redirect("admin_area:calendars")


@signed_in
def versions(request: Page, pk: int) -> HttpResponse:
    """All versions of a calendar: what each says, from when, and what it changed."""
    row = found(calendars_for(request.viewer), pk, ONE)
    rows = list(row.versions.order_by("-version"))
    page = listing(request, rows, "version", size=20)
    before = {version.version: version.body for version in rows}
    in_force = version_in_force(pk, request.now)
    authors = dict(User.objects.filter(pk__in=[r.author_id for r in page.rows]).values_list("pk", "name"))
    shown = [
        {
            "row": version,
            "author": authors.get(version.author_id or 0, "Allclear"),
            "lines": list(words.body_lines(version.body)),
            "moved": words.differences(before.get(version.version - 1), version.body),
            "is_in_force": in_force is not None and version.pk == in_force.pk,
            "is_to_come": version.effective_at > request.now,
        }
        for version in page.rows
    ]
    context = {"versions": shown, "listing": page, "row": row, "may_change": request.viewer.may("policy.change")}
    return render(request, "admin_area/calendar_versions.html", context | _back())


def _chosen(row: BusinessCalendar, text: str) -> CalendarVersion | None:
    """The version that the address names, such as `?version=3`; none when it names none."""
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    version = row.versions.filter(version=number).first()
    if version is None:
        raise NotFound(_("There is no such version of this calendar. Choose one from the list of its versions."))
    return version


def _page(request: Page, row: BusinessCalendar | None, draft: Draft) -> HttpResponse:
    zone = ZoneInfo(draft.zone if is_zone(draft.zone) else "UTC")
    today = local(zone, request.now).date()
    days = forms.readable(draft)
    scheduled = row.versions.filter(effective_at__gt=request.now).order_by("effective_at") if row else ()
    context = {
        "row": row,
        "draft": draft,
        "week": forms.week_rows(draft),
        "sources": [_source(draft, n, today) for n in range(len(draft.sources))],
        "special": [_special(draft, n) for n in range(len(draft.special))],
        "countries": words.country_names(),
        "zones": time_zones(),
        "scheduled": scheduled,
        "now_text": local(zone, request.now).strftime("%Y-%m-%dT%H:%M"),
        "months": preview.months(days, today) if days else None,
        "uncommon": preview.uncommon(days, today) if days else (),
        "week_text": words.hours_words(days.rules) if days else "",
        "noun_words": NOUNS[ONE],
        **_back(),
    }
    return render(request, "admin_area/calendar.html", context, status=draft.status)


def _source(draft: Draft, n: int, today: date) -> dict[str, Any]:
    """A country and its holidays of the coming twelve months, each of which can be left out."""
    source = draft.sources[n]
    only = Draft(zone=draft.zone, week={1: [("08:00", "09:00")]}, sources=[source])
    days = forms.readable(only) if source["country"] else None
    coming = days.holidays(today, today + timedelta(days=365)) if days else []
    known = {holiday.name for holiday in coming}
    return {
        **source,
        "regions": words.region_names(source["country"]) if source["country"] else (),
        "coming": coming,
        "hidden": [name for name in source.get("left_out", ()) if name not in known],
        "categories_text": ",".join(source.get("categories", ())),
        "error": draft.wrong.get(f"holiday-{n}", ""),
    }


def _special(draft: Draft, n: int) -> dict[str, Any]:
    parts = ("name", "first", "last", "hours")
    return {**draft.special[n], "errors": {part: draft.wrong.get(f"special-{n}-{part}", "") for part in parts}}


def _back() -> dict[str, str]:
    return {"back": reverse("admin_area:calendars"), "back_label": str(gettext_lazy("Business calendars"))}
