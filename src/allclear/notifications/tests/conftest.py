"""The other sides, running while a test runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from allclear.notifications.channels import email, push, services, webhook
from allclear.notifications.tests.peers import Mailroom, Sink, mail_server, web_server


@pytest.fixture
def mailroom(settings: Settings) -> Iterator[Mailroom]:
    """A mail server that the program sends to."""
    with mail_server() as (room, port):
        use_mail_server(settings, port)
        yield room


def use_mail_server(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # tests keep mail in memory else
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


@pytest.fixture
def sink() -> Iterator[Sink]:
    with web_server() as found:
        yield found


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs is given up after a moment."""
    for module in (email, push, services, webhook):
        monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)


@pytest.fixture
def hang(sink: Sink, hurry: None) -> Iterator[Callable[[], None]]:
    """Call it, and the web server lets callers wait until the test is over."""
    over = threading.Event()

    def wait() -> None:
        over.wait(60)

    def begin() -> None:
        sink.before = wait

    yield begin
    over.set()
