"""What keeps alerts quiet, in words: its matchers, when, by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from allclear.accounts.models import User
from allclear.alerts.models import Inhibition, MaintenanceWindow, Silence
from allclear.domain.alerts.matchers import Matcher
from allclear.domain.oncall.wallclock import is_zone
from allclear.web.alert_rules.conditions import both, in_words
from allclear.web.quiet import recurrence

MORNING = time(8)
SPANS = {
    "1h": gettext_lazy("1 h"),
    "4h": gettext_lazy("4 h"),
    "morning": gettext_lazy("until tomorrow morning"),
    "week": gettext_lazy("1 week"),
}
OPERATORS = {
    "=": gettext_lazy("is"),
    "!=": gettext_lazy("is not"),
    "=~": gettext_lazy("fits the pattern"),
    "!~": gettext_lazy("does not fit the pattern"),
}


def end_of(span: str, now: datetime) -> datetime | None:
    """When a span that begins now ends: tomorrow morning is 08:00 by the reader's clock; None: no such span."""
    if span == "morning":
        local = timezone.localtime(now)
        day = local.date() + timedelta(days=local.time() >= MORNING)
        return timezone.make_aware(datetime.combine(day, MORNING))
    spans = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "week": timedelta(days=7)}
    return now + spans[span] if span in spans else None


def matcher_texts(matchers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Each as `name="value"`."""
    return [str(matcher_of(one)) for one in matchers]


def matcher_of(one: Mapping[str, Any]) -> Matcher:
    return Matcher(
        str(one.get("name", "")), str(one.get("value", "")), bool(one.get("isRegex")), bool(one.get("isEqual", True))
    )


def window_words(row: MaintenanceWindow) -> str:
    """When it is in force, by the wall of its zone."""
    zone = zone_of(row.time_zone)
    until = row.until.astimezone(zone) if row.until else None
    said = recurrence.in_words(row.repeats, row.starts_at.astimezone(zone), row.ends_at.astimezone(zone), until)
    if row.time_zone != str(timezone.get_current_timezone()):
        return _("{when} ({zone})").format(when=said, zone=row.time_zone)
    return said


def scope_words(row: MaintenanceWindow) -> str:
    """What it covers."""
    names = [one.name for one in row.services.all()] + [one.name for one in row.cis.all()]
    shown = both(names[:5])
    if len(names) > 5:
        shown = _("{names} and {count} more").format(names=", ".join(names[:5]), count=len(names) - 5)
    if not row.with_dependents:
        return shown
    text = ngettext("{names}, and what stands on it", "{names}, and what stands on them", len(names))
    return text.format(names=shown)


def inhibition_words(row: Inhibition) -> str:
    """The whole of it as one sentence."""
    text = _("While an alert is open of which {cause}, those stay quiet of which {effect}")
    said = text.format(cause=in_words(row.cause), effect=in_words(row.effect))
    if row.equal:
        said = _("{sentence}, with the same {labels}").format(sentence=said, labels=both(list(row.equal)))
    return f"{said}."


def authors(rows: Iterable[Silence | MaintenanceWindow | Inhibition]) -> dict[int, str]:
    """The names of those who made them."""
    keys = {row.created_by_id for row in rows if row.created_by_id}
    return dict(User.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name if is_zone(name) else "UTC")
