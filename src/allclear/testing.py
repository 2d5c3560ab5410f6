"""Factories for tests: people, teams, a catalogue, and incidents that verbs have brought to a status.

Everything has a default, so that a test names only what it is about:

    agent = person("agent")
    row = in_status("resolved", by=agent)
    actions.reopen_incident(request_as(agent, 90), row.pk, reason="It drops again")
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from allclear.accounts.models import Membership, Organisation, SecurityClass, Skill, Team, User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.alerts.actions import receive
from allclear.alerts.actions.fold import fold
from allclear.alerts.actions.heartbeats import add_heartbeat
from allclear.alerts.models import Alert, HeartbeatMonitor, Integration
from allclear.catalog.models import Category, Code, ConfigurationItem, Service
from allclear.domain.alerts import Action, Event
from allclear.domain.priority import DEFAULT_MATRIX
from allclear.domain.terms import HoldReason, Role, Status
from allclear.incidents import actions
from allclear.incidents.actions import LogForm, Request, Resolution
from allclear.incidents.models import Incident
from allclear.kernel.generation import bump
from allclear.notifications.models import ContactMethod, Webhook
from allclear.oncall.actions.schedules import add_schedule
from allclear.oncall.models import EscalationPolicy, Schedule
from allclear.reports.models import WhatIf
from allclear.slas.actions.calendars import add_calendar
from allclear.slas.models import Agreement, AgreementVersion, BusinessCalendar

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning
PASSWORD = "correct horse battery"  # noqa: S105 - of people that exist in tests only
_numbers = count(1)


def instant(at: datetime | int = 0) -> datetime:
    """An instant, or so many minutes after `T0`."""
    return at if isinstance(at, datetime) else T0 + timedelta(minutes=at)


def person(
    role: str = Role.AGENT,
    *,
    name: str = "",
    organisation: Organisation | None = None,
    teams: Iterable[Team] = (),
    skills: Iterable[str] = (),
    serves: Iterable[Organisation] = (),
    password: str | None = None,
    **fields: Any,
) -> User:
    """A user with one role (`roles=[...]` for several). Without a password: no log-in."""
    n = next(_numbers)
    values: dict[str, Any] = {"roles": [str(role)], "created_at": T0, "email": f"person{n}@example.org", **fields}
    user = User.objects.create_user(
        values.pop("email"),
        password,
        name=name or f"{str(role).replace('_', ' ').capitalize()} {n}",
        organisation=organisation,
        **values,
    )
    for one in teams:
        Membership.objects.create(team=one, user=user)
    if names := list(skills):
        user.skills.set([Skill.objects.get_or_create(name=skill)[0] for skill in names])
    if customers := list(serves):
        user.serves.set(customers)
    return user


def team(*members: User, name: str = "", **fields: Any) -> Team:
    """A team with these people in it."""
    row = Team.objects.create(name=name or f"Team {next(_numbers)}", **fields)
    Membership.objects.bulk_create([Membership(team=row, user=user) for user in members])
    bump("teams")
    return row


def organisation(name: str = "", parent: Organisation | None = None, **fields: Any) -> Organisation:
    """A customer, or a part of one."""
    row = Organisation.objects.create(name=name or f"Customer {next(_numbers)}", parent=parent, **fields)
    bump("organisations")
    return row


def security_class(*members: User, name: str = "") -> SecurityClass:
    """A class whose incidents only these people see."""
    row = SecurityClass.objects.create(name=name or f"Class {next(_numbers)}")
    row.members.set(members)
    return row


def service(name: str = "", **fields: Any) -> Service:
    return Service.objects.create(name=name or f"Service {next(_numbers)}", **fields)


def ci(name: str = "", **fields: Any) -> ConfigurationItem:
    """A configuration item."""
    return ConfigurationItem.objects.create(name=name or f"ci-{next(_numbers)}", **fields)


def category(name: str = "", parent: Category | None = None, **fields: Any) -> Category:
    row = Category.objects.create(name=name or f"Category {next(_numbers)}", parent=parent, **fields)
    bump("categories")
    return row


def codes() -> None:
    """The codes that `resolution()` uses."""
    for list_, key in (("resolution", "fixed"), ("resolution", "duplicate"), ("cause", "change")):
        Code.objects.get_or_create(list=list_, key=key, defaults={"name": key.capitalize()})


def request_as(user: User, at: datetime | int = 0, **more: Any) -> Request:
    """A request of this person with their rights as they are now; `at` is an instant, or minutes after `T0`."""
    return Request(viewer_for(user.pk), instant(at), **more)


def resolution(text: str = "Rolled the change back", **more: Any) -> Resolution:
    """How an incident ended, for `resolve_incident`."""
    codes()
    return Resolution("fixed", text, **more)


def logged(by: User | None = None, *, at: datetime | int = 0, title: str = "VPN drops", **form: Any) -> Incident:
    """An incident that somebody logged at `at`; `form` takes the fields of `LogForm`."""
    return actions.log_incident(request_as(by or person(), at), LogForm(title, **form)).incident


def in_status(status: str, by: User | None = None, *, at: datetime | int = 0, **form: Any) -> Incident:
    """An incident that the verbs have brought to this status, one minute for each verb."""
    agent, begun = by or person(), instant(at)
    row = logged(agent, at=begun, **form)

    def request(minutes: int) -> Request:
        return request_as(agent, begun + timedelta(minutes=minutes))

    if status == Status.ASSIGNED:
        actions.assign_incident(request(1), row.pk, assignee_id=agent.pk)
    elif status == Status.CANCELLED:
        actions.cancel_incident(request(1), row.pk, reason="Logged twice")
    elif status != Status.NEW:
        actions.accept_incident(request(1), row.pk)
    if status == Status.ON_HOLD:
        actions.hold_incident(request(2), row.pk, reason=HoldReason.EVIDENCE)
    if status in (Status.RESOLVED, Status.CLOSED):
        actions.resolve_incident(request(2), row.pk, resolution())
    if status == Status.CLOSED:
        actions.close_incident(request(3), row.pk)
    row.refresh_from_db()
    return row


def heartbeat(name: str = "", *, at: datetime | int = 0, **fields: Any) -> HeartbeatMonitor:
    """A job that reports every hour, ten minutes late at most, and has not reported yet."""
    schedule = {} if "cron" in fields else {"period": timedelta(hours=1)}
    values = {"name": name or f"Job {next(_numbers)}", "grace": timedelta(minutes=10), **schedule, **fields}
    return add_heartbeat(SYSTEM_VIEWER, values, now=instant(at))


def contact(user: User, kind: str = "email", *, is_verified: bool = True, **address: Any) -> ContactMethod:
    """A contact method that works."""
    kept = address or {"email": f"{kind}-{user.pk}-{next(_numbers)}@example.org"}
    return ContactMethod.objects.create(
        user=user, kind=kind, address=kept, created_at=T0, verified_at=T0 if is_verified else None
    )


def schedule(*members: User | Iterable[User], name: str = "", kind: str = "weekly", **fields: Any) -> Schedule:
    """A schedule with one layer in which these people, or groups of them, take turns from `T0` on."""
    groups = [[one.pk] if isinstance(one, User) else [user.pk for user in one] for one in members]
    rotation = {"kind": kind, "length": 1, "start": T0.isoformat(), "members": groups}
    values = {"name": name or f"Schedule {next(_numbers)}", "layers": [{"name": "Primary", "rotation": rotation}]}
    return add_schedule(SYSTEM_VIEWER, {**values, **fields}, now=T0)


def policy(*steps: Any, exhausted: Any, name: str = "", teams: Iterable[Team] = (), **fields: Any) -> EscalationPolicy:
    """A policy for P1 to P3 of these teams; a step is a target or a list of them, and waits five minutes.

    Targets are records: a schedule, a team, a person or a web-hook.
    """
    listed = [one if isinstance(one, list) else [one] for one in steps]
    definition = {
        "steps": [{"targets": [target(one) for one in group], "delay_minutes": 5} for group in listed],
        "exhausted": target(exhausted),
        **fields.pop("definition", {}),
    }
    row = EscalationPolicy.objects.create(
        name=name or f"Policy {next(_numbers)}", definition=definition, **{"priorities": [1, 2, 3], **fields}
    )
    row.teams.set(teams)
    bump("escalation_policies")
    return row


def target(record: Any) -> dict[str, Any]:
    """A record as a target of a step."""
    kinds = {Schedule: "schedule", Team: "team", User: "person", Webhook: "webhook", EscalationPolicy: "policy"}
    return {"kind": kinds[type(record)], "key": record.pk}


def business_calendar(name: str = "Office", *, at: datetime | int = -60, **body: Any) -> BusinessCalendar:
    """Monday to Friday from 8 to 17 in UTC, or as the parts of `body` say."""
    week = [{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}]
    values = {"name": name, "body": {"zone": "UTC", "week": week, **body}}
    return add_calendar(SYSTEM_VIEWER, values, now=instant(at))


def calendar(name: str = "", *, at: datetime | int = -60, **body: Any) -> BusinessCalendar:
    """The same with a name of its own; a body that is given stands alone."""
    if body:
        values = {"name": name or f"Calendar {next(_numbers)}", "body": body}
        return add_calendar(SYSTEM_VIEWER, values, now=instant(at))
    return business_calendar(name or f"Calendar {next(_numbers)}", at=at)


def promise(metric: str, minutes: int, calendar_: BusinessCalendar, key: str = "", **more: Any) -> dict[str, Any]:
    """A target of an agreement, as its body has it."""
    return {
        "key": key or f"{metric} {minutes}", "metric": metric, "minutes": minutes, "calendar_id": calendar_.pk, **more
    }  # fmt: skip


def agreement(
    *targets: dict[str, Any], kind: str = "sla", name: str = "", at: datetime | int = -1, **body: Any
) -> Agreement:
    """An agreement with these targets, in force a minute before `T0`."""
    row = Agreement.objects.create(name=name or f"Agreement {next(_numbers)}", kind=kind)
    new_version(row, *targets, at=at, **body)
    return row


def new_version(row: Agreement, *targets: dict[str, Any], at: datetime | int, **body: Any) -> AgreementVersion:
    """The next version of an agreement."""
    made = AgreementVersion.objects.create(
        agreement=row, version=row.versions.count() + 1, body={"targets": list(targets), **body},
        effective_at=instant(at), created_at=instant(at),
    )  # fmt: skip
    made.calendars.set({target["calendar_id"] for target in targets})
    bump("agreements")
    return made


def what_if(author: User | None, **fields: Any) -> WhatIf:
    """A what-if over March 2026 that has run and found nothing; its draft changes the matrix to what it is."""
    sums: dict[str, Any] = dict.fromkeys(("incidents", "changed", "turned"), 0)
    result = sums | {key: [] for key in ("outcomes", "told", "thresholds", "recorded")} | {"agreements": {}}
    result |= {"versions": {"agreements": {}, "calendars": {}, "matrix": 0}, "until": T0.isoformat()}
    values: dict[str, Any] = {
        "name": f"What-if {next(_numbers)}", "first": date(2026, 3, 1), "end": date(2026, 4, 1), "state": "done",
        "draft": {"matrix": dict(DEFAULT_MATRIX)}, "base": {"agreements": {}, "calendars": {}, "matrix": 0},
        "result": result, "created_at": T0, "changed_at": T0,
    }  # fmt: skip
    return WhatIf.objects.create(author=author, **{**values, **fields})


def integration(kind: str = "prometheus", name: str = "", **fields: Any) -> Integration:
    """A source of alerts."""
    row = Integration.objects.create(kind=kind, name=name or f"Source {next(_numbers)}", **fields)
    bump("integrations")
    return row


def arrives(source: Integration, *events: Event, at: datetime | int = 0) -> int:
    """One delivery of these events, written as the intake does and not yet folded; gives its key."""
    target, status = "POST /webhooks/…", 202
    arrival = receive.Arrival(source.pk, source.kind, instant(at), target, b"{}", status, events=events)
    return receive.store_here([arrival])[0]


def fires(key: str = "", action: Action = Action.TRIGGER, **fields: Any) -> Event:
    """An event; without a key, of a condition of its own."""
    key = key or f"condition {next(_numbers)}"
    return Event(action, key, **{"title": f"Trouble with {key}", **fields})


def alert(source: Integration | None = None, key: str = "", *, at: datetime | int = 0, **fields: Any) -> Alert:
    """An alert that fires since `at`; `fields` are those of its event. It is not decided yet."""
    delivery = arrives(source or integration(), fires(key, **fields), at=at)
    fold(instant(at))
    return Alert.objects.get(events__delivery_id=delivery)
