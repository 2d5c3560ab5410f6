"""Who is on call for a team, in few words: for the side bar, and beside an incident or a service.

Kept in the process for a minute, and no longer than the schedules stay as they are: every page asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from allclear.accounts.permissions import Viewer
from allclear.kernel.generation import CachedBy
from allclear.oncall.models import Schedule
from allclear.oncall.rota import OnCall, now_and_next
from allclear.web.templatetags._words import short_words

MOST = 3  # schedules in the side bar
_Key = tuple[datetime, frozenset[int]]


def _load(key: _Key) -> list[OnCall]:
    minute, teams = key
    rows = Schedule.objects.filter(team__in=teams, is_active=True).order_by("name", "pk")[:MOST]
    return now_and_next(rows, minute)


_kept: CachedBy[_Key, list[OnCall]] = CachedBy(_load, at_most=500)


def on_call_for(teams: Iterable[int], now: datetime) -> list[OnCall]:
    """At most three schedules of these teams, as they stand in this minute."""
    asked = frozenset(teams)
    return _kept.get((now.replace(second=0, microsecond=0), asked)) if asked else []


def nav_on_call(viewer: Viewer, now: datetime) -> list[dict[str, Any]]:
    """The entries of the side bar."""
    if not viewer.may("oncall.read"):
        return []
    found = []
    for one in on_call_for(viewer.team_ids, now):
        names = ", ".join(turn.name for turn in one.now)
        label = names or _("Nobody")
        until = _("until {at}").format(at=_at(one.now[0].ends_at, now)) if one.now else ""
        detail = " · ".join(filter(None, (until, one.schedule.name)))
        url = reverse("schedules:schedule", args=[one.schedule.pk])
        found.append({"name": names or "?", "label": label, "detail": detail, "url": url})
    return found


def on_call_lines(viewer: Viewer, team_id: int | None, now: datetime) -> list[dict[str, Any]]:
    """One sentence for each schedule of a team: "Ana until 18:00, then Ben"."""
    if team_id is None or not viewer.may("oncall.read"):
        return []
    return [
        {
            "name": one.schedule.name,
            "url": reverse("schedules:schedule", args=[one.schedule.pk]),
            "text": _sentence(one, now),
            "is_hole": not one.now,
        }
        for one in on_call_for([team_id], now)
    ]


def _sentence(one: OnCall, now: datetime) -> str:
    following = ", ".join(turn.name for turn in one.next)
    if not one.now:
        since = _at(one.next[0].starts_at, now) if one.next else ""
        if not following:
            return _("nobody")
        return _("nobody; {names} from {at}").format(names=following, at=since)
    names, until = ", ".join(turn.name for turn in one.now), _at(min(turn.ends_at for turn in one.now), now)
    if not following:
        return _("{names} until {at}").format(names=names, at=until)
    return _("{names} until {at}, then {following}").format(names=names, at=until, following=following)


def _at(at: datetime, now: datetime) -> str:
    """In the viewer's zone, as short as it can be understood."""
    return str(short_words(timezone.localtime(at), now))
