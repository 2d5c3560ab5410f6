"""The card "Paging" on the page of an incident, and its verbs in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from allclear.accounts.permissions import Viewer
from allclear.incidents import actions, paging, paging_words
from allclear.incidents.actions import Request
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation
from allclear.oncall.reading import Paged
from allclear.web.incidents.forms.base import VerbForm
from allclear.web.incidents.forms.paging import PageForm, SnoozeForm

Act = Callable[[Request, Incident, int, Any], object]


@dataclass(frozen=True, slots=True)
class PagingVerb:
    """A verb of the card. Without a form it is done at once; `states`: for escalations that stand so."""

    label: StrOrPromise
    act: Act
    done: StrOrPromise
    icon: str
    key: str = ""
    form: type[VerbForm] | None = None
    title: StrOrPromise = ""
    text: StrOrPromise = ""
    states: frozenset[str] = frozenset()


def _acknowledge(r: Request, row: Incident, pk: int, _form: VerbForm) -> object:
    if row.acknowledged_at is None:
        return actions.acknowledge_incident(Request(r.viewer, r.now, cause=r.cause), row.pk)
    r.viewer.require("incident.work")
    return escalating.acknowledge(pk, r.viewer.user_id or 0, now=r.now)


def _snooze(r: Request, row: Incident, pk: int, form: VerbForm) -> object:
    said = form.cleaned_data
    until = said["until"] or (r.now + timedelta(minutes=said["minutes"]) if said["minutes"] else None)
    if until is None:
        raise Invalid({"minutes": gettext("Choose for how long.")})
    return escalating.snooze(r.viewer, pk, until, now=r.now)


def _page(r: Request, row: Incident, pk: int, form: VerbForm) -> object:
    assert isinstance(form, PageForm)
    return paging.page_by_hand(r, row, **form.asked())


_RUNS = frozenset({"running"})
VERBS: Mapping[str, PagingVerb] = {
    "acknowledge": PagingVerb(
        _("Acknowledge"), _acknowledge, _("Acknowledged."), "check", "=", states=_RUNS | {"exhausted", "snoozed"}
    ),
    "next": PagingVerb(
        _("Next step now"), lambda r, i, pk, f: escalating.escalate_now(r.viewer, pk, now=r.now),
        _("The next step is taken."), "arrow-up", "*", states=_RUNS,
    ),
    "snooze": PagingVerb(
        _("Snooze"), _snooze, _("Snoozed: nobody is paged until then."), "alarm-clock", ";", SnoozeForm,
        _("Snooze the paging of {number}"), _("What is to come is shifted, and nothing is left out."),
        _RUNS | {"acknowledged", "exhausted"},
    ),
    "resume": PagingVerb(
        _("End the snooze"), lambda r, i, pk, f: escalating.resume(r.viewer, pk, now=r.now), _("The snooze has ended."),
        "play", ";", states=frozenset({"snoozed"}),
    ),
    "again": PagingVerb(
        _("Begin again"), lambda r, i, pk, f: escalating.escalate_again(r.viewer, pk, now=r.now),
        _("It pages from the first step again."), "rotate-ccw", "'", states=frozenset({"acknowledged", "exhausted"}),
    ),
}  # fmt: skip
PAGE = PagingVerb(
    pgettext_lazy("verb", "Page"),
    _page,
    _("They are being paged."),
    "bell-ring",
    "!",
    PageForm,
    _("Page somebody for {number}"),
)


def card(row: Incident, paged: Paged, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """What the card shows; empty when there is nothing to say about paging."""
    if not row.is_open and not paged.escalations:
        return {}
    may = viewer.may("incident.work") and row.is_open
    first = next(iter(paged.open), None)
    told = [
        {
            "row": one,
            "title": paging_words.title(one),
            "status": one.get_status_display(),
            "level": _LEVELS.get(one.status, ""),
            "text": paging_words.sentence(one, paged, now),
            "verbs": _verbs(row, one, viewer, has_keys=one is first) if may and one.status != "stopped" else [],
        }
        for one in paged.escalations
    ]
    return {
        "escalations": told,
        "nobody": "" if paged.escalations else paging_words.why_nobody(row),
        "sent": paged.sent,
        "page": _button("page", PAGE, reverse("incidents:page_by_hand", args=[row.number])) if may else None,
        "url": reverse("incidents:paged", args=[row.number]) if paged.escalations else "",
    }


_LEVELS = {"running": "danger", "exhausted": "danger", "snoozed": "warn", "acknowledged": "ok"}


def _verbs(row: Incident, one: Escalation, viewer: Viewer, *, has_keys: bool) -> list[dict[str, Any]]:
    found = []
    for name, verb in VERBS.items():
        is_offered = one.status in verb.states
        if name == "acknowledge":
            is_mine = str(viewer.user_id) in (one.state.get("acknowledged_by") or {})
            is_offered = is_offered and not is_mine and row.acknowledged_at is not None  # else the bar has the verb
        if is_offered:
            url = reverse("incidents:paging_verb", args=[row.number, one.pk, name])
            found.append(_button(f"{name}-{one.pk}", verb, url, key=verb.key if has_keys else ""))
    return found


def _button(name: str, verb: PagingVerb, url: str, key: str | None = None) -> dict[str, Any]:
    return {
        "id": f"paging-{name}", "label": verb.label, "icon": verb.icon, "url": url,
        "key": verb.key if key is None else key, "how": "dialog" if verb.form else "post",
    }  # fmt: skip
