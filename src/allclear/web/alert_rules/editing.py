"""The editor of the rules about alerts: an ordered list of which one rule is open, and a box to try it.

The whole list travels in the form as JSON; every button posts it, so that nothing is lost and no script is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from allclear.alerts.models import Integration
from allclear.catalog.actions import change_policy
from allclear.catalog.policies import body_of
from allclear.domain.alerts.rule_bodies import GROUP_WORDS
from allclear.kernel.errors import AllclearError, Conflict, Invalid
from allclear.web import choices
from allclear.web.admin.policies import Draft, conflict_words, in_force_words
from allclear.web.alert_rules import form, trying, words
from allclear.web.alert_rules.checking import problems
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

KIND = "alert_rules"
Errors = Mapping[str, str]


@signed_in
def edit(request: Page) -> HttpResponse:
    """Show the rules, change their order or one of them, try them, and save a new version."""
    request.viewer.require("policy.change")
    if request.method != "POST":
        draft = Draft.to_edit(KIND, request.GET.get("version", ""))
        body: dict[str, Any] = json.loads(json.dumps(draft.body))  # a copy: what is in force is shared
        draft.body = body
        do = "add" if "add" in request.GET else f"edit:{request.GET.get('rule', '')}"
        opened = form.rearrange(body, do, None)
        if do == "add" and opened is not None:
            body["rules"][opened] |= form.drafted(request.GET, request.now)
        return _page(request, draft, opened, focus="" if opened is None else form.landing("edit:0", None))
    body, opened = form.posted_rules(request.POST)
    draft = Draft(KIND, body, form.index(request.POST.get("version")) or 0, request.POST.get("note", "").strip())
    do = request.POST.get("do", "keep")
    if do == "save":
        return _save(request, draft, opened)
    if do == "try":
        return _try(request, draft, opened)
    focus = form.landing(do, opened)
    return _page(request, draft, form.rearrange(body, do, opened), focus=focus)


def _save(request: Page, draft: Draft, opened: int | None) -> HttpResponse:
    wrong: dict[str, str] = dict(problems(draft.version + 1, draft.body))
    if not draft.note:
        wrong["note"] = _("Say why: the note is what others read in a year.")
    if wrong:
        return _page(request, draft, _opened_by(wrong, opened), errors=wrong, status=422)
    try:
        saved = change_policy(
            request.viewer, KIND, draft.body, note=draft.note, expected_version=draft.version, now=request.now
        )
    except Conflict as error:
        draft.version = body_of(KIND)[0]
        return _page(request, draft, opened, errors={"": conflict_words(KIND)}, status=error.status)
    except Invalid as error:
        wrong = {place: localised(text) for place, text in error.fields.items()}
        return _page(request, draft, _opened_by(wrong, opened), errors=wrong, status=error.status)
    except AllclearError as error:
        if error.status in (403, 404):
            raise
        return _page(request, draft, opened, errors={"": localised(error.message)}, status=error.status)
    messages.success(request, in_force_words(KIND, saved.version))
    return redirect("alerts:rules")


def _try(request: Page, draft: Draft, opened: int | None) -> HttpResponse:
    wrong = problems(draft.version + 1, draft.body)
    if wrong:
        if request.htmx:
            context = {"tried": {"error": _("Put these right first."), "problems": _summed(wrong, draft.body, opened)}}
            return render(request, "alert_rules/_tried.html", context)
        return _page(request, draft, _opened_by(wrong, opened), errors=wrong, status=422)
    tried = trying.tried(request, draft.version + 1, draft.body)
    if request.htmx:
        return render(request, "alert_rules/_tried.html", {"tried": tried, "given": request.POST})
    return _page(request, draft, opened, tried=tried)


def _opened_by(errors: Errors, opened: int | None) -> int | None:
    """The first rule with an error is opened, so that they stand at its fields."""
    parts = [place.split(".") for place in errors]
    faulty = [int(part[1]) for part in parts if part[0] == "rules" and len(part) > 1 and part[1].isdigit()]
    return min(faulty) if faulty and opened not in faulty else opened


def _page(
    request: Page,
    draft: Draft,
    opened: int | None,
    *,
    errors: Errors | None = None,
    status: int = 200,
    focus: str = "",
    tried: Mapping[str, Any] | None = None,
) -> HttpResponse:
    errors = errors or {}
    rules: list[Mapping[str, Any]] = list(draft.body.get("rules") or ())
    names = words.Names(rules)
    rule = form.shown(rules[opened]) if opened is not None and opened < len(rules) else None
    wrong = _of_opened(errors, opened)
    context = {
        "draft": draft,
        "lines": _lines(rules, names, errors),
        "rules_json": json.dumps(rules),
        "opened": opened if rule else None,
        "rule": rule,
        "sentence": words.sentence(rules[opened], names) if rule and opened is not None else "",
        "when_words": words.when(rules[opened], names) if rule and opened is not None else "",
        "wrong": wrong,
        "flat": {place.replace(".", "_"): text for place, text in errors.items()},
        "summed": _summed(errors, draft.body, opened if rule else None),
        "storm": draft.body.get("storm") or {},
        "flapping": draft.body.get("flapping") or {},
        "tried": tried,
        "recent": trying.recent_alerts(request.now),
        "given": request.POST,
        "focus": focus,
        "spans": trying.SPANS,
        "back": reverse("alerts:rules"),
        "back_label": _("Rules about alerts"),
        **(_offers(request, rules[opened]) if rule and opened is not None else {}),
    }
    return render(request, "alert_rules/edit.html", context, status=status)


def _lines(rules: list[Mapping[str, Any]], names: words.Names, errors: Errors) -> list[dict[str, Any]]:
    """The rules as the list shows them, each with what differs from the one in force."""
    known = {rule.get("key"): rule for rule in body_of(KIND)[1].get("rules") or ()}
    lines = []
    for at, rule in enumerate(rules):
        was = known.get(rule.get("key"))
        mark = _("new") if was is None else _("changed") if dict(was) != dict(rule) else ""
        lines.append(
            {
                "rule": rule,
                "state": words.state_of(rule),
                "when": words.when(rule, names),
                "does": words.sentence(rule, names),
                "mark": mark,
                "wrong": any(place.startswith(f"rules.{at}.") for place in errors),
            }
        )
    return lines


def _of_opened(errors: Errors, opened: int | None) -> dict[str, str]:
    """The errors of the open rule by the names of its fields: `when`, `trend_count`, `group_by` ..."""
    start = f"rules.{opened}."
    return {
        place.removeprefix(start).replace(".", "_"): text for place, text in errors.items() if place.startswith(start)
    }


def _summed(errors: Errors, body: Mapping[str, Any], opened: int | None) -> list[tuple[str, str]]:
    """(id of the field, sentence) for the top of the page; which rule is meant is said."""
    lines = []
    rules = body.get("rules") or []
    for place, text in errors.items():
        parts = place.split(".")
        if parts[0] == "rules" and len(parts) > 2 and int(parts[1]) < len(rules):
            at = int(parts[1])
            name = rules[at].get("name") or str(at + 1)
            anchor = f"r-{'_'.join(parts[2:])}" if at == opened else f"rule-{at}"
            lines.append((anchor, _("Rule “{name}”: {text}").format(name=name, text=text)))
        else:
            lines.append((place.replace(".", "_"), text))
    return lines


def _offers(request: Page, rule: Mapping[str, Any]) -> dict[str, Any]:
    spec = rule.get("incident") or {}
    return {
        "integrations": list(Integration.objects.values_list("pk", "name")),
        "teams": choices.teams(keep=spec.get("team_id")),
        "categories": choices.categories(keep=spec.get("category_id")),
        "services": choices.services(request.viewer, keep=spec.get("service_id")),
        "impacts": choices.impacts(),
        "urgencies": choices.urgencies(),
        "states": list(words.STATES.items()),
        "actions": [(value, text, words.ABOUT_ACTIONS[value]) for value, text in words.ACTIONS.items()],
        "clears": list(words.ON_CLEAR.items()),
        "trends": list(words.TRENDS.items()),
        "group_words": [(word, words.by_words(word)) for word in GROUP_WORDS],
    }
