"""What-ifs from a shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allclear.catalog.actions import seed_defaults
from allclear.incidents import actions
from allclear.slas.models import AgreementVersion
from allclear.testing import T0, agreement, calendar, logged, person, promise, request_as, resolution, team

from .test_groups import Run, run

__all__ = ["run"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
DAYS = ("--from", "2026-03-01", "--to", "2026-04-01")


def test_it_tries_a_body_and_switches_it_on(run: Run, tmp_path: Path) -> None:
    seed_defaults(T0)
    rosa = person("admin", email="rosa@example.org")
    team(rosa)
    made = agreement(promise("resolution", 480, calendar(), "all"), name="Gold")
    row = logged(rosa)
    actions.resolve_incident(request_as(rosa, 300), row.pk, resolution())
    same = run("replay", *DAYS)
    assert (same.code, "It makes no difference at all" in same.out) == (0, True)
    body = made.versions.get().body
    body["targets"][0]["minutes"] = 60
    file = tmp_path / "body.json"
    file.write_text(json.dumps(body), encoding="utf-8")
    tried = run("replay", *DAYS, "--agreement", "Gold", "--body", str(file), "--json")
    assert tried.code == 3
    told = json.loads(tried.out)
    assert (told["state"], told["result"]["turned"]) == ("done", 1)
    number = str(told["id"])
    assert "of them turn: 1" in run("replay", "show", number).out
    assert next(one["id"] for one in run("replay", "list", "--json").json) == told["id"]
    assert run("replay", "switch-on", number, "--note", "Agreed").code == 0
    assert AgreementVersion.objects.get(agreement=made, version=2).note == "Agreed"
    assert run("replay", "switch-on", number).code == 1


def test_it_says_what_is_wrong(run: Run, tmp_path: Path) -> None:
    person("admin", email="rosa@example.org")
    assert "is no day" in run("replay", "--from", "soon", "--to", "2026-04-01").err
    assert "one file for each" in run("replay", *DAYS, "--agreement", "Gold").err
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    assert "no JSON file" in run("replay", *DAYS, "--matrix", str(broken)).err
    assert run("replay", "show", "4711").code == 1
