"""The editor of the retention policy: general spans, exceptions in order, and a count of what would be erased.

The whole policy travels in the form as JSON, as the routing rules do; every button posts it, and no script is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from allclear.domain.retention import Part, retention_from
from allclear.domain.terms import BaseClass, Kind, label
from allclear.incidents.retention import Preview, preview
from allclear.kernel.errors import AllclearError
from allclear.web import choices
from allclear.web.admin.policies import Draft
from allclear.web.admin.spans import PARTS
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

Rule = dict[str, Any]
HELP = {
    Part.TEXTS: gettext_lazy("Title, description, answers, resolution, reasons, tasks"),
    Part.FILES: gettext_lazy("With their names"),
}
_KEYS = ("category_ids", "organisation_ids", "priorities")


@signed_in
def edit(request: Page) -> HttpResponse:
    """Show the spans, change them or an exception, count what would go, and save a new version."""
    request.viewer.require("policy.change")
    if request.method != "POST":
        return _page(request, Draft.to_edit("retention", request.GET.get("version", "")), None)
    draft, opened = _posted(request.POST)
    do, _sign, number = request.POST.get("do", "").partition(":")
    if do == "save":
        if draft.save(request):
            return redirect("admin_area:policies")
        return _page(request, draft, opened)
    if do == "try":
        return _page(request, draft, opened, tried=_try(request, draft))
    return _page(request, draft, _rearrange(draft, do, int(number) if number.isdigit() else -1, opened))


def _posted(data: QueryDict) -> tuple[Draft, int | None]:
    """The draft with the general spans and the fields of the open exception put into it."""
    try:
        rules = [dict(rule) for rule in json.loads(data.get("rules") or "[]")]
    except (ValueError, TypeError):
        rules = []
    opened = _number(data.get("opened"))
    if opened is not None and opened < len(rules):
        rules[opened] = _rule(data)
    body = {"rules": rules, "keep_days": _days(data, "keep")}
    return Draft("retention", body, _number(data.get("version")) or 0, data.get("note", "")), opened


def _rule(data: QueryDict) -> Rule:
    rule: Rule = {"name": data.get("rule_name", "").strip(), "keep_days": _days(data, "rule_keep")}
    for name in _KEYS:
        rule[name] = [int(key) for key in data.getlist(f"rule_{name}") if key.isdigit()]
    for name, known in (("kinds", Kind), ("base_classes", BaseClass)):
        rule[name] = [value for value in data.getlist(f"rule_{name}") if value in set(known)]
    return {name: value for name, value in rule.items() if value or name in ("name", "keep_days")}


def _days(data: QueryDict, prefix: str) -> dict[str, Any]:
    """Days as they were typed: what is no number stays as it is, so that the policy's own reader complains of it."""
    found: dict[str, Any] = {}
    for part in Part:
        text = data.get(f"{prefix}_{part}", "").strip()
        found[str(part)] = None if not text else int(text) if text.isascii() and text.isdigit() else text
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None


def _rearrange(draft: Draft, do: str, number: int, opened: int | None) -> int | None:
    """Do what a button of the list says; gives the exception that is open afterwards."""
    rules: list[Rule] = draft.body["rules"]
    if do == "add":
        name = _("Exception {number}").format(number=len(rules) + 1)
        rules.append({"name": name, "keep_days": dict(draft.body["keep_days"])})
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
    """What the draft would erase if it were in force now."""
    try:
        found = preview(request.viewer, retention_from(draft.version, draft.body), request.now)
    except AllclearError as error:
        return {"error": localised(error.message)}
    parts = [(PARTS[part.part], part) for part in found.parts if part.rows]
    return {"found": found, "parts": parts, "summary": _summary(found)}


def _summary(found: Preview) -> str:
    count = found.incidents
    if not count:
        return _("It would erase nothing now.")
    text = ngettext("It would erase words of {count} incident.", "It would erase words of {count} incidents.", count)
    return text.format(count=f"{count:,}")


def _spans_in_short(rule: Rule) -> str:
    """What an exception does, in one line."""
    days = {PARTS[Part(part)]: value for part, value in rule.get("keep_days", {}).items() if value is not None}
    if not days:
        return _("everything is kept for ever")
    return ", ".join(_("{part}: {days} days").format(part=part, days=value) for part, value in days.items())


def _fields(prefix: str, keep_days: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": f"{prefix}_{p}", "label": text, "help": HELP.get(p, ""), "value": _shown(keep_days.get(p))}
        for p, text in PARTS.items()
    ]


def _shown(days: Any) -> str:
    return "" if days is None else str(days)


def _page(request: Page, draft: Draft, opened: int | None, *, tried: Mapping[str, Any] | None = None) -> HttpResponse:
    rules: list[Rule] = list(draft.body.get("rules", []))
    rule = rules[opened] if opened is not None and opened < len(rules) else None
    context = {
        "draft": draft,
        "fields": _fields("keep", draft.body.get("keep_days", {})),
        "rules": [{**one, "when": _when(one), "then": _spans_in_short(one)} for one in rules],
        "rules_json": json.dumps(rules),
        "opened": opened if rule is not None else None,
        "rule": rule,
        "rule_fields": _fields("rule_keep", rule["keep_days"]) if rule else (),
        "tried": tried,
        "back": reverse("admin_area:policies"),
        "back_label": _("Policies"),
        "kinds": [(str(k), localised(label(k))) for k in Kind],
        "base_classes": [(str(b), localised(label(b))) for b in BaseClass],
        "priorities": [(p, f"P{p}") for p in range(1, 6)],
        "categories": choices.categories() if rule else (),
        "organisations": choices.organisations(request.viewer) if rule else (),
    }
    return render(request, "admin_area/retention.html", context, status=draft.status)


_ASKED = {
    "kinds": gettext_lazy("kind"),
    "base_classes": gettext_lazy("base class"),
    "priorities": gettext_lazy("priority"),
    "category_ids": gettext_lazy("category"),
    "organisation_ids": gettext_lazy("organisation"),
}


def _when(rule: Rule) -> str:
    asked = [str(text) for name, text in _ASKED.items() if rule.get(name)]
    return _("by {conditions}").format(conditions=", ".join(asked)) if asked else _("every incident")
