"""Example data for the page that shows every component. Names and numbers are made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from allclear.web.http import Page, signed_in

from .templatetags._icons import drawings

NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)


def _before(**span: float) -> datetime:
    return NOW - timedelta(**span)


class HoldForm(forms.Form):
    """A short form with every kind of control."""

    reason = forms.ChoiceField(
        choices=[
            ("", "Choose a reason"),
            ("requester", "Waiting for the requester"),
            ("supplier", "Waiting for a supplier"),
        ],
        help_text="The reason decides which clocks pause.",
    )
    until = forms.DateTimeField(required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    comment = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), help_text="The requester reads this.")
    impact = forms.ChoiceField(
        choices=[("person", "One person"), ("team", "A team"), ("site", "A site")],
        widget=forms.RadioSelect,
        initial="team",
    )
    tell = forms.BooleanField(required=False, label="Tell the requester now", initial=True)
    requester = forms.CharField(help_text="Name, e-mail or phone number.")


def _row(
    number: int,
    title: str,
    sub: str,
    priority: int,
    status: str,
    label: str,
    assignee: str,
    promise: tuple[str, str, str, int, str],
    minutes: int,
    unread: bool = False,
) -> dict[str, Any]:
    before, left, after, used, level = promise
    return {
        "number": f"INC{number:07}",
        "title": title,
        "sub": sub,
        "priority": priority,
        "status": status,
        "status_label": label,
        "assignee": assignee,
        "promise": {"before": before, "left": left, "after": after, "used": used, "level": level},
        "logged_at": _before(minutes=minutes),
        "unread": unread,
    }


_ROWS: tuple[tuple[Any, ...], ...] = (
    (41207, "Checkout fails for all shops: payment gateway times out",
     "Online shop · 14 reports · from Alertmanager", 1, "in_progress", "", "Rosa Kern",
     ("Resolve in", "0:38", "of 4 h", 84, "breach"), 185, True),
    (41219, "VPN drops every few minutes, Lyon site",
     "Remote access · C. Moreau · portal · 6 similar open", 2, "assigned", "", "Anna Lind",
     ("Respond in", "0:12", "of 30 min", 62, "warn"), 18, True),
    (41198, "Disk full expected 17:20 on db-7",
     "Order database · impending, no impact yet · Prometheus", 2, "new", "", "",
     ("Respond in", "0:21", "of 30 min", 30, "ok"), 9),
    (41185, "Shared printer on floor 3 does not print",
     "Printing · J. Ortega · phone · 2nd time this month", 3, "on_hold", "On hold: requester", "Mei Sato",
     ("Paused,", "5:10", "left of 8 h", 36, "paused"), 1500),
    (41102, "Second screen flickers after docking",
     "Workplace · P. Novak · chat", 4, "in_progress", "", "Tom Berg",
     ("Resolve", "Wed 16:00", "", 40, "ok"), 2900),
    (41077, "Meeting room panel shows wrong time",
     "Rooms · Lisbon office · walk-up", 5, "resolved", "", "Tom Berg",
     ("Met,", "3:40", "of 16 h", 23, "ok"), 3000),
)  # fmt: skip


def _trace() -> list[dict[str, Any]]:
    return [
        {"matched": False, "text": 'Rule "Payment services"', "detail": "service is Remote access, not Online shop"},
        {"matched": True, "text": 'Rule "Remote access"', "detail": "service is Remote access: team Network"},
        {"matched": None, "text": "2 later rules were not looked at"},
    ]


def _entries() -> list[dict[str, Any]]:
    return [
        {
            "id": 1,
            "kind": "public",
            "at": _before(minutes=18),
            "actor": "Claire Moreau",
            "summary": "reported through the portal",
            "body": "Since this morning the VPN disconnects every three to five minutes for all of us in Lyon. "
            "Reconnecting helps for a moment.",
        },
        {
            "id": 2,
            "kind": "system",
            "at": _before(minutes=18),
            "actor": "",
            "icon": "zap",
            "summary": "Priority P2, routed to Network, 6 similar open incidents found",
            "trace": _trace(),
        },
        {
            "id": 3,
            "kind": "public",
            "at": _before(minutes=11),
            "actor": "Anna Lind",
            "summary": "acknowledged after 7 min, asked the requester",
            "body": "Thank you. Are phones on the same network affected too?",
        },
        {
            "id": 4,
            "kind": "internal",
            "at": _before(minutes=2),
            "actor": "Rosa Kern",
            "summary": "internal note, seen by staff only",
            "body": "vpn-gw-2 fails over every 4 min since change CHG0883 at 11:30. Rolling back on the standby first.",
        },
    ]


def _timing() -> dict[str, Any]:
    """Relative times, and the bar of a promise."""
    return {
        "instants": [
            _before(seconds=5),
            _before(minutes=5),
            _before(hours=7),
            _before(days=9),
            NOW + timedelta(minutes=40),
        ],
        "spans": [
            {"kind": "counted", "start": 0, "width": 13, "label": "13:49 to 13:56, counted"},
            {"kind": "paused", "start": 13, "width": 9, "label": "13:56 to 14:08, paused for the requester"},
            {"kind": "counted", "start": 22, "width": 17, "label": "14:08 to now, counted"},
            {"kind": "closed", "start": 52, "width": 30, "label": "Sun 18:00 to Mon 08:00, outside the calendar"},
        ],
        "marks": [
            {"kind": "now", "at": 39, "label": "now"},
            {"kind": "warn", "at": 76, "label": "warning"},
            {"kind": "breach", "at": 97, "label": "breach"},
        ],
        "axis": [
            {"at": 0, "label": "13:49"},
            {"at": 39, "label": "now"},
            {"at": 67, "label": "closed until Mon 08:00", "minor": True},
            {"at": 100, "label": "Mon 11:49"},
        ],
    }


def example_context() -> dict[str, Any]:
    """All that styleguide.html shows; the frame around it comes from the context processor."""
    broken = HoldForm({"comment": "", "impact": "team", "tell": "on"})
    broken.add_error(None, "INC0041219 was resolved a minute ago by A. Lind, so it cannot be put on hold.")
    return {
        "now": NOW,
        "form": HoldForm(initial={"requester": 12}),
        "broken_form": broken,
        "rows": [_row(*values) for values in _ROWS],
        "entries": _entries(),
        "trace": _trace(),
        "statuses": ["new", "assigned", "in_progress", "on_hold", "resolved", "closed", "cancelled"],
        **_timing(),
        "facts": [
            ("Service", "Remote access"),
            ("CI", "vpn-gw-2"),
            ("Affects", "Lyon site, 3 services, about 140 people"),
            ("Change", "CHG0883, today 11:30"),
        ],
        "kinds": [{"value": "public", "label": "Public reply"}, {"value": "internal", "label": "Internal note"}],
        "ranges": [
            {"value": "day", "label": "Day", "url": "#"},
            {"value": "week", "label": "Week", "url": "#"},
            {"value": "month", "label": "Month", "url": "#"},
        ],
        "conflict": [
            {"label": "Assignee", "name": "assignee", "theirs": "A. Lind", "yours": "R. Kern", "chosen": "theirs"},
            {"label": "Urgency", "name": "urgency", "theirs": "High", "yours": "Medium"},
        ],
        "options": [
            {"value": 12, "text": "Claire Moreau", "detail": "Lyon office, Sales"},
            {"value": 31, "text": "Clara Morel", "detail": "Paris, Finance"},
        ],
        "icons": sorted(drawings()),
    }


@signed_in
def styleguide(request: Page) -> HttpResponse:
    """Every component on one page, for those who build screens."""
    request.viewer.require("policy.read")
    return render(request, "styleguide.html", example_context())
