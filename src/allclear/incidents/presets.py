"""The views that everybody has, such as "Assigned to me": each is a filter text; and how many belong to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from allclear.accounts.permissions import Viewer
from allclear.incidents import views

NOT_COUNTED = frozenset({"done"})  # it only grows


@dataclass(frozen=True, slots=True)
class Preset:
    """A view that is there from the beginning; `key` is what the address says."""

    key: str
    label: str
    icon: str
    filter: str
    sort: str = ""  # empty: the usual one


def presets_for(viewer: Viewer) -> list[Preset]:
    """The views of this person, in the order of the side bar."""
    if not viewer.is_staff:
        answer = "(status:on_hold hold:requester) OR (status:resolved verified:none)"
        return [
            Preset("open", _("Open reports"), "inbox", "status:open"),
            Preset("answer", _("Waiting for you"), "message-square", answer),
            Preset("done", _("Done"), "circle-check", "-status:open"),
        ]
    return [
        Preset("open", _("All open"), "inbox", "status:open"),
        Preset("mine", _("Assigned to me"), "circle-user", "assignee:me status:open"),
        Preset("teams", _("My teams"), "users", "team:mine status:open"),
        Preset("risk", _("At risk"), "timer", "status:open at-risk:yes", "due"),
        Preset("offered", _("Offered to my teams"), "hand", "offered:mine status:open"),
        Preset("nobody", _("Nobody yet"), "user-plus", "assignee:none status:open"),
        Preset("requester", _("On hold: requester"), "circle-pause", "status:on_hold hold:requester"),
        Preset("verify", _("Resolved, to verify"), "clipboard-check", "status:resolved verified:none"),
        Preset("ageing", _("Stalled or ageing"), "hourglass", "status:open (is:stalled OR is:ageing)"),
    ]


def counts(viewer: Viewer, presets: Sequence[Preset], now: datetime) -> Mapping[str, views.Counted]:
    """How many incidents that the viewer may see belong to each."""
    counted = {n: preset for n, preset in enumerate(presets) if preset.key not in NOT_COUNTED}
    found = views.counts(viewer, {n: preset.filter for n, preset in counted.items()}, now)
    return {preset.key: found[n] for n, preset in counted.items()}
