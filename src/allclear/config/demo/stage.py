"""Tells stories through the real verbs: steps are collected with their instants, sorted, and played in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, TypedDict, Unpack
from zoneinfo import ZoneInfo

from allclear.accounts.permissions import SYSTEM_VIEWER, Viewer
from allclear.accounts.queries import viewer_of, with_rights
from allclear.catalog.models import Category, ConfigurationItem, Service
from allclear.config.demo.people import People
from allclear.incidents import actions
from allclear.incidents.actions import LogForm, Outcome, Request, Resolution
from allclear.incidents.models import Task

SYSTEM = "system"


class Opening(TypedDict, total=False):
    """What is told when logging, by names instead of keys."""

    description: str
    requester: str
    on_behalf_of: str
    channel: str
    category: str
    service: str
    cis: tuple[str, ...]
    impact: int
    urgency: int
    kind: str
    organisation: str
    location: str
    assignee: str
    team: str
    occurred_before: int  # minutes before it was logged
    predicted_in: timedelta  # impending: so long after the logging
    answers: tuple[tuple[str, str], ...]
    custom: Mapping[str, Any]
    tasks: tuple[str, ...]
    watchers: tuple[str, ...]


class Stage:
    """The company's rows by name, and the steps of all stories. What would lie after `now` has not happened yet."""

    def __init__(
        self,
        now: datetime,
        people: People,
        services: Mapping[str, Service],
        items: Mapping[str, ConfigurationItem],
        categories: Mapping[str, Category],
    ) -> None:
        self.now = now
        self.people = people
        self.services, self.items, self.categories = services, items, categories
        self.steps: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        users = with_rights(type(people.users["admin"]).objects.all())
        keys = {user.pk: key for key, user in people.users.items()}
        self.viewers: dict[str, Viewer] = {SYSTEM: SYSTEM_VIEWER} | {keys[u.pk]: viewer_of(u) for u in users}

    def days_ago(self, days: int, clock: str, zone: str = "Europe/Berlin") -> datetime:
        """That wall-clock time, so many days ago, where the story happens."""
        place = ZoneInfo(zone)
        day: date = self.now.astimezone(place).date() - timedelta(days=days)
        hour, minute = map(int, clock.split(":"))
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=place)

    def ago(self, **span: float) -> datetime:
        return self.now - timedelta(**span)

    def at(self, instant: datetime, step: Callable[[datetime], object]) -> None:
        if instant <= self.now:
            self.steps.append((instant, len(self.steps), step))

    def play(self, meanwhile: Callable[[datetime], object] = lambda at: None) -> None:
        """Every step in order; `meanwhile` is what the program itself does until the instant of each, and until now."""
        for instant, _, step in sorted(self.steps, key=lambda step: step[:2]):
            meanwhile(instant)
            step(instant)
        meanwhile(self.now)

    def user(self, key: str) -> int:
        return int(self.people.users[key].pk)

    def log(self, by: str, instant: datetime, title: str, **told: Unpack[Opening]) -> Case:
        """An incident that `by` logs at that instant."""
        case = Case(self, instant)

        def step(now: datetime) -> None:
            viewer = self.viewers[by]
            form = self.form(title, now, told)
            if not viewer.is_staff:  # how urgent it is, the desk decides
                form = replace(form, urgency=None)
            case.pk = actions.log_incident(Request(viewer, now), form).incident.pk

        self.at(instant, step)
        return case

    def form(self, title: str, now: datetime, told: Opening) -> LogForm:
        names = {key: self.user(told[key]) for key in ("requester", "on_behalf_of", "assignee") if key in told}
        impending = told.get("predicted_in")
        before = told.get("occurred_before")
        return LogForm(
            title=title,
            description=told.get("description", ""),
            kind=told.get("kind", "incident"),
            channel=told.get("channel", "portal"),
            requester_id=names.get("requester"),
            on_behalf_of_id=names.get("on_behalf_of"),
            organisation_id=self.people.organisations[told["organisation"]].pk if "organisation" in told else None,
            location=told.get("location", ""),
            service_id=self.services[told["service"]].pk if "service" in told else None,
            ci_ids=[self.items[name].pk for name in told.get("cis", ())],
            category_id=self.categories[told["category"]].pk if "category" in told else None,
            impact=told.get("impact"),
            urgency=told.get("urgency"),
            team_id=self.people.teams[told["team"]].pk if "team" in told else None,
            assignee_id=names.get("assignee"),
            is_impending=impending is not None,
            predicted_impact_at=now + impending if impending else None,
            occurred_at=now - timedelta(minutes=before) if before else None,
            answers=told.get("answers", ()),
            custom=told.get("custom", {}),
            tasks=told.get("tasks", ()),
            watcher_ids=[self.user(key) for key in told.get("watchers", ())],
        )


