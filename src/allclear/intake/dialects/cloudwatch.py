"""Amazon CloudWatch alarms over SNS: signed envelopes, whose topics must be allowed before they are confirmed."""

from __future__ import annotations

from typing import Any

from allclear.domain.alerts import Event
from allclear.domain.alerts.kinds import Option, OptionKind, Step
from allclear.intake.dialects.base import Answer, Dialect, Fetch, Reading, Received, Unreadable
from allclear.intake.dialects.reading import Part, json_of, part_of
from allclear.intake.dialects.reading.alarms import alarm_event
from allclear.intake.dialects.reading.sns import check, is_of_sns
from allclear.kernel.words import marked, say

OPTIONS = (
    Option("topics", marked("Topics"), marked("Their ARNs, one a line. A subscription is confirmed only for these; "
           "when any is named, others are refused."), OptionKind.LINES),
    Option("check_signature", marked("Check signatures"), marked("Off only behind something that has checked them."),
           OptionKind.SWITCH, True),
    Option("missing_data_fires", marked("Alarms without data fire"), marked("Else they change nothing."),
           OptionKind.SWITCH, False),
    Option("severity", marked("Severity"), marked("Of all alarms, since CloudWatch has none: critical, error, warning "
           "or info. Empty: unknown.")),
)  # fmt: skip


def _verify(received: Received, fetch: Fetch) -> None:
    if received.options.get("check_signature", True):
        for envelope in _envelopes(part_of(json_of(received))):
            check(envelope, fetch)


def _envelopes(body: Part) -> list[Part]:
    """The envelope itself; several where a Lambda function hands on what it was called with."""
    if "Records" in body.value:
        return [record.part("Sns") for record in body.parts("Records")]
    return [body]


def _read(received: Received) -> Reading:
    events: list[Event] = []
    confirm_url = ""
    for envelope in _envelopes(part_of(json_of(received))):
        kind = envelope.text("Type", default="Notification")
        _allowed(envelope, received, kind)
        if kind == "Notification":
            events.append(alarm_event(envelope, received.options))
        elif kind == "SubscriptionConfirmation":
            confirm_url = envelope.text("SubscribeURL")
            if not is_of_sns(confirm_url):
                raise Unreadable(say("“SubscribeURL” is no address of Amazon SNS."), status=403)
    return Reading(events, Answer(200), confirm_url=confirm_url)


def _allowed(envelope: Part, received: Received, kind: str) -> None:
    topics, topic = received.options.get("topics") or (), envelope.text("TopicArn")
    if topic in topics or (not topics and kind != "SubscriptionConfirmation"):
        return
    reason = say(
        "The topic {topic} is not allowed. Add it to the topics of this integration, then let SNS ask again.",
        topic=topic[:200] or "?",
    )
    raise Unreadable(reason, status=403)


def _problems(options: Any) -> dict[str, str]:
    if str(options.get("severity") or "") in ("", "critical", "error", "warning", "info"):
        return {}
    return {"severity": say("Choose critical, error, warning or info, or leave it empty.")}


DIALECT = Dialect(
    kind="cloudwatch",
    name="Amazon CloudWatch (SNS)",
    read=_read,
    verify=_verify,
    options=OPTIONS,
    problems=_problems,
    setup=(
        Step(marked("Add the ARN of your SNS topic to the topics in the settings of this integration.")),
        Step(
            marked("Subscribe this address to the topic; the subscription is confirmed by itself:"),
            "aws sns subscribe --topic-arn arn:aws:sns:REGION:ACCOUNT:TOPIC --protocol https \\\n"
            "  --notification-endpoint {url}",
        ),
        Step(
            marked("Let your alarms tell the topic, also when they are over:"),
            "aws cloudwatch put-metric-alarm --alarm-name ... \\\n"
            "  --alarm-actions arn:aws:sns:REGION:ACCOUNT:TOPIC --ok-actions arn:aws:sns:REGION:ACCOUNT:TOPIC",
        ),
        Step(marked("Leave raw message delivery off: raw messages are not signed.")),
    ),
)
