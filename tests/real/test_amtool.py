"""amtool works against us as against an Alertmanager: alerts, and silences from beginning to end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from allclear.alerts.models import Silence
from allclear.testing import person
from tests.real.conftest import Here
from tests.real.programs import needs, run, until

pytestmark = [pytest.mark.slow, needs("amtool")]


class Tool:
    def __init__(self, here: Here) -> None:
        person("admin")  # without anybody the program asks for its first person
        self.row, key = here.source("prometheus")
        self.words = ["amtool", f"--alertmanager.url={here.url}/webhooks/{key}"]

    def __call__(self, *words: str) -> str:
        done = run([*self.words, *words])
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def as_json(self, *words: str) -> Any:
        return json.loads(self(*words, "--output=json"))


def test_it_adds_and_finds_alerts_and_silences_them(here: Here) -> None:
    tool = Tool(here)
    tool("alert", "add", "DiskFull", "instance=web1", "severity=critical", "--annotation=summary=The disk is full")
    tool("alert", "add", "DiskFull", "instance=web2", "severity=critical")
    until(lambda: len(here.alerts(outcome__in=["opened", "joined"])) == 2, "two alerts")
    (found,) = tool.as_json("alert", "query", "instance=web1")
    assert found["labels"]["alertname"] == "DiskFull"
    assert found["annotations"]["summary"] == "The disk is full"
    assert len(tool.as_json("alert", "query", 'instance=~"web.*"')) == 2
    assert tool.as_json("alert", "query", "instance=web9") == []

    uid = tool("silence", "add", "instance=web2", "--comment=Work on it", "--author=ana", "--duration=1h").strip()
    row = Silence.objects.get(uid=uid)
    assert (row.comment, row.created_by_name, row.integration_id) == ("Work on it", "ana", tool.row.pk)
    assert [one["labels"]["instance"] for one in tool.as_json("alert", "query")] == ["web1"]
    assert len(tool.as_json("alert", "query", "--silenced")) >= 1
    (listed,) = tool.as_json("silence", "query")
    assert (listed["id"], listed["status"]["state"]) == (uid, "active")
    assert uid in tool("silence", "query", "-q", "instance=web2")
    tool("silence", "expire", uid)
    assert tool.as_json("silence", "query") == []
    assert [one["id"] for one in tool.as_json("silence", "query", "--expired")] == [uid]
    assert len(tool.as_json("alert", "query")) == 2


def test_it_is_told_in_words_what_is_wrong(here: Here) -> None:
    tool = Tool(here)
    refused = run([*tool.words, "silence", "add", 'alertname=~".*"', "--comment=All", "--duration=1h"])
    assert refused.returncode != 0
    assert not Silence.objects.exists()
    stranger = run(["amtool", f"--alertmanager.url={here.url}/webhooks/{'0' * 32}", "alert", "query"])
    assert stranger.returncode != 0
