"""Agreements: the list with how they were kept, one with its versions, and which target an incident would get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.accounts.models import User
from allclear.domain.terms import Kind, label
from allclear.kernel.errors import AllclearError, Invalid
from allclear.reports.promises import LATELY, Kept, kept_since, month_of, penalty_since
from allclear.slas.actions import agreements as verbs
from allclear.slas.actions.agreements import AGREEMENT
from allclear.slas.explaining import Explained, explained
from allclear.slas.models import Agreement, AgreementVersion
from allclear.slas.queries import agreements_for
from allclear.web import choices
from allclear.web.admin import agreement_words as words
from allclear.web.admin.agreement_form import number
from allclear.web.admin.agreement_spans import span_text
from allclear.web.history import history
from allclear.web.http import Page, signed_in
from allclear.web.nouns import NOUNS
from allclear.web.records import found
from allclear.web.said import localised

ONE = "agreement"


def url_of(row: Agreement) -> str:
    return reverse("admin_area:agreement", args=[row.pk])


@signed_in
def index(request: Page) -> HttpResponse:
    """All agreements by kind; below, a box that says which target an incident would get."""
    rows = list(agreements_for(request.viewer).prefetch_related("versions"))
    names, kept = words.Names(), kept_since(request.viewer, request.now - LATELY, request.now)
    may_change = request.viewer.may("policy.change")
    groups = []
    for kind, title in words.KINDS.items():
        lines = [_line(row, names, kept.get(row.pk), request.now) for row in rows if row.kind == kind]
        lines.sort(key=lambda line: line["state"] == "ended")
        groups.append({"kind": kind, "title": title, "lines": lines, "about": _ABOUT[kind]()})
    context = {
        "groups": groups,
        "count_text": NOUNS[ONE].counted(len(rows)),
        "may_change": may_change,
        "try": trying(request, request.GET) if request.GET.get("try") else None,
        "given": request.GET,
        **offers(request),
    }
    return render(request, "admin_area/agreements.html", context)


_ABOUT = {
    "sla": lambda: _("Promises to customers: count while the incident is open."),
    "ola": lambda: _("Promises between teams: count while the team has the incident."),
    "uc": lambda: _("Promises of suppliers: count while the incident waits for them."),
}


def _line(row: Agreement, names: words.Names, kept: Kept | None, now: datetime) -> dict[str, Any]:
    shown, state = standing(list(row.versions.all()), now)
    return {
        "row": row,
        "url": url_of(row),
        "with": words.parties(row.kind, shown.body, names),
        "targets": words.summary(shown.body, names),
        "version": shown,
        "state": state,
        "kept": kept,
    }


def standing(versions: Sequence[AgreementVersion], now: datetime) -> tuple[AgreementVersion, str]:
    """The version in force, else the next one, and how the agreement stands: in_force, ended, planned."""
    begun = [one for one in versions if one.effective_at <= now]
    if not begun:
        return min(versions, key=lambda one: (one.effective_at, -one.version)), "planned"
    found = max(begun, key=lambda one: (one.effective_at, one.version))
    return found, "ended" if found.is_ended else "in_force"


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """One agreement: its targets, what thresholds do, what it costs, and every version with what it changed."""
    row = found(agreements_for(request.viewer), pk, ONE)
    versions = list(row.versions.order_by("-version"))
    shown, state = standing(versions, request.now)
    names = words.Names()
    local = timezone.localtime(request.now)
    kept = kept_since(request.viewer, request.now - LATELY, request.now).get(row.pk)
    penalty = words.penalty(shown.body)
    context = {
        "row": row,
        "version": shown,
        "state": state,
        "kind": words.KINDS[row.kind],
        "with": words.parties(row.kind, shown.body, names),
        "targets": [_target(target, names) for target in shown.body["targets"]],
        "on_reopen": words.ON_REOPEN[shown.body.get("on_reopen") or "continue"],
        "on_change": words.ON_CHANGE[shown.body.get("on_change") or "from_start"],
        "kept": kept,
        "penalty": penalty,
        "penalty_now": penalty_since(request.viewer, row.pk, month_of(local), request.now) if penalty else None,
        "currency": (shown.body.get("penalty") or {}).get("currency", ""),
        "versions": _versions(row, versions, names, request.now),
        "may_change": request.viewer.may("policy.change"),
        "history": history(AGREEMENT.stream, row.pk),
        "noun_words": NOUNS[ONE],
        "back": reverse("admin_area:agreements"),
        "back_label": _("Agreements"),
    }
    return render(request, "admin_area/agreement.html", context)


def _target(target: Mapping[str, Any], names: words.Names) -> dict[str, Any]:
    return {
        "key": target["key"],
        "when": words.applies(target.get("when"), names),
        "metric": words.metric(target["metric"]),
        "span": span_text(target["minutes"]),
        "calendar": names.of("calendar", target["calendar_id"]),
        "pauses": words.pauses(target),
        "thresholds": words.thresholds(target, names),
    }


def _versions(
    row: Agreement, versions: Sequence[AgreementVersion], names: words.Names, now: datetime
) -> list[dict[str, Any]]:
    authors = dict(User.objects.filter(pk__in={v.author_id for v in versions if v.author_id}).values_list("pk", "name"))
    before = {one.version: one for one in versions}
    current = standing(versions, now)[0]
    lines = []
    for one in versions:
        last = before.get(one.version - 1)
        beaten = any(o.version > one.version and o.effective_at == one.effective_at for o in versions)
        state = "planned" if one.effective_at > now else ""
        lines.append(
            {
                "row": one,
                "author": authors.get(one.author_id or 0, "Allclear"),
                "moved": words.differences(row.kind, last.body if last else None, one.body, names),
                "state": "current" if one is current and not state else "never" if beaten else state,
            }
        )
    return lines


def offers(request: Page) -> dict[str, Any]:
    """What the box to try offers."""
    return {
        "try_priorities": [(n, f"P{n}") for n in range(1, 6)],
        "try_kinds": [(str(one), localised(label(one))) for one in Kind],
        "try_criticalities": [(n, text) for n, text in words.CRITICALITIES.items()],
        "categories": choices.categories(),
        "services": choices.services(request.viewer),
        "organisations": choices.organisations(request.viewer),
        "teams": choices.teams(),
        "suppliers": choices.organisations(request.viewer, suppliers=True),
    }


def trying(request: Page, data: QueryDict, draft: Any = None) -> list[dict[str, Any]]:
    """Which targets an incident with these facts would get, and why."""
    values: dict[str, Any] = {
        name: number(data.get(f"try_{name}"))
        for name in ("priority", "category_id", "service_id", "criticality", "organisation_id", "team_id")
    }
    values |= {"kind": data.get("try_kind"), "is_vip": bool(data.get("try_vip"))}
    values["supplier_id"] = number(data.get("try_supplier_id"))
    return [_tried(one) for one in explained(values, request.now, draft)]


def _tried(one: Explained) -> dict[str, Any]:
    steps = [{"text": localised(s.text), "detail": localised(s.because), "matched": s.matched} for s in one.trace.steps]
    return {
        "kind": words.KINDS[one.slot.kind],
        "metric": words.metric(one.slot.metric),
        "summary": localised(one.trace.summary),
        "span": span_text(int(one.choice.target.duration.total_seconds() // 60)) if one.choice else "",
        "due_at": one.due_at,
        "steps": steps,
    }


@signed_in
@require_POST
def move(request: Page, pk: int) -> HttpResponse:
    """One place up or down among those of its kind."""
    row = found(agreements_for(request.viewer), pk, ONE)
    order = list(Agreement.objects.filter(kind=row.kind).values_list("pk", flat=True))
    place = order.index(row.pk)
    other = place + (-1 if request.POST.get("do") == "up" else 1)
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
        verbs.reorder_agreements(request.viewer, row.kind, order, now=request.now)
    return redirect("admin_area:agreements")


@signed_in
@require_POST
def end(request: Page, pk: int) -> HttpResponse:
    """Let it apply to nothing new, from now or from an instant on."""
    row = found(agreements_for(request.viewer), pk, ONE)
    try:
        at = instant_of(request.POST.get("at", ""))
        verbs.end_agreement(request.viewer, row.pk, at=at, note=request.POST.get("note", ""), now=request.now)
    except AllclearError as error:
        return _refused(request, row, error)
    messages.success(request, _("{name} ends. What began under it goes on.").format(name=row.name))
    return redirect(url_of(row))


@signed_in
@require_POST
def remove(request: Page, pk: int) -> HttpResponse:
    """Remove an agreement under which nothing was measured."""
    row = found(agreements_for(request.viewer), pk, ONE)
    try:
        verbs.remove_agreement(request.viewer, row.pk, now=request.now)
    except AllclearError as error:
        return _refused(request, row, error)
    messages.success(request, _("{name} is removed.").format(name=row.name))
    return redirect("admin_area:agreements")


def _refused(request: Page, row: Agreement, error: AllclearError) -> HttpResponse:
    if error.status in (403, 404):
        raise error
    messages.error(request, localised(error.message))
    return redirect(url_of(row))


def instant_of(text: str) -> datetime | None:
    """What was written into a field for date and time, by the reader's clock; None when it is empty."""
    if not text.strip():
        return None
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Invalid({"effective_at": _("Write a date and a time, like 2026-03-31 08:30.")}) from None
    return timezone.make_aware(read) if read.tzinfo is None else read
