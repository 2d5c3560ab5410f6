"""What the frame of every page shows: navigation, counts, the viewer. Counted only when a page draws its frame."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django_stubs_ext import StrOrPromise

from allclear.accounts.permissions import Viewer
from allclear.incidents import views
from allclear.incidents.models import SavedView
from allclear.incidents.presets import NOT_COUNTED, Preset, presets_for
from allclear.kernel.clock import now as read_clock
from allclear.web.addresses import address_of
from allclear.web.alerts.firing import firing_words
from allclear.web.oncall.beside import nav_on_call
from allclear.web.said import localised
from allclear.web.side_counts import side_counts

Item = dict[str, Any]
Entry = tuple[StrOrPromise, str, str, str]

# label, address name, icon, permission
MAIN: list[Entry] = [
    (gettext_lazy("Alerts"), "alerts:index", "bell-ring", "alert.read"),
    (gettext_lazy("On call"), "schedules:index", "phone-call", "oncall.read"),
    (gettext_lazy("Services"), "catalog:services", "layers", "catalog.read"),
    (pgettext_lazy("navigation", "Configuration items"), "catalog:cis", "server", "catalog.read"),
    (gettext_lazy("Categories"), "catalog:categories", "tag", "catalog.read"),
    (gettext_lazy("Escalation"), "policies:index", "siren", "oncall.read"),
    (gettext_lazy("Reports"), "reports:channels", "chart-column", "report.read"),
]
ALONE = {"schedules:index", "policies:index", "admin_area:index"}  # other entries have addresses below theirs
ADMINISTRATION: list[Entry] = [
    (gettext_lazy("People"), "admin_area:people", "user", "accounts.read"),
    (gettext_lazy("Teams"), "admin_area:teams", "users", "accounts.read"),
    (gettext_lazy("Policies"), "admin_area:policies", "git-branch", "policy.read"),
    (gettext_lazy("All settings"), "admin_area:index", "cog", "accounts.read"),
    (gettext_lazy("Import"), "incidents:imports", "upload", "incident.import"),
    (gettext_lazy("Components"), "styleguide", "sparkles", "policy.change"),
]


_UNKNOWN = views.Counted(is_unknown=True)


class Frame:
    """The frame for one request. The template calls what it needs; pages without a frame count nothing."""

    def __init__(self, request: HttpRequest, viewer: Viewer) -> None:
        self.request, self.viewer = request, viewer

    @cached_property
    def presets(self) -> list[Preset]:
        return presets_for(self.viewer)

    @cached_property
    def pinned(self) -> list[SavedView]:
        return views.pinned(self.viewer) if self.viewer.user_id else []

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """What each view of the side bar asks for."""
        texts = {preset.key: preset.filter for preset in self.presets if preset.key not in NOT_COUNTED}
        return texts | {str(view.pk): view.filter for view in self.pinned}

    @cached_property
    def _soon(self) -> tuple[Mapping[int, views.Counted], bool]:
        return side_counts.soon(self.viewer, dict(enumerate(self.texts.values())), self._now())

    @cached_property
    def counts(self) -> Mapping[str, views.Counted]:
        """How many belong to each view of the side bar; empty where that is not known yet."""
        found, _ = self._soon
        return {key: found.get(n, _UNKNOWN) for n, key in enumerate(self.texts)}

    def counts_are_old(self) -> bool:
        """Whether the page shall ask for the numbers once it is there."""
        return not self._soon[1]

    def _now(self) -> datetime:
        now: datetime | None = getattr(self.request, "now", None)
        return now or read_clock()

    def nav(self) -> list[Item]:
        is_staff = self.viewer.is_staff
        queue = reverse("incidents:queue")
        here = self.request.path
        first = {
            "label": _("Incidents") if is_staff else _("Your reports"),
            "short": _("Queue") if is_staff else pgettext("requester", "Reports"),
            "url": queue,
            "icon": "inbox",
            "key": "all",
            "count": self.counts["open"].text,
            "is_current": here.startswith(queue) and not here.startswith(f"{queue}import") and not self._view(),
        }
        return [first, *self._items(MAIN)]

    def nav_views(self) -> list[Item]:
        queue = reverse("incidents:queue")
        is_queue = self.request.path == queue
        found = [
            {
                "key": preset.key,
                "label": localised(preset.label),
                "url": f"{queue}?view={preset.key}",
                "icon": preset.icon,
                "count": self.counts[preset.key].text if preset.key in self.counts else None,
                "is_current": is_queue and self._view() == preset.key,
            }
            for preset in self.presets
        ]
        return found + [self._pinned(view, queue, is_queue) for view in self.pinned]

    def _pinned(self, view: SavedView, queue: str, is_queue: bool) -> Item:
        counted, key = self.counts[str(view.pk)], str(view.pk)
        icons = {"personal": "star", "teams": "users", "everyone": "globe"}
        return {
            "key": key,
            "label": view.name,
            "url": f"{queue}?view={key}",
            "icon": "triangle-alert" if counted.problem else icons[view.shared],
            "title": localised(counted.problem),
            "count": counted.text,
            "is_current": is_queue and self._view() == key,
        }

    def fresh_counts(self) -> list[Item]:
        """For a page that stays while something changed; nothing when counting takes long: the page asks by itself."""
        return self._counted(self.counts) if self._soon[1] else []

    def counts_now(self) -> list[Item]:
        """The counts of the side bar, however long it takes."""
        found = side_counts.now(self.viewer, dict(enumerate(self.texts.values())), self._now())
        return self._counted({key: found[n] for n, key in enumerate(self.texts)})

    def _counted(self, counts: Mapping[str, views.Counted]) -> list[Item]:
        found = [{"key": key, "count": counted.text} for key, counted in counts.items()]
        return [{"key": "all", "count": counts["open"].text}, *found]

    def nav_on_call(self) -> list[Item]:
        """Who is on call for the teams of this person."""
        return nav_on_call(self.viewer, self._now())

    def nav_admin(self) -> list[Item]:
        return self._items(ADMINISTRATION)

    def _view(self) -> str:
        """The view whose incidents are on the page; the queue says which it opened with."""
        return str(getattr(self.request, "view_key", None) or self.request.GET.get("view", ""))

    def _items(self, entries: list[Entry]) -> list[Item]:
        found: list[Item] = []
        for label, name, icon, permission in entries:
            url = address_of(name)
            if url and self.viewer.may(permission):
                path = self.request.path
                here = path == url if name in ALONE else path.startswith(url)
                short = _("Items") if name == "catalog:cis" else label
                item = {"label": label, "short": short, "url": url, "icon": icon, "is_current": here}
                if name == "alerts:index" and (firing := firing_words(self._now())):
                    item |= {"count": firing, "title": _("{count} firing").format(count=firing)}
                found.append(item)
        return found


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of `base.html`."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    if viewer is None:
        return {"viewer": None}
    drawn = Frame(request, viewer)
    log = address_of("incidents:log") if viewer.may("incident.log") else ""
    return {
        "viewer": request.user,
        "now": getattr(request, "now", None),
        "nav": drawn.nav,
        "nav_views": drawn.nav_views,
        "views_url": address_of("incidents:views"),
        "nav_admin": drawn.nav_admin,
        "nav_on_call": drawn.nav_on_call,
        "fresh_counts": drawn.fresh_counts,
        "counts_are_old": drawn.counts_are_old,
        "search_url": reverse("incidents:search"),
        "search_options_url": reverse("incidents:search_options"),
        "search_text": request.GET.get("q", ""),
        "search_hint": _("Search incidents: words, numbers, filters") if viewer.is_staff else _("Search your reports"),
        "log_url": log,
        "log_label": _("Log incident") if viewer.is_staff else _("Report a fault"),
        "log_short": _("Log") if viewer.is_staff else pgettext("button", "Report"),
        "drafts_url": address_of("desk:drafts"),
        "profile_url": address_of("account_area:profile"),
        "api_docs_url": address_of("api_docs") if viewer.is_staff else "",
        "logout_url": address_of("account_logout"),
    }
