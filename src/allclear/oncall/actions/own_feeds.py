"""Verbs on the calendar of one's own shifts."""

from __future__ import annotations

import secrets
from datetime import datetime

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.oncall.models import Feed

KEY_BYTES = 24


def renew_own_feed(viewer: Viewer, *, now: datetime) -> Feed:
    """Give the viewer a secret address of their own; one from before ends."""
    viewer.require("oncall.own")
    owner = User.objects.get(pk=viewer.user_id or 0)
    values = {"key": secrets.token_urlsafe(KEY_BYTES), "created_at": now}
    return Feed.objects.update_or_create(user=owner, defaults=values)[0]


def end_own_feed(viewer: Viewer) -> None:
    """The viewer has no calendar any more; its address leads nowhere."""
    viewer.require("oncall.own")
    Feed.objects.filter(user=viewer.user_id or 0).delete()
