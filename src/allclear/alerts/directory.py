"""What a filter of alerts may name: integrations, services, configuration items, incidents."""

from __future__ import annotations

from collections.abc import Sequence

from allclear.accounts.permissions import SYSTEM_VIEWER, Viewer
from allclear.alerts.models import Integration
from allclear.domain.filters import Named, best, nearest, slug, typed
from allclear.incidents.directory import Names


class AlertNames:
    """As `incidents.directory.Names`, and integrations."""

    def __init__(self, viewer: Viewer = SYSTEM_VIEWER) -> None:
        self._names = Names(viewer)

    def find(self, refers: str, text: str) -> Sequence[Named]:
        return best(text, self._integrations()) if refers == "integration" else self._names.find(refers, text)

    def near(self, refers: str, text: str) -> Sequence[str]:
        if refers != "integration":
            return self._names.near(refers, text)
        known = self._integrations()
        slugs = {slug(one.label): one for one in known}
        return [typed(slugs[name], known) for name in nearest(slug(text), slugs)]

    def _integrations(self) -> list[Named]:
        return [Named(pk, name) for pk, name in Integration.objects.values_list("pk", "name")]
