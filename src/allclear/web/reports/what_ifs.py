"""What-ifs: the list with a form for a new one, each one's page, and its verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from allclear.kernel.errors import AllclearError, Invalid
from allclear.reports.models import WhatIf
from allclear.reports.replay import actions
from allclear.reports.replay.queries import rows_of, what_if_of, what_ifs_of
from allclear.reports.replay.switching import stale_parts, switch_on
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.reports.what_if_parts import parts_of
from allclear.web.reports.what_if_result import result_of, row_words
from allclear.web.said import localised

PAGE = 25
_OURS = {"end": "until"}  # the screen asks for the last day
LEVELS = {"done": "ok", "failed": "danger", "cancelled": "warn", "running": "info", "queued": "info"}


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class WhatIfForm(forms.Form):
    """What it is called, and which incidents it is about."""

    use_required_attribute = False
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    first = _day(gettext_lazy("Logged from"))
    until = _day(gettext_lazy("Until, included"))
    filter = forms.CharField(
        label=gettext_lazy("Filter"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("As in the queue, such as team:network. Empty: all that you may see."),
    )

    def values(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        return said | {"end": said.pop("until") + timedelta(days=1)}

    def complain(self, error: AllclearError) -> None:
        found = error.fields if isinstance(error, Invalid) else {"": error.message}
        for name, text in found.items():
            ours = _OURS.get(name, name)
            self.add_error(ours if ours in self.fields else None, localised(text))


class SwitchForm(forms.Form):
    """From when on, and why."""

    use_required_attribute = False
    at = forms.DateTimeField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("In your time zone. Empty: from now on."),
    )
    note = forms.CharField(label=gettext_lazy("Why this changes"), required=False, max_length=300)


@signed_in
@require_http_methods(["GET", "POST"])
def index(request: Page) -> HttpResponse:
    """All of one's own, and the form."""
    rows = what_ifs_of(request.viewer)
    may_change = request.viewer.may(actions.OWN)
    today = request.now.astimezone(ZoneInfo(request.viewer.time_zone)).date()
    usual = {"first": today.replace(year=today.year - 1, day=min(today.day, 28)), "until": today}
    form = WhatIfForm(request.POST or None, initial=usual)
    status = 200
    if request.method == "POST":
        request.viewer.require(actions.OWN)
        made = _create(request, form)
        if made:
            return redirect("reports:what_if_draft", made.pk)
        status = 422
    page = Paginator(rows.defer("result", "draft"), PAGE).get_page(request.GET.get("page"))
    listed = [(row, LEVELS.get(row.state, "")) for row in page.object_list]
    context = {"page": page, "listed": listed, "form": form if may_change else None}
    return render(request, "reports/what_ifs.html", context, status=status)


def _create(request: Page, form: WhatIfForm) -> WhatIf | None:
    if not form.is_valid():
        return None
    try:
        return actions.create_what_if(request.viewer, form.values(), now=request.now)
    except (AllclearError, OverflowError) as error:
        form.complain(error if isinstance(error, AllclearError) else Invalid({"until": _("Choose another day.")}))
        return None


@signed_in
def page(request: Page, pk: int) -> HttpResponse:
    """The draft in short, how far the run is, and what it found."""
    row = what_if_of(request.viewer, pk)
    turned_only = request.GET.get("show") == "turned"
    rows = rows_of(row, request.viewer, turned_only=turned_only) if row.state == WhatIf.DONE else row.rows.none()
    found = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "what_if": row,
        "last_day": row.end - timedelta(days=1),
        "level": LEVELS.get(row.state, ""),
        "parts": parts_of(row),
        "result": result_of(row) if row.state == WhatIf.DONE else None,
        "page": found,
        "rows": [row_words(one) for one in found.object_list],
        "turned_only": turned_only,
        "may_change": request.viewer.may(actions.OWN),
        "may_switch": request.viewer.may("policy.change") and row.state == WhatIf.DONE and bool(row.draft),
        "back": reverse("reports:what_ifs"),
        "back_label": _("What-ifs"),
    }
    return render(request, "reports/_what_if.html" if wants_fragment(request) else "reports/what_if.html", context)


@signed_in
@require_POST
def run(request: Page, pk: int) -> HttpResponse:
    """Let a job run it."""
    return _do(request, pk, lambda: actions.start_what_if(request.viewer, pk, now=request.now))


@signed_in
@require_POST
def cancel(request: Page, pk: int) -> HttpResponse:
    """Stop the run."""
    return _do(request, pk, lambda: actions.cancel_what_if(request.viewer, pk, now=request.now))


@signed_in
@require_POST
def remove(request: Page, pk: int) -> HttpResponse:
    """Delete it."""
    actions.remove_what_if(request.viewer, pk)
    messages.success(request, _("The what-if is deleted."))
    return redirect("reports:what_ifs")


def _do(request: Page, pk: int, verb: Any) -> HttpResponse:
    try:
        verb()
    except Invalid as error:
        messages.error(request, localised(next(iter(error.fields.values()))))
    return redirect("reports:what_if", pk)


@signed_in
@require_http_methods(["GET", "POST"])
def switch(request: Page, pk: int) -> HttpResponse:
    """Ask once more, then write new versions of what the draft changes."""
    request.viewer.require("policy.change")
    row = what_if_of(request.viewer, pk)
    form = SwitchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = form.cleaned_data["at"]
        zone = ZoneInfo(request.viewer.time_zone)
        at = make_aware(at.replace(tzinfo=None), zone) if at else None
        try:
            switch_on(request.viewer, pk, at, form.cleaned_data["note"], now=request.now)
        except AllclearError as error:
            fields = error.fields if isinstance(error, Invalid) else {"": error.message}
            for name, text in fields.items():
                form.add_error({"effective_at": "at", "note": "note"}.get(name), localised(text))
        else:
            messages.success(request, _("It is switched on."))
            return redirect("reports:what_if", pk)
    context = {
        "what_if": row,
        "form": form,
        "parts": parts_of(row),
        "stale": stale_parts(row),
        "back": reverse("reports:what_if", args=[pk]),
        "back_label": row.name,
    }
    return render(request, "reports/what_if_switch.html", context, status=422 if form.errors else 200)
