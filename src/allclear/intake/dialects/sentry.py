"""Sentry's webhooks of an internal integration: issue alerts, metric alerts, issues; and its older plugin."""

from __future__ import annotations

import hashlib
import hmac

from allclear.domain.alerts import Action, Event, Link, Severity
from allclear.domain.alerts.kinds import Example, Option, Step
from allclear.intake.dialects.base import Answer, Dialect, Fetch, Reading, Received, Unreadable
from allclear.intake.dialects.reading import Part, finished, flat, json_of, nameless, part_of, put, severity_of
from allclear.kernel.words import marked, say

_ISSUE = {"created": Action.TRIGGER, "unresolved": Action.TRIGGER, "resolved": Action.RESOLVE}
_METRIC = {"critical": Action.TRIGGER, "warning": Action.TRIGGER, "resolved": Action.RESOLVE}
_LEVELS = {"fatal": Severity.CRITICAL, "sample": Severity.INFO}
_EMPTY = ("exception", "request", "contexts", "sdk", "_meta", "breadcrumbs", "modules")  # long; the payload keeps them


def _read(received: Received) -> Reading:
    body = part_of(json_of(received))
    data = body.part("data") if isinstance(body.value.get("data"), dict) else Part({})
    action, resource = body.text("action"), received.headers.get("sentry-hook-resource", "")
    events = []
    if resource == "installation" or "installation" in data.value:
        pass  # says only that the integration was installed, or taken away
    elif "metric_alert" in data.value:
        events = [_metric(action, data)]
    elif "event" in data.value:
        events = [_issue_alert(data)]
    elif "issue" in data.value:
        events = [_issue(action, data.part("issue"))]
    elif "event" in body.value:
        events = [_plugin(body)]
    elif resource not in ("comment", "error", "seer"):
        raise Unreadable(
            say("This is no alert of Sentry: “data.event”, “data.metric_alert” and “data.issue” are missing.")
        )
    return Reading(events, Answer(200))


def _verify(received: Received, fetch: Fetch) -> None:
    secret = str(received.options.get("client_secret") or "")
    given = received.headers.get("sentry-hook-signature", "")
    made = hmac.new(secret.encode(), received.body, hashlib.sha256).hexdigest()
    if secret and not hmac.compare_digest(made.encode(), given.encode("utf-8", "replace")):
        reason = say("The signature does not fit the client secret. Compare it with the one that Sentry shows.")
        raise Unreadable(reason, status=401)


def _issue_alert(data: Part) -> Event:
    event = data.part("event")
    key = event.text("issue_id", "event_id")
    if not key:
        raise nameless("data.event.issue_id")
    return _of_event(event, f"issue/{key}", {"rule": data.text("triggered_rule")}, event.text("web_url", "url"))


def _plugin(body: Part) -> Event:
    event = body.part("event")
    key = body.text("id", default=event.text("issue_id", "event_id"))
    if not key:
        raise nameless("id")
    named = {"project": body.text("project_slug", "project"), "logger": body.text("logger")}
    return _of_event(event, f"issue/{key}", named, body.text("url"), body.text("message"))


def _of_event(event: Part, key: str, named: dict[str, str], url: str, message: str = "") -> Event:
    tags = {str(tag[0]): tag[1] for tag in event.items("tags") if isinstance(tag, list) and len(tag) == 2}
    labels = flat(named)
    for name in ("environment", "platform", "release", "level", "project"):
        put(labels, name, event.value.get(name))
    return finished(
        Action.TRIGGER,
        key,
        event.text("title", "message") or message,
        severity=severity_of(event.value.get("level"), _LEVELS),
        description=message or event.text("message"),
        source=event.text("culprit", "location"),
        labels=flat(labels, tags),
        details={name: value for name, value in event.value.items() if name not in _EMPTY},
        links=[Link(url, "Sentry")],
        occurred_at=event.instant("datetime", "timestamp"),
    )


def _issue(action: str, issue: Part) -> Event:
    key, project = issue.text("id"), issue.part("project")
    if not key:
        raise nameless("data.issue.id")
    return finished(
        _ISSUE.get(action, Action.NOTE),
        f"issue/{key}",
        issue.text("title"),
        severity=severity_of(issue.value.get("level"), _LEVELS),
        source=issue.text("culprit"),
        labels=flat({"project": project.text("slug", "name"), "platform": issue.value.get("platform"),
                     "level": issue.value.get("level")}),
        details={"action": action, "short_id": issue.value.get("shortId"), "count": issue.value.get("count")},
        links=[Link(issue.text("web_url", "permalink"), "Sentry")],
        occurred_at=issue.instant("lastSeen"),
    )  # fmt: skip


def _metric(action: str, data: Part) -> Event:
    alert = data.part("metric_alert")
    rule = alert.part("alert_rule")
    key = alert.text("id", "identifier")
    if not key:
        raise nameless("data.metric_alert.id")
    return finished(
        _METRIC.get(action, Action.NOTE),
        f"metric/{key}",
        data.text("description_title") or alert.text("title"),
        severity=severity_of("" if action == "resolved" else action),
        description=data.text("description_text"),
        source=", ".join(str(project) for project in alert.items("projects")[:10]),
        labels=flat({"alertname": rule.value.get("name"), "environment": rule.value.get("environment"),
                     "project": alert.value.get("projects"), "query": rule.value.get("query")}),
        details={"rule": dict(rule.value)},
        links=[Link(data.text("web_url"), "Sentry")],
        occurred_at=alert.instant("date_closed" if action == "resolved" else "date_detected", "date_started"),
    )  # fmt: skip


DIALECT = Dialect(
    kind="sentry",
    name="Sentry",
    read=_read,
    verify=_verify,
    options=(
        Option("client_secret", marked("Client secret"),
               marked("Of the internal integration in Sentry. With it, only what Sentry has signed is let in."),
               secret=True),
    ),
    example=Example(
        """{"action": "triggered", "data": {"event": {"issue_id": "allclear-test", "title": "Test from Allclear",
"level": "info"}, "triggered_rule": "Test"}}""",
        headers={"sentry-hook-resource": "event_alert"},
    ),
    setup=(
        Step(marked("In Sentry, open Settings, Developer Settings, and create an internal integration with the webhook "
                    "URL:"), "{url}"),
        Step(marked("Switch “Alert Rule Action” on, give it read access to issues, and tick the webhook “issue”.")),
        Step(marked("Save, copy the client secret, and enter it in the settings of this integration.")),
        Step(marked("In your alert rules, add the action that notifies this integration.")),
    ),
)  # fmt: skip
