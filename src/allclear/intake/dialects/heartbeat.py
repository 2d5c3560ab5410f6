"""Reports of jobs by ping URLs: /ping/UUID or /ping/KEY/SLUG, then /start, /fail, /log or an exit status.

Also as Opsgenie's clients send them, to /v2/heartbeats/SLUG/ping: always a success, answered in Opsgenie's form.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from allclear.domain.alerts import Action, Event
from allclear.domain.alerts.kinds import Step
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.routes import uuid_of
from allclear.kernel.words import marked, say

_SUCCESS, _FAIL = "success", "fail"
_OPSGENIE = "ping"
_KINDS = {"": _SUCCESS, "start": "start", "fail": _FAIL, "log": "log", _OPSGENIE: _SUCCESS}
_SLUG = re.compile(r"[A-Za-z0-9._-]{1,100}")
_MOST_STATUS = 255


def _read(received: Received) -> Reading:
    name, _, what = received.path.strip("/").partition("/")
    monitor = uuid_of(name)
    if not monitor and not _SLUG.fullmatch(name):
        raise Unreadable(say("The address names no heartbeat: it is /ping/UUID or /ping/KEY/NAME."), status=404)
    details = {"monitor": str(monitor or name.lower()), **_said(what)}
    if run := uuid_of(_query(received, "rid")):
        details["run"] = str(run)
    elif _query(received, "rid"):
        raise Unreadable(say("“rid” must be a UUID."))
    if not monitor and _query(received, "create") == "1":
        details["create"] = True
    event = Event(Action.PING, details["monitor"], title=f"{name} {details['kind']}"[:200], details=details)
    return Reading([event], _pong() if what == _OPSGENIE else Answer(200, "OK"))


def _pong() -> Answer:
    return Answer(202, {"result": "PONG - Heartbeat received", "took": 0.001, "requestId": str(uuid4())})


def _said(what: str) -> dict[str, Any]:
    if what in _KINDS:
        return {"kind": _KINDS[what]}
    if re.fullmatch(r"[0-9]{1,3}", what) and int(what) <= _MOST_STATUS:
        return {"kind": _FAIL if int(what) else _SUCCESS, "exit_status": int(what)}
    raise Unreadable(
        say("The address ends in /start, /fail, /log, an exit status of 0 to 255, or nothing."), status=404
    )


def _query(received: Received, name: str) -> str:
    return next(iter(received.query.get(name, ())), "")


def _refuse(status: int, reason: str) -> Answer:
    return Answer(404, "not found") if status in (401, 403, 404) else Answer(status, reason)


DIALECT = Dialect(
    kind="heartbeat",
    name=marked("Heartbeats"),
    read=_read,
    refuse=_refuse,
    methods=("GET", "HEAD", "POST"),
    longest=100_000,  # of a log
    is_beginning_enough=True,  # a job that talks much is alive all the same
    setup=(
        Step(marked("Add a heartbeat for each job under Alerts, Heartbeats. It has an address of its own.")),
        Step(
            marked("Let the job report by this integration's key and the heartbeat's name, here “backup”:"),
            "curl -fsS -m 10 --retry 5 {base}/ping/{key}/backup",
        ),
        Step(
            marked("Better: report the beginning, and the exit status with what the job printed:"),
            pasted("heartbeat.sh"),
        ),
        Step(marked("With ?create=1 a heartbeat that is not there yet is made by its first report.")),
        Step(
            marked("Clients of Opsgenie's heartbeats, and a Watchdog that Alertmanager repeats, report here instead:"),
            "curl -fsS -m 10 --retry 5 -H 'Authorization: GenieKey {key}' {base}/v2/heartbeats/backup/ping",
        ),
    ),
)
