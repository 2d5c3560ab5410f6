"""Views that people keep: save what is on the screen, share it, put the side bar in order, remove and put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from allclear.accounts import queries as people
from allclear.accounts.permissions import Viewer
from allclear.incidents import views
from allclear.incidents.actions import views as actions
from allclear.incidents.models import FirstView, SavedView
from allclear.incidents.presets import presets_for
from allclear.kernel.errors import AllclearError, Invalid, NotFound, NotPermitted
from allclear.web.http import Page, signed_in
from allclear.web.queue.asked import asked_by
from allclear.web.queue.screens import DENSITY
from allclear.web.said import localised

_UNDO_FOR = 3600  # seconds
_SALT = "removed view"
SHARED = {
    "personal": gettext_lazy("Only me"),
    "teams": gettext_lazy("Teams"),
    "everyone": gettext_lazy("Everyone"),
}


class ViewForm(forms.Form):
    """A view's name, what it asks, and who sees it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    filter = forms.CharField(
        label=gettext_lazy("Filter"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "class": "mono"}),
        help_text=gettext_lazy("In the filter language; empty: every incident."),
    )
    shared = forms.ChoiceField(label=gettext_lazy("Who sees it"), widget=forms.RadioSelect)
    teams = forms.MultipleChoiceField(
        label=gettext_lazy("Teams"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("When it is shared with teams."),
    )

    def __init__(
        self, data: Any = None, *, viewer: Viewer, held: SavedView | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, auto_id="dialog_%s", initial=initial)
        allowed = actions.teams_to_share_with(viewer)
        known = people.team_names.get()
        kept = {team.pk for team in held.teams.all()} if held else set()
        keys = set(known) if allowed is None else set(allowed) | kept
        choices = [("personal", SHARED["personal"])]
        if keys:
            choices.append(("teams", SHARED["teams"]))
        if allowed is None or (held and held.shared == "everyone"):
            choices.append(("everyone", SHARED["everyone"]))
        self.fields["shared"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        named = sorted(((str(pk), known[pk]) for pk in keys if pk in known), key=lambda one: one[1].casefold())
        self.fields["teams"].choices = named  # type: ignore[attr-defined]  # a MultipleChoiceField
        self.fields["shared"].initial = "personal"
        if len(choices) == 1:
            self.fields["shared"].widget = forms.HiddenInput()
        if not keys:
            del self.fields["teams"]

    def values(self) -> dict[str, Any]:
        teams = [int(pk) for pk in self.cleaned_data.get("teams", [])]
        return {**self.cleaned_data, "teams": teams if self.cleaned_data["shared"] == "teams" else []}


@signed_in
@require_http_methods(["GET", "POST"])
def add(request: Page) -> HttpResponse:
    """Keep what the address of the queue says under a name."""
    state = QueryDict(request.POST.get("state", "") if request.method == "POST" else request.GET.urlencode())
    asked = asked_by(state, request.viewer, request.COOKIES.get(DENSITY, ""))
    if request.method == "GET":
        form = ViewForm(viewer=request.viewer, initial={"filter": asked.filter})
        return _dialog(request, form, reverse("incidents:view_add"), state=state.urlencode())
    form = ViewForm(request.POST, viewer=request.viewer)

    def act() -> SavedView:
        more = {"sort": asked.sort, "group_by": asked.group, "columns": list(asked.columns), "density": asked.density}
        return actions.add_view(request.viewer, {**more, **form.values()}, now=request.now)

    return _done(
        request, form, act, reverse("incidents:view_add"), _("“{name}” is in your side bar."), state.urlencode()
    )


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: Page, pk: int) -> HttpResponse:
    """Rename it, change its filter, share it."""
    held, url = _held(request, pk), reverse("incidents:view_edit", args=[pk])
    if request.method == "GET":
        first = {"name": held.name, "filter": held.filter, "shared": held.shared}
        form = ViewForm(viewer=request.viewer, held=held, initial={**first, "teams": [t.pk for t in held.teams.all()]})
        return _dialog(request, form, url, held=held)
    form = ViewForm(request.POST, viewer=request.viewer, held=held)

    def act() -> SavedView:
        return actions.change_view(request.viewer, pk, form.values(), now=request.now)

    return _done(request, form, act, url, _("“{name}” is saved."), held=held)


def _dialog(
    request: Page, form: ViewForm, url: str, *, state: str = "", held: SavedView | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "action": url,
        "state": state,
        "title": _("Change view") if held else _("Save view"),
        "submit": _("Save"),
    }
    template = "queue/_view_dialog.html" if request.htmx else "queue/view_form.html"
    return render(request, template, context, status=status)


def _done(
    request: Page, form: ViewForm, act: Callable[[], SavedView], url: str, said: str, state: str = "",
    held: SavedView | None = None,
) -> HttpResponse:  # fmt: skip
    if not form.is_valid():
        return _dialog(request, form, url, state=state, held=held, status=422)
    try:
        row = act()
    except Invalid as error:
        for name, text in error.fields.items():
            form.add_error(name if name in form.fields else None, localised(text))
        return _dialog(request, form, url, state=state, held=held, status=422)
    except AllclearError as error:
        form.add_error(None, localised(error.message))
        return _dialog(request, form, url, state=state, held=held, status=409)
    messages.success(request, said.format(name=row.name))
    return _go(request, reverse("incidents:views") if held else f"{reverse('incidents:queue')}?view={row.pk}")


def _go(request: Page, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@signed_in
@require_POST
def update(request: Page, pk: int) -> HttpResponse:
    """Keep what is on the screen in the view that it came from."""
    state = QueryDict(request.POST.get("state", ""))
    asked = asked_by(state, request.viewer, request.COOKIES.get(DENSITY, ""))
    values = {"filter": asked.filter, "sort": asked.sort, "group_by": asked.group, "columns": list(asked.columns)}
    row = actions.change_view(request.viewer, pk, values, now=request.now)
    messages.success(request, _("“{name}” is saved.").format(name=row.name))
    return _go(request, f"{reverse('incidents:queue')}?view={row.pk}")


@signed_in
def manage(request: Page) -> HttpResponse:
    """All views that this person sees: which stand in the side bar, in what order, and which no longer work."""
    viewer = request.viewer
    shown = views.shown(viewer, request.now) if viewer.user_id else []
    first = FirstView.objects.filter(user=viewer.user_id).first()
    begins_with = str(first.view_id or first.preset) if first else "open"
    undo = request.GET.get("undo", "")
    context = {
        "pinned": [_listed(one, viewer) for one in shown if one.is_pinned],
        "others": [_listed(one, viewer) for one in shown if not one.is_pinned],
        "presets": [
            {"key": one.key, "label": localised(one.label), "icon": one.icon, "filter": one.filter}
            for one in presets_for(viewer)
        ],
        "begins_with": begins_with,
        "undo": undo,
        "undo_name": _removed_name(undo),
    }
    return render(request, "queue/views.html", context)


def _listed(one: views.Shown, viewer: Viewer) -> Mapping[str, Any]:
    view = one.view
    return {
        "view": view,
        "key": str(view.pk),
        "shared": SHARED[view.shared],
        "teams": ", ".join(team.name for team in view.teams.all()),
        "is_own": one.is_own,
        "may_change": actions.may_change(viewer, view),
        "problem": localised(one.problem),
    }


@signed_in
@require_POST
def remove(request: Page, pk: int) -> HttpResponse:
    """Remove it; the page that follows offers to put it back."""
    removed = actions.remove_view(request.viewer, pk, now=request.now)
    kept = [removed.owner_id, dict(removed.values), [list(pin) for pin in removed.pins], list(removed.first_of)]
    undo = signing.dumps([request.viewer.user_id, *kept], salt=_SALT, compress=True)
    return redirect(f"{reverse('incidents:views')}?undo={undo}")


@signed_in
@require_POST
def restore(request: Page) -> HttpResponse:
    """Put a view back that this person removed within the hour."""
    found = _removed(request.POST.get("undo", ""))
    if found is None or found[0] != request.viewer.user_id:
        raise NotFound(_("This view can no longer be put back. Save it anew."))
    _by, owner, values, pins, first_of = found
    removed = actions.RemovedView(owner, values, [(user, place) for user, place in pins], first_of)
    row = actions.restore_view(request.viewer, removed, now=request.now)
    messages.success(request, _("“{name}” is back.").format(name=row.name))
    return redirect("incidents:views")


def _removed(undo: str) -> list[Any] | None:
    try:
        found: list[Any] = signing.loads(undo, salt=_SALT, max_age=_UNDO_FOR)
    except signing.BadSignature:
        return None
    return found


def _removed_name(undo: str) -> str:
    found = _removed(undo) if undo else None
    return str(found[2]["name"]) if found else ""


@signed_in
@require_POST
def pin(request: Page, pk: int) -> HttpResponse:
    """Into the side bar, or out of it."""
    actions.pin_view(request.viewer, pk, pinned=request.POST.get("pinned") == "yes")
    return redirect("incidents:views")


@signed_in
@require_POST
def order(request: Page) -> HttpResponse:
    """The side bar's order, as it was dragged or moved by the arrows."""
    keys = [int(key) for key in request.POST.getlist("views") if key.isascii() and key.isdigit() and len(key) < 19]
    actions.order_views(request.viewer, keys)
    return HttpResponse(status=204) if request.htmx else redirect("incidents:views")


@signed_in
@require_POST
def begin(request: Page) -> HttpResponse:
    """What the queue opens with."""
    key = request.POST.get("view", "")
    is_saved = key.isascii() and key.isdigit() and len(key) < 19
    actions.begin_with(request.viewer, view=int(key) if is_saved else None, preset="" if is_saved else key or "-")
    messages.success(request, _("Your queue begins with this view from now on."))
    return redirect("incidents:views")


def _held(request: Page, pk: int) -> SavedView:
    row = views.visible_to(request.viewer).filter(pk=pk).first() if request.viewer.user_id else None
    if row is None:
        raise NotFound(_("There is no such view, or you may not see it."))
    if not actions.may_change(request.viewer, row):
        raise NotPermitted(_("This view is somebody else's. Keep a copy under a name of your own."))
    return row
