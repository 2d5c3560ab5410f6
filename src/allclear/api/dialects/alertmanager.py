"""The read side of Alertmanager's API v2, and its silences: what amtool and dashboards ask for.

Alerts are posted to the same address, but the intake takes those. Errors are a JSON string, as Alertmanager's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from allclear.alerts.actions.silences import add_silence, change_silence, end_silence
from allclear.alerts.models import LIVE, Alert, Silence
from allclear.alerts.quiet import silence_of
from allclear.api.dialects.access import Access, access_of
from allclear.api.dialects.alertmanager_shapes import alert_data, labels_of, silence_data, status_data
from allclear.domain.alerts import holders as rules
from allclear.domain.alerts import regexes
from allclear.domain.alerts.matchers import Matcher, first_misfit, matchers_from, read_matcher
from allclear.kernel import clock
from allclear.kernel.errors import AllclearError, Invalid, NotFound, NotPermitted

MOST = 5_000  # alerts or silences in one answer
KEPT = timedelta(days=5)  # how long ended silences are listed, as long as Alertmanager keeps them
View = Callable[[HttpRequest, Access, str, datetime], Any]


def _views(**by_method: View) -> Callable[..., JsonResponse]:
    """One address: the verbs it knows, who asks, and every error in Alertmanager's form."""

    @csrf_exempt
    def view(request: HttpRequest, key: str = "", name: str = "") -> JsonResponse:
        act = by_method.get(request.method or "")
        if act is None:
            known = ", ".join(sorted(by_method))
            return _error(f"This address knows {known}.", 405)
        try:
            now = clock.now()
            return JsonResponse(act(request, access_of(request, key, now), name, now), safe=False)
        except AllclearError as error:
            return _error(error.message, _status(error))

    return wraps(next(iter(by_method.values())))(view)


def _status(error: AllclearError) -> int:
    if error.code == "unauthenticated":
        return 401
    return 400 if isinstance(error, Invalid) else error.status


def _error(message: str, status: int) -> JsonResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JsonResponse(str(message), safe=False, status=status, headers=headers)


