"""The policies of Harbour & Pine, as versions: priority matrix and routing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allclear.accounts.permissions import Viewer
from allclear.catalog.actions import change_policy
from allclear.catalog.models import Category, Service
from allclear.catalog.policies import body_of
from allclear.config.demo.people import People
from allclear.domain.priority import DEFAULT_MATRIX
from allclear.slas.actions.calendars import add_calendar

# rule | team | categories (semicolons) | other conditions and choices as key=value, commas inside a value with "+"
ROUTING = """
Security first | security | Security | person=least_loaded, skill=forensics
Suspicious mail, by its words | security | | words=phishing+suspicious mail+gift card scam, set_category=Security / Phishing / Received only
VIP at their desk | workplace | Workplace | vip_only=yes, person=least_loaded, skill=macOS
Card payment | stores | Store / Card terminal | person=least_loaded, skill=card terminals, max_load=6
Brightwater front desk | stores | | services=Hotel front desk (Brightwater)
Store equipment | stores | Store | person=least_loaded, skill=tills, max_load=8
Networks | network | Network |
Shop and orders | commerce | Applications / Online shop; Applications / Order flow | person=least_loaded, skill=Kubernetes, max_load=5
ERP, payroll, warehouse | business | Applications / ERP; Applications / Payroll; Applications / Warehouse control | person=least_loaded, skill=ERP
Databases and data | data | Infrastructure / Database; Infrastructure / Backup; Infrastructure / Storage; Applications / Data warehouse | person=least_loaded, skill=PostgreSQL
Power, cooling | network | Infrastructure |
Desks and devices | workplace | Workplace; Applications / E-mail and calendar |
Requests for something new | workplace | | kinds=service_request
"""


def routing_body(
    people: People, categories: Mapping[str, Category], services: Mapping[str, Service]
) -> Mapping[str, Any]:
    """The routing rules with the keys of the rows; what no rule matches is the service desk's."""
    rules = []
    for line in ROUTING.strip().splitlines():
        name, team, under, rest = (part.strip() for part in line.split("|"))
        given = dict(pair.strip().split("=", 1) for pair in rest.split(", ") if pair.strip())
        rule: dict[str, Any] = {"name": name, "team_id": people.teams[team].pk}
        if under:
            rule["category_ids"] = [categories[path.strip()].pk for path in under.split(";")]
        if "services" in given:
            rule["service_ids"] = [services[given["services"]].pk]
        for key in ("words", "kinds"):
            if key in given:
                rule[key] = given[key].split("+")
        if "set_category" in given:
            rule["set_category_id"] = categories[given["set_category"]].pk
        rule |= {key: given[key] for key in ("person", "skill") if key in given}
        rule |= {"max_load": int(given.get("max_load", 0)), "vip_only": "vip_only" in given}
        rules.append(rule)
    return {"rules": rules, "fallback_team_id": people.teams["desk"].pk}


def first_policies(viewer: Viewer, routing: Mapping[str, Any], now: datetime) -> None:
    """What was in force when the company began."""
    matrix = {**DEFAULT_MATRIX, "vip_raises_urgency": False}
    _next(viewer, "priority_matrix", matrix, "Go-live: a VIP weighs like anybody else", now)
    early = {**routing, "rules": [rule for rule in routing["rules"] if "words" not in rule]}
    _next(viewer, "routing", early, "Go-live", now)


def vip_policy(viewer: Viewer, now: datetime) -> None:
    note = "Agreed with the board: a VIP's urgency counts one level more"
    _next(viewer, "priority_matrix", {**DEFAULT_MATRIX, "vip_raises_urgency": True}, note, now)


def phishing_rule(viewer: Viewer, routing: Mapping[str, Any], now: datetime) -> None:
    _next(viewer, "routing", routing, "Phishing by its words too: a report had lain with the service desk", now)


def calendars(viewer: Viewer, now: datetime) -> None:
    """Which time counts: office hours in Berlin, with the half days of December, and always."""
    half_days = [
        {"first": f"{now:%Y}-12-{day}", "name": name, "hours": [{"from": "08:00", "to": "12:00"}], "repeats": True}
        for day, name in ((24, "Christmas Eve"), (31, "New Year's Eve"))
    ]
    office = {
        "zone": "Europe/Berlin",
        "week": [
            {"days": [1, 2, 3, 4], "from": "08:00", "to": "17:00"},
            {"days": [5], "from": "08:00", "to": "15:30"},
        ],
        "holidays": [{"country": "DE", "region": "HH"}],
        "special_days": half_days,
    }
    add_calendar(viewer, {"name": "Office hours Hamburg", "body": office, "note": "Go-live"}, now=now)
    always = {"zone": "Europe/Berlin", "is_always": True}
    add_calendar(viewer, {"name": "Around the clock", "body": always, "note": "Go-live"}, now=now)


def _next(viewer: Viewer, kind: str, body: Mapping[str, Any], note: str, now: datetime) -> None:
    change_policy(viewer, kind, body, note=note, expected_version=body_of(kind)[0], now=now)
