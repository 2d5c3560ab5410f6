"""Bad input about on call and paging, over screen, API and command line: an error in words, and nothing is saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from allclear.kernel.clock import set_clock
from allclear.notifications.models import ContactMethod
from allclear.oncall.models import EscalationPolicy, Override, Schedule
from allclear.testing import T0, contact, person, schedule
from tests.api.client import Api
from tests.cli.test_groups import Run, run

__all__ = ["run"]
pytestmark = pytest.mark.django_db
NOBODY = 999_999_999  # the key of somebody who is not there


def calendar(rule: str) -> str:
    event = (
        f"BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260301T000000Z\r\nSUMMARY:Ben\r\nDTSTART:20260303T090000Z\r\n{rule}\r\n"
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n{event}END:VEVENT\r\nEND:VCALENDAR\r\n"


class World:
    """Lena leads; Ana and Ben take turns. Each surface gives the words of its refusal."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.ana, self.ben = person(name="Ana"), person(name="Ben")
        self.lena = person("team_lead", email="lena@example.org", name="Lena")
        contact(self.lena)
        self.rota = schedule(self.ana, self.ben, name="Rota")
        self.run, self.folder = run, folder
        self.client = Client()
        self.client.force_login(self.lena)

    def screen(self, name: str, data: Any, *keys: int) -> str:
        with set_clock(T0):
            answer = self.client.post(reverse(name, args=keys), data)
        assert answer.status_code == 422, answer.status_code
        return answer.content.decode()

    def api(self, path: str, body: Any) -> str:
        with set_clock(T0):
            answer = Api(self.lena).send("POST", path, body)
        assert answer.status_code == 422, (answer.status_code, answer.content)
        told = json.loads(answer.content)
        assert told["errors"], told
        return str(told)

    def cli(self, *words: str, file: Any = None) -> str:
        path = self.folder / "input"
        path.write_text(file if isinstance(file, str) else json.dumps(file), encoding="utf-8")
        answer = self.run(*(word.replace("FILE", str(path)) for word in words), "--as", self.lena.email)
        assert answer.code == 1, answer.out
        assert "Traceback" not in answer.err
        return answer.err

    def layer(self, *members: list[int], **more: Any) -> dict[str, Any]:
        rotation = {"kind": "weekly", "length": 1, "start": T0.isoformat(), "members": list(members), **more}
        return {"name": "First", "rotation": rotation}

    def form(self, **more: Any) -> dict[str, Any]:
        return {
            "name": "Night", "time_zone": "UTC", "is_active": "on", "layer-count": "1", "layer-0-name": "First",
            "layer-0-kind": "weekly", "layer-0-length": "1", "layer-0-start": "2026-03-02T09:00", "layer-0-rank": "0",
            "layer-0-member": [self.ana.pk], **more,
        }  # fmt: skip

    def chain(self, *targets: Any, exhausted: Any = None, **step: Any) -> dict[str, Any]:
        last = exhausted or {"kind": "person", "key": self.lena.pk}
        steps = [{"targets": list(targets), "delay_minutes": 5, **step}]
        return {"name": "Chain", "priorities": [1], "definition": {"steps": steps, "exhausted": last}}


@pytest.fixture
def world(run: Run, tmp_path: Path) -> World:
    return World(run, tmp_path)


def _schedule(**values: Any) -> Callable[[World], list[str]]:
    """A schedule of these values, over the API and as a command with its layers in a file."""

    def ask(world: World) -> list[str]:
        told = {name: value(world) if callable(value) else value for name, value in values.items()}
        zone = ["--time-zone", told["time_zone"]] if "time_zone" in told else []
        by_cli = world.cli("schedule", "add", "Night", "--layers", "FILE", *zone, file=told.get("layers", []))
        return [world.api("/schedules", {"name": "Night", **told}), by_cli]

    return ask


def _by_form(**more: Any) -> Callable[[World], list[str]]:
    return lambda world: [world.screen("schedules:add", world.form(**more))]


def _chain(make: Callable[[World], dict[str, Any]]) -> Callable[[World], list[str]]:
    """A policy, over the API and as a command with a file."""

    def ask(world: World) -> list[str]:
        body = make(world)
        return [world.api("/escalation-policies", body), world.cli("escalation", "add", "--file", "FILE", file=body)]

    return ask


def _chain_by_form(**more: Any) -> Callable[[World], list[str]]:
    def ask(world: World) -> list[str]:
        form = {
            "name": "Chain", "is_active": "on", "steps": "1", "exhausted": f"person:{world.lena.pk}",
            "priorities": ["1"], "step-0-target": [f"person:{world.lena.pk}"], "step-0-delay": "5", "repeat": "0",
            "acks_needed": "1", **more,
        }  # fmt: skip
        return [world.screen("policies:add", form)]

    return ask


