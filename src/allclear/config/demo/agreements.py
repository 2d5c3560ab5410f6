"""What was promised at Harbour & Pine: to the stores and offices, between the teams, and by the carrier."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.config.demo import escalation
from allclear.config.demo.stage import Stage
from allclear.incidents.actions import fire
from allclear.incidents.models import SlaClock
from allclear.oncall.models import EscalationPolicy
from allclear.slas.actions.agreements import add_agreement, change_agreement
from allclear.slas.models import BusinessCalendar

Target = dict[str, Any]
OFFICE, ALWAYS = "Office hours Hamburg", "Around the clock"
# priority: minutes until somebody owns it, minutes until it is solved, calendar
PROMISED = {
    1: (15, 4 * 60, ALWAYS),
    2: (30, 8 * 60, ALWAYS),
    3: (2 * 60, 16 * 60, OFFICE),
    4: (4 * 60, 40 * 60, OFFICE),
    5: (8 * 60, 80 * 60, OFFICE),
}
WARN, LEAD = {"do": "warn_assignee"}, {"do": "tell_lead"}
MOST_THRESHOLDS = 5000  # that one instant of a story can make due


def prepare(stage: Stage) -> None:
    """Three agreements from the company's first days; the one with the customers was made stricter once."""
    began = stage.now - timedelta(days=198)
    calendars = dict(BusinessCalendar.objects.values_list("name", "pk"))
    duty = EscalationPolicy.objects.get(name=escalation.LAST_RESORT).pk
    first = {**PROMISED, 1: (30, 6 * 60, ALWAYS)}
    shops = add_agreement(SYSTEM_VIEWER, _shops(first, calendars, duty), now=began)
    tighter = {"targets": _shops(PROMISED, calendars, duty)["targets"], "note": "The stores asked for faster help"}
    change_agreement(SYSTEM_VIEWER, shops.pk, tighter, now=began + timedelta(days=90))
    add_agreement(SYSTEM_VIEWER, _second_line(stage, calendars), now=began)
    add_agreement(SYSTEM_VIEWER, _carrier(stage, calendars), now=began)


def _shops(promised: dict[int, tuple[int, int, str]], calendars: dict[str, int], duty: int) -> dict[str, Any]:
    targets = []
    for priority, (response, resolution, calendar) in promised.items():
        more = {"calendar_id": calendars[calendar], "when": {"priorities": [priority]}}
        lead = {"percent": 100, "actions": [LEAD]}
        warn = {"percent": 75, "actions": [WARN]}
        page = [{"percent": 90, "actions": [{"do": "escalate", "policy_id": duty}]}] if priority == 1 else []
        targets += [
            _target(f"P{priority} response", "response", response, thresholds=[warn, lead], **more),
            _target(
                f"P{priority} resolution", "resolution", resolution, pauses=["requester"],
                thresholds=[warn, *page, lead], **more,
            ),
        ]  # fmt: skip
    text = "Signed by the heads of the stores and the head office; kept in the document archive."
    return {"name": "Stores and offices", "description": text, "targets": targets, "note": "Go-live"}


def _second_line(stage: Stage, calendars: dict[str, int]) -> dict[str, Any]:
    teams = sorted(stage.people.teams[key].pk for key in ("workplace", "network", "stores", "business"))
    elena = {"do": "tell_person", "user_id": stage.user("elena.marchetti")}
    thresholds = [{"percent": 80, "actions": [LEAD]}, {"percent": 100, "actions": [LEAD, elena]}]
    more = {"calendar_id": calendars[OFFICE], "pauses": ["requester", "supplier"], "thresholds": thresholds}
    urgent = _target("P1 and P2", "resolution", 6 * 60, when={"priorities": [1, 2]}, **more)
    rest = _target("All others", "resolution", 24 * 60, **more)
    return {"name": "Second line", "kind": "ola", "party_ids": teams, "targets": [urgent, rest], "note": "Go-live"}


def _carrier(stage: Stage, calendars: dict[str, int]) -> dict[str, Any]:
    thresholds = [{"percent": 75, "actions": [WARN]}, {"percent": 100, "actions": [LEAD]}]
    more = {"calendar_id": calendars[ALWAYS], "thresholds": thresholds}
    lines = _target("Line down", "resolution", 4 * 60, when={"priorities": [1, 2]}, **more)
    return {
        "name": "Westline lines and routers",
        "kind": "uc",
        "party_ids": [stage.people.organisations["Westline Networks"].pk],
        "targets": [lines, _target("All else", "resolution", 12 * 60, **more)],
        "penalty": {"currency": "EUR", "per_breach": "250.00", "per_hour": "25.00", "cap": "2000.00"},
        "note": "Contract of the spring",
    }


def _target(key: str, metric: str, minutes: int, **more: Any) -> Target:
    return {"key": key, "metric": metric, "minutes": minutes, **more}


def catch_up(now: datetime) -> None:
    """What the engine would have done by `now`: thresholds in order, and between them the steps of who is paged."""
    for _ in range(MOST_THRESHOLDS):
        row = SlaClock.objects.filter(next_at__lte=now).order_by("next_at", "pk").first()
        if row is None or row.next_at is None:
            break
        escalation.catch_up(row.next_at)
        if not fire.fire([row.pk], row.next_at):
            break
    escalation.catch_up(now)
