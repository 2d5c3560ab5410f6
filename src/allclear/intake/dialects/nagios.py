"""Nagios: what our notification command sends, as a form. Icinga sends the same fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from allclear.domain.alerts import Action, Event, KeyKind, Link, Severity
from allclear.domain.alerts.kinds import Example, Step
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.reading import Part, finished, form_of, is_form, json_of, part_of, put, severity_of
from allclear.intake.dialects.reading.agent import agent_event, is_agent
from allclear.kernel.words import marked, say

_ACTIONS = {"PROBLEM": Action.TRIGGER, "RECOVERY": Action.RESOLVE, "ACKNOWLEDGEMENT": Action.ACKNOWLEDGE}
_STATES = {"down": Severity.CRITICAL, "unreachable": Severity.ERROR, "up": Severity.INFO, "unknown": Severity.UNKNOWN}
_MACRO = re.compile(r"\$[A-Z0-9_:]*\$")
_FORM = "application/x-www-form-urlencoded"


def read(received: Received) -> Reading:
    body = part_of(form_of(received) if is_form(received) else json_of(received))
    if is_agent(body):
        return Reading([agent_event(body, _STATES)], Answer(200))
    return Reading([_event(Part(_filled(body.value)))], Answer(200))


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without macros that mean nothing for a host, or nothing at all."""
    return {n: v for n, v in fields.items() if not (isinstance(v, str) and _MACRO.fullmatch(v.strip()))}


def _event(body: Part) -> Event:
    host, service = body.text("host", "host_name"), body.text("service", "service_description")
    if not host:
        raise Unreadable(
            say("“host” is missing or a macro that was not filled in. Use the command from the instructions.")
        )
    word = body.text("notification_type", "type").upper()
    state = body.text("state", "service_state", "host_state")
    action = _ACTIONS.get(word, Action.NOTE)
    if not word:  # some commands tell the state only
        action = Action.RESOLVE if state.upper() in ("OK", "UP") else Action.TRIGGER
    name = f"{host}/{service}" if service else host
    return finished(
        action,
        name,
        f"{name} is {state}" if state else name,
        key_kind=KeyKind.DERIVED,
        severity=severity_of(state, _STATES),
        description="\n".join(filter(None, (body.text("output", "plugin_output"), _lines(body)))),
        source=host,
        labels=_labels(body, host, service),
        details={**body.value, "notification_type": word},
        links=[Link(body.text(field), text) for field, text in (("url", "Monitoring"), ("notes_url", "Notes"))],
        occurred_at=body.instant("time", "timestamp"),
    )


def _lines(body: Part) -> str:
    long = body.text("long_output", "long_plugin_output").replace("\\n", "\n")
    author, comment = body.text("author"), body.text("comment")
    return "\n".join(filter(None, (long, f"{author}: {comment}" if author and comment else comment)))


def _labels(body: Part, host: str, service: str) -> dict[str, str]:
    labels = {"host": host}
    put(labels, "service", service)
    put(labels, "address", body.value.get("address") or body.value.get("host_address"))
    put(labels, "state", body.value.get("state"))
    put(labels, "host_groups", body.value.get("host_groups"))
    put(labels, "service_groups", body.value.get("service_groups"))
    return labels


DIALECT = Dialect(
    kind="nagios",
    name="Nagios",
    read=read,
    example=Example("notification_type=PROBLEM&host=allclear&service=test&state=WARNING&output=Test+from+Allclear",
                    content_type=_FORM),
    setup=(
        Step(marked("Save this beside your other object files, name the file in nagios.cfg, and reload Nagios:"),
             pasted("nagios.cfg"), "allclear.cfg"),
        Step(marked("Add the contact to the contact group that your hosts and services notify, for example:"),
             "define contactgroup {\n    contactgroup_name  admins\n    members            nagiosadmin,allclear\n}"),
        Step(marked("In nagios.cfg, single quotes must not reach commands. This is the usual setting:"),
             "illegal_macro_output_chars=`~$&|'\"<>"),
    ),
)  # fmt: skip
