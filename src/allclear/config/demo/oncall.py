"""Who is on call at Harbour & Pine: four schedules, what changes them in the coming days, and how people are reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from allclear.accounts.models import User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.config.demo.people import People
from allclear.notifications.models import ContactMethod
from allclear.oncall.actions.freezing import freeze
from allclear.oncall.actions.schedules import add_leave, add_override, add_schedule
from allclear.oncall.actions.swaps import ask_swap
from allclear.oncall.models import Schedule

WITHOUT_CONTACT = "devon.clarke"  # so that the coverage page has something to find
ON_CALL = (
    "soren.agard", "amara.okafor", "lukasz.wisniewski", "beatriz.castro", "nils.brandt", "mei.tan", "adrian.stoica",
    "freya.lindqvist", "yusuf.demir", "chloe.gagnon", "viktor.hale", "noor.haddad", "elena.marchetti", "rita.moreira",
    "katrin.vogel", "westline.noc", "ines.carvalho", "tom.akeley", "jonas.petersen",
)  # fmt: skip


def make_schedules(staff: People, began: datetime, now: datetime) -> dict[str, Schedule]:
    """The schedules by the key of their team; their past is written down up to now."""
    reach(staff, began)
    made = {
        "network": _network(staff, began),
        "commerce": _commerce(staff, began),
        "stores": _stores(staff, began),
        "security": _security(staff, began),
    }
    for row in made.values():
        freeze(row.pk, now)
    _changes(staff, made, now)
    return made


def reach(staff: People, began: datetime) -> None:
    """Everybody on call has an e-mail address that they have confirmed; `.example` addresses reach nobody."""
    for key in ON_CALL:
        user = staff.users[key]
        ContactMethod.objects.create(
            user=user, kind="email", address={"email": user.email}, created_at=began, verified_at=began
        )


def _network(staff: People, began: datetime) -> Schedule:
    """Follow the sun: whoever is in the office is on call, and the rest of the day is shared by the week."""
    day = _hours("08:00", "18:00")
    layers = [
        _layer(staff, "Nights and week-ends", began, ["soren.agard", "amara.okafor"], kind="weekly"),
        _layer(staff, "Day, Hamburg", began, ["soren.agard", "jonas.petersen"], rank=1, restrictions=[day]),
    ]
    return _add(staff, "Network on call", "network", layers, began, country="DE", region="HH")


def _commerce(staff: People, began: datetime) -> Schedule:
    """Three offices, eight hours each."""
    turns = (("Singapore", "mei.tan", "02:00", "10:00"), ("Hamburg", "adrian.stoica", "10:00", "18:00"))
    layers = [
        _layer(staff, place, began, [key], restrictions=[_hours(start, end, range(7))])
        for place, key, start, end in turns
    ]
    night = ["freya.lindqvist", "adrian.stoica"]
    layers.append(
        _layer(staff, "Evenings", began, night, kind="weekly", restrictions=[_hours("18:00", "02:00", range(7))])
    )
    layers.append(_layer(staff, "Learning", began, ["yusuf.demir"], is_shadow=True))
    return _add(staff, "Commerce, follow the sun", "commerce", layers, began, country="DE", region="HH")


def _stores(staff: People, began: datetime) -> Schedule:
    """Shop hours only, Monday to Saturday: the nights are holes, as the coverage page says."""
    people = ["lukasz.wisniewski", "beatriz.castro", "nils.brandt", WITHOUT_CONTACT]
    layers = [_layer(staff, "Shop hours", began, people, restrictions=[_hours("07:00", "22:00", range(6))])]
    return _add(staff, "Store systems", "stores", layers, began, country="DE")


def _security(staff: People, began: datetime) -> Schedule:
    layers = [_layer(staff, "Duty officer", began, ["viktor.hale", "noor.haddad"], kind="weekly")]
    return _add(staff, "Security duty officer", "security", layers, began, country="DE", region="HH")


def _changes(staff: People, made: dict[str, Schedule], now: datetime) -> None:
    """An override and a leave in the coming days, and a swap that waits for an answer."""
    evening = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    soren, amara = staff.users["soren.agard"], staff.users["amara.okafor"]
    values = {
        "schedule_id": made["network"].pk,
        "kind": "only",
        "people": [amara.pk],
        "starts_at": evening,
        "ends_at": evening + timedelta(hours=10),
        "reason": "Parents' evening",
    }
    add_override(viewer_for(soren.pk), values, now=now)
    viktor = staff.users["viktor.hale"]
    span = {"starts_at": now + timedelta(days=1), "ends_at": now + timedelta(days=20)}
    ask_swap(viewer_for(viktor.pk), {"schedule_id": made["security"].pk, **span, "note": "Half marathon"}, now=now)
    lukasz = staff.users["lukasz.wisniewski"]
    away = {"starts_at": now + timedelta(days=9), "ends_at": now + timedelta(days=16), "note": "Holidays"}
    add_leave(viewer_for(lukasz.pk), away, now=now)


def _add(
    staff: People, name: str, team: str, layers: Sequence[dict[str, Any]], began: datetime, **more: Any
) -> Schedule:
    values = {"name": name, "team_id": staff.teams[team].pk, "time_zone": "Europe/Berlin", "layers": list(layers)}
    return add_schedule(SYSTEM_VIEWER, {**values, **more}, now=began)


def _layer(
    staff: People, name: str, began: datetime, people: Sequence[str], *, kind: str = "daily", **more: Any
) -> dict[str, Any]:
    users: list[User] = [staff.users[key] for key in people]
    monday = began - timedelta(days=began.weekday())
    start = monday.replace(hour=8, minute=0, second=0, microsecond=0).isoformat()
    rotation = {"kind": kind, "length": 1, "start": start, "members": [[user.pk] for user in users]}
    return {"name": name, "rotation": rotation, **more}


def _hours(start: str, end: str, days: Sequence[int] = range(5)) -> dict[str, Any]:
    return {"kind": "daily_hours", "days": list(days), "start": start, "end": end}
