"""A small company for tests of the verbs: two customers, two teams, people of every kind, one incident to work on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allclear.accounts.models import Organisation, Team, User
from allclear.catalog.models import Category
from allclear.domain.terms import HoldReason, Role
from allclear.incidents import actions
from allclear.incidents.actions import LogForm, Outcome, Request
from allclear.incidents.models import Incident
from allclear.testing import category, in_status, logged, organisation, person, request_as, resolution, team


@dataclass(frozen=True, slots=True)
class World:
    """People by what they are: `agent` works on `row`, `mate` is of the same team, `outsider` of another customer."""

    acme: Organisation
    other: Organisation
    network: Team
    desk: Team
    agent: User
    mate: User
    lead: User
    manager: User
    admin: User
    auditor: User
    outsider: User
    requester: User
    colleague: User  # a requester of the same customer, who has nothing to do with it
    category: Category
    row: Incident
    second: Incident

    def person(self, name: str) -> User:
        found: User = getattr(self, name)
        return found

    def as_(self, name: str, at: datetime | int = 30, **more: Any) -> Request:
        return request_as(self.person(name), at, **more)


def world(status: str = "in_progress", **form: Any) -> World:
    """The company, with `row` in this status."""
    acme, other = organisation("Acme"), organisation("Other")
    agent, mate = person(name="Ana Lind"), person(name="Bo Berg")
    lead = person(Role.TEAM_LEAD)
    requester = person(Role.REQUESTER, name="Rita Holm", organisation=acme)
    network, desk = team(agent, mate, lead, name="Network"), team(mate, name="Desk")
    values = {"requester_id": requester.pk, "team_id": network.pk, **form}
    return World(
        acme=acme,
        other=other,
        network=network,
        desk=desk,
        agent=agent,
        mate=mate,
        lead=lead,
        manager=person(Role.INCIDENT_MANAGER),
        admin=person(Role.ADMIN),
        auditor=person(Role.AUDITOR),
        outsider=person(name="Otto Way", serves=[other]),
        requester=requester,
        colleague=person(Role.REQUESTER, organisation=acme),
        category=category("VPN"),
        row=in_status(status, by=agent, **values),
        second=logged(agent, title="Mail is slow", requester_id=requester.pk, team_id=network.pk),
    )


Verb = Callable[[World, Request, int], Outcome]
VERBS: Mapping[str, Verb] = {
    "acknowledge": lambda w, r, pk: actions.acknowledge_incident(r, pk),
    "categorise": lambda w, r, pk: actions.categorise_incident(r, pk, w.category.pk),
    "prioritise": lambda w, r, pk: actions.prioritise_incident(r, pk, impact=1, urgency=1, reason="All sites"),
    "assign": lambda w, r, pk: actions.assign_incident(r, pk, assignee_id=w.mate.pk),
    "accept": lambda w, r, pk: actions.accept_incident(r, pk),
    "hand_over": lambda w, r, pk: actions.hand_over_incident(r, pk, team_id=w.desk.pk, reason="Not the network"),
    "accept_handover": lambda w, r, pk: actions.accept_handover(r, pk),
    "refuse_handover": lambda w, r, pk: actions.refuse_handover(r, pk, reason="Not ours either"),
    "withdraw_handover": lambda w, r, pk: actions.withdraw_handover(r, pk),
    "hold": lambda w, r, pk: actions.hold_incident(r, pk, reason=HoldReason.CHANGE),
    "resume": lambda w, r, pk: actions.resume_incident(r, pk),
    "edit": lambda w, r, pk: actions.edit_incident(r, pk, fields={"location": "Oslo"}, texts={"diagnosis": "MTU"}),
    "reply": lambda w, r, pk: actions.reply_publicly(r, pk, "We are on it"),
    "note": lambda w, r, pk: actions.add_note(r, pk, "vpn-gw-2 fails over"),
    "attach": lambda w, r, pk: actions.attach_file(r, pk, name="log.txt", chunks=[b"line"]),
    "relate": lambda w, r, pk: actions.relate_incident(r, pk, w.second.pk),
    "link_parent": lambda w, r, pk: actions.link_parent(r, pk, w.second.pk),
    "merge": lambda w, r, pk: actions.merge_incident(r, pk, w.second.pk),
    "split": lambda w, r, pk: actions.split_incident(r, pk, LogForm("And the printer")),
    "add_task": lambda w, r, pk: actions.add_task(r, pk, title="Call back"),
    "add_responder": lambda w, r, pk: actions.add_responder(r, pk, w.mate.pk),
    "watch": lambda w, r, pk: actions.watch_incident(r, pk),
    "workaround": lambda w, r, pk: actions.find_workaround(r, pk, text="Use the other gateway"),
    "resolve": lambda w, r, pk: actions.resolve_incident(r, pk, resolution()),
    "verify": lambda w, r, pk: actions.verify_incident(r, pk, is_effective=True),
    "close": lambda w, r, pk: actions.close_incident(r, pk),
    "follow_up": lambda w, r, pk: actions.follow_up_incident(
        r, pk, actions.FollowUp("partly", "Page sooner", "Runbook")
    ),
    "reopen": lambda w, r, pk: actions.reopen_incident(r, pk, reason="It drops again"),
    "cancel": lambda w, r, pk: actions.cancel_incident(r, pk, reason="Logged twice"),
    "convert": lambda w, r, pk: actions.convert_incident(r, pk, kind="service_request"),
}


def offered(w: World) -> World:
    """`row` is offered to a team in which agent, mate and manager are."""
    storage = team(w.agent, w.mate, w.manager, name="Storage")
    offer = actions.hand_over_incident(w.as_("agent", 32), w.row.pk, team_id=storage.pk, reason="Theirs")
    w.row.version = offer.incident.version
    return w


def resolve(w: World, row: Incident, at: int = 40, **how: Any) -> Incident:
    return actions.resolve_incident(w.as_("agent", at), row.pk, resolution(**how)).incident


def children_of(w: World, parent: Incident, n: int = 2) -> list[Incident]:
    rows = [logged(w.agent, title=f"Child {i}") for i in range(n)]
    for row in rows:
        actions.link_parent(w.as_("agent", 31), row.pk, parent.pk)
    return rows


def status_of(row: Incident) -> str:
    row.refresh_from_db()
    return row.status
