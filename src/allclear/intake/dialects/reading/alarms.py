"""Alarms of Amazon CloudWatch as SNS delivers them, and whatever else is published to their topics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from allclear.domain.alerts import Action, Event, KeyKind, Link
from allclear.intake.dialects.base import Unreadable
from allclear.intake.dialects.reading.body import json_in
from allclear.intake.dialects.reading.finish import finished
from allclear.intake.dialects.reading.labels import flat, put
from allclear.intake.dialects.reading.part import Part, plain
from allclear.intake.dialects.reading.severity import severity_of
from allclear.kernel.words import say

_CHANGED = "CloudWatch Alarm State Change"  # as EventBridge calls it
_STATES = {"ALARM": Action.TRIGGER, "OK": Action.RESOLVE, "INSUFFICIENT_DATA": Action.NOTE}


def alarm_event(envelope: Part, options: Mapping[str, Any]) -> Event:
    """What a notification says: an alarm of CloudWatch, or anything else. Raises `Unreadable`."""
    alarm = _message(envelope)
    if alarm is None or "AlarmName" not in alarm.value:
        return _other(envelope, alarm)
    state = alarm.text("NewStateValue")
    if state not in _STATES:
        raise Unreadable(say("“NewStateValue” must be ALARM, OK or INSUFFICIENT_DATA."))
    action = _STATES[state]
    if action is Action.NOTE and options.get("missing_data_fires"):
        action = Action.TRIGGER
    name, arn = alarm.text("AlarmName"), alarm.text("AlarmArn")
    trigger = alarm.part("Trigger")
    labels = _labels(alarm, trigger, arn)
    return finished(
        action,
        arn or f"{alarm.text('AWSAccountId')}/{alarm.text('Region')}/{name}",
        name,
        key_kind=KeyKind.GIVEN if arn else KeyKind.DERIVED,
        severity=severity_of(options.get("severity")),
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
    """What is in the envelope: JSON in a text, usually; an alarm itself where SNS delivers raw.

    Only where there is no message: the signature covers that, and nothing that somebody wrote beside it.
    """
    if "AlarmName" in envelope.value and "Message" not in envelope.value:
        return envelope
    value = envelope.value.get("Message")
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json_in(value)
        except Unreadable:
            return None
    if not isinstance(value, dict):
        return None
    message = Part(value, "Message")
    return _of_bus(message) if message.value.get("detail-type") == _CHANGED else message


def _of_bus(message: Part) -> Part:
    """An alarm that came by way of EventBridge, in the names that CloudWatch itself uses."""
    detail, arns = message.part("detail"), message.items("resources")
    state, settings = detail.part("state"), detail.part("configuration")
    metric = next((one.part("metricStat").part("metric") for one in settings.parts("metrics")), Part({}))
    dimensions = [{"name": name, "value": value} for name, value in metric.mapping("dimensions").items()]
    return Part(
        {
            "AlarmName": detail.text("alarmName"), "AlarmArn": arns[0] if arns else None,
            "AlarmDescription": settings.text("description"), "AWSAccountId": message.text("account"),
            "Region": message.text("region"), "NewStateValue": state.text("value"),
            "NewStateReason": state.text("reason"), "StateChangeTime": state.text("timestamp"),
            "OldStateValue": detail.part("previousState").text("value"),
            "Trigger": {"Namespace": metric.text("namespace"), "MetricName": metric.text("name"),
                        "Dimensions": dimensions},
        },
        message.place,
    )  # fmt: skip


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
