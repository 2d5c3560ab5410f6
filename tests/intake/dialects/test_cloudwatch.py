"""What Amazon SNS delivers: CloudWatch's alarms and other messages, signed with a certificate made here."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from allclear.domain.alerts import Action, Severity
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.base import Unreadable
from allclear.intake.dialects.reading import Part
from allclear.intake.dialects.reading.sns import is_of_sns, signed_text
from tests.intake.dialects.received import NOW, one, read, real, refused, request

CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123.pem"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
ALARM = {
    "AlarmName": "CPU", "AlarmDescription": "Too busy", "AWSAccountId": "123456789012", "NewStateValue": "ALARM",
    "OldStateValue": "OK", "NewStateReason": "Threshold crossed", "StateChangeTime": "2026-03-02T09:00:00.123+0000",
    "AlarmArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:CPU",
    "Trigger": {"MetricName": "CPUUtilization", "Namespace": "AWS/EC2",
                "Dimensions": [{"name": "InstanceId", "value": "i-0123"}]},
}  # fmt: skip


@cache
def signer() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: Any = None) -> bytes:
    key = key or signer()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def envelope(message: Any = ALARM, version: str = "2", **more: Any) -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    sent = {
        "Type": "Notification", "MessageId": "95df01b4", "TopicArn": TOPIC, "Subject": "ALARM: CPU", "Message": text,
        "Timestamp": "2026-03-02T09:00:00.200Z", "SignatureVersion": version, "SigningCertURL": CERTIFICATE, **more,
    }  # fmt: skip
    sent = {name: value for name, value in sent.items() if value is not None}
    algorithm = SHA1() if version == "1" else SHA256()
    signature = signer().sign(signed_text(Part(sent)).encode(), PKCS1v15(), algorithm)
    return {"Signature": base64.b64encode(signature).decode(), **sent}


def confirmation(**more: Any) -> dict[str, Any]:
    url = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=1"
    return envelope("Confirm", Type="SubscriptionConfirmation", Token="1", SubscribeURL=url, Subject=None, **more)


def verified(body: Any, fetched: Any = None, **options: Any) -> None:
    """As the hot path does before it reads."""

    def fetch(url: str) -> bytes:
        assert url == CERTIFICATE
        if isinstance(fetched, OSError):
            raise fetched
        return fetched if fetched is not None else certificate()

    verify = DIALECTS["cloudwatch"].verify
    assert verify is not None
    verify(request(body, options=options), fetch)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("body", [envelope, confirmation])
def test_it_knows_amazons_own_signature(version: str, body: Any) -> None:
    verified(body(version=version))
    verified(envelope(version=version, Subject=None))


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": "other"}, {"TopicArn": "arn:aws:sns:x"}, {"Subject": "other"}, {"Timestamp": "2020"},
        {"Signature": "x"}, {"Signature": ""}, {"SignatureVersion": "3"}, {"SignatureVersion": "1"},
        {"Type": "SubscriptionConfirmation"}, {"SigningCertURL": ""},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.example.org/x.pem"},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com/x.txt"},
    ],
)  # fmt: skip
def test_it_refuses_what_was_changed_on_the_way(changed: dict[str, str]) -> None:
    with pytest.raises(Unreadable) as error:
        verified({**envelope(), **changed})
    assert error.value.status == 401


def test_it_reads_nothing_that_was_written_beside_what_is_signed() -> None:
    beside = {**ALARM, "NewStateValue": "OK", "AlarmName": "Other", "AlarmArn": "arn:aws:cloudwatch:other"}
    body = {**envelope(), **beside}
    verified(body)  # the signature covers the message only
    event = one("cloudwatch", body)
    assert (event.action, event.key) == (Action.TRIGGER, ALARM["AlarmArn"])
    raw = one("cloudwatch", ALARM, options={"check_signature": False})
    assert (raw.action, raw.key) == (Action.TRIGGER, ALARM["AlarmArn"])


def test_it_refuses_another_signer() -> None:
    for key in (generate_private_key(public_exponent=65537, key_size=2048), ec.generate_private_key(ec.SECP256R1())):
        with pytest.raises(Unreadable):
            verified(envelope(), certificate(key))
    with pytest.raises(Unreadable):
        verified(envelope(), b"no certificate")


def test_it_asks_for_patience_when_the_certificate_cannot_be_fetched() -> None:
    with pytest.raises(Unreadable) as error:
        verified(envelope(), OSError("away"))
    assert error.value.status == 503


def test_it_checks_nothing_where_it_was_told_not_to() -> None:
    verified({**envelope(), "Signature": "x"}, check_signature=False)


@pytest.mark.parametrize(
    ("url", "is_amazons"),
    [
        (CERTIFICATE, True),
        ("https://sns.cn-north-1.amazonaws.com.cn/x.pem", True),
        ("https://sns.us-east-1.amazonaws.com:443/x.pem", True),
        ("http://sns.us-east-1.amazonaws.com/x.pem", False),
        ("https://sns.us-east-1.amazonaws.com:8443/x.pem", False),
        ("https://s3.us-east-1.amazonaws.com/x.pem", False),
        ("https://sns.us-east-1.amazonaws.com.evil.example/x.pem", False),
        ("https://evil.example/sns.us-east-1.amazonaws.com/x.pem", False),
        ("https://sns.us-east-1.amazonaws.com@evil.example/x.pem", False),
        ("https://user@sns.us-east-1.amazonaws.com/x.pem", False),
        ("https://evil.example\\@sns.us-east-1.amazonaws.com/x.pem", False),
        ("https://sns.a.b.amazonaws.com/x.pem", False),
        ("https://[::1/x.pem", False),
        ("https://sns.x.amazonaws.com:port/x.pem", False),
        ("", False),
    ],
)
def test_it_knows_amazons_addresses(url: str, is_amazons: bool) -> None:
    assert is_of_sns(url) is is_amazons


def test_it_confirms_a_subscription_of_an_allowed_topic_only() -> None:
    reading = read("cloudwatch", confirmation(), options={"topics": [TOPIC]})
    assert reading.events == []
    assert reading.confirm_url.startswith("https://sns.eu-central-1.amazonaws.com/")
    for topics in ([], ["arn:aws:sns:other"]):
        reason, answer = refused("cloudwatch", confirmation(), options={"topics": topics})
        assert TOPIC in reason
        assert answer.status == 403
    elsewhere = {**confirmation(), "SubscribeURL": "https://evil.example/"}
    assert refused("cloudwatch", elsewhere, options={"topics": [TOPIC]})[1].status == 403


def test_it_refuses_other_topics_once_any_is_named() -> None:
    assert refused("cloudwatch", envelope(), options={"topics": ["arn:aws:sns:other"]})[1].status == 403
    assert len(read("cloudwatch", envelope(), options={"topics": [TOPIC]}).events) == 1
    assert len(read("cloudwatch", envelope()).events) == 1


def test_it_reads_an_alarm() -> None:
    event = one("cloudwatch", envelope(), options={"severity": "error"})
    assert (event.action, event.key, event.title) == (Action.TRIGGER, ALARM["AlarmArn"], "CPU")
    assert (event.source, event.severity, event.source_id) == ("i-0123", Severity.ERROR, "95df01b4")
    assert event.labels == {
        "alertname": "CPU", "account": "123456789012", "region": "eu-central-1", "namespace": "AWS/EC2",
        "metric": "CPUUtilization", "InstanceId": "i-0123",
    }  # fmt: skip
    assert event.links[0].href.startswith("https://eu-central-1.console.aws.amazon.com/cloudwatch/home?")
    assert event.description == "Too busy\n\nThreshold crossed"


@pytest.mark.parametrize(
    ("state", "options", "action"),
    [
        ("ALARM", {}, Action.TRIGGER),
        ("OK", {}, Action.RESOLVE),
        ("INSUFFICIENT_DATA", {}, Action.NOTE),
        ("INSUFFICIENT_DATA", {"missing_data_fires": True}, Action.TRIGGER),
    ],
)
def test_it_maps_the_states_of_alarms(state: str, options: dict[str, bool], action: Action) -> None:
    assert one("cloudwatch", envelope({**ALARM, "NewStateValue": state}), options=options).action is action


CHANGED: dict[str, Any] = {
    "version": "0", "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92", "detail-type": "CloudWatch Alarm State Change",
    "source": "aws.cloudwatch", "account": "123456789012", "time": "2019-10-02T17:04:40Z", "region": "us-east-1",
    "resources": ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:ServerCpuTooHigh"],
    "detail": {
        "alarmName": "ServerCpuTooHigh",
        "configuration": {
            "description": "Goes into alarm when server CPU utilization is too high!",
            "metrics": [{"id": "30b6c6b2", "returnData": True, "metricStat": {
                "metric": {"dimensions": {"InstanceId": "i-12345678901234567"}, "name": "CPUUtilization",
                           "namespace": "AWS/EC2"}, "period": 300, "stat": "Average"}}],
        },
        "previousState": {"timestamp": "2019-10-02T16:54:40.000+0000", "value": "OK"},
        "state": {"reason": "Threshold Crossed", "timestamp": "2019-10-02T17:04:40.989+0000", "value": "ALARM"},
    },
}  # fmt: skip


def test_it_reads_an_alarm_that_eventbridge_handed_to_the_topic() -> None:
    event = one("cloudwatch", envelope(CHANGED, Subject=None))
    assert (event.action, event.title) == (Action.TRIGGER, "ServerCpuTooHigh")
    assert (event.key, event.source) == (CHANGED["resources"][0], "i-12345678901234567")
    assert event.labels["metric"] == "CPUUtilization" and "Threshold Crossed" in event.description
    assert event.occurred_at is not None and event.occurred_at.year == 2019
    over = {**CHANGED, "detail": {**CHANGED["detail"], "state": {"value": "OK"}}}
    assert one("cloudwatch", envelope(over, Subject=None)).action is Action.RESOLVE
    composite = {**CHANGED, "detail": {"alarmName": "All", "state": {"value": "ALARM"}, "configuration": {}}}
    assert one("cloudwatch", envelope(composite, Subject=None)).title == "All"


@pytest.mark.shared
def test_it_reads_real_messages_handed_on_by_a_function(shared_data: Path) -> None:
    event = one("cloudwatch", real(shared_data, "cloudwatch_sns_1"))
    assert (event.title, event.source, event.labels["metric"]) == ("EXAMPLE", "TestInstance", "NetworkOut")
    assert event.links == ()
    other = one("cloudwatch", real(shared_data, "sns_1"))
    assert (other.title, other.description) == ("TestInvoke", "Hello from SNS!")
    with pytest.raises(Unreadable):  # their signatures are examples
        verified(real(shared_data, "cloudwatch_sns_1"))


@pytest.mark.shared
@pytest.mark.parametrize("number", [1, 2, 3])
def test_it_names_what_an_alarm_lacks(shared_data: Path, number: int) -> None:
    """These payloads imitate CloudWatch and leave the state out."""
    assert "NewStateValue" in refused("cloudwatch", real(shared_data, f"cloudwatch_{number}"))[0]


@pytest.mark.parametrize(
    ("body", "word"),
    [(envelope(" ", Subject=None), "Message"), ({"Records": {}}, "Records"),
     ({"Records": [{"Sns": 5}]}, "Records[0].Sns"),
     (envelope({**ALARM, "Trigger": []}), "Message.Trigger"), ([], "object")],
)  # fmt: skip
def test_it_names_the_place_of_what_is_wrong(body: Any, word: str) -> None:
    assert word in refused("cloudwatch", body)[0]


def test_it_takes_no_severity_that_there_is_not() -> None:
    problems = DIALECTS["cloudwatch"].problems
    assert set(problems({"severity": "loud"})) == {"severity"}
    assert problems({"severity": "error"}) == problems({"severity": ""}) == {}
