"""Text messages and calls to a number: through the organisation's gateway, of a known service or one's own program."""

from __future__ import annotations

import json

import pytest
from standardwebhooks.webhooks import Webhook as Signature

from allclear.accounts.queries import viewer_for
from allclear.kernel.errors import ChannelError, Invalid, NotPermitted
from allclear.notifications.actions import gateways
from allclear.notifications.actions.methods import add_method
from allclear.notifications.channels import CHANNELS
from allclear.notifications.models import ContactMethod, Gateway
from allclear.notifications.queries import address_words, state_of
from allclear.notifications.rules import methods_for
from allclear.notifications.tests.peers import Sink, message
from allclear.testing import T0, contact, person

pytestmark = pytest.mark.django_db
NUMBER = "+494012345678"


def gateway(kind: str, url: str, **more: object) -> Gateway:
    values = {"kind": kind, "name": f"{kind} gateway", "url": url, "is_active": True, **more}
    admin = viewer_for(person("admin").pk)
    assert admin is not None
    return gateways.add_gateway(admin, values, now=T0)


@pytest.mark.parametrize("kind", ["sms", "voice"])
def test_a_number_goes_through_the_gateway_with_a_signature(kind: str, sink: Sink) -> None:
    row = gateway(kind, sink.url)
    sink.said = b'{"id": "abc-1"}'
    receipt = CHANNELS[kind].send({"number": NUMBER}, message())
    got = sink.got[0]
    told = json.loads(got.body)
    assert (told["type"], told["data"]["to"]) == (kind, NUMBER)
    assert told["data"]["ack_url"].endswith("/page/token/")
    assert "P1 INC0000042" in told["data"]["text"]
    assert receipt.reference == "abc-1"
    assert Signature(gateways.secret_of(row)).verify(got.body, got.headers)


def test_a_service_that_is_known_gets_the_number_in_its_address(sink: Sink) -> None:
    gateway("sms", sink.url.replace("http://", "json://") + "/{number}")
    CHANNELS["sms"].send({"number": NUMBER}, message())
    assert sink.got[0].path.endswith("/494012345678")


def test_a_gateway_that_refuses_the_number_is_out_for_good_and_one_that_fails_is_not(sink: Sink) -> None:
    gateway("sms", sink.url)
    for status, is_permanent in ((422, True), (503, False)):
        sink.status = status
        with pytest.raises(ChannelError) as caught:
            CHANNELS["sms"].send({"number": NUMBER}, message())
        assert caught.value.permanent is is_permanent


@pytest.mark.parametrize(
    ("text", "kept"),
    [("+49 (40) 123 456-78", NUMBER), ("0049 40 12345678", ""), ("040 12345678", ""), ("+49", ""), ("call me", "")],
)
def test_numbers_are_kept_in_the_international_form(text: str, kept: str, sink: Sink) -> None:
    gateway("sms", sink.url)
    if kept:
        assert CHANNELS["sms"].check({"number": text}) == {"number": kept}
        return
    with pytest.raises(Invalid) as caught:
        CHANNELS["sms"].check({"number": text})
    assert caught.value.fields["number"] == "Write the whole number with + and the country, such as +49 40 1234567."


def test_without_a_gateway_no_number_is_taken_and_an_address_still_is() -> None:
    with pytest.raises(Invalid) as caught:
        CHANNELS["sms"].check({"number": NUMBER})
    assert "an administrator adds one" in caught.value.fields["number"]
    assert CHANNELS["sms"].check({"url": "json://127.0.0.1/"}) == {"url": "json://127.0.0.1/"}


@pytest.mark.parametrize("url", ["", "twilio", "nosuch://{number}", "json://127.0.0.1/"])
def test_a_gateway_of_no_known_service_or_without_place_for_the_number_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        gateway("sms", url)
    assert "with {number} in it" in caught.value.fields["url"]


def test_one_gateway_of_a_kind_is_in_use_and_only_administrators_change_them(sink: Sink) -> None:
    gateway("sms", sink.url)
    with pytest.raises(Invalid) as caught:
        gateway("sms", sink.url, name="Another")
    assert caught.value.fields == {"is_active": "Put the other gateway of this kind out of use first."}
    lead = viewer_for(person("team_lead").pk)
    assert lead is not None
    with pytest.raises(NotPermitted):
        gateways.add_gateway(lead, {"kind": "voice", "name": "x", "url": sink.url, "is_active": True}, now=T0)


def working() -> list[ContactMethod]:
    return list(ContactMethod.objects.working())


def test_a_number_that_nothing_serves_any_more_reaches_nobody_and_says_so(sink: Sink) -> None:
    row = gateway("sms", sink.url)
    ana = person(name="Ana")
    viewer = viewer_for(ana.pk)
    assert viewer is not None
    method = add_method(viewer, {"kind": "sms", "address": {"number": NUMBER}}, now=T0)
    ContactMethod.objects.filter(pk=method.pk).update(verified_at=T0)
    method.refresh_from_db()
    assert address_words("sms", method.address) == NUMBER
    assert (working(), method.is_working, state_of(method)) == ([method], True, "works")
    Gateway.objects.filter(pk=row.pk).update(is_active=False)
    assert (working(), method.is_working, state_of(method)) == ([], False, "unserved")
    assert not methods_for(ana.pk)[0].is_working
    with pytest.raises(ChannelError) as caught:
        CHANNELS["sms"].send(method.address, message())
    assert caught.value.permanent
    assert not caught.value.blames_address


def test_a_test_says_what_the_gateway_answered(sink: Sink) -> None:
    row = gateway("sms", sink.url)
    admin = viewer_for(person("admin").pk)
    assert admin is not None
    sink.said = b"queued"
    assert "queued" in gateways.test_gateway(admin, row.pk, "+49 40 12345678", now=T0)
    sink.status = 500
    with pytest.raises(Invalid):
        gateways.test_gateway(admin, row.pk, NUMBER, now=T0)


def test_e_mail_is_not_touched_by_gateways() -> None:
    ana = person(name="Ana")
    method = contact(ana)
    assert method.is_working
    assert working() == [method]
