"""Sources that never give up: each sends the events of its own keys in order, and again until they are answered 2xx."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TRIGGER, RESOLVE = "trigger", "resolve"


@dataclass(frozen=True)
class Message:
    """One request: `events` are the (key, number) that it carries."""

    path: str
    body: bytes
    events: Sequence[tuple[str, int]]


@dataclass
class Sent:
    """What is known of one event: it was answered once; `in_doubt` attempts more may be in the database too."""

    is_answered: bool = False
    in_doubt: int = 0


@dataclass
class Sender:
    """One source on one connection, which it opens again whenever it breaks."""

    port: int
    messages: Sequence[Message]
    sent: dict[tuple[str, int], Sent] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    broken: int = 0

    def run(self, until: float) -> None:
        """Send everything, or end at this instant of `time.monotonic`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for message in self.messages:
            for event in message.events:
                self.sent.setdefault(event, Sent())
            while time.monotonic() < until and not self._asked(connection, message):
                for event in message.events:
                    self.sent[event].in_doubt += 1
                time.sleep(0.05)
        connection.close()

    def _asked(self, connection: http.client.HTTPConnection, message: Message) -> bool:
        """Whether it was answered 2xx; a connection that broke is opened again by the next attempt."""
        try:
            return self._ask(connection, message)
        except (OSError, http.client.HTTPException):
            self.broken += 1
            connection.close()
            return False

    def _ask(self, connection: http.client.HTTPConnection, message: Message) -> bool:
        connection.request("POST", message.path, message.body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        if answer.status // 100 != 2:
            return False
        for event in message.events:
            self.sent[event].is_answered = True
        return True


def send(senders: Sequence[Sender], patience: float) -> list[threading.Thread]:
    """All at once, each on a thread; gives the threads."""
    until = time.monotonic() + patience
    threads = [threading.Thread(target=sender.run, args=(until,)) for sender in senders]
    for thread in threads:
        thread.start()
    return threads


def single(key: str, routing_key: str, number: int, action: str, severity: str) -> Message:
    """One event, as PagerDuty's Events API v2 takes it."""
    body: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": key,
        "payload": {"summary": key, "source": key, "severity": severity, "custom_details": {"number": number}},
    }
    return Message("/v2/enqueue", json.dumps(body).encode(), [(key, number)])


def batch(path: str, events: Mapping[str, tuple[int, bool]]) -> Message:
    """An event for each of many keys, as Prometheus sends them: its number, and whether it is over."""
    alerts = [
        {
            "labels": {"alertname": key, "severity": "info"},
            "annotations": {"number": str(number)},
            "endsAt": "2001-01-01T00:00:00Z" if is_over else "2999-01-01T00:00:00Z",
        }
        for key, (number, is_over) in events.items()
    ]
    return Message(path, json.dumps(alerts).encode(), [(key, number) for key, (number, _) in events.items()])
