"""Web push, against a stand-in push service that checks our signature and decrypts as a browser does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allclear.kernel import clock
from allclear.kernel.errors import ChannelError, Invalid
from allclear.notifications.channels.push import Push
from allclear.notifications.tests.browsers import Browser, claims
from allclear.notifications.tests.peers import Sink, message


@pytest.fixture
def browser(sink: Sink) -> Browser:
    sink.status = 201
    return Browser(sink.url)


def test_only_the_browser_can_read_it(sink: Sink, browser: Browser) -> None:
    Push().send(browser.address, message())
    told = browser.read(sink.got[0])
    assert told["title"] == "P1 INC0000042: Störung im Netz"
    assert told["body"] == "The core switch is down."
    assert told["ack"].endswith("/page/token/")
    assert told["page"] is True
    assert b"INC0000042" not in sink.got[0].body


def test_it_is_signed_for_this_push_service_and_for_less_than_a_day(sink: Sink, browser: Browser) -> None:
    Push().send(browser.address, message())
    found = claims(sink.got[0])
    assert found["aud"] == sink.url.removesuffix("/hook")
    assert 0 < found["exp"] - clock.now().timestamp() <= 24 * 3600
    assert found["sub"].startswith("mailto:")


@pytest.mark.parametrize(("is_page", "urgency", "lives"), [(True, "high", "3600"), (False, "normal", "86400")])
def test_a_page_is_urgent_and_soon_stale(is_page: bool, urgency: str, lives: str, sink: Sink, browser: Browser) -> None:
    Push().send(browser.address, message(is_page=is_page))
    assert (sink.got[0].headers["urgency"], sink.got[0].headers["ttl"]) == (urgency, lives)


def test_a_long_text_is_cut_to_what_every_push_service_takes(sink: Sink, browser: Browser) -> None:
    Push().send(browser.address, message(text="ä" * 20_000))
    assert len(sink.got[0].body) <= 4096
    assert browser.read(sink.got[0])["body"].startswith("ää")


@pytest.mark.parametrize(
    ("status", "is_permanent", "blames_address"),
    [(404, True, True), (410, True, True), (413, True, False), (429, False, False), (503, False, False)],
)
def test_it_knows_what_is_for_good(
    status: int, is_permanent: bool, blames_address: bool, sink: Sink, browser: Browser
) -> None:
    sink.status = status
    with pytest.raises(ChannelError) as caught:
        Push().send(browser.address, message())
    assert (caught.value.permanent, caught.value.blames_address) == (is_permanent, blames_address)
    assert str(status) in caught.value.message


def test_a_push_service_that_hangs_is_given_up(sink: Sink, browser: Browser, hang: Callable[[], None]) -> None:
    hang()
    with pytest.raises(ChannelError) as caught:
        Push().send(browser.address, message())
    assert not caught.value.permanent


@pytest.mark.parametrize("address", [{}, {"endpoint": "https://push.example.org/1"}, {"keys": "none"}])
def test_it_refuses_what_is_no_subscription(address: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        Push().check(address)
    assert "switch notifications on" in caught.value.fields["address"]


def test_it_keeps_of_a_subscription_what_it_needs(sink: Sink, browser: Browser) -> None:
    given = {**browser.address, "expirationTime": None}
    assert Push().check(given) == browser.address
