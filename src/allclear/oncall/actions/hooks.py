"""The verb that removes a web-hook: not while an escalation policy counts on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.kernel import changes
from allclear.kernel.errors import Refused
from allclear.kernel.words import say
from allclear.notifications.actions.nouns import WEBHOOK
from allclear.oncall.models import EscalationPolicy


def remove_webhook(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Remove a web-hook that no policy in use tells. What was sent there stays in the record."""
    viewer.require("oncall.change")
    with transaction.atomic():
        changes.lock_row(WEBHOOK, pk, None)
        policies = EscalationPolicy.objects.filter(is_active=True).order_by("name")
        for policy in policies:
            if _tells(policy.definition, pk):
                text = say("The policy {name} tells it. Take it out of there first.", name=policy.name)
                raise Refused(text, code="webhook_in_use")
        changes.remove(WEBHOOK, pk, actor=actor_of(viewer), now=now, way_on=say("Put it out of use instead."))


def _tells(definition: Mapping[str, Any], pk: int) -> bool:
    targets = [target for step in definition.get("steps", ()) for target in step.get("targets", ())]
    targets.append(definition.get("exhausted") or {})
    return any(target.get("kind") == "webhook" and target.get("key") == pk for target in targets)
