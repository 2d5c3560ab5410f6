"""The rules about alerts as they are in force, in words, and what one alert would meet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render

from allclear.accounts.models import User
from allclear.alerts.models import Alert
from allclear.catalog.models import PolicyVersion
from allclear.catalog.policies import body_of
from allclear.domain.alerts.rule_bodies import rules_from
from allclear.web.alert_rules import trying, words
from allclear.web.alert_rules.editing import KIND
from allclear.web.alerts.places import tabs, url_of
from allclear.web.http import Page, signed_in

MINUTE = timedelta(minutes=1)
LOOKED_AT = 10_000  # of the newest alerts, to say how many each rule decided


@signed_in
def index(request: Page) -> HttpResponse:
    """The list, the version, and who made it."""
    request.viewer.require("alert.read")
    version, body = body_of(KIND)
    row = PolicyVersion.objects.filter(kind=KIND, version=version).first()
    rules: list[Mapping[str, Any]] = list(body.get("rules") or ())
    read = rules_from(version, body)
    context = {
        "lines": _lines(rules, request.now),
        "version": version,
        "row": row,
        "author": User.objects.filter(pk=row.author_id or 0).values_list("name", flat=True).first() if row else None,
        "storm": read.storm,
        "flapping": read.flapping,
        "storm_minutes": int(read.storm.within / MINUTE),
        "flapping_minutes": int(read.flapping.within / MINUTE),
        "may_change": request.viewer.may("policy.change"),
        "recent": trying.recent_alerts(request.now),
        "tabs": tabs(request, "alerts:rules"),
        "alerts_url": url_of("alerts:index"),
    }
    return render(request, "alert_rules/index.html", context)


def _lines(rules: list[Mapping[str, Any]], now: datetime) -> list[dict[str, Any]]:
    names = words.Names(rules)
    decided = dict(
        Alert.objects.filter(pk__in=Alert.objects.order_by("-id").values("pk")[:LOOKED_AT])
        .exclude(rule="")
        .order_by()
        .values_list("rule")
        .annotate(n=Count("pk"))
    )
    return [
        {
            "rule": rule,
            "state": words.state_of(rule),
            "when": words.when(rule, names),
            "does": words.sentence(rule, names),
            "decided": decided.get(str(rule.get("name")), 0),
            "is_over": bool((ends := words.instant(rule.get("expires_at"))) and ends <= now),
        }
        for rule in rules
    ]
