"""Amazon CloudWatch alarms over SNS: signed envelopes, whose topics must be allowed before they are confirmed."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from allclear.domain.alerts import Action, Event, KeyKind, Link
from allclear.domain.alerts.kinds import Option, OptionKind, Step
from allclear.intake.dialects.base import Answer, Dialect, Fetch, Reading, Received, Unreadable
from allclear.intake.dialects.reading import Part, finished, flat, json_of, part_of, put, severity_of
from allclear.intake.dialects.reading.body import json_in
from allclear.intake.dialects.reading.part import plain
from allclear.intake.dialects.reading.sns import check, is_of_sns
from allclear.kernel.words import marked, say

_STATES = {"ALARM": Action.TRIGGER, "OK": Action.RESOLVE, "INSUFFICIENT_DATA": Action.NOTE}
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
            events.append(_event(envelope, received))
        elif kind == "SubscriptionConfirmation":
            confirm_url = envelope.text("SubscribeURL")
            if not is_of_sns(confirm_url):
                raise Unreadable(say("“SubscribeURL” is no address of Amazon SNS."), status=403)
    return Reading(events, Answer(200), confirm_url=confirm_url)


def _allowed(envelope: Part, received: Received, kind: str) -> None:
    topics, topic = received.options.get("topics") or (), envelope.text("TopicArn")
    if topic in topics or (not topics and kind != "SubscriptionConfirmation"):
        return
    template = "The topic {topic} is not allowed. Add it to the topics of this integration, then let SNS ask again."
    raise Unreadable(say(template, topic=topic[:200] or "?"), status=403)


def _event(envelope: Part, received: Received) -> Event:
    alarm = _message(envelope)
    if alarm is None or "AlarmName" not in alarm.value:
        return _other(envelope, alarm)
    state = alarm.text("NewStateValue")
    if state not in _STATES:
        raise Unreadable(say("“NewStateValue” must be ALARM, OK or INSUFFICIENT_DATA."))
    action = _STATES[state]
    if action is Action.NOTE and received.options.get("missing_data_fires"):
        action = Action.TRIGGER
    name, arn = alarm.text("AlarmName"), alarm.text("AlarmArn")
    trigger = alarm.part("Trigger")
    labels = _labels(alarm, trigger, arn)
    return finished(
        action,
        arn or f"{alarm.text('AWSAccountId')}/{alarm.text('Region')}/{name}",
        name,
        key_kind=KeyKind.GIVEN if arn else KeyKind.DERIVED,
        severity=severity_of(received.options.get("severity")),
        description="\n\n".join(filter(None, (alarm.text("AlarmDescription"), alarm.text("NewStateReason")))),
        source=next(
            (str(d.get("value")) for d in trigger.items("Dimensions") if isinstance(d, dict) and d.get("value")), name
        ),
        labels=labels,
        details={"state": state, "before": alarm.text("OldStateValue"), "trigger": dict(trigger.value)},
        links=[Link(_console(arn, name), "CloudWatch")],
        occurred_at=alarm.instant("StateChangeTime") or envelope.instant("Timestamp"),
        source_id=envelope.text("MessageId"),
    )


def _message(envelope: Part) -> Part | None:
    """What is in the envelope: JSON in a text, usually; an alarm itself where SNS delivers raw."""
    if "AlarmName" in envelope.value:
        return envelope
    value = envelope.value.get("Message")
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json_in(value)
        except Unreadable:
            return None
    return Part(value, "Message") if isinstance(value, dict) else None


def _labels(alarm: Part, trigger: Part, arn: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    put(labels, "alertname", alarm.text("AlarmName"))
    put(labels, "account", alarm.text("AWSAccountId"))
    put(labels, "region", _region(arn) or alarm.text("Region"))
    put(labels, "namespace", trigger.text("Namespace"))
    put(labels, "metric", trigger.text("MetricName"))
    dimensions = {d.get("name"): d.get("value") for d in trigger.items("Dimensions") if isinstance(d, dict)}
    return flat(labels, {str(name): value for name, value in dimensions.items() if name})


def _other(envelope: Part, message: Part | None) -> Event:
    """Something else that was published to the topic: it fires, and nothing will say that it is over."""
    text = plain(envelope.value.get("Message")) or ""
    inside: dict[str, Any] = dict(message.value) if message else {}
    title = envelope.text("Subject") or plain(inside.get("detail-type")) or text.strip()[:200]
    if not title:
        raise Unreadable(say("The message says nothing: “Message” and “Subject” are empty."))
    labels = flat({"topic": envelope.text("TopicArn").rpartition(":")[2], "source": inside.get("source")})
    return finished(
        Action.TRIGGER, f"{envelope.text('TopicArn')} {title}", title, key_kind=KeyKind.DERIVED, description=text,
        labels=labels, details=inside, occurred_at=envelope.instant("Timestamp"), source_id=envelope.text("MessageId"),
    )  # fmt: skip


def _region(arn: str) -> str:
    parts = arn.split(":")
    return parts[3] if len(parts) > 3 and re.fullmatch(r"[a-z]{2,4}(?:-[a-z]+)+-\d+", parts[3]) else ""


def _console(arn: str, name: str) -> str:
    region = _region(arn)
    place = f"{region}.console.aws.amazon.com/cloudwatch/home?region={region}#alarmsV2:alarm/{quote(name, safe='')}"
    return f"https://{place}" if region else ""


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