class Case:
    """One incident of a story. Each method is a verb, so many minutes after it was logged, done by a person."""

    def __init__(self, stage: Stage, opened: datetime) -> None:
        self.stage, self.opened = stage, opened
        self.pk = 0

    def do(self, minutes: float, who: str, verb: Callable[..., Outcome], *args: Any, **kwargs: Any) -> Case:
        """Any verb; another case among the arguments stands for its key."""

        def step(now: datetime) -> None:
            given = [arg.pk if isinstance(arg, Case) else arg for arg in args]
            verb(Request(self.stage.viewers[who], now), self.pk, *given, **kwargs)

        self.stage.at(self.opened + timedelta(minutes=minutes), step)
        return self

    def accept(self, minutes: float, who: str) -> Case:
        return self.do(minutes, who, actions.accept_incident)

    def note(self, minutes: float, who: str, text: str) -> Case:
        return self.do(minutes, who, actions.add_note, text)

    def reply(self, minutes: float, who: str, text: str) -> Case:
        return self.do(minutes, who, actions.reply_publicly, text)

    def hold(self, minutes: float, who: str, reason: str, note: str = "", *, hours: float = 0, **more: Any) -> Case:
        """With `hours`, until so long after the hold began."""
        until = self.opened + timedelta(minutes=minutes, hours=hours) if hours else None
        return self.do(minutes, who, actions.hold_incident, reason=reason, note=note, until=until, **more)

    def resume(self, minutes: float, who: str) -> Case:
        return self.do(minutes, who, actions.resume_incident)

    def hand_over(self, minutes: float, who: str, team: str, reason: str) -> Case:
        return self.do(
            minutes, who, actions.hand_over_incident, team_id=self.stage.people.teams[team].pk, reason=reason
        )

    def task(self, minutes: float, who: str, title: str, owner: str = "", due_hours: float = 4) -> Case:
        due = self.opened + timedelta(minutes=minutes, hours=due_hours)
        owner_id = self.stage.user(owner) if owner else None
        return self.do(minutes, who, actions.add_task, title=title, owner_id=owner_id, due_at=due)

    def finish(self, minutes: float, who: str, title: str) -> Case:
        """Finish the task whose title begins so."""

        def verb(request: Request, pk: int) -> Outcome:
            task = Task.objects.get(incident_id=pk, title__startswith=title, status="open")
            return actions.finish_task(request, pk, str(task.pk))

        return self.do(minutes, who, verb)

    def resolve(self, minutes: float, who: str, code: str, text: str, cause: str = "", **more: Any) -> Case:
        """`restored` minutes after logging: when service was back, if before the resolution."""
        if "restored" in more:
            more["restored_at"] = self.opened + timedelta(minutes=more.pop("restored"))
        if "final" in more:
            more["final_category_id"] = self.stage.categories[more.pop("final")].pk
        return self.do(minutes, who, actions.resolve_incident, Resolution(code, text, cause, **more))

    def verify(self, minutes: float, who: str, note: str = "", *, works: bool = True) -> Case:
        return self.do(minutes, who, actions.verify_incident, is_effective=works, note=note)

    def close(self, minutes: float, who: str = SYSTEM) -> Case:
        """By a person, or by the program after five days without a word."""
        return self.do(minutes, who, actions.close_incident, is_automatic=who == SYSTEM)
