"""The form of an escalation policy: steps that are added, moved and removed by buttons, and what was refused of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from allclear.accounts.models import Team, User
from allclear.accounts.permissions import STAFF
from allclear.kernel.errors import AllclearError, Conflict, Invalid
from allclear.notifications.models import Webhook
from allclear.oncall.actions import policies as verbs
from allclear.oncall.actions.nouns import POLICY
from allclear.oncall.models import EscalationPolicy, Schedule
from allclear.oncall.preview import policy_of
from allclear.oncall.reading import names_of
from allclear.web import choices
from allclear.web.history import history
from allclear.web.http import Page, signed_in
from allclear.web.nouns import NOUNS
from allclear.web.oncall import policy_form, policy_words
from allclear.web.oncall.policies import ONE, url_of
from allclear.web.records import found, stored_values, values_at
from allclear.web.said import localised

PRIORITIES = [(n, f"P{n}") for n in range(1, 6)]


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new policy."""
    request.viewer.require("oncall.change")
    definition = {"steps": [policy_form.blank_step()], "exhausted": {}, "repeat": 0, "acks_needed": 1}
    start = {
        "name": "", "note": "", "begins_on": "logged", "begins_after_minutes": None,
        "definition": definition, "service_ids": [], "teams": [], "priorities": [1, 2],
        "is_active": True, "version": "",
    }  # fmt: skip
    return _edit(request, None, start)


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of a policy."""
    request.viewer.require("oncall.change")
    row = found(EscalationPolicy.objects.all(), pk, ONE)
    return _edit(request, row, stored_values(POLICY, row))


def _edit(request: Page, row: EscalationPolicy | None, start: dict[str, Any]) -> HttpResponse:
    if request.method != "POST":
        return _form(request, row, start)
    values = {**policy_form.posted(request.POST), "version": request.POST.get("version", "")}
    do = request.POST.get("do", "save")
    if do != "save":
        focus = policy_form.rearrange(values, do)
        return _form(request, row, values, focus=focus)
    try:
        saved = _save(request, row, {name: values[name] for name in policy_form.FIELDS}, values["version"])
    except Conflict as error:
        values["version"] = start["version"]
        return _form(request, row, values, errors={"": localised(error.message)}, status=409, theirs=start)
    except Invalid as error:
        return _form(request, row, values, errors={k: localised(v) for k, v in error.fields.items()}, status=422)
    except AllclearError as error:
        if error.status in (403, 404):
            raise
        return _form(request, row, values, errors={"": localised(error.message)}, status=error.status)
    messages.success(request, _("{name} is saved.").format(name=saved))
    return redirect(url_of(saved))


def _save(request: Page, row: EscalationPolicy | None, values: dict[str, Any], version: str) -> EscalationPolicy:
    """Save it; what only others changed meanwhile stays, and where both changed the same somebody looks first."""
    viewer, now = request.viewer, request.now
    if row is None:
        return verbs.add_policy(viewer, values, now=now)
    seen = policy_form.number(version)
    try:
        return verbs.change_policy(viewer, row.pk, values, now=now, expected_version=seen)
    except Conflict:
        theirs = stored_values(POLICY, row)
        both, clashes = policy_form.merged(values_at(POLICY, row, seen or 0), values, theirs)
        if clashes:
            raise
        return verbs.change_policy(viewer, row.pk, both, now=now, expected_version=theirs["version"])


def _form(
    request: Page,
    row: EscalationPolicy | None,
    values: dict[str, Any],
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
    focus: str = "",
    theirs: dict[str, Any] | None = None,
) -> HttpResponse:
    offered = _targets(row)
    known = {ref: text for _label, pairs in offered for ref, text in pairs} | _old_names(values)
    wrong: dict[str, str] = {}
    for path, text in (errors or {}).items():
        place = _place(path)
        wrong[place] = f"{wrong[place]} {text}" if place in wrong else _in_step(place, text)
    context = {
        "row": row,
        "values": values,
        "begins": EscalationPolicy.BEGINS,
        "definition": values["definition"],
        "steps": policy_form.shown_steps(values, known),
        "targets": [(label, [p for p in pairs if not p[0].startswith("policy:")]) for label, pairs in offered],
        "catch_alls": offered,
        "exhausted": policy_form.ref_of(values["definition"].get("exhausted") or {}),
        "errors": wrong,
        "services": choices.services(request.viewer),
        "teams": choices.teams(),
        "priorities": PRIORITIES,
        "days": list(enumerate((_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")), 1)),
        "zone": timezone.get_current_timezone_name(),
        "focus": focus,
        "theirs": policy_words.steps(policy_of(row)) if theirs and row else None,
        "noun_words": NOUNS[ONE],
        "back": url_of(row) if row else reverse("policies:index"),
        "back_label": row.name if row else _("Escalation policies"),
        "history": history(POLICY.stream, row.pk) if row else [],
    }
    return render(request, "oncall/policy_form.html", context, status=status)


def _place(path: str) -> str:
    """Errors in words say which step; the first two parts of a path name its card."""
    parts = path.removeprefix("definition.").split(".")
    return f"step-{parts[1]}" if parts[0] == "steps" and len(parts) > 1 else parts[0]


def _in_step(place: str, text: str) -> str:
    """Which step is meant, where the sentence does not say it."""
    number = place.removeprefix("step-")
    if number == place or not number.isdigit():
        return text
    return _("Step {number}: {text}").format(number=int(number) + 1, text=text)


def _targets(row: EscalationPolicy | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be paged, by kind."""
    staff = User.objects.filter(is_active=True, roles__overlap=sorted(STAFF)).order_by("name")
    teams = list(Team.objects.filter(is_active=True).order_by("name").values_list("pk", "name"))
    turn = _("{team}, one after the other")
    others = EscalationPolicy.objects.filter(is_active=True).exclude(pk=row.pk if row else 0)
    groups: list[tuple[str, list[tuple[str, str]]]] = [
        (_("Schedules"), _pairs("schedule", Schedule.objects.filter(is_active=True).values_list("pk", "name"))),
        (_("Teams"), _pairs("team", teams)),
        (_("Teams in turn"), _pairs("round_robin", [(pk, turn.format(team=name)) for pk, name in teams])),
        (_("People"), _pairs("person", staff.values_list("pk", "name"))),
        (_("Web-hooks"), _pairs("webhook", Webhook.objects.filter(is_active=True).values_list("pk", "name"))),
        (_("Everybody of another policy"), _pairs("policy", others.values_list("pk", "name"))),
    ]
    return [(label, pairs) for label, pairs in groups if pairs]


def _pairs(kind: str, rows: Any) -> list[tuple[str, str]]:
    return [(f"{kind}:{pk}", str(name)) for pk, name in rows]


def _old_names(values: dict[str, Any]) -> dict[str, str]:
    """Names of targets that are in the draft and not offered: those that are there no more, and lists of people."""
    targets = [one for step in values["definition"]["steps"] for one in step["targets"]]
    members = {person for one in targets for person in one.get("members") or ()}
    known = names_of({policy_form.ref_of(one) for one in targets if not one.get("members")}, members)
    for one in targets:
        if people := one.get("members"):
            names = policy_words.listed([known.get(f"person:{person}", str(person)) for person in people])
            known[policy_form.ref_of(one)] = _("{names}, in turn").format(names=names)
    return known
