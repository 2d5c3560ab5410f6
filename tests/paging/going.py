"""The deliverer as the engine has it, driven by a test, and pages for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allclear.engine.deliver import Deliverer
from allclear.kernel import clock
from allclear.notifications.actions import outbox
from allclear.notifications.channels.base import Message
from allclear.notifications.messages import as_data
from allclear.notifications.models import ContactMethod
from tests.paging.engines import until


class Going:
    """The deliverer on threads of its own, as in the engine, and on a clock that goes forward when the test says."""

    def __init__(self) -> None:
        self.deliverer = Deliverer()
        self.ahead = timedelta()

    def look(self) -> None:
        self.deliverer.process(clock.now() + self.ahead)

    def until(self, is_so: Any, what: str) -> None:
        def looked() -> Any:
            self.look()
            return is_so()

        until(looked, what)


def page(method: ContactMethod, number: int = 0) -> outbox.Draft:
    now = clock.now()
    key = f"page:{method.pk}:{number}"
    message = as_data(Message(key, f"P1 number {number}", "The core switch is down", now, is_page=True))
    return outbox.Draft(key, method.kind, "page", message, now, method.user_id, method.pk)


def pages(*methods: ContactMethod) -> None:
    outbox.queue([page(one) for one in methods], now=clock.now())
