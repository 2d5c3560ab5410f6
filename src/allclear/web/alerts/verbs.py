"""What can be done with alerts, one or many at once: a button, a key, and the function behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django_stubs_ext import StrOrPromise

from allclear.accounts.permissions import Viewer
from allclear.alerts.actions.alerts import acknowledge_alert, resolve_alert
from allclear.alerts.actions.judging import judge_alerts
from allclear.alerts.models import Alert
from allclear.kernel.errors import AllclearError, NotFound
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

WORK = "alert.work"
MOST = 200  # alerts at once by hand
Act = Callable[[Viewer, Sequence[int], datetime], int]  # gives how many it moved


@dataclass(frozen=True, slots=True)
class Verb:
    """`done` has {count} in it."""

    name: str
    label: StrOrPromise
    key: str
    icon: str
    act: Act
    done: Callable[[int], str]
    style: str = ""


def verbs_for(viewer: Viewer) -> list[Verb]:
    """Those that this person may use."""
    return list(VERBS.values()) if viewer.may(WORK) else []


@signed_in
@require_POST
def act(request: Page, verb: str) -> HttpResponse:
    """Do it with all that were chosen; the list as it is then, or the page of the one alert."""
    from allclear.web.alerts import listing
    from allclear.web.alerts.asked import asked_by

    spec = VERBS.get(verb)
    if spec is None:
        raise NotFound(_("There is no such verb."))
    request.viewer.require(WORK)
    keys = _keys(request.POST)
    _do(request, spec, keys)
    if request.POST.get("back") == "alert" and len(keys) == 1:
        return redirect("alerts:alert", keys[0])
    asked, error = asked_by(QueryDict(request.POST.get("here", "").partition("?")[2]), request.viewer, request.now)
    if not request.htmx:
        return redirect(asked.here)
    return render(request, "alerts/_list.html", listing.context(request, asked, error) | {"says": True})


def _do(request: Page, spec: Verb, keys: Sequence[int]) -> None:
    if not keys:
        messages.warning(request, _("Select alerts first, or walk to one with J and K."))
        return
    try:
        count = spec.act(request.viewer, keys, request.now)
    except AllclearError as error:
        messages.error(request, localised(error.message))
        return
    if count:
        messages.success(request, spec.done(count).format(count=count))
    else:
        messages.info(request, _("Nothing to do: it is so already."))


def _keys(given: QueryDict) -> list[int]:
    """The alerts that were chosen, else the row that somebody stood on."""
    chosen = given.getlist("alert") or given.getlist("current")
    return [int(key) for key in chosen if key.isdecimal() and len(key) < 19][:MOST]


def _each(verb: Callable[..., Alert]) -> Act:
    """One by one, all or none; those that are so already stay as they are."""

    def act(viewer: Viewer, keys: Sequence[int], now: datetime) -> int:
        with transaction.atomic():
            before = dict(Alert.objects.filter(pk__in=keys).values_list("pk", "status"))
            return sum(verb(viewer, key, now=now).status != before.get(key) for key in keys)

    return act


def _judge(verdict: str) -> Act:
    """Once more takes it back, when there is one alert and it is judged so already."""

    def act(viewer: Viewer, keys: Sequence[int], now: datetime) -> int:
        held = list(Alert.objects.filter(pk__in=keys).values_list("verdict", flat=True))
        wanted = "" if len(keys) == 1 and held == [verdict] else verdict
        return judge_alerts(viewer, keys, wanted, now=now)

    return act


VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("acknowledge", gettext_lazy("Acknowledge"), "a", "hand", _each(acknowledge_alert),
             lambda n: ngettext("{count} alert is acknowledged.", "{count} alerts are acknowledged.", n), "primary"),
        Verb("resolve", gettext_lazy("Resolve"), "r", "circle-check", _each(resolve_alert),
             lambda n: ngettext("{count} alert is resolved.", "{count} alerts are resolved.", n)),
        Verb("useful", gettext_lazy("Useful"), "u", "check", _judge("useful"),
             lambda n: ngettext("{count} alert is marked useful.", "{count} alerts are marked useful.", n)),
        Verb("duplicate", gettext_lazy("Duplicate"), "d", "copy", _judge("duplicate"),
             lambda n: ngettext("{count} alert is marked duplicate.", "{count} alerts are marked duplicate.", n)),
        Verb("false_alarm", gettext_lazy("False alarm"), "f", "bell-off", _judge("false_alarm"),
             lambda n: ngettext("{count} alert is marked false alarm.", "{count} alerts are marked false alarm.", n)),
    )
}  # fmt: skip
