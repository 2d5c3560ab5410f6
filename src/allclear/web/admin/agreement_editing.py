"""The form of an agreement: its targets one by one, in words beside, and a box to try it before it is saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from allclear.accounts.models import Team, User
from allclear.accounts.permissions import STAFF
from allclear.domain.sla import METRICS_OF, AgreementKind, agreement_from
from allclear.domain.terms import HoldReason, label
from allclear.kernel.errors import AllclearError, Conflict, Invalid
from allclear.kernel.events import position_of
from allclear.oncall.models import EscalationPolicy
from allclear.slas.actions import agreements as verbs
from allclear.slas.actions.agreements import AGREEMENT
from allclear.slas.models import Agreement, BusinessCalendar
from allclear.slas.queries import agreements_for
from allclear.web import choices
from allclear.web.admin import agreement_form as forms
from allclear.web.admin import agreement_words as words
from allclear.web.admin.agreement_form import Draft
from allclear.web.admin.agreement_spans import span_text
from allclear.web.admin.agreements import ONE, instant_of, offers, trying, url_of
from allclear.web.http import Page, signed_in
from allclear.web.nouns import NOUNS
from allclear.web.records import found
from allclear.web.said import localised

Pairs = list[tuple[Any, str]]


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new agreement of the kind in the address."""
    request.viewer.require("policy.change")
    asked = request.POST.get("kind") or request.GET.get("kind")
    kind = asked if asked in words.KINDS else "sla"
    return _edit(request, None, Draft(kind))


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of an agreement, as its last version says."""
    request.viewer.require("policy.change")
    row = found(agreements_for(request.viewer), pk, ONE)
    last = row.versions.order_by("-version")[0]
    version = str(position_of(AGREEMENT.stream, row.pk))
    start = forms.stored(row.kind, last.body, name=row.name, description=row.description, version=version)
    start.opened = forms.number(request.GET.get("target"))
    if start.opened is not None and start.opened >= len(start.targets):
        start.opened = None
    return _edit(request, row, start)


def _edit(request: Page, row: Agreement | None, start: Draft) -> HttpResponse:
    if request.method != "POST":
        return _form(request, row, start)
    draft, do = forms.posted(start.kind, request.POST), request.POST.get("do", "save")
    if do == "try":
        return _try(request, row, draft)
    if do == "fill":
        return _form(request, row, draft, focus=forms.fill(draft, request.POST))
    if do != "save":
        return _form(request, row, draft, focus=forms.rearrange(draft, do, _calendar()))
    try:
        saved = _save(request, row, draft)
    except Conflict as error:
        draft.version = start.version
        return _form(request, row, draft, errors={"": localised(error.message)}, status=409)
    except Invalid as error:
        return _form(request, row, draft, errors=_in_words(error, draft), status=422)
    except AllclearError as error:
        if error.status in (403, 404):
            raise
        return _form(request, row, draft, errors={"": localised(error.message)}, status=error.status)
    messages.success(request, _("{name} is saved.").format(name=saved))
    return redirect(url_of(saved))


def _save(request: Page, row: Agreement | None, draft: Draft) -> Agreement:
    values: dict[str, Any] = {"name": draft.name, "description": draft.description, **draft.body(), "note": draft.note}
    wrong: dict[str, str] = {}
    try:
        if at := instant_of(draft.begins):
            values["effective_at"] = at
    except Invalid as error:
        wrong = error.fields
    if row is not None and not draft.note:
        wrong["note"] = _("Say why: the note is what others read in a year.")
    if wrong:
        raise Invalid(wrong)
    if row is None:
        return verbs.add_agreement(request.viewer, {**values, "kind": draft.kind}, now=request.now)
    seen = forms.number(draft.version)
    return verbs.change_agreement(request.viewer, row.pk, values, now=request.now, expected_version=seen)


def _in_words(error: Invalid, draft: Draft) -> dict[str, str]:
    """The errors by place; the first target with one is opened, so that they stand at its fields."""
    found = {place: localised(text) for place, text in error.fields.items()}
    for place in list(found):
        if place.startswith("targets.") and place.endswith(".minutes"):
            found[place] = _("Write a time like 15 min, 4 h or 2 d, of at most 366 days.")
    places = [int(parts[1]) for place in found if (parts := place.split("."))[0] == "targets" and len(parts) > 1]
    if places and draft.opened not in places:
        draft.opened = min(places)
    return found


def _try(request: Page, row: Agreement | None, draft: Draft) -> HttpResponse:
    """As if the draft were saved."""
    try:
        agreement = agreement_from(row.pk if row else 0, 0, draft.name or _("This draft"), draft.kind, draft.body())
    except Invalid as error:
        return _form(request, row, draft, errors=_in_words(error, draft), status=422)
    return _form(request, row, draft, tried=trying(request, request.POST, agreement), focus="try")


def _form(
    request: Page,
    row: Agreement | None,
    draft: Draft,
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    focus: str = "",
    tried: Any = None,
) -> HttpResponse:
    errors, names = errors or {}, words.Names()
    body = draft.body()
    opened = draft.targets[draft.opened] if draft.opened is not None else None
    context = {
        "row": row,
        "draft": draft,
        "kind": words.KINDS[draft.kind],
        "targets_json": json.dumps(draft.targets),
        "targets": [
            {**target, "line": _line(target, sent, names), "wrong": _wrong(errors, n)}
            for n, (target, sent) in enumerate(zip(draft.targets, body["targets"], strict=True))
        ],
        "opened": draft.opened,
        "target": opened,
        "sentence": words.sentence(body["targets"][draft.opened], names) if draft.opened is not None else "",
        "thresholds": _thresholds(opened, errors, draft.opened, names) if opened else [],
        "wrong": _of_opened(errors, draft.opened),
        "summed": _summed(errors, draft),
        "errors": errors,
        "focus": focus,
        "tried": tried,
        "given": request.POST,
        "noun_words": NOUNS[ONE],
        "back": url_of(row) if row else reverse("admin_area:agreements"),
        "back_label": row.name if row else _("Agreements"),
        **_choices(request, draft, opened),
        **offers(request),
    }
    return render(request, "admin_area/agreement_form.html", context, status=status)


def _line(target: Mapping[str, Any], sent: Mapping[str, Any], names: words.Names) -> str:
    """One target in one line, also while it is not finished."""
    span = span_text(sent["minutes"]) if sent["minutes"] else target["span"] or _("no time yet")
    calendar = names.of("calendar", target["calendar_id"]) if target.get("calendar_id") else _("no calendar yet")
    parts = (words.applies(target.get("when"), names), f"{words.metric(target.get('metric'))} {span}", calendar)
    return " · ".join(parts)


def _wrong(errors: Mapping[str, str], n: int) -> bool:
    return any(place.startswith(f"targets.{n}.") for place in errors)


def _of_opened(errors: Mapping[str, str], opened: int | None) -> dict[str, str]:
    """The errors of the open target by the names of its fields, such as `calendar_id` or `service_ids`."""
    start = f"targets.{opened}."
    return {
        place.removeprefix(start).removeprefix("when."): text
        for place, text in errors.items()
        if place.startswith(start) and ".thresholds." not in place
    }


def _thresholds(
    target: Mapping[str, Any], errors: Mapping[str, str], opened: int | None, names: words.Names
) -> list[dict[str, Any]]:
    lines = []
    for n, one in enumerate(target.get("thresholds") or ()):
        start = f"targets.{opened}.thresholds.{n}."
        lines.append(
            {
                "percent": one.get("percent"),
                "actions": [
                    {"ref": forms.ref_of(action), "text": words.deed(action, names)}
                    for action in one.get("actions") or ()
                ],
                "errors": [text for place, text in errors.items() if place.startswith(start)],
            }
        )
    return lines


def _summed(errors: Mapping[str, str], draft: Draft) -> list[tuple[str, str]]:
    """(id of the field, sentence) for the top of the page; which target is meant is said."""
    lines = []
    for place, text in errors.items():
        parts = place.split(".")
        if parts[0] == "targets" and len(parts) > 1:
            n = int(parts[1])
            name = draft.targets[n]["key"] or str(n + 1)
            anchor = f"target-{n}"
            if n == draft.opened:
                anchor = f"t_{parts[3]}" if parts[2] == "thresholds" and len(parts) > 3 else f"t-{parts[-1]}"
            lines.append((anchor, _("Target “{name}”: {text}").format(name=name, text=text)))
        else:
            lines.append((_ANCHORS.get(place, place.replace(".", "_")), text))
    return lines


_ANCHORS = {"effective_at": "begins"}


def _calendar() -> int | None:
    return BusinessCalendar.objects.filter(is_active=True).values_list("pk", flat=True).first()


def _choices(request: Page, draft: Draft, target: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the selects of the form offer."""
    kind = AgreementKind(draft.kind)
    kept = {one.get("calendar_id") for one in draft.targets}
    calendars: Pairs = [
        (pk, name if active else _("{name} (out of use)").format(name=name))
        for pk, name, active in BusinessCalendar.objects.values_list("pk", "name", "is_active")
        if active or pk in kept
    ]
    if kind == AgreementKind.OLA:
        parties = choices.teams()
    else:
        parties = choices.organisations(request.viewer, suppliers=True if kind == AgreementKind.UC else None)
    return {
        "calendars": calendars,
        "parties": parties,
        "metrics": [(value, words.METRICS[value]) for value in words.METRICS if value in METRICS_OF[kind]],
        "reasons": [(str(one), localised(label(one))) for one in HoldReason],
        "reopens": list(words.ON_REOPEN.items()),
        "changes": list(words.ON_CHANGE.items()),
        "actions": _actions() if target else [],
        "fill_metrics": ["resolution"] if kind == AgreementKind.UC else ["response", "resolution"],
    }


def _actions() -> list[tuple[str, Pairs]]:
    """What a threshold can do, by kind."""
    staff = User.objects.filter(is_active=True, roles__overlap=sorted(STAFF)).order_by("name")
    teams = list(Team.objects.filter(is_active=True).order_by("name").values_list("pk", "name", "tier"))
    policies = EscalationPolicy.objects.filter(is_active=True).values_list("pk", "name")
    higher = [(f"higher_tier:{pk}", f"{name} ({tier})") for pk, name, tier in teams if tier > 1]
    return [
        (_("Those who have it"), [(do, str(text)) for do, text in words.DEEDS.items()]),
        (_("Tell a person"), [(f"tell_person:{pk}", name) for pk, name in staff.values_list("pk", "name")]),
        (_("Tell a team"), [(f"tell_team:{pk}", name) for pk, name, _tier in teams]),
        (_("Tell the lead of"), [(f"tell_lead:{pk}", name) for pk, name, _tier in teams]),
        (_("Begin an escalation policy"), [(f"escalate:{pk}", name) for pk, name in policies]),
        (_("Hand over to a higher tier"), higher),
    ]
