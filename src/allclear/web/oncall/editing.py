"""The form of a schedule: its facts, its layers, and a look at the next two weeks before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import holidays as calendar
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.domain import oncall as rules
from allclear.domain.oncall.data import layers_as_data, layers_from
from allclear.kernel.errors import AllclearError, Invalid
from allclear.oncall.actions import schedules
from allclear.oncall.actions.nouns import SCHEDULE
from allclear.oncall.models import Schedule
from allclear.oncall.queries import holidays_of
from allclear.oncall.rota import names_of, schedules_for, turns_of
from allclear.web import choices
from allclear.web.history import history
from allclear.web.http import Page, signed_in
from allclear.web.nouns import NOUNS
from allclear.web.oncall import layers
from allclear.web.oncall.forms import staff
from allclear.web.oncall.layers import LayerRow
from allclear.web.oncall.weeks import DAY, Painter, Sheet
from allclear.web.records import Key, RecordForm, attempt, found, stored_values, values_at
from allclear.web.said import localised

PREVIEW = timedelta(days=14)


class LayersField(forms.Field):
    """The layers, which the form reads from many fields."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(initial != data)


class EditForm(RecordForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    team_id = Key(label=gettext_lazy("Team"), help_text=gettext_lazy("Whose incidents show who is on call here."))
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=64,
        initial="UTC",
        help_text=gettext_lazy("Hand-offs go by this clock: 09:00 stays 09:00 when clocks are changed."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
    )
    country = forms.CharField(
        label=gettext_lazy("Holidays of"),
        max_length=2,
        required=False,
        help_text=gettext_lazy("A country such as DE; empty: none."),
        widget=forms.TextInput(attrs={"list": "countries", "autocomplete": "off"}),
    )
    region = forms.CharField(
        label=gettext_lazy("Region"), max_length=10, required=False, help_text=gettext_lazy("Such as HH for Hamburg.")
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)
    layers = LayersField(label=gettext_lazy("Layers"), required=False)

    def prepare(self, viewer: Viewer) -> None:
        self.offer("team_id", choices.teams(keep=self.initial.get("team_id")))

    @cached_property
    def rows(self) -> list[LayerRow]:
        """The layers as the form shows them."""
        if self.is_bound and "layer-count" in self.data:
            return layers.rows_posted(self.data)  # type: ignore[arg-type]  # a view gives what was posted
        return layers.rows_from(self.initial.get("layers") or [], self.initial.get("time_zone") or "UTC")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        said["layers"] = tidied(layers.layers_of(self.rows, said.get("time_zone", "UTC")), said.get("time_zone", "UTC"))
        return said

    def complain(self, error: AllclearError) -> None:
        """What is wrong within a layer stands in that layer, and on top with its name."""
        if not isinstance(error, Invalid):
            super().complain(error)
            return
        fields = dict(error.fields)
        for path in [path for path in fields if path.startswith("layers.")]:
            number = path.split(".")[1]
            row = self.rows[int(number)] if number.isdigit() and int(number) < len(self.rows) else None
            text = localised(fields.pop(path))
            if row is not None:
                row.wrong.append(text)
                name = row.name or _("Layer {number}").format(number=int(number) + 1)
                text = f"{name}: {text}"
            self.add_error(None, text)
        if fields:
            super().complain(Invalid(fields))
        self.http_status = error.status

    def _put(self, name: str, value: Any) -> None:
        if name == "layers":
            self.__dict__["rows"] = layers.rows_from(value or [], self.data.get("time_zone") or "UTC")
        else:
            super()._put(name, value)

    def _shown(self, name: str, *stored: Any) -> str:
        if name == "layers":
            value = stored[0] if stored else self.cleaned_data.get(name)
            return ", ".join(str(layer.get("name")) for layer in value or [])
        return super()._shown(name, *stored)


def tidied(found: list[dict[str, Any]], zone: str) -> list[dict[str, Any]]:
    """Layers as they are kept, so that what was not changed compares as equal; what is wrong stays for the verb."""
    try:
        return layers_as_data(layers_from(found, zone), zone)
    except (Invalid, KeyError):
        return found


@signed_in
@require_http_methods(["GET", "POST"])
def add(request: Page) -> HttpResponse:
    """A new schedule."""
    request.viewer.require("oncall.change")
    zone = request.viewer.time_zone
    begin = LayerRow(name=_("Primary"), start=layers.next_morning(request.now, zone))
    return _page(request, None, {"time_zone": zone, "is_active": True}, begin)


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: Page, pk: int) -> HttpResponse:
    """Change a schedule from now on."""
    request.viewer.require("oncall.change")
    row = found(schedules_for(request.viewer), pk, "schedule")
    stored = stored_values(SCHEDULE, row)
    return _page(request, row, stored | {"layers": tidied(row.layers, row.time_zone)}, None)


