"""Drafts of what would hide alerts, from what somebody has typed: checked like the real ones, and tried on the past.

Trying one is the first step of adding it, so it needs the same permission.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from allclear.accounts.permissions import Viewer
from allclear.alerts.models import Inhibition
from allclear.alerts.quiet import filter_of, inhibition_of
from allclear.alerts.shadow import SPAN, Draft, inhibited, maintained, ruled_out, silenced, try_out
from allclear.domain.alerts.holders import Maintenance, Silence
from allclear.domain.alerts.maintenance import Window, problems
from allclear.domain.alerts.matchers import matchers_from, read_matchers
from allclear.domain.alerts.shadow import Hidden
from allclear.domain.filters import FilterError
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say


def preview_silence(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Hidden:
    """What a silence with these `matchers` and `integration_id` would have hidden."""
    viewer.require("alert.work")
    given = values.get("matchers") or []
    matchers = matchers_from(read_matchers(given) if isinstance(given, str) else given)
    draft = Silence(0, "", matchers, now, now, values.get("integration_id"))
    return try_out(viewer, silenced(draft), now)


def preview_window(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Hidden:
    """What a maintenance window with these values would have hidden."""
    viewer.require("alert.change")
    services, cis = (frozenset(map(int, values.get(name) or ())) for name in ("services", "cis"))
    if not services and not cis:
        raise Invalid({"services": say("Choose at least one service or configuration item.")})
    start, end = values.get("starts_at"), values.get("ends_at")
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        raise Invalid({"ends_at": say("Say when it begins and when it ends.")})
    window = Window(start, end, values.get("time_zone") or "UTC", values.get("repeats") or "", values.get("until"))
    if wrong := problems(window):
        raise Invalid(wrong)
    draft = Maintenance(0, "", window, services, cis, values.get("with_dependents", True))
    return try_out(viewer, maintained(draft), now)


def preview_inhibition(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Hidden:
    """What an inhibition with these `cause`, `effect` and `equal` would have hidden."""
    viewer.require("alert.change")
    for name in ("cause", "effect"):
        _readable(name, values.get(name) or "")
    row = Inhibition(
        name="", cause=values["cause"], effect=values["effect"], equal=list(values.get("equal") or ()),
        expires_at=now + timedelta(days=1),
    )  # fmt: skip
    return try_out(viewer, inhibited(inhibition_of(row), now - SPAN, now), now)


def preview_rule(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Hidden:
    """What a rule that drops or only records would have hidden: `when`, `integration_ids`."""
    viewer.require("policy.change")
    return try_out(viewer, rule_draft(values), now)


def rule_draft(values: Mapping[str, Any]) -> Draft:
    """The same as a draft. An empty `when` is every alert."""
    when = values.get("when") or ""
    if when.strip():
        _readable("when", when)
    return ruled_out(when, frozenset(values.get("integration_ids") or ()))


def _readable(name: str, text: str) -> None:
    if not text.strip():
        raise Invalid({name: say("Write a filter, such as label.alertname:NodeDown. Empty would be every alert.")})
    try:
        filter_of(text)
    except FilterError as error:
        raise Invalid({name: error.message}) from None
