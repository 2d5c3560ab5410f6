"""The verbs on services, configuration items and what stands on what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allclear.accounts.actions import actor_of
from allclear.accounts.permissions import Viewer
from allclear.catalog.actions.nouns import CI, DEPENDENCY, SERVICE
from allclear.catalog.models import ConfigurationItem, Dependency, Service
from allclear.kernel import changes
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say


def add_service(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Service:
    """Add something that is offered."""
    viewer.require("catalog.change")
    return changes.create(SERVICE, values, actor=actor_of(viewer), now=now)


def change_service(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Service:
    """Change a service. An inactive one is no longer offered while logging."""
    viewer.require("catalog.change")
    return changes.change(SERVICE, pk, values, actor=actor_of(viewer), now=now, expected_version=expected_version)


def add_ci(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> ConfigurationItem:
    """Add a thing that services stand on."""
    viewer.require("catalog.change")
    return changes.create(CI, values, actor=actor_of(viewer), now=now)


def change_ci(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> ConfigurationItem:
    """Change a configuration item; one that is gone gets the status retired."""
    viewer.require("catalog.change")
    return changes.change(CI, pk, values, actor=actor_of(viewer), now=now, expected_version=expected_version)


def add_dependency(
    viewer: Viewer, upper: tuple[str, int], lower: tuple[str, int], *, kind: str = "depends_on", now: datetime
) -> Dependency:
    """Say that `upper` stands on `lower`; each is ("service" or "ci", key)."""
    viewer.require("catalog.change")
    values: dict[str, Any] = {"kind": kind}
    for side, (noun, key) in (("upper", upper), ("lower", lower)):
        if noun not in ("service", "ci"):
            raise Invalid({side: say("Choose a service or a configuration item.")})
        values[f"{side}_{noun}_id"] = key
    if upper == lower:
        raise Invalid({"lower": say("Nothing stands on itself; choose another one.")})
    return changes.create(DEPENDENCY, values, actor=actor_of(viewer), now=now)


def remove_dependency(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Say that the one does not stand on the other any more."""
    viewer.require("catalog.change")
    changes.remove(DEPENDENCY, pk, actor=actor_of(viewer), now=now, way_on="")
