"""The editor of the routing rules: an ordered list of which one rule is open, and a box to try it.

The whole list travels in the form as JSON; every button posts it, so that nothing is lost and no script is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import reduce
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.accounts.models import Team, User
from allclear.accounts.queries import above, open_teams, team_names
from allclear.catalog.queries import category
from allclear.domain.routing import Facts, Names, route, routing_from
from allclear.domain.terms import Channel, Kind, label
from allclear.incidents.load import candidates_for
from allclear.kernel.errors import AllclearError
from allclear.web import choices
from allclear.web.admin.policies import Draft
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

Rule = dict[str, Any]
_KEYS = ("category_ids", "service_ids", "organisation_ids")
_NUMBERS = ("max_load", "set_category_id", "set_impact", "set_urgency")


@signed_in
def edit(request: Page) -> HttpResponse:
    """Show the rules, change their order or one of them, try them, and save a new version."""
    request.viewer.require("policy.change")
    if request.method != "POST":
        draft = Draft.to_edit("routing", request.GET.get("version", ""))
        opened = request.GET.get("rule", "")
        return _page(request, draft, int(opened) if opened.isdigit() else None)
    draft, opened_now = _posted(request.POST)
    do, __, number = request.POST.get("do", "").partition(":")
    if do == "save":
        if draft.save(request):
            return redirect("admin_area:policies")
        return _page(request, draft, opened_now)
    if do == "try":
        return _page(request, draft, opened_now, tried=_try(request, draft))
    return _page(request, draft, _rearrange(draft, do, int(number) if number.isdigit() else -1, opened_now))


def _posted(data: QueryDict) -> tuple[Draft, int | None]:
    """The draft with the fields of the open rule put into it."""
    try:
        rules = [dict(rule) for rule in json.loads(data.get("rules") or "[]")]
    except (ValueError, TypeError):
        rules = []
    opened = _number(data.get("opened"))
    if opened is not None and opened < len(rules):
        rules[opened] = _rule(data)
    fallback = data.get("fallback_team_id", "")
    body = {"rules": rules, "fallback_team_id": int(fallback) if fallback.isdigit() else None}
    version = data.get("version", "")
    draft = Draft("routing", body, int(version) if version.isdigit() else 0, data.get("note", "").strip())
    return draft, opened if opened is not None and opened < len(rules) else None


def _rule(data: QueryDict) -> Rule:
    rule: Rule = {"name": data.get("rule_name", "").strip()[:120]}
    rule["team_id"] = _number(data.get("rule_team_id"))
    for name in _KEYS:
        rule[name] = [int(key) for key in data.getlist(f"rule_{name}") if key.isdigit()]
    for name, known in (("kinds", Kind), ("channels", Channel)):
        rule[name] = [value for value in data.getlist(f"rule_{name}") if value in set(known)]
    rule["words"] = [word.strip() for word in data.get("rule_words", "").split(",") if word.strip()]
    rule["vip_only"] = bool(data.get("rule_vip_only"))
    rule["person"], rule["skill"] = data.get("rule_person", ""), data.get("rule_skill", "")
    for name in _NUMBERS:
        rule[name] = _number(data.get(f"rule_{name}"))
    return {name: value for name, value in rule.items() if value or name in ("name", "team_id")}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 12 else None


def _rearrange(draft: Draft, do: str, number: int, opened: int | None) -> int | None:
    """Do what a button of the list says; gives the rule that is open afterwards."""
    rules: list[Rule] = draft.body["rules"]
    if do == "add":
        rules.append({"name": _("Rule {number}").format(number=len(rules) + 1), "team_id": None})
        return len(rules) - 1
    if not 0 <= number < len(rules):
        return opened
    if do == "edit":
        return number
    if do == "remove":
        del rules[number]
        return None
    other = number + {"up": -1, "down": 1}.get(do, 0)
    if 0 <= other < len(rules):
        rules[number], rules[other] = rules[other], rules[number]
        return {number: other, other: number}.get(opened, opened) if opened is not None else None
    return opened


def _try(request: Page, draft: Draft) -> Mapping[str, Any]:
    """What the draft would do with these facts, with its explanation."""
    data = request.POST
    node = category(_number(data.get("try_category_id")))
    facts = Facts(
        category_ids=node.path if node else (),
        service_id=_number(data.get("try_service_id")),
        organisation_ids=above(_number(data.get("try_organisation_id"))),
        kind=data.get("try_kind", Kind.INCIDENT),
        channel=data.get("try_channel", ""),
        text=data.get("try_text", ""),
        is_vip=bool(data.get("try_vip")),
    )
    try:
        routing = routing_from(draft.version, draft.body)
        found = route(routing, facts, candidates_for(routing), Names(open_teams.get()))
    except AllclearError as error:
        return {"error": localised(error.message)}
    steps = [
        {"text": localised(s.text), "detail": localised(s.because), "matched": s.matched} for s in found.trace.steps
    ]
    return {"summary": localised(found.trace.summary), "steps": steps}


def _page(request: Page, draft: Draft, opened: int | None, *, tried: Mapping[str, Any] | None = None) -> HttpResponse:
    names = team_names.get()
    rules: list[Rule] = list(draft.body.get("rules", []))
    shown = [
        {**rule, "team": names.get(rule.get("team_id") or 0, _("no team yet")), "when": _when(rule)} for rule in rules
    ]
    is_open = opened is not None and opened < len(rules)
    context = {
        "draft": draft,
        "rules": shown,
        "rules_json": json.dumps(rules),
        "opened": opened if is_open else None,
        "rule": rules[opened] if is_open and opened is not None else None,
        "words": ", ".join(rules[opened].get("words", [])) if is_open and opened is not None else "",
        "fallback": draft.body.get("fallback_team_id"),
        "tried": tried,
        "given": request.POST,
        "back": reverse("admin_area:policies"),
        "back_label": _("Policies"),
        **_offers(request, rules[opened] if is_open and opened is not None else {}),
    }
    return render(request, "admin_area/routing.html", context, status=draft.status)


def _offers(request: Page, rule: Rule) -> dict[str, Any]:
    team = rule.get("team_id")
    staff = User.objects.filter(memberships__team=team, is_active=True) if team else User.objects.none()
    return {
        "teams": choices.teams(keep=team),
        "categories": choices.categories(),
        "services": choices.services(request.viewer),
        "organisations": choices.organisations(request.viewer),
        "kinds": [(str(k), localised(label(k))) for k in Kind],
        "channels": [(str(c), localised(label(c))) for c in Channel],
        "skills": [(name, name) for __, name in choices.skills()],
        "impacts": choices.impacts(),
        "urgencies": choices.urgencies(),
        "people": [("", _("The team decides")), ("least_loaded", _("Who has the least open"))]
        + [(str(pk), name) for pk, name in staff.values_list("pk", "name")],
        "has_teams": Team.objects.filter(is_active=True).exists(),
    }


def _when(rule: Rule) -> str:
    """The conditions of a rule, one sentence."""
    parts = []
    if keys := rule.get("category_ids"):
        parts.append(_("category {names}").format(names=_either([n.label for k in keys if (n := category(k))])))
    if count := len(rule.get("service_ids", ())):
        parts.append(ngettext("one service", "one of {count} services", count).format(count=count))
    if count := len(rule.get("organisation_ids", ())):
        parts.append(ngettext("one organisation", "one of {count} organisations", count).format(count=count))
    parts += [", ".join(localised(label(v)) for v in rule[name]) for name in ("kinds", "channels") if rule.get(name)]
    if rule.get("words"):
        parts.append(_("says {words}").format(words=_either(rule["words"])))
    if rule.get("vip_only"):
        parts.append(_("VIP"))
    return (
        reduce(lambda one, more: _("{one} and {more}").format(one=one, more=more), parts) if parts else _("everything")
    )


def _either(names: list[str]) -> str:
    """ "Mail or Network"."""
    return reduce(lambda one, other: _("{one} or {other}").format(one=one, other=other), names) if names else ""
