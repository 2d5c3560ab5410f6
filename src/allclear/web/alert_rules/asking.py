"""Why, and why not: what one alert, chosen or pasted, would meet on its way through rules and quiet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.alerts.facts import facts_of
from allclear.alerts.holding import sight
from allclear.alerts.models import Alert, Integration
from allclear.alerts.rules import ready, rules_in_force
from allclear.domain.alerts import Severity
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.looking import Way
from allclear.domain.alerts.matchers import read_matchers
from allclear.domain.alerts.previewing import preview
from allclear.domain.alerts.rule_bodies import rules_from
from allclear.domain.alerts.rules import Rule, RuleAction
from allclear.incidents.timeline import steps_of
from allclear.kernel.errors import Invalid
from allclear.web.alert_rules import checking, form
from allclear.web.alert_rules.trying import WORDS
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

LONGEST = 20_000  # characters that may be pasted


@signed_in
@require_POST
def ask(request: Page) -> HttpResponse:
    """The fragment below the box; without htmx a whole page. With `rules` in the form by that draft."""
    request.viewer.require("alert.read")
    template = "alert_rules/_answer.html" if request.htmx else "alert_rules/answer.html"
    return render(request, template, {"answer": answer(request)})


def answer(request: Page) -> dict[str, Any]:
    """What becomes of it, and each step with its reason."""
    rules = rules_in_force()
    if "rules" in request.POST:
        body, _opened = form.posted_rules(request.POST)
        if checking.problems(0, body):
            return {"error": _("Something in the rules is wrong: try or save them to see what.")}
        rules = ready(rules_from(0, body))
    try:
        facts = _facts(request)
    except Invalid as error:
        return {"error": localised(error.message)}
    view = sight(request.now, rules)
    found = preview(facts, view.rules, view.quiet, view.trend, request.now)
    steps = [step for trace in found.look.traces for step in steps_of([dict(trace.as_data())])]
    return {
        "facts": facts,
        "rule": localised(found.rule_name),
        "outcome": WORDS[_outcome(found.look.way, found.look.rule)],
        "held_by": localised(str(found.look.held_by.get("name") or "")),
        "until": found.look.until,
        "title": found.title,
        "steps": [{**one, "text": localised(one["text"]), "detail": localised(one["detail"])} for one in steps],
    }


def _outcome(way: Way, rule: Rule | None) -> str:
    action = rule.action if rule else None
    if way is Way.GO:
        return "joined" if action is RuleAction.JOIN else "opened"
    return "dropped" if action is RuleAction.DROP else str(way)


def _facts(request: Page) -> AlertFacts:
    """Of the chosen alert as if nothing were decided, or of what was pasted. Raises `Invalid` in words."""
    pasted = request.POST.get("sample", "").strip()
    if pasted:
        return pasted_facts(pasted[:LONGEST])
    chosen = request.POST.get("alert", "")
    row = Alert.objects.filter(pk=int(chosen)).first() if chosen.isdigit() and len(chosen) < 12 else None
    if row is None:
        raise Invalid({"alert": _("Choose an alert, or paste one.")})
    return replace(facts_of(row), status="firing")


def pasted_facts(text: str) -> AlertFacts:
    """Labels such as `alertname="DiskFull", env="prod"`, or JSON: an alert of Alertmanager, or our own fields."""
    if not text.startswith(("{", "[")) or '":' not in text.replace(" ", ""):
        labels = {one.name: one.value for one in read_matchers(text)}
        return _from({"labels": labels})
    try:
        data = json.loads(text)
    except ValueError as error:
        raise Invalid({"sample": _("This is no JSON: {error}").format(error=error)}) from None
    if isinstance(data, Mapping) and isinstance(data.get("alerts"), list):
        data = data["alerts"]
    if isinstance(data, list):
        data = data[0] if data else {}
    if not isinstance(data, Mapping):
        raise Invalid({"sample": _("Paste an object: {example}").format(example='{"title": "…", "labels": {}}')})
    return _from(data)


def _from(data: Mapping[str, Any]) -> AlertFacts:
    labels = {str(name): str(value) for name, value in _object(data, "labels").items()}
    notes = _object(data, "annotations")
    given = str(data.get("severity") or labels.get("severity") or "unknown").lower()
    source = Integration.objects.filter(name__iexact=str(data.get("integration") or "")).first()
    return AlertFacts(
        integration_id=source.pk if source else 0,
        integration_name=source.name if source else "",
        kind=source.kind if source else str(data.get("kind") or ""),
        severity=given if given in list(Severity) else "unknown",
        title=str(data.get("title") or notes.get("summary") or labels.get("alertname") or _("pasted alert")),
        description=str(data.get("description") or notes.get("description") or ""),
        source=str(data.get("source") or labels.get("instance") or ""),
        labels=labels,
        details=_object(data, "details"),
    )


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}
