"""Who may do what. Each verb asks here; screens ask the same table to show only what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from allclear.domain.terms import Role
from allclear.kernel.errors import NotPermitted
from allclear.kernel.words import listed, say

R = Role
STAFF = frozenset({R.AGENT, R.TEAM_LEAD, R.INCIDENT_MANAGER, R.ADMIN})
LEADS = frozenset({R.TEAM_LEAD, R.INCIDENT_MANAGER, R.ADMIN})
SEES_ALL = STAFF | {R.AUDITOR}
EVERYONE = frozenset(R)
ADMINS = frozenset({R.ADMIN})

PERMISSIONS: Mapping[str, frozenset[Role]] = {
    "incident.log": EVERYONE - {R.AUDITOR},
    "incident.read_internal": SEES_ALL,  # notes, traces, tasks, cost
    "incident.work": STAFF,  # acknowledge, categorise, assign, accept, hold, resolve, tasks, link ...
    "incident.close": STAFF,
    "incident.cancel": STAFF,
    "incident.reply": EVERYONE - {R.AUDITOR},
    "incident.note": STAFF,
    "incident.attach": EVERYONE - {R.AUDITOR},
    "incident.confirm": EVERYONE - {R.AUDITOR},  # verify or reopen one's own
    "incident.watch": EVERYONE,
    "incident.classify": LEADS,  # set or lift a security class
    "incident.rebase": frozenset({R.ADMIN, R.INCIDENT_MANAGER}),  # let newer agreements apply to it
    "incident.import": ADMINS,
    "incident.export": frozenset({R.ADMIN, R.AUDITOR}),
    "catalog.read": SEES_ALL,
    "catalog.change": frozenset({R.ADMIN, R.INCIDENT_MANAGER}),
    "policy.read": SEES_ALL,
    "policy.change": frozenset({R.ADMIN, R.INCIDENT_MANAGER}),
    "accounts.read": SEES_ALL,
    "accounts.change": ADMINS,
    "accounts.add_caller": STAFF,  # a requester who is on the phone and not in the list yet
    "accounts.erase": ADMINS,  # what is held about a person
    "retention.hold": frozenset({R.ADMIN, R.INCIDENT_MANAGER}),  # place or lift a legal hold
    "retention.run": ADMINS,  # erase what the policy says is due
    "oncall.read": SEES_ALL,  # who is on call, schedules, policies, what was paged
    "oncall.own": STAFF,  # overrides, swaps and leave of one's own
    "oncall.change": LEADS,  # schedules and escalation policies
    "alert.read": SEES_ALL,  # alerts, integrations and what arrived, silences, the noise ledger
    "alert.work": STAFF,  # verdicts, resolve an alert by hand, silences
    "alert.change": frozenset({R.ADMIN, R.INCIDENT_MANAGER}),  # integrations and keys, maintenance, inhibitions
    "profile.own": EVERYONE,  # one's own name, numbers, time zone, password
    "token.own": EVERYONE,  # make and revoke one's own keys
    "report.read": SEES_ALL,  # questions about many incidents; the answer counts what one may see
    "what_if.own": LEADS,  # try other promises on the past; to switch them on needs policy.change
    "audit.read": frozenset({R.ADMIN, R.AUDITOR, R.INCIDENT_MANAGER}),
}

_ADMIN_PARTS = (
    "accounts.change",
    "accounts.erase",
    "retention.run",
    "policy.change",
    "catalog.change",
    "incident.import",
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person on whose behalf something is read or done, with all that rights depend on.

    `organisation_ids` None means all customers. `scopes` limits what an API token may do; None is a person at a screen.
    `sees_every_class` is the program's alone: no person sees an incident of a security class without being its member.
    """

    user_id: int | None
    name: str = ""
    roles: frozenset[str] = frozenset()
    organisation_ids: frozenset[int] | None = frozenset()
    team_ids: frozenset[int] = frozenset()
    security_class_ids: frozenset[int] = frozenset()
    sees_organisation_id: int | None = None
    time_zone: str = "UTC"
    language: str = "en"  # of the screens; the API and the command line speak English to everybody
    scopes: frozenset[str] | None = None
    sees_every_class: bool = False

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & SEES_ALL)

    def may(self, permission: str) -> bool:
        """Whether role and token scope allow it."""
        return bool(self.roles & PERMISSIONS[permission]) and self._scope_allows(permission)

    def _scope_allows(self, permission: str) -> bool:
        if self.scopes is None or "all" in self.scopes:
            return True
        if permission.endswith((".read", ".read_internal", ".export")):
            return bool(self.scopes)
        needed = "admin" if permission in _ADMIN_PARTS else "write"
        return needed in self.scopes

    def require(self, permission: str) -> None:
        """Raise `NotPermitted` in words when `may` says no."""
        if self.may(permission):
            return
        if self.scopes is not None and self.roles & PERMISSIONS[permission]:
            text = say("This token's scopes do not include {permission}.", permission=permission)
            raise NotPermitted(text, code="token_scope")
        needed = listed(say(role.replace("_", " ")) for role in sorted(PERMISSIONS[permission]))
        raise NotPermitted(say("This needs one of these roles: {roles}.", roles=needed))


# The program itself: the engine, and the command line on the server's own machine.
SYSTEM_VIEWER = Viewer(None, "Allclear", frozenset({R.ADMIN}), None, sees_every_class=True)


def beyond_classes(viewer: Viewer) -> Viewer:
    """The same person with sight of every incident, for a duty that ends at no security class: erasing a person."""
    return replace(viewer, sees_every_class=True, organisation_ids=None)
