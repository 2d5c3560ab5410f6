"""Make the demo company in an empty database, in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from django.db import connection, transaction

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.config.demo import (
    agreements,
    catalogue,
    categories,
    escalation,
    everyday,
    oncall,
    people,
    rules,
    stories_alerts,
    stories_daily,
    stories_jobs,
    stories_major,
    stories_noise,
    stories_offered,
    stories_quiet,
    stories_waiting,
)
from allclear.config.demo.stage import Stage
from allclear.kernel import clock
from allclear.kernel.errors import Refused

_LOCK = 0x64656D6F  # "demo": two copies of the program that start at once make one company


class DemoLogin(NamedTuple):
    """Who may be tried out, and how to log in."""

    role: str
    email: str
    password: str


def create(password: str, *, seed: int = 1, now: datetime | None = None) -> list[DemoLogin]:
    """The whole company, or nothing; everybody logs in with `password`.

    The same seed tells the same stories, shifted so that they end at `now`. Raises `Refused` when the database has
    users already: a demo company must not mix with a real one.
    """
    now = now or clock.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if User.objects.exists():
            raise Refused(
                "There are people in this database already. The demo company is made in an empty one: "
                "name another data folder in ALLCLEAR_HOME, or another database in DATABASE_URL.",
                code="demo_not_empty",
            )
        _tell(make_masters(password, now), Random(seed))  # noqa: S311 - a story, not a secret
    return [DemoLogin(role, people.email_of(key), password) for role, key in people.LOGINS]


def make_masters(password: str, now: datetime) -> Stage:
    """Everything but the incidents; gives the stage on which to tell them."""
    began = now - timedelta(days=200)
    staff = people.make_people(password, began)
    services = catalogue.make_services(staff, began)
    items = catalogue.make_items(staff, began)
    catalogue.make_edges(services, items, began)
    tree = categories.make_categories(staff.security, began)
    categories.make_questions(tree, began)
    categories.make_codes(began)
    categories.make_templates(tree, services, began)
    categories.make_fields(tree, began)
    admin = viewer_for(staff.users["admin"].pk)
    routing = rules.routing_body(staff, tree, services)
    rules.first_policies(admin, routing, began)
    rules.calendars(admin, began)
    oncall.make_schedules(staff, began, now)
    stage = Stage(now, staff, services, items, tree)
    manager = stage.viewers["elena.marchetti"]
    stage.at(stage.days_ago(12, "17:00"), lambda at: rules.vip_policy(manager, at))
    stage.at(stage.days_ago(8, "16:30"), lambda at: rules.phishing_rule(manager, routing, at))
    return stage


def _tell(stage: Stage, random: Random) -> None:
    tellers = (
        stories_major,
        stories_quiet,
        stories_daily,
        stories_waiting,
        stories_offered,
        escalation,
        stories_alerts,
        stories_noise,
        stories_jobs,
    )
    escalation.prepare(stage)
    agreements.prepare(stage)
    for story in (story for teller in tellers for story in teller.STORIES):
        story(stage)
    everyday.everyday(stage, random)
    stage.play(_meanwhile)


def _meanwhile(now: datetime) -> None:
    """What the program itself does until then."""
    stories_jobs.catch_up(now)
    stories_alerts.catch_up(now)
    agreements.catch_up(now)
