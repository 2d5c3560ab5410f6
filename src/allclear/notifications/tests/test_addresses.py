"""Addresses of a single purpose: what was signed is read back, in whatever case, and nothing else is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from allclear.kernel.errors import NotFound, Refused
from allclear.notifications import addresses
from allclear.notifications.addresses import Purpose
from allclear.testing import T0

KEYS = st.integers(1, 2**40 - 1)


@pytest.fixture(autouse=True)
def inbound(settings: Settings) -> None:
    settings.INBOUND_ADDRESS = "page@in.example.org"


def token_of(address: str) -> str:
    found = addresses.ours(address)
    assert found
    return found[1]


@given(KEYS, KEYS)
def test_an_answer_is_read_back_whatever_a_server_makes_of_its_letters(escalation: int, user: int) -> None:
    address = addresses.reply_address(escalation, user, T0)
    assert len(address.partition("@")[0]) <= 64  # RFC 5321, 4.5.3.1.1
    for written in (address, address.upper(), f"<{address}>"):
        asked = addresses.read_reply(token_of(written), T0)
        assert (asked.escalation_id, asked.user_id, asked.sent_at) == (escalation, user, T0)


@given(KEYS)
def test_a_bounce_is_read_back(key: int) -> None:
    assert addresses.read_bounce(token_of(addresses.bounce_address(key))) == key


@given(st.integers(0, 38), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_token_that_somebody_changed_is_none(place: int, letter: str) -> None:
    token = token_of(addresses.reply_address(5, 7, T0))
    forged = token[:place] + letter + token[place + 1 :]
    if forged != token:
        with pytest.raises(NotFound):
            addresses.read_reply(forged, T0)


def test_a_token_of_one_purpose_is_none_of_the_other() -> None:
    with pytest.raises(NotFound):
        addresses.read_bounce(token_of(addresses.reply_address(5, 7, T0)))
    with pytest.raises(NotFound):
        addresses.read_reply(token_of(addresses.bounce_address(5)), T0)


def test_an_answer_is_taken_for_a_day() -> None:
    token = token_of(addresses.reply_address(5, 7, T0))
    assert addresses.read_reply(token, T0 + timedelta(hours=24)).user_id == 7
    with pytest.raises(Refused):
        addresses.read_reply(token, T0 + timedelta(hours=24, minutes=1))


@pytest.mark.parametrize(
    "address",
    ["page@in.example.org", "page+x1@in.example.org", "page+p@elsewhere.org", "desk+pabc@in.example.org", "", "<>"],
)
def test_other_addresses_are_not_ours(address: str) -> None:
    assert addresses.ours(address) is None


@pytest.mark.parametrize("token", ["", "a", "1", "ä", "a" * 500, "=" * 8])
def test_what_is_no_token_is_refused_in_words(token: str) -> None:
    with pytest.raises(NotFound):
        addresses.read_reply(token, T0)


def test_without_an_inbound_address_there_are_none(settings: Settings) -> None:
    settings.INBOUND_ADDRESS = ""
    assert addresses.reply_address(5, 7, T0) == addresses.bounce_address(5) == ""
    assert addresses.ours("page+pabc@in.example.org") is None


def test_the_purposes_have_a_letter_each() -> None:
    assert len({str(one) for one in Purpose}) == len(Purpose) == 2
