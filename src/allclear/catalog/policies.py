"""Policies as versioned rows: read the one in force, or a pinned one; write a new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from allclear.accounts.permissions import Viewer
from allclear.catalog.models import PolicyVersion
from allclear.domain.alerts.rule_bodies import DEFAULT_RULES, rules_from
from allclear.domain.alerts.rule_checks import check_rules
from allclear.domain.alerts.rules import Rules
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.priority import DEFAULT_MATRIX, Matrix, matrix_from
from allclear.domain.retention import FOREVER, Retention, days_of, retention_from
from allclear.domain.routing import Routing, routing_from
from allclear.kernel.errors import Conflict, Invalid
from allclear.kernel.events import Actor, NewEvent, append
from allclear.kernel.generation import Cached, bump
from allclear.kernel.words import say

READERS = {
    "priority_matrix": matrix_from,
    "routing": routing_from,
    "lifecycle": LifecyclePolicy.from_body,
    "retention": retention_from,
    "alert_rules": rules_from,
}
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "priority_matrix": DEFAULT_MATRIX,
    "routing": {"rules": [], "fallback_team_id": None},
    "lifecycle": LifecyclePolicy().as_body(),
    "retention": {"rules": [], "keep_days": days_of(FOREVER)},
    "alert_rules": DEFAULT_RULES,
}


@dataclass(frozen=True, slots=True)
class Policies:
    """The versions in force, read once and handed to the rules."""

    matrix: Matrix
    routing: Routing
    lifecycle: LifecyclePolicy
    retention: Retention = field(default_factory=Retention)
    alert_rules: Rules = field(default_factory=lambda: rules_from(0, DEFAULT_RULES))


def _load() -> Policies:
    newest = PolicyVersion.objects.order_by("kind", "-version").distinct("kind")
    found = {row.kind: READERS[row.kind](row.version, row.body) for row in newest}
    read = {kind: found.get(kind) or READERS[kind](0, DEFAULTS[kind]) for kind in READERS}
    return Policies(**{"matrix" if kind == "priority_matrix" else kind: rules for kind, rules in read.items()})  # type: ignore[arg-type]  # by kind


_in_force: Cached[Policies] = Cached("policies", _load)


def in_force() -> Policies:
    """The policies that apply now. A kind that nobody has written yet has version 0, the built-in default."""
    return _in_force.get()


def matrix_version(version: int | None) -> Matrix:
    """The matrix that an incident was decided under."""
    row = PolicyVersion.objects.filter(kind="priority_matrix", version=version or 0).first()
    return matrix_from(row.version, row.body) if row else matrix_from(0, DEFAULT_MATRIX)


def alert_rules_version(version: int) -> Rules | None:
    """The rules about alerts as they were; None when there is no such version."""
    row = PolicyVersion.objects.filter(kind="alert_rules", version=version).first()
    return rules_from(version, row.body if row else DEFAULT_RULES) if row or version == 0 else None


def body_of(kind: str) -> tuple[int, Mapping[str, Any]]:
    """Version and body in force, for a form."""
    row = PolicyVersion.objects.filter(kind=kind).order_by("-version").first()
    return (row.version, row.body) if row else (0, DEFAULTS[kind])


def save_policy(
    viewer: Viewer, kind: str, body: Mapping[str, Any], *, note: str, expected_version: int, now: datetime
) -> PolicyVersion:
    """Write the next version of a policy. Two editors at once: the second is refused with a sentence, not lost.

    The body is read back through the rule's own reader first, so that a policy which cannot work is never stored.
    """
    viewer.require("policy.change")
    if kind not in READERS:
        text = say("There is no policy “{kind}”; choose one of {choices}.", kind=kind, choices=", ".join(READERS))
        raise Invalid({"kind": text})
    check_body(kind, expected_version + 1, body)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"policy:{kind}"])
        current, _ = body_of(kind)
        if current != expected_version:
            text = say(
                "Somebody saved version {version} meanwhile. Load it and apply your change again.", version=current
            )
            raise Conflict(text)
        row = PolicyVersion.objects.create(
            kind=kind, version=current + 1, body=dict(body), note=note, author_id=viewer.user_id, created_at=now
        )
        actor = Actor(viewer.user_id, "user" if viewer.user_id else "system")
        data = {"changes": {"version": [current or None, row.version]}, "kind": kind}
        append("policy", row.pk, 0, [NewEvent("policy_changed", data)], actor=actor, now=now)
        bump("policies")
    return row


def check_body(kind: str, version: int, body: Mapping[str, Any]) -> None:
    """Raise `Invalid` when the rule's own reader cannot use the body, or what is written would do nothing."""
    check = check_rules if kind == "alert_rules" else READERS[kind]
    try:
        check(version, body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise Invalid({"body": say("The policy cannot be read ({reason}).", reason=reason)}) from None
