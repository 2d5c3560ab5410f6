"""What a threshold of a clock does when it fires: whom it tells, in their words, and how its event explains it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from allclear.accounts.models import Membership, User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_of, with_rights
from allclear.domain.moments import span_words
from allclear.domain.sla import Action, Agreement, AgreementKind, Clock, Do, DueThreshold, Metric
from allclear.domain.trace import Step, Trace
from allclear.incidents.models import Incident, SlaClock
from allclear.incidents.paging import KIND
from allclear.kernel.words import marked, say
from allclear.notifications.actions import outbox
from allclear.notifications.channels.base import Message
from allclear.notifications.messages import as_data, in_words_of, language_of
from allclear.notifications.rules import Planned, plan_for

LATE = timedelta(minutes=1)  # a threshold that fires later than this says so
CHANGES = (Do.ESCALATE, Do.HIGHER_TIER, Do.RAISE_PRIORITY)  # what these do is done by verbs; the others tell people
REACHED: Mapping[Metric, str] = {
    Metric.RESPONSE: marked("{percent} % of the time to answer is used ({agreement})"),
    Metric.RESOLUTION: marked("{percent} % of the time to resolve is used ({agreement})"),
    Metric.PROGRESS: marked("{percent} % of the time without any progress is used ({agreement})"),
}
BREACHED: Mapping[Metric, str] = {
    Metric.RESPONSE: marked("The time to answer is over ({agreement})"),
    Metric.RESOLUTION: marked("The time to resolve is over ({agreement})"),
    Metric.PROGRESS: marked("No progress for as long as was agreed ({agreement})"),
}


@dataclass(frozen=True, slots=True)
class Firing:
    """One threshold of one clock, reached."""

    row: SlaClock
    clock: Clock
    agreement: Agreement
    due: DueThreshold
    incident: Incident
    fired_at: datetime

    @property
    def percent(self) -> int:
        return self.due.threshold.percent

    @property
    def late(self) -> timedelta:
        """How much later than due it fires; nothing when that is what an engine needs anyway."""
        late = self.fired_at - self.due.at
        return late if late > LATE else timedelta()

    @property
    def actions(self) -> tuple[Action, ...]:
        """What it does; nothing any more once the incident needs nobody."""
        return self.due.threshold.actions if self.incident.is_open else ()

    @property
    def breaks_promise(self) -> bool:
        """Whether a promise to the customer is not kept."""
        slot = self.clock.slot
        return self.percent == 100 and slot.kind == AgreementKind.SLA and slot.metric != Metric.PROGRESS

    @property
    def sentence(self) -> str:
        texts = BREACHED if self.percent == 100 else REACHED
        return say(texts[self.clock.slot.metric], percent=self.percent, agreement=self.agreement.name)


def trace_of(firing: Firing) -> Trace:
    """Why it fired, and why as late as it did."""
    clock = firing.clock
    told = say("Target “{target}”: {span} of working time", target=clock.target_key, span=span_words(clock.duration))
    steps = [Step(told, say("{percent} % were reached at {at}.", percent=firing.percent, at=_utc(firing.due.at)))]
    if firing.late:
        late = say("It fires {span} late: the engine did not run then.", span=span_words(firing.late))
        steps.append(Step(late, say("It was looked at again at {at}.", at=_utc(firing.fired_at))))
    if firing.due.threshold.actions and not firing.incident.is_open:
        steps.append(Step(say("Nobody is told"), say("The incident needed nobody any more.")))
    return Trace("service level", firing.sentence, firing.agreement.version, tuple(steps))


def facts_of(firing: Firing, told: list[dict[str, Any]]) -> dict[str, Any]:
    """What its event says."""
    slot = firing.clock.slot
    return {
        "kind": slot.kind.value,
        "metric": slot.metric.value,
        "party": slot.party,
        "run": firing.clock.run,
        "percent": firing.percent,
        "agreement": {"id": firing.agreement.id, "name": firing.agreement.name, "version": firing.agreement.version},
        "due_at": firing.due.at.isoformat(),
        "late_seconds": int(firing.late.total_seconds()),
        "told": told,
    }


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


@dataclass
class People:
    """The people of one round, read once: who is told of what, what they may see, how they want to be told."""

    now: datetime
    _users: dict[int, User] = field(default_factory=dict)
    _viewers: dict[int, Viewer] = field(default_factory=dict)
    _plans: dict[int, list[Planned]] = field(default_factory=dict)
    _teams: dict[tuple[int, bool], list[int]] = field(default_factory=dict)

    def of(self, action: Action, row: Incident) -> list[int]:
        """Whom an action tells. Where nobody has it, its team is told; where nobody leads, all of the team."""
        if action.do == Do.TELL_PERSON:
            return [action.user_id] if action.user_id else []
        if action.do == Do.WARN_ASSIGNEE and row.assignee_id:
            return [row.assignee_id]
        team_id = action.team_id or row.team_id
        if team_id is None:
            return []
        leads = self._members(team_id, leads=True) if action.do == Do.TELL_LEAD else []
        return leads or self._members(team_id, leads=False)

    def _members(self, team_id: int, *, leads: bool) -> list[int]:
        if (team_id, leads) not in self._teams:
            rows = Membership.objects.filter(team=team_id, user__is_active=True)
            rows = rows.filter(is_lead=True) if leads else rows
            self._teams[team_id, leads] = list(rows.order_by("user_id").values_list("user_id", flat=True))
        return self._teams[team_id, leads]

    def users(self, keys: Iterable[int]) -> Iterator[tuple[User, Viewer]]:
        wanted = list(dict.fromkeys(keys))
        if missing := [key for key in wanted if key not in self._users]:
            for user in with_rights(User.objects.filter(pk__in=missing, is_active=True)):
                self._users[user.pk], self._viewers[user.pk] = user, viewer_of(user)
        return ((self._users[key], self._viewers[key]) for key in wanted if key in self._users)

    def plan(self, user: User) -> list[Planned]:
        if user.pk not in self._plans:
            self._plans[user.pk] = plan_for(user, is_page=False, priority=None, now=self.now)
        return self._plans[user.pk]


def drafts_of(firing: Firing, people: People, recipients: Iterable[int]) -> Iterator[outbox.Draft]:
    """The messages to these people, each by their own rules and in their own language."""
    why = {"text": say("A threshold of {agreement} says so.", agreement=firing.agreement.name)}
    for user, viewer in people.users(recipients):
        subject, text = _words(firing, user, _may_read(firing.incident, viewer))
        url = f"{settings.BASE_URL}/incidents/{firing.incident.number}/"
        for number, one in enumerate(people.plan(user)):
            key = f"sla:{firing.row.pk}:{firing.percent}:{user.pk}:{number}"
            message = Message(
                key, subject, text, firing.fired_at, url, thread=firing.incident.number, language=language_of(user)
            )
            yield outbox.Draft(
                key=key, channel=one.kind, kind="notice", message=as_data(message), due_at=one.at, user_id=user.pk,
                method_id=one.method_id, priority=firing.incident.priority, subject_kind=KIND,
                subject_id=firing.incident.pk, why=[why, {"text": one.why}],
            )  # fmt: skip


def _may_read(row: Incident, viewer: Viewer) -> bool:
    """Who may not see the words of a restricted incident learns its number and nothing else."""
    is_open = row.security_class_id is None or viewer.sees_every_class
    return is_open or row.security_class_id in viewer.security_class_ids


def _words(firing: Firing, user: User, may_read: bool) -> tuple[str, str]:
    row = firing.incident
    at = firing.due.at.astimezone(ZoneInfo(user.time_zone or "UTC"))
    lines = [firing.sentence, say("Reached at {at} ({zone}).", at=f"{at:%Y-%m-%d %H:%M}", zone=user.time_zone or "UTC")]
    if firing.late:
        lines.append(say("It fires {span} late: the engine did not run then.", span=span_words(firing.late)))
    told = in_words_of(user, *lines)
    priority = f"P{row.priority} " if row.priority else ""
    title = [row.title] if may_read else []
    return f"{priority}{row.number}: {told[0]}", "\n".join([*title, *told])
