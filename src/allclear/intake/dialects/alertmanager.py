"""Alertmanager's webhook, version 4; Grafana's contact point and Prometheus' alerts are made of the same parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from allclear.domain.alerts import Action, Event, Image, KeyKind, Link, fingerprint
from allclear.domain.alerts.kinds import Example, Option, OptionKind, Step
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.reading import Part, each_part, finished, flat, json_of, part_of, severity_of, source_in
from allclear.intake.dialects.reading.part import plain
from allclear.kernel.words import marked, say

_STATUSES = {"firing": Action.TRIGGER, "resolved": Action.RESOLVE}
_LINKS = (
    ("generatorURL", "Source"), ("dashboardURL", "Dashboard"), ("panelURL", "Panel"), ("silenceURL", "Silence there"),
)  # fmt: skip
_ANNOTATED_LINKS = (
    ("runbook_url", "Runbook"), ("runbook", "Runbook"), ("dashboard_url", "Dashboard"), ("dashboard", "Dashboard"),
)  # fmt: skip
_ANNOTATED_IMAGES = ("image_url", "__alertImageURL__")
_SEVERITIES = ("severity", "priority", "level")
_GROUP = ("groupKey", "receiver", "truncatedAlerts", "orgId")
_LONGEST = 500  # characters of what stands once in a message and is kept with each of its alerts
LONGEST = 4 * 1024 * 1024  # one message may carry all alerts of a group

DROP_LABELS = Option(
    "drop_labels",
    marked("Labels that do not count"),
    marked(
        "One a line. Alerts that differ in nothing else are one: so a pair of Prometheus servers is not heard twice."
    ),
    OptionKind.LINES,
    ("prometheus_replica", "__replica__"),
)


def read(received: Received) -> Reading:
    body = part_of(json_of(received))
    if "alerts" not in body.value:
        reason = say("“alerts” is missing. This is no message of Alertmanager's webhook, version 4.")
        raise Unreadable(reason)
    events, left_out = each_part(body.items("alerts"), "alerts", _reader(body, received))
    return Reading(events, Answer(200), left_out=left_out)


def _reader(body: Part, received: Received) -> Callable[[Part], Event]:
    """Reads one alert of this message."""
    overall = body.text("status").lower()
    group = {name: (plain(body.value.get(name)) or "")[:_LONGEST] for name in _GROUP}
    dropped = received.options.get("drop_labels", DROP_LABELS.default)
    links = [Link(body.text("externalURL"), group["receiver"] or "Alertmanager")]

    def event(alert: Part) -> Event:
        word = alert.text("status").lower() or overall
        if word not in _STATUSES:
            place = f"{alert.place}.status"
            raise Unreadable(
                say("“{place}” must be firing or resolved, and it is “{word}”.", place=place, word=word[:50])
            )
        return event_of(alert, _STATUSES[word], dropped, group, links)

    return event


def event_of(
    alert: Part, action: Action, dropped: Collection[str], more: dict[str, Any], links: Iterable[Link] = ()
) -> Event:
    """One alert with `labels`, `annotations`, `startsAt`, `endsAt` and what Grafana adds to them."""
    named = alert.mapping("labels")
    labels = {n: v for n, v in flat(named).items() if n not in dropped}
    whole = {n: text for n, v in named.items() if n not in dropped and (text := (plain(v) or "").strip())}
    notes = alert.part("annotations")
    given = "" if any(name in dropped for name in named) else alert.text("fingerprint")
    if not labels:
        place = f"{alert.place}.labels"
        raise Unreadable(say("“{place}” is missing or empty. An alert needs labels: they are its name.", place=place))
    name = labels.get("alertname", "")
    shown = [Link(alert.text(field), text) for field, text in _LINKS if field in alert.value]
    shown += [Link(notes.text(field), text) for field, text in _ANNOTATED_LINKS if field in notes.value]
    pictures = [alert.text("imageURL")] if "imageURL" in alert.value else []
    pictures += [notes.text(field) for field in _ANNOTATED_IMAGES if field in notes.value]
    details = {
        "annotations": dict(notes.value),
        "values": alert.value.get("values"),
        "as_text": alert.text("valueString"),
    }
    return finished(
        action,
        given or fingerprint(labels | whole),  # what is cut of long or many labels may tell two alerts apart
        notes.text("summary", "title", default=_named(name, labels)),
        key_kind=KeyKind.FINGERPRINT,
        severity=severity_of(next((labels[name] for name in _SEVERITIES if name in labels), "")),
        description=notes.text("description", "message"),
        source=source_in(labels),
        labels=labels,
        details=details | more,
        links=[*shown, *links],
        images=[Image(url, name) for url in pictures],
        occurred_at=alert.instant("endsAt" if action is Action.RESOLVE else "startsAt"),
    )


def _named(name: str, labels: dict[str, str]) -> str:
    if name in ("DatasourceNoData", "DatasourceError") and "rulename" in labels:
        return f"{name}: {labels['rulename']}"
    return name or ", ".join(f"{n}={v}" for n, v in sorted(labels.items()))


DIALECT = Dialect(
    kind="alertmanager",
    name="Alertmanager webhook",
    read=read,
    options=(DROP_LABELS,),
    longest=LONGEST,
    example=Example(
        """{"version": "4", "groupKey": "test", "status": "firing", "receiver": "allclear",
"alerts": [{"status": "firing",
"labels": {"alertname": "AllclearTest", "severity": "info", "instance": "allclear"},
"annotations": {"summary": "Test from Allclear"},
"startsAt": "2026-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z"}]}"""
    ),
    setup=(
        Step(marked("In alertmanager.yml, add a receiver and send your routes to it:"), pasted("alertmanager.yml")),
        Step(marked("Or keep the key out of the URL:"), pasted("alertmanager-bearer.yml")),
        Step(marked("Then reload Alertmanager and send a test alert:"), "amtool alert add AllclearTest severity=info"),
    ),
)
