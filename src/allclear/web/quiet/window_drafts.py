"""What the form of a maintenance window holds: as it was typed, as it is stored, and as the verb takes it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from allclear.alerts.models import LIVE, SHADOW, MaintenanceWindow
from allclear.web.http import Page
from allclear.web.quiet import drafting, recurrence, words
from allclear.web.quiet.drafting import Draft

_STORED = ("name", "reason", "change_ref", "time_zone", "with_dependents", "mode")
_TEXTS = (
    "name", "reason", "change_ref", "starts_at", "ends_at", "time_zone", "way", "rule", "until", "mode", "ci_add",
)  # fmt: skip


def posted(data: QueryDict) -> Draft:
    """What was typed; a configuration item that was just chosen joins the others."""
    values = drafting.texts(data, *_TEXTS)
    values["services"] = drafting.keys(data, "services")
    values["cis"] = drafting.keys(data, "cis")
    added = values["ci_add"]
    if added.isascii() and added.isdigit() and len(added) < 12 and int(added) not in values["cis"]:
        values["cis"].append(int(added))
    values["days"] = [day for day in drafting.keys(data, "days") if day < 7]
    values["with_dependents"] = bool(data.get("with_dependents"))
    return Draft(values, version=data.get("version", ""))


def values_of(draft: Draft) -> dict[str, Any]:
    """For the verb; what cannot be read is an error of the draft."""
    given = draft.values
    starts_at, ends_at, until, rule = when_of(draft)
    for name, at in (("starts_at", starts_at), ("ends_at", ends_at)):
        if at is None:
            draft.errors.setdefault(name, _("This is needed."))
    if not given["name"]:
        draft.errors["name"] = _("This is needed.")
    if not given["services"] and not given["cis"]:
        draft.errors["services"] = _("Choose at least one service or configuration item.")
    if rule and until is None:
        draft.errors.setdefault("until", _("Say until when it repeats: nothing stays quiet for ever."))
    return {
        **{name: given[name] for name in ("name", "reason", "change_ref", "services", "cis", "with_dependents")},
        "time_zone": given["time_zone"],
        "starts_at": starts_at,
        "ends_at": ends_at,
        "repeats": rule,
        "until": until if rule else None,
        "mode": given["mode"] if given["mode"] in (LIVE, SHADOW) else LIVE,
    }


def when_of(draft: Draft) -> tuple[datetime | None, datetime | None, datetime | None, str]:
    """Start, end, until and rule, by the wall of the zone that was chosen."""
    zone = words.zone_of(draft.values["time_zone"])
    starts_at = drafting.instant_of(draft, "starts_at", zone)
    ends_at = drafting.instant_of(draft, "ends_at", zone)
    day = starts_at.astimezone(zone).date() if starts_at else None
    rule = recurrence.rule_of(
        recurrence.Repeats(draft.values.get("way", ""), tuple(draft.values["days"]), draft.values.get("rule", "")), day
    )
    until = drafting.instant_of(draft, "until", zone) if rule else None
    if until and len(str(draft.values["until"])) == 10:
        until += timedelta(days=1)  # that day is the last one
    return starts_at, ends_at, until, rule


def beginning(request: Page) -> Draft:
    """A new one: tomorrow night, or the night of `?day=`."""
    zone = words.zone_of(request.viewer.time_zone)
    day = request.now.astimezone(zone).date() + timedelta(days=1)
    given = request.GET.get("day", "")
    with suppress(ValueError):
        day = datetime.fromisoformat(given).date() if given else day
    values = {
        "starts_at": f"{day}T02:00", "ends_at": f"{day}T04:00", "time_zone": request.viewer.time_zone, "way": "",
        "days": [], "with_dependents": True, "services": [], "cis": [], "mode": LIVE,
    }  # fmt: skip
    return drafting.begin(values)


def stored(row: MaintenanceWindow, version: object) -> Draft:
    """One that is there, as the form shows it."""
    zone, repeats = words.zone_of(row.time_zone), recurrence.repeats_of(row.repeats)
    until = (row.until - timedelta(seconds=1)).astimezone(zone).date().isoformat() if row.until else ""
    values = {
        **{name: getattr(row, name) for name in _STORED},
        "starts_at": drafting.local_text(row.starts_at, zone),
        "ends_at": drafting.local_text(row.ends_at, zone),
        "way": repeats.way,
        "days": list(repeats.days),
        "rule": repeats.rule,
        "until": until,
        "services": [one.pk for one in row.services.all()],
        "cis": [one.pk for one in row.cis.all()],
    }  # fmt: skip
    return drafting.begin(values, version)