def _page(request: Page, row: Schedule | None, initial: Mapping[str, Any], begin: LayerRow | None) -> HttpResponse:
    form = EditForm(request.POST if request.method == "POST" else None, initial=initial, viewer=request.viewer)
    if row is not None:
        form.was = partial(values_at, SCHEDULE, row)
    if begin is not None and not form.is_bound:
        form.rows.append(begin)
    button = request.POST.get("do", "")
    preview: dict[str, Any] = {}
    if button and button != "preview":
        layers.do(form.rows, button, layers.next_morning(request.now, form.data.get("time_zone") or "UTC"))
        form.errors.clear()
    elif button:
        preview = _preview(request, form)
    elif request.method == "POST":
        saved = attempt(form, lambda values, version: _save(request, row, values, version))
        if saved is not None:
            text = _("{name} is saved.").format(name=saved)
            messages.success(request, " ".join(filter(None, (text, form.meanwhile))))
            return redirect("schedules:schedule", saved.pk)
    return render(request, "oncall/edit.html", _context(row, form) | preview, status=form.http_status)


def _save(request: Page, row: Schedule | None, values: Mapping[str, Any], version: int | None) -> Schedule:
    if row is None:
        return schedules.add_schedule(request.viewer, values, now=request.now)
    return schedules.change_schedule(request.viewer, row.pk, values, now=request.now, expected_version=version)


def _context(row: Schedule | None, form: EditForm) -> dict[str, Any]:
    people = staff()
    named = {place.person for layer in form.rows for place in layer.places}
    names = dict(User.objects.filter(pk__in=named).values_list("pk", "name"))
    shown = [
        {"row": one, "people": [(place, names.get(place.person, f"#{place.person}")) for place in one.places]}
        for one in form.rows
    ]
    where = reverse("schedules:schedule", args=[row.pk]) if row else reverse("schedules:index")
    return {
        "row": row,
        "form": form,
        "layers": shown,
        "staff": people,
        "kinds": [
            ("hourly", _("hours")), ("daily", _("days")), ("weekly", _("weeks")), ("monthly", _("months")),
            ("custom", _("minutes, by the stopwatch")),
        ],
        "weekdays": [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")],
        "on_holidays": [
            ("as_usual", _("as on other days")), ("day_off", _("nobody")), ("as_sunday", _("as on Sundays")),
        ],
        "zones": sorted(available_timezones()),
        "countries": sorted(calendar.list_supported_countries()),
        "back": where,
        "back_label": row.name if row else _("On call"),
        "noun_words": NOUNS["schedule"],
        "history": history(SCHEDULE.stream, row.pk) if row else [],
    }  # fmt: skip


def _preview(request: Page, form: EditForm) -> dict[str, Any]:
    """The next 14 days as the form would have them, or what is wrong with it."""
    if not form.is_valid():
        form.http_status = 422
        return {}
    said = form.cleaned_data
    try:
        schedules.check_values(said)
        planned = rules.Schedule(zone=said["time_zone"], layers=layers_from(said["layers"], said["time_zone"]))
    except AllclearError as error:
        form.complain(error)
        return {}
    zone = ZoneInfo(said["time_zone"])
    first = request.now.astimezone(zone).date()
    sheet = Sheet("week", first, first - first.weekday() * DAY, first - first.weekday() * DAY + PREVIEW + 7 * DAY)
    start, end = request.now, sheet.bounds(zone)[1]
    free = holidays_of(said["country"].upper(), said["region"], start, end)
    planned = rules.Schedule(zone=planned.zone, layers=planned.layers, holidays=free)
    spans = rules.final(planned, start, end)
    gaps = [(hole.start, hole.end) for hole in rules.holes_in(planned, spans) if hole.is_empty]
    painter = Painter(zone, turns_of(planned, spans, names_of(spans)), gaps, request.now, free)
    return {"weeks": painter.weeks(sheet), "has_preview": True, "has_gaps": bool(gaps)}
