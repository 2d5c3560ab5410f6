"""Reports of jobs by their URLs."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.domain.alerts import Action
from allclear.intake.dialects import DIALECTS
from tests.intake.dialects.received import one, read, refused

MONITOR = "8e0ef7c5-0a5d-4b63-a2a4-bb1d18e0f2d8"
RUN = "aaaaaaaa-0a5d-4b63-a2a4-bb1d18e0f2d8"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("name", [MONITOR, "backup"])
@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("", {"kind": "success"}),
        ("/start", {"kind": "start"}),
        ("/fail", {"kind": "fail"}),
        ("/log", {"kind": "log"}),
        ("/0", {"kind": "success", "exit_status": 0}),
        ("/1", {"kind": "fail", "exit_status": 1}),
        ("/255", {"kind": "fail", "exit_status": 255}),
        ("/fail/", {"kind": "fail"}),
    ],
)
def test_it_reads_a_report(method: str, name: str, what: str, said: dict[str, Any]) -> None:
    reading = read("heartbeat", b"the log", name + what, method=method)
    assert (reading.answer.status, reading.answer.body) == (200, "OK")
    (event,) = reading.events
    assert event.action is Action.PING
    assert event.details == {"monitor": name, **said}


def test_it_pairs_runs_and_makes_what_is_not_there_yet() -> None:
    event = one("heartbeat", path="backup", query={"rid": [RUN], "create": ["1"]})
    assert event.details == {"monitor": "backup", "kind": "success", "run": RUN, "create": True}
    assert "create" not in one("heartbeat", path=MONITOR, query={"create": ["1"]}).details


@pytest.mark.parametrize(
    "path", ["", "/", f"{MONITOR}/256", f"{MONITOR}/-1", f"{MONITOR}/stop", "a b", f"{MONITOR}/1/2", "ü"]
)
def test_it_finds_nothing_elsewhere(path: str) -> None:
    _, answer = refused("heartbeat", path=path)
    assert (answer.status, answer.body) == (404, "not found")


def test_it_wants_a_uuid_for_a_run() -> None:
    reason, answer = refused("heartbeat", path=MONITOR, query={"rid": ["5"]})
    assert "rid" in reason
    assert answer.status == 400


def test_it_tells_nobody_which_keys_there_are() -> None:
    refuse = DIALECTS["heartbeat"].refuse
    assert refuse(401, "x") == refuse(403, "y") == refuse(404, "z")
    assert refuse(429, "Slowly.").status == 429
