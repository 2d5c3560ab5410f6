"""Escalation policies: the list, one in words with who would be paged now, and its form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from allclear.incidents.models import Incident
from allclear.kernel.errors import AllclearError
from allclear.oncall.actions import policies as verbs
from allclear.oncall.actions.nouns import POLICY
from allclear.oncall.models import Escalation, EscalationPolicy
from allclear.oncall.preview import policy_of
from allclear.web.history import history
from allclear.web.http import Page, signed_in
from allclear.web.nouns import NOUNS
from allclear.web.oncall import policy_words
from allclear.web.records import found
from allclear.web.said import localised
from allclear.web.tables import Cell, Table, cell, words

ONE = "escalation policy"
LEVELS = {"running": "danger", "exhausted": "danger", "snoozed": "warn", "acknowledged": "ok"}


def url_of(row: EscalationPolicy) -> str:
    return reverse("policies:policy", args=[row.pk])


def _cells(row: EscalationPolicy) -> list[Cell]:
    policy = policy_of(row)
    first = policy_words.steps(policy)[0]["whom"]
    return [
        cell(row.name, url=url_of(row), sub=row.note[:120], mark="" if row.is_active else _("out of use")),
        cell(first),
        cell(policy_words.listed(policy_words.applies(row)) or _("by hand only")),
        cell(", ".join(f"P{n}" for n in sorted(row.priorities)) or "–"),
        cell(row.running),  # type: ignore[attr-defined]  # counted by index
    ]


TABLE = Table(
    gettext_lazy("Escalation policies"),
    ONE,
    [
        gettext_lazy("Policy"), gettext_lazy("Pages first"), gettext_lazy("For"), gettext_lazy("Priorities"),
        gettext_lazy("Running"),
    ],
    _cells,
    icon="siren",
    numeric=frozenset({4}),
    intro=gettext_lazy("Who is paged, one after the other, until somebody acknowledges."),
    empty_text=gettext_lazy("Without a policy nobody is paged: incidents wait in the queue until somebody looks."),
    placeholder=gettext_lazy("Name of a policy"),
)  # fmt: skip


@signed_in
def index(request: Page) -> HttpResponse:
    """All policies, those in use first."""
    request.viewer.require("oncall.read")
    q = words(request)
    rows = EscalationPolicy.objects.prefetch_related("teams").order_by("-is_active", "name")
    rows = rows.filter(name__icontains=q) if q else rows

    def count(shown: list[EscalationPolicy]) -> None:
        running = Escalation.objects.filter(policy__in=shown).exclude(status="stopped")
        keys = list(running.values_list("policy_id", flat=True))
        for row in shown:
            row.running = keys.count(row.pk)  # type: ignore[attr-defined]  # for the cell

    add_url = reverse("policies:add") if request.viewer.may("oncall.change") else ""
    return TABLE.page(request, rows, add_url=add_url, filtered=bool(q), prepare=count)


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """One policy: its steps in words, the chain as it would run now, and where it applies."""
    request.viewer.require("oncall.read")
    row = found(EscalationPolicy.objects.prefetch_related("teams"), pk, ONE)
    policy = policy_of(row)
    running = row.escalations.exclude(status="stopped").order_by("-started_at")
    idle = policy.re_escalate_after
    context = {
        "row": row,
        "policy": policy,
        "steps": policy_words.steps(policy),
        "catch_all": policy_words.catch_all(policy),
        "idle": policy_words.minutes(idle) if idle else "",
        "begins": row.get_begins_on_display(),
        "begins_after": policy_words.minutes(timedelta(minutes=row.begins_after_minutes or 0)),
        "answer_within": policy_words.minutes(policy.answer_within) if policy.answer_within else "",
        "preview": policy_words.preview(row, request.now),
        "applies": policy_words.applies(row),
        "priorities": [f"P{n}" for n in sorted(row.priorities)],
        "running": _running(request, list(running[:20])),
        "running_count": running.count(),
        "may_change": request.viewer.may("oncall.change"),
        "history": history(POLICY.stream, row.pk),
        "noun_words": NOUNS[ONE],
        "back": reverse("policies:index"),
        "back_label": _("Escalation policies"),
    }
    return render(request, "oncall/policy.html", context)


def _running(request: Page, rows: list[Escalation]) -> list[dict[str, Any]]:
    """Where it runs, of what the viewer may see."""
    keys = [row.subject_id for row in rows if row.subject_kind == "incident"]
    seen = Incident.objects.visible_to(request.viewer).in_bulk([key for key in keys if key])
    return [
        {"row": row, "incident": seen[row.subject_id], "level": LEVELS.get(row.status, "")}
        for row in rows
        if row.subject_id in seen
    ]


@signed_in
@require_POST
def remove(request: Page, pk: int) -> HttpResponse:
    """Remove a policy that was never carried out."""
    row = found(EscalationPolicy.objects.all(), pk, ONE)
    try:
        verbs.remove_policy(request.viewer, row.pk, now=request.now)
    except AllclearError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, localised(error.message))
        return redirect(url_of(row))
    messages.success(request, _("{name} is removed.").format(name=row.name))
    return redirect("policies:index")
