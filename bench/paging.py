"""Paging: from the commit of an incident to the first byte at a sink, many pages at once, and the rules alone."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.figures import percentile
from bench.stand import ROOT, Web, processor_seconds

if TYPE_CHECKING:
    from allclear.config.database import Database
    from bench.asking import Key

INCIDENTS, PAGES, ARMED, IDLE = 60, 1_000, 100_000, 20.0


class Sink:
    """A program that takes web-hooks and remembers when each message came first."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = {}
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                at = time.time()
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                sink.seen.setdefault(body["data"].get("number") or self.headers["webhook-id"], at)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        while len(self.seen) < count and time.monotonic() < until:
            time.sleep(0.01)


class Engines:
    """So many copies of `allclear engine`."""

    def __init__(self, database: Database, count: int = 1) -> None:
        environ = {**os.environ, "DATABASE_URL": database.app_url}
        command = [sys.executable, "-m", "allclear", "engine"]
        self.processes = [
            subprocess.Popen(command, env=environ, cwd=ROOT, stdin=subprocess.DEVNULL)  # noqa: S603 - our own program
            for _ in range(count)
        ]
        time.sleep(4)  # until they listen

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)

    def idle_share(self, seconds: float) -> float:
        """Of one core, in percent."""
        pid = self.processes[0].pid
        before = processor_seconds(pid)
        time.sleep(seconds)
        return (processor_seconds(pid) - before) / seconds * 100


def measure(web: Web, key: Key, database: Database) -> dict[str, Any]:
    """Everything that was promised of paging."""
    found: dict[str, Any] = rules()
    sink = Sink()
    one = Engines(database)
    try:
        found |= _first_bytes(web, key, sink)
        found["pages_at_once_s"] = _at_once(sink, "one")
        _arm()
        found["idle_percent"] = round(one.idle_share(IDLE), 2)
    finally:
        one.stop()
    two = Engines(database, 2)
    try:
        found["pages_at_once_two_engines_s"] = _at_once(sink, "two")
    finally:
        two.stop()
        _disarm()
    return found


def rules() -> dict[str, Any]:
    """The final schedule of 50 people over a year, and the proof of coverage of 100 schedules."""
    from allclear.domain import oncall

    start = datetime(2026, 1, 5, 9, tzinfo=UTC)

    def schedule(people: int, shift: int) -> oncall.Schedule:
        rotation = oncall.Rotation(
            oncall.RotationKind.DAILY, 1, start, "Europe/Berlin", tuple((n + shift,) for n in range(people))
        )
        nights = oncall.DailyHours(oncall.EVERY_DAY, _clock(20), _clock(8))
        layers = (oncall.Layer("Days", rotation, 0), oncall.Layer("Nights", rotation, 1, (nights,)))
        return oncall.Schedule("Europe/Berlin", layers)

    def clocked(work: Callable[[], Any]) -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    big, year = schedule(50, 1), start + timedelta(days=365)
    many = [schedule(8, n) for n in range(100)]
    final_ms = min(clocked(lambda: oncall.final(big, start, year)) for _ in range(5)) * 1000
    coverage_s = clocked(lambda: [oncall.holes(one, start, year) for one in many])
    return {"final_schedule_ms": round(final_ms, 1), "coverage_of_100_s": round(coverage_s, 2)}


def _clock(hour: int) -> Any:
    from datetime import time as clock

    return clock(hour)


def _first_bytes(web: Web, key: Key, sink: Sink) -> dict[str, Any]:
    """P1 incidents logged over the API one after the other; from the answer (after the commit) to the sink."""
    team = _paged_team(sink)
    answered: dict[str, float] = {}
    body = {"title": "The core switch is down", "team_id": team, "impact": 1, "urgency": 1}
    for _ in range(INCIDENTS):
        asked = urllib.request.Request(
            f"http://127.0.0.1:{web.port}/api/v1/incidents",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {key.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own server
            number = json.loads(answer.read())["number"]
        answered[number] = time.time()
        time.sleep(0.25)  # else they come together and go out as one
    sink.wait(INCIDENTS, 30)
    late = [max(0.0, sink.seen[number] - at) * 1000 for number, at in answered.items() if number in sink.seen]
    return {
        "first_byte_p50_ms": round(percentile(late, 0.5)),
        "first_byte_p99_ms": round(percentile(late, 0.99)),
        "pages_missing": len(answered) - len(late),
    }


def _paged_team(sink: Sink) -> int:
    """A team whose policy tells the sink at once."""
    from allclear.accounts.models import Team, User
    from allclear.kernel.generation import bump
    from allclear.notifications.channels.webhook import new_secret
    from allclear.notifications.models import Webhook
    from allclear.oncall.models import EscalationPolicy

    team, _ = Team.objects.get_or_create(name="Paged by the measurement")
    hook, _ = Webhook.objects.update_or_create(
        name="Measurement", defaults={"address": {"url": sink.url, "secret": new_secret()}}
    )
    person = User.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True)[0]
    steps = [{"targets": [{"kind": "webhook", "key": hook.pk}, {"kind": "person", "key": person}], "delay_minutes": 60}]
    definition = {"steps": steps, "exhausted": {"kind": "person", "key": person}}
    policy, _ = EscalationPolicy.objects.update_or_create(
        name="Measurement", defaults={"definition": definition, "priorities": [1, 2, 3, 4, 5]}
    )
    policy.teams.set([team])
    for topic in ("teams", "escalation_policies"):
        bump(topic)
    return team.pk


def _at_once(sink: Sink, name: str) -> float:
    """Pages to a thousand people that are due in the same second: until the last is at the sink."""
    from allclear.accounts.models import User
    from allclear.notifications.actions import outbox
    from allclear.notifications.channels.webhook import new_secret
    from allclear.notifications.models import ContactMethod

    now = datetime.now(UTC)
    user = User.objects.filter(is_active=True).order_by("pk")[0]
    ContactMethod.objects.filter(user=user, name="measurement").delete()
    methods = ContactMethod.objects.bulk_create(
        ContactMethod(
            user=user,
            kind="webhook",
            name="measurement",
            address={"url": sink.url, "secret": new_secret()},
            created_at=now,
            verified_at=now,
        )
        for _ in range(PAGES)
    )
    due = now + timedelta(seconds=3)
    message = {"subject": "P1", "text": "The core switch is down"}
    sink.seen.clear()
    drafts = [
        outbox.Draft(f"bench:{name}:{due.timestamp()}:{m.pk}", "webhook", "page", message, due, user.pk, m.pk)
        for m in methods
    ]
    outbox.queue(drafts, now=now)
    sink.wait(PAGES, 60)
    return round(max(sink.seen.values(), default=0.0) - due.timestamp(), 2) if len(sink.seen) == PAGES else float("inf")


def _arm() -> None:
    """Escalations that wait for a step of tomorrow, and nothing else: mails that nobody takes would be tried again."""
    from allclear.notifications.models import Notification
    from allclear.oncall.models import Escalation

    now = datetime.now(UTC)
    Escalation.objects.update(status="stopped", next_at=None)
    Notification.objects.filter(state="queued").update(state="cancelled")
    later = now + timedelta(days=1)
    rows = (
        Escalation(subject_kind="bench", state={}, started_at=now, next_at=later, started_by_hand=True)
        for _ in range(ARMED)
    )
    Escalation.objects.bulk_create(rows, batch_size=5_000)


def _disarm() -> None:
    from allclear.oncall.models import Escalation

    Escalation.objects.filter(subject_kind="bench").delete()
