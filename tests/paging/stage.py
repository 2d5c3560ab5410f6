"""The program on a clock that stands still: web, engine and the other sides. A test moves the clock and looks."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from allclear.notifications.models import ContactMethod, Notification, Profile
from allclear.oncall.models import Escalation
from allclear.testing import T0, contact, person
from tests.browser.program import Program, environment
from tests.paging.engines import Engine, until, wake_engines
from tests.paging.sinks import Came, Sinks, sinks
from tests.paging.virtual import VirtualClock

Expected = tuple[str, str, str]  # channel, to whom, and the number or words that the title has


class Stage:
    """`expect(minutes, ...)` moves the clock to so many minutes after T0; what comes then is that and nothing else."""

    def __init__(self, there: Sinks, clock: VirtualClock) -> None:
        self.there, self.clock = there, clock
        self.engine = Engine(clock, there.mail_port)
        self.web = Program(**clock.environment(environment()["PYTHONPATH"]))

    def expect(self, minutes: float, *messages: Expected) -> list[Came]:
        """The messages, in the order of these. Fails with what came too much and what is missing."""
        self.clock.set(T0 + timedelta(minutes=minutes))
        self.settle()
        came, found = self.there.came(), []
        for channel, to, words in messages:
            fitting = [one for one in came if (one.channel, one.to) == (channel, to) and words in one.title]
            assert len(fitting) == 1, (minutes, (channel, to, words), came)
            came.remove(fitting[0])
            found += fitting
        assert came == [], f"at {minutes} minutes, not expected"
        return found

    def settle(self) -> None:
        """Until nothing is due at this instant."""
        now = self.clock.now()
        due = Escalation.objects.filter(next_at__lte=now)
        waiting = Notification.objects.filter(state="queued", due_at__lte=now)
        wake_engines()
        until(lambda: not due.exists() and not waiting.exists(), f"nothing is due at {now}")

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.web.url}{path}", timeout=60) as answer:
            return str(answer.read().decode())

    def post(self, path: str, body: Any = None, token: str = "") -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        asked = urllib.request.Request(f"{self.web.url}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.loads(answer.read())


@contextmanager
def stage(folder: Path, at: datetime = T0, *, with_web: bool = False) -> Iterator[Stage]:
    """Everything running."""
    with sinks() as there:
        found = Stage(there, VirtualClock(folder, at))
        try:
            found.engine.start()
            if with_web:
                found.web.start()
            yield found
        finally:
            found.engine.stop()
            found.web.kill()


def reader(name: str, role: str = "agent") -> Any:
    """A person who is reached by e-mail at their name."""
    user = person(role, name=name)
    contact(user, email=mailbox(name))
    return user


def mailbox(name: str) -> str:
    return f"{name.lower()}@example.org"


def wants(user: Any, high: list[tuple[int, ContactMethod]] | None = None, **more: Any) -> None:
    """Give somebody rules: after so many minutes by this."""
    listed = [{"after_minutes": minutes, "method": method.pk} for minutes, method in high or []]
    Profile.objects.create(user=user, rules={"high": listed, **more})
