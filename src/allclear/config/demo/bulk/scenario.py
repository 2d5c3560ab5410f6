"""How a generated incident goes: drawn at random, cut at `now`, each step a command to the real rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from random import Random

from allclear.accounts import queries as people
from allclear.catalog.queries import CategoryNode
from allclear.config.demo.bulk import wording
from allclear.config.demo.bulk.masters import Masters, Requester
from allclear.config.demo.bulk.telling import Telling
from allclear.domain.incident import IncidentState, completeness
from allclear.domain.incident import commands as c
from allclear.domain.priority import Assessment, assess
from allclear.domain.routing import Facts, Names, Route, route
from allclear.domain.terms import Channel, HoldReason, Kind, Slot, Status

CHANNELS = (Channel.PORTAL, Channel.PHONE, Channel.EMAIL, Channel.CHAT, Channel.WALK_UP, Channel.MONITORING)
HOLDS = (HoldReason.REQUESTER, HoldReason.CHANGE, HoldReason.PROBLEM, HoldReason.EVIDENCE)
Step = Callable[[datetime], None]


class Scenario:
    """Tells incidents one after another; `logged_at` has to ascend, so that people's loads are those of the time."""

    def __init__(self, masters: Masters, random: Random, now: datetime) -> None:
        self.masters, self.random, self.now = masters, random, now
        self.organisations_above = cache(people.above)
        self.weigh = cache(self._weigh)

    def tell(self, pk: int, number: str, logged_at: datetime, *, lingers: bool) -> Telling:
        """The whole story up to `now`. One that lingers is never resolved."""
        telling = Telling(self.masters.policies, IncidentState(id=pk))
        self._log(telling, number, logged_at)
        ended = logged_at
        for gap, step in self._course(telling, lingers):
            ended += gap
            if ended > self.now:
                break
            step(ended)
        self.masters.roster.take(telling.state.assignee_id, self.now + timedelta(days=1) if lingers else ended)
        return telling

    def _log(self, telling: Telling, number: str, at: datetime) -> None:
        random, masters = self.random, self.masters
        requester = random.choice(masters.requesters)
        category = random.choice(masters.categories) if masters.categories and random.random() < 0.97 else None
        channel = random.choices(CHANNELS, (45, 25, 15, 7, 2, 6))[0]
        by = requester.id if channel == Channel.PORTAL else random.choice(masters.desk)
        title, text = wording.title(random, category), wording.description(random)
        weight = self.weigh(*self._levels(category), requester.is_vip)
        fields = self._fields(requester, category, channel, at)
        found = self._route(fields, category, requester, f"{title}\n{text}", at)
        refs = {slot: telling.text(slot, body, at) for slot, body in ((Slot.TITLE, title), (Slot.DESCRIPTION, text))}
        cis = frozenset(random.sample(masters.items, min(len(masters.items), random.choice((0, 0, 0, 1, 1, 2)))))
        telling.do(c.Log(number, fields, {str(k): v for k, v in refs.items()}, weight, found, ci_ids=cis), by, at)

    def _fields(
        self, requester: Requester, category: CategoryNode | None, channel: str, at: datetime
    ) -> dict[str, object]:
        random = self.random
        return {
            "kind": Kind.SERVICE_REQUEST if random.random() < 0.12 else Kind.INCIDENT,
            "channel": channel,
            "organisation_id": requester.organisation_id,
            "requester_id": requester.id,
            "location": requester.location,
            "service_id": random.choice(self.masters.services) if self.masters.services else None,
            "category_id": category.id if category else None,
            "security_class_id": category.security_class_id if category else None,
            "occurred_at": at - timedelta(minutes=random.randint(1, 240)) if random.random() < 0.4 else None,
        }

    def _levels(self, category: CategoryNode | None) -> tuple[int, int]:
        if category is None:
            return self._level(None), self._level(None)
        return self._level(category.default_impact), self._level(category.default_urgency)

    def _level(self, default: int | None) -> int:
        size = self.masters.policies.matrix.size
        drawn = self.random.choices(range(1, size + 1), (8, 42, 50) if size == 3 else (5, 20, 40, 35))[0]
        return drawn if default is None or self.random.random() < 0.7 else default

    def _weigh(self, impact: int, urgency: int, is_vip: bool) -> Assessment:
        return assess(self.masters.policies.matrix, impact, urgency, is_vip=is_vip)

    def _route(
        self, fields: dict[str, object], category: CategoryNode | None, requester: Requester, text: str, at: datetime
    ) -> Route:
        facts = Facts(
            category_ids=category.path if category else (),
            service_id=fields["service_id"],  # type: ignore[arg-type]  # an id or None
            organisation_ids=self.organisations_above(requester.organisation_id),
            kind=str(fields["kind"]),
            channel=str(fields["channel"]),
            location=requester.location,
            text=text,
            is_vip=requester.is_vip,
        )
        masters = self.masters
        return route(masters.policies.routing, facts, masters.roster.at(at), Names(masters.team_names))

    def _course(self, telling: Telling, lingers: bool) -> Iterator[tuple[timedelta, Step]]:
        """Steps with the time since the one before. A generator: each choice sees what the last step led to."""
        random = self.random
        if random.random() < 0.02 and not lingers:
            yield self._minutes(60), lambda at: self._cancel(telling, at)
            return
        if lingers and random.random() < 0.3:
            return  # nobody has begun
        if telling.state.team_id is None:
            team = random.choice(list(self.masters.roster.members))
            yield self._minutes(30), lambda at: telling.do(c.Assign(team, None), self._desk(), at)
        yield self._minutes(45), lambda at: telling.do(c.Accept(), self._worker(telling), at)
        yield from self._work(telling)
        if lingers:
            if random.random() < 0.5:
                yield self._minutes(120), lambda at: self._hold(telling, at)
            return
        yield self._minutes(240), lambda at: self._resolve(telling, at)
        yield from self._end(telling)

    def _work(self, telling: Telling) -> Iterator[tuple[timedelta, Step]]:
        random, drawn = self.random, self.random.random()
        for share in (0.8, 0.5):
            if random.random() < share:
                yield self._minutes(20), lambda at: self._note(telling, at)
        for share in (0.75, 0.5):
            if random.random() < share:
                yield self._minutes(20), lambda at: self._reply(telling, at)
        if drawn < 0.18:
            yield self._minutes(30), lambda at: self._hold(telling, at)
            yield self._minutes(600), lambda at: self._go_on(telling, at)
        elif drawn < 0.26:
            yield self._minutes(40), lambda at: self._hand_over(telling, at)
            yield self._minutes(60), lambda at: telling.do(c.Accept(), self._worker(telling), at)
        elif drawn < 0.32:
            yield self._minutes(30), lambda at: self._prioritise(telling, at)
        elif drawn < 0.40:
            yield self._minutes(30), lambda at: self._task(telling, at)
            yield self._minutes(90), lambda at: self._finish_tasks(telling, at)
        elif drawn < 0.45:
            yield (
                self._minutes(50),
                lambda at: telling.do(
                    c.FindWorkaround(
                        telling.text(Slot.WORKAROUND, "Use the other device meanwhile.", at), restores_service=True
                    ),
                    self._worker(telling),
                    at,
                ),
            )

    def _end(self, telling: Telling) -> Iterator[tuple[timedelta, Step]]:
        random = self.random
        if random.random() < 0.3:
            yield self._minutes(300), lambda at: telling.do(c.Verify(is_effective=True), telling.state.requester_id, at)
        close_after = self.masters.policies.lifecycle.close_after
        if random.random() < 0.4 or not close_after:
            yield (
                self._minutes(1200),
                lambda at: telling.do(c.Close(completeness.of(telling.state).score), self._worker(telling), at),
            )
        else:
            since = telling.events[-1].at - (telling.state.resolved_at or telling.events[-1].at)
            yield (
                close_after - since,
                lambda at: telling.do(c.Close(completeness.of(telling.state).score, is_automatic=True), None, at),
            )

    def _minutes(self, median: float) -> timedelta:
        """A span with a long tail around the median, at least a minute."""
        return timedelta(minutes=max(1.0, self.random.lognormvariate(0, 1) * median))

    def _desk(self) -> int:
        return self.random.choice(self.masters.desk)

    def _worker(self, telling: Telling) -> int:
        """Who has it, else somebody of the team."""
        crew = self.masters.roster.members.get(telling.state.team_id or 0)
        return telling.state.assignee_id or (self.random.choice(crew).user_id if crew else self._desk())

    def _note(self, telling: Telling, at: datetime) -> None:
        text = wording.filled(self.random, self.random.choice(wording.NOTES))
        telling.note(text, self._worker(telling), at)

    def _reply(self, telling: Telling, at: datetime) -> None:
        """To the requester, who mostly answers at once."""
        telling.reply(self.random.choice(wording.REPLIES), self._worker(telling), at)
        requester = telling.state.requester_id
        if requester and self.random.random() < 0.6:
            telling.reply(self.random.choice(wording.ANSWERS), requester, at, by_requester=True)

    def _hold(self, telling: Telling, at: datetime) -> None:
        telling.do(c.Hold(self.random.choice(HOLDS), at + timedelta(days=2)), self._worker(telling), at)

    def _go_on(self, telling: Telling, at: datetime) -> None:
        requester = telling.state.requester_id
        if telling.state.hold_reason == HoldReason.REQUESTER and requester:
            telling.reply("Here is what you asked for.", requester, at, by_requester=True)
        else:
            telling.do(c.Resume(), self._worker(telling), at)

    def _hand_over(self, telling: Telling, at: datetime) -> None:
        """Offered to another team: mostly accepted by one of them, else refused or left unanswered."""
        random, members = self.random, self.masters.roster.members
        others = [team for team in members if team != telling.state.team_id]
        if not others:
            return
        receiver = random.choice(others)
        reason = telling.text(Slot.REASON, random.choice(wording.HANDED), at)
        telling.do(c.HandOver(receiver, reason), self._worker(telling), at)
        drawn, person = random.random(), random.choice(members[receiver]).user_id
        if drawn < 0.75:
            telling.do(c.AcceptHandover(), person, at, team_ids=frozenset({receiver}))
        elif drawn < 0.97:
            no = telling.text(Slot.REASON, random.choice(wording.REFUSED), at)
            telling.do(c.RefuseHandover(no), person, at, team_ids=frozenset({receiver}))

    def _prioritise(self, telling: Telling, at: datetime) -> None:
        weight = self.weigh(*self._levels(None), False)
        same = (telling.state.impact, telling.state.urgency) == (weight.impact, weight.urgency)
        if not same:
            reason = telling.text(Slot.REASON, self.random.choice(wording.REASONS), at)
            telling.do(c.Prioritise(weight, reason), self._worker(telling), at)

    def _task(self, telling: Telling, at: datetime) -> None:
        for title in self.random.sample(wording.TASKS, self.random.randint(1, 2)):
            telling.task(title, self._worker(telling), at)

    def _finish_tasks(self, telling: Telling, at: datetime) -> None:
        for task in telling.state.open_tasks:
            telling.do(c.ChangeTask(task.id, "done"), task.owner_id, at)

    def _cancel(self, telling: Telling, at: datetime) -> None:
        telling.do(c.Cancel(telling.text(Slot.REASON, "Withdrawn by the requester.", at)), self._desk(), at)

    def _resolve(self, telling: Telling, at: datetime) -> None:
        self._finish_tasks(telling, at)
        if telling.state.status == Status.RESOLVED:
            return
        random, codes = self.random, self.masters
        command = c.Resolve(
            random.choice(codes.resolution_codes),
            telling.text(Slot.RESOLUTION, random.choice(wording.DONE), at),
            random.choice(codes.cause_codes) if random.random() < 0.8 or telling.policies.lifecycle.needs_cause else "",
            downtime_minutes=random.randint(5, 600) if random.random() < 0.1 else None,
        )
        telling.do(command, self._worker(telling), at)
