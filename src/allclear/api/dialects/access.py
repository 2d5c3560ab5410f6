"""Who asks a foreign API: a source by its integration's key, or a person's program by an API token."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest

from allclear.accounts.permissions import SYSTEM_VIEWER, Viewer
from allclear.accounts.tokens import bearer
from allclear.alerts.actions.integrations import digest
from allclear.alerts.models import Alert, Integration, IntegrationKey
from allclear.alerts.models.alerts import AlertQuerySet
from allclear.kernel.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class Access:
    """A source sees and silences its own alerts only; a person's program what the person may."""

    viewer: Viewer
    integration: Integration | None = None

    @property
    def all_alerts(self) -> AlertQuerySet:
        """The alerts that it may see."""
        self.viewer.require("alert.read")
        rows = Alert.objects.select_related("integration")
        return rows.filter(integration=self.integration) if self.integration else rows

    @property
    def alerts(self) -> AlertQuerySet:
        """Those of them that are open."""
        return self.all_alerts.open()


def access_of(request: HttpRequest, key: str, now: datetime) -> Access:
    """By the key in the path, else by the head: Bearer, GenieKey, or the password of Basic. Raises `NotPermitted`."""
    shown = key or _shown(request)
    if shown.startswith("alc_"):
        found = bearer(shown, now)
        if found is not None:
            return Access(found.viewer)
    else:
        lives = Q(expires_at=None) | Q(expires_at__gt=now)
        rows = IntegrationKey.objects.filter(lives, sha256=digest(shown), integration__is_active=True)
        row = rows.select_related("integration").first()
        if row is not None:
            return Access(SYSTEM_VIEWER, row.integration)
    raise NotPermitted("Show the key of an integration, or an API token.", code="unauthenticated")


def _shown(request: HttpRequest) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "geniekey"):
        return given.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return ""
    return ""
