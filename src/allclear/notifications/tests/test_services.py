"""Chat, SMS, voice and ntfy through apprise, against a web server; and what is loaded only when something is sent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from allclear.kernel.errors import ChannelError, Invalid
from allclear.notifications.channels import CHANNELS
from allclear.notifications.tests.peers import Sink, message

KINDS = ["ntfy", "chat", "sms", "voice"]


def address(sink: Sink) -> dict[str, str]:
    return {"url": sink.url.replace("http://", "json://")}


@pytest.mark.parametrize("kind", KINDS)
def test_it_hands_over_title_text_and_link(kind: str, sink: Sink) -> None:
    CHANNELS[kind].send(address(sink), message())
    body = json.loads(sink.got[0].body)
    assert body["title"] == "P1 INC0000042: Störung im Netz"
    assert "The core switch is down." in body["message"]
    assert body["message"].endswith("/page/token/")


@pytest.mark.parametrize(("kind", "is_cut"), [("sms", True), ("voice", True), ("chat", False), ("ntfy", False)])
def test_a_text_message_is_short(kind: str, is_cut: bool, sink: Sink) -> None:
    CHANNELS[kind].send(address(sink), message(text="x" * 2000))
    assert (json.loads(sink.got[0].body)["message"].count("x") < 400) is is_cut


@pytest.mark.parametrize("status", [404, 500])
def test_what_it_does_not_take_may_pass_and_says_why(status: int, sink: Sink) -> None:
    sink.status = status
    with pytest.raises(ChannelError) as caught:
        CHANNELS["chat"].send(address(sink), message())
    assert not caught.value.permanent
    assert str(status) in caught.value.message


def test_a_service_that_hangs_is_given_up(sink: Sink, hang: Callable[[], None]) -> None:
    hang()
    with pytest.raises(ChannelError):
        CHANNELS["chat"].send(address(sink), message())


@pytest.mark.parametrize("url", ["", "nothing", "nosuchservice://token", "https//example.org"])
def test_it_refuses_a_service_that_is_not_known_in_words(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        CHANNELS["chat"].check({"url": url})
    assert "ntfys://ntfy.sh/your-topic" in caught.value.fields["address"]


def test_an_address_that_is_not_known_any_more_is_out_for_good() -> None:
    with pytest.raises(ChannelError) as caught:
        CHANNELS["chat"].send({"url": "nosuchservice://token"}, message())
    assert caught.value.permanent


_START = """
import sys
from allclear.config import wsgi
from django.test import Client
from django.urls import get_resolver
get_resolver().url_patterns
print(*sorted({"apprise", "aiohttp", "pywebpush", "requests"} & set(sys.modules)))
"""


def test_a_web_process_loads_no_sender_at_its_start() -> None:
    done = subprocess.run([sys.executable, "-c", _START], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == ""
