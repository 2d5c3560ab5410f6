"""Any JSON: fields found by JMESPath expressions, which have defaults for the names that most tools use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allclear.domain.alerts import Event, Severity
from allclear.domain.alerts.kinds import Example, Option, OptionKind, Step
from allclear.intake.dialects.base import Dialect, Preview, Reading, Received, Unreadable, taken
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.reading import each, form_of, is_form, json_of
from allclear.intake.dialects.reading.expressions import BadExpression, compiled, found
from allclear.intake.dialects.reading.mapping import NEEDED, Mapped
from allclear.intake.dialects.reading.previews import previewed
from allclear.kernel.words import marked, say

MOST_ALERTS = 1000  # in one body

_EXPRESSION = OptionKind.EXPRESSION
OPTIONS = (
    Option("split", marked("List of alerts"), marked("Where one body has several. Empty: the body, or each entry of "
           "it."), _EXPRESSION),
    Option("title", marked("Title"), marked("What is wrong, in a few words."), _EXPRESSION,
           "title || summary || subject || message || alert_name || check_name || name || event.title", required=True),
    Option("description", marked("Description"), "", _EXPRESSION, "description || details || body || text || message"),
    Option("key", marked("Key"), marked("What names the condition, alike when it fires and when it is over. "
           "Where it finds nothing, title and source are the key."), _EXPRESSION,
           "dedup_key || alert_uid || fingerprint || alert_id || check_id || event.monitorID || id"),
    Option("severity", marked("Severity"), "", _EXPRESSION, "severity || level || priority"),
    Option("severity_words", marked("Words of the severity"), marked("One a line, such as: sev-0 = critical. "
           "The usual words are known."), OptionKind.TABLE, values=tuple(s.value for s in Severity)),
    Option("status", marked("Status"), marked("Whether it fires or is over."), _EXPRESSION,
           "status || state || event_action || alert_type || alert_action || action"),
    Option("resolved_words", marked("Words for: it is over"), marked("One a line; every other word fires."),
           OptionKind.LINES, ("resolved", "resolve", "ok", "closed", "close", "recovered", "recovery", "normal", "up",
                              "cleared", "clear", "inactive", "success", "healthy", "green", "alert_recovery")),
    Option("acknowledged_words", marked("Words for: somebody works on it"), marked("One a line."),
           OptionKind.LINES, ("acknowledged", "acknowledge", "ack")),
    Option("source", marked("Source"), marked("What is sick: a host, a service."), _EXPRESSION,
           "source || host || hostname || host_name || instance || service"),
    Option("time", marked("Time"), marked("When it happened, by the clock of the source."), _EXPRESSION,
           "timestamp || time || occurred_at || started_at || date || event.timestamp"),
    Option("labels", marked("Labels"), marked("An object of names and texts, or a list of tags."), _EXPRESSION,
           "labels || tags"),
    Option("link", marked("Link"), "", _EXPRESSION, "url || link || link_to_upstream_details || alert_url"),
    Option("image", marked("Image"), "", _EXPRESSION, "image_url"),
)  # fmt: skip
_DEFAULTS = {option.name: option.default for option in OPTIONS}


def _read(received: Received) -> Reading:
    options = {**_DEFAULTS, **received.options}
    return taken(*each(_alerts(options, received), lambda alert: _event(options, alert)))


def _event(options: Mapping[str, Any], alert: Any) -> Event:
    mapped = Mapped(options, alert)
    if mapped.event is None:
        raise unmapped(mapped)
    return mapped.event


def unmapped(mapped: Mapped) -> Unreadable:
    """The error for an alert of which a needed setting finds nothing."""
    name = next(name for name in NEEDED if name in mapped.problems)
    return Unreadable(say("The setting “{name}”: {problem}", name=name, problem=mapped.problems[name]))


def _alerts(options: Mapping[str, Any], received: Received) -> list[Any]:
    body = form_of(received) if is_form(received) else json_of(received)
    if options["split"]:
        try:
            body = found(options["split"], body)
        except BadExpression as bad:
            raise Unreadable(say("The setting “{name}”: {problem}", name="split", problem=bad.reason)) from bad
        if body is None:
            raise Unreadable(say("The setting “{name}” finds nothing in this body.", name="split"))
    alerts = body if isinstance(body, list) else [body]
    if len(alerts) > MOST_ALERTS:
        raise Unreadable(say("The body has more than {count} alerts. Send them in smaller parts.", count=MOST_ALERTS))
    return alerts


def problems(options: Mapping[str, Any]) -> dict[str, str]:
    wrong = {}
    for option in OPTIONS:
        text = options.get(option.name)
        if option.kind is not _EXPRESSION or not isinstance(text, str) or not text:
            continue
        try:
            compiled(text)
        except BadExpression as bad:
            wrong[option.name] = bad.reason
    return wrong


def preview(options: Mapping[str, Any], body: bytes) -> Preview:
    """How a body would be read under these settings, for a screen."""
    settings = {**_DEFAULTS, **options}
    return previewed(settings, body, problems(options), lambda received: _alerts(settings, received), _read)


DIALECT = Dialect(
    kind="json",
    name="JSON",
    read=_read,
    options=OPTIONS,
    problems=problems,
    preview=preview,
    longest=256 * 1024,  # expressions are evaluated on it
    example=Example('{"title": "Test from Allclear", "severity": "info", "source": "allclear", "status": "firing"}'),
    setup=(
        Step(marked("Let the tool send JSON by POST to:"), "{url}"),
        Step(marked("Try it in a shell:"), pasted("json.sh")),
        Step(marked("When it is over, let it send the same with the status “resolved”.")),
        Step(marked("Are the fields called otherwise? Change the settings: the preview shows what they find.")),
    ),
)