def read_status(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """That it lives, and what it is."""
    return status_data(now)


def read_alerts(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """The open alerts that fit the matchers and the states that are asked for."""
    return [data for _, data in _alerts(request, access, now)]


def read_groups(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """The same, by where they come from."""
    groups: dict[str, list[Any]] = {}
    for row, data in _alerts(request, access, now):
        groups.setdefault(row.integration.name, []).append(data)
    return [{"labels": {}, "receiver": {"name": name}, "alerts": alerts} for name, alerts in groups.items()]


def read_receivers(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """Where alerts come from: nothing here is sent on by receivers."""
    names = {access.integration.name} if access.integration else set()
    return [{"name": name} for name in sorted(names | set(access.alerts.values_list("integration__name", flat=True)))]


def read_silences(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """Silences in force, to come, and lately ended."""
    filters = _filters(request)
    rows = _silences(access).filter(ends_at__gt=now - KEPT).order_by("-starts_at", "-pk")[:MOST]
    found = [(row, {one["name"]: one["value"] for one in row.matchers}) for row in rows]
    return [silence_data(row, now) for row, labels in found if first_misfit(filters, labels) is None]


def read_silence(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """One silence."""
    return silence_data(_silence(access, name), now)


def write_silence(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """Add a silence, or change one; what has ended begins anew as another. A source's own is for its alerts only."""
    body = _body(request)
    values = {
        "matchers": body.get("matchers"),
        "comment": _text(body, "comment") or _text(body, "createdBy"),
        "starts_at": max(now, _instant(body, "startsAt")) if body.get("startsAt") else now,
        "ends_at": _instant(body, "endsAt"),
        "created_by_name": _text(body, "createdBy")[:120],
    }
    row = _own(access, str(body["id"])) if body.get("id") else None
    if row and row.ends_at > now:
        starts_at = row.starts_at if row.starts_at <= now else values["starts_at"]
        change_silence(access.viewer, row.pk, {**values, "starts_at": starts_at}, now=now)
    else:
        source = access.integration.pk if access.integration else row.integration_id if row else None
        mine = {"integration_id": source} if source else {}
        row = add_silence(access.viewer, {**values, **mine}, now=now)
    return {"silenceID": str(row.uid)}


def remove_silence(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """End a silence now; it stays to be read."""
    end_silence(access.viewer, _own(access, name).pk, now=now)
    return {}


def _alerts(request: HttpRequest, access: Access, now: datetime) -> list[tuple[Alert, Any]]:
    filters = _filters(request)
    rows = _of_receiver(request, access.alerts.order_by("-first_seen_at", "-pk"))
    found = [row for row in rows[:MOST] if first_misfit(filters, labels_of(row)) is None]
    silences = [
        (row, silence_of(row)) for row in Silence.objects.filter(mode=LIVE, starts_at__lte=now, ends_at__gt=now)
    ]
    causes = {row.held_by.get("cause") for row in found if row.held_by.get("kind") == "inhibition"}
    inhibiting = {row.pk: row for row in Alert.objects.filter(pk__in=causes - {None})}
    told = [(row, alert_data(row, _silencing(row, silences), inhibiting, now)) for row in found]
    return [(row, data) for row, data in told if _is_wanted(request, data["status"])]


def _of_receiver(request: HttpRequest, rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """Those of sources whose whole name fits a regular expression, or is the very text that was asked for."""
    wanted = request.GET.get("receiver", "").replace("\0", "")
    if not wanted:
        return rows
    names = set(rows.order_by().values_list("integration__name", flat=True))
    return rows.filter(integration__name__in={n for n in names if n == wanted or regexes.fits(wanted, n)})


def _silencing(row: Alert, silences: Sequence[tuple[Silence, rules.Silence]]) -> list[str]:
    """Those in force that fit it, also where its incident was opened before them."""
    return [
        str(kept.uid)
        for kept, one in silences
        if one.integration_id in (None, row.integration_id) and first_misfit(one.matchers, row.labels) is None
    ]


def _is_wanted(request: HttpRequest, status: dict[str, Any]) -> bool:
    """Each of the four may be switched off; without a word all are wanted."""
    held = [name for name, key in (("silenced", "silencedBy"), ("inhibited", "inhibitedBy")) if status[key]]
    names = held or ["unprocessed" if status["state"] == "unprocessed" else "active"]
    return all(request.GET.get(name, "true").lower() != "false" for name in names)


def _filters(request: HttpRequest) -> Sequence[Matcher]:
    return [read_matcher(text) for text in request.GET.getlist("filter") if text.strip()]


def _silences(access: Access) -> QuerySet[Silence]:
    access.viewer.require("alert.read")
    rows = Silence.objects.filter(mode=LIVE)
    mine = Q(integration=None) | Q(integration=access.integration)
    return rows.filter(mine) if access.integration else rows


def _silence(access: Access, name: str) -> Silence:
    try:
        row = _silences(access).filter(uid=UUID(name)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("There is no such silence.")
    return row


def _own(access: Access, name: str) -> Silence:
    """One that may be changed: a source sees those that hold alerts of all sources, but they are not its own."""
    row = _silence(access, name)
    if access.integration and row.integration_id != access.integration.pk:
        raise NotPermitted("This silence holds alerts of every source. Change it in Allclear, or with an API token.")
    return row


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid({"body": "Send a silence as a JSON object."})
    matchers_from(found.get("matchers"))
    return found


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Invalid({name: f"“{name}” must be a text."})
    return value.replace("\0", "")


def _instant(body: dict[str, Any], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(_text(body, name))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 <= found.year <= 2200:
        raise Invalid({name: f"“{name}” must be an instant such as 2026-03-02T09:00:00Z."})
    return found


status = _views(GET=read_status)
alerts = _views(GET=read_alerts)
groups = _views(GET=read_groups)
receivers = _views(GET=read_receivers)
silences = _views(GET=read_silences, POST=write_silence)
silence = _views(GET=read_silence, DELETE=remove_silence)