def _ical(rule: str) -> Callable[[World], list[str]]:
    """A calendar file, over all three."""

    def ask(world: World) -> list[str]:
        file = SimpleUploadedFile("rota.ics", calendar(rule).encode(), "text/calendar")
        return [
            world.screen("schedules:import", {"file": file}, world.rota.pk),
            world.api(f"/schedules/{world.rota.pk}/import", {"calendar": calendar(rule)}),
            world.cli("schedule", "import", "Rota", "FILE", file=calendar(rule)),
        ]

    return ask


HOURS = {"zone": "Mars/Olympus", "spans": [{"days": [1], "from": "08:00", "to": "18:00"}]}
CASES: dict[str, tuple[Callable[[World], list[str]], str]] = {
    "a rotation of nobody": (_schedule(layers=lambda w: [w.layer()]), "Nobody takes turns. Add at least one person."),
    "a rotation of an empty group": (_schedule(layers=lambda w: [w.layer([])]), "Nobody takes turns"),
    "a rotation of nobody, by the form": (_by_form(**{"layer-0-member": []}), "Nobody takes turns"),
    "a rotation of somebody who is not there": (_schedule(layers=lambda w: [w.layer([NOBODY])]), "There is no person"),
    "the same, by the form": (_by_form(**{"layer-0-member": [NOBODY]}), "There is no person"),
    "a zone that does not exist": (_schedule(time_zone="Mars/Olympus"), "There is no time zone “Mars/Olympus”"),
    "the same by the form": (_by_form(time_zone="Mars/Olympus"), "Mars/Olympus"),
    "a zone of a layer": (
        _schedule(layers=lambda w: [w.layer([w.ana.pk], zone="Mars/Olympus")]),
        "Write a time zone like",
    ),
    "a step to a deleted person": (_chain(lambda w: w.chain({"kind": "person", "key": NOBODY})), "Choose another."),
    "a step to a deleted person, by the form": (
        _chain_by_form(**{"step-0-target": [f"person:{NOBODY}"]}),
        "Choose another.",
    ),
    "a catch-all that is not there": (
        _chain(lambda w: w.chain({"kind": "person", "key": w.lena.pk}, exhausted={"kind": "team", "key": NOBODY})),
        "Choose another.",
    ),
    "the zone of a condition": (
        _chain(lambda w: w.chain({"kind": "person", "key": w.lena.pk}, condition={"hours": HOURS})),
        "definition.steps.0.condition.hours.zone",
    ),
    "a rule that cannot be read": (_ical("RRULE:FREQ=SOMETIMES"), "“Ben” has FREQ=SOMETIMES"),
    "a rule without end": (_ical("RRULE:FREQ=WEEKLY;INTERVAL=0"), "INTERVAL=0"),
    "a rule that says nothing": (_ical("RRULE:nonsense"), "cannot be read"),
}


@pytest.mark.parametrize(("ask", "words"), CASES.values(), ids=CASES.keys())
def test_bad_input_is_refused_in_words_and_nothing_is_saved(
    ask: Callable[[World], list[str]], words: str, world: World
) -> None:
    for said in ask(world):
        assert words in said
    assert (Schedule.objects.count(), EscalationPolicy.objects.count(), Override.objects.count()) == (1, 0, 0)


def test_who_leaves_or_bounces_afterwards_is_a_hole_on_every_surface(world: World) -> None:
    for user in (world.ana, world.ben):
        contact(user)
    body = world.chain({"kind": "person", "key": world.ben.pk})
    with set_clock(T0):
        row = Api(world.lena).send("POST", "/escalation-policies", body)
    assert row.status_code == 201
    policy = EscalationPolicy.objects.get()
    assert holes(world, policy) == (set(), set(), [])
    world.ben.is_active = False
    world.ben.save()
    ContactMethod.objects.filter(user=world.ana).update(bad_since=T0, bad_reason="550 No such mailbox")
    by_coverage, by_cli, of_policy = holes(world, policy)
    assert {"no_one" in kind or "unreachable" in kind or "left" in kind for kind in by_coverage} == {True}
    assert {world.ana.pk} | {world.ben.pk} <= by_cli
    assert any("Ben" in hole for hole in of_policy)


def holes(world: World, policy: EscalationPolicy) -> tuple[set[str], set[int], list[str]]:
    """Kinds of holes over the API, the people in those of the command, and what a policy would fall through."""
    with set_clock(T0):
        api = Api(world.lena)
        (found,) = json.loads(api.get("/coverage").content)["items"]
        of_policy = json.loads(api.get(f"/escalation-policies/{policy.pk}/preview").content)["holes"]
        (by_cli,) = json.loads(world.run("coverage", "--json").out)["items"]
        screen = world.client.get(reverse("schedules:coverage")).content.decode()
        page = world.client.get(reverse("policies:policy", args=[policy.pk])).content.decode()
    for gap in found["gaps"]:
        assert gap["text"].replace("'", "&#x27;") in screen
    for hole in of_policy:
        assert hole in page
    people = {user for gap in by_cli["gaps"] for user in gap["user_ids"]}
    return {gap["kind"] for gap in found["gaps"]}, people, of_policy
