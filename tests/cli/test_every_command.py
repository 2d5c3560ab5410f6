"""Every command of the command line: it explains itself, and what prints records prints JSON for programs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest

from allclear.accounts.models import Skill, User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.accounts.tokens import issue_token
from allclear.alerts.actions.integrations import add_integration
from allclear.alerts.actions.replaying import try_integration
from allclear.alerts.models import UnknownKey
from allclear.catalog.actions import seed_defaults
from allclear.config.cli import COMMANDS, load
from allclear.domain.escalation import Target, TargetKind
from allclear.incidents import paging
from allclear.incidents.models import Incident
from allclear.kernel.clock import now
from allclear.notifications.models import Webhook
from allclear.oncall.actions.schedules import add_leave, add_override
from allclear.oncall.actions.swaps import ask_swap
from allclear.oncall.subjects import SUBJECTS, Subject
from allclear.testing import (
    T0,
    agreement,
    business_calendar,
    category,
    ci,
    codes,
    contact,
    heartbeat,
    in_status,
    organisation,
    person,
    policy,
    promise,
    request_as,
    schedule,
    security_class,
    service,
    target,
    team,
    what_if,
)  # fmt: skip
from allclear.testing import calendar as hours
from tests.cli import quiet_calls
from tests.imports.logs import life, write

from .calls import CALLS, SILENT
from .test_groups import Run, run

__all__ = ["run"]


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its whole name, as the program itself knows them."""
    for name in COMMANDS:
        yield from _below(name, load(name))


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inside = getattr(command, "commands", None)
    if inside is None:
        yield name, command
    for inner in inside or ():
        yield from _below(f"{name} {inner}", inside[inner])


ALL = dict(commands())


class World(dict[str, Any]):
    """What the calls mention, by name. Incidents are made when they are asked for, by their status."""

    def __missing__(self, status: str) -> str:
        if status == "escalation":
            row = Incident.objects.get(number=self["new"])
            SUBJECTS.setdefault(paging.KIND, Subject(paging.tell, paging.stand))
            target = Target(TargetKind.TEAM, self["team"].pk)
            return str(paging.page_by_hand(request_as(self["rosa"], now()), row, target=target).pk)
        an_hour_ago = now() - timedelta(hours=1)
        row = in_status(status, self["rosa"], at=an_hour_ago, title=f"Fault, {status}", team_id=self["team"].pk)
        self[status] = row.number
        return row.number


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A small desk: two people, two teams, a thing of each kind, files to bring in."""
    seed_defaults(T0)
    rosa = person("admin", email="rosa@example.org", name="Rosa Kern")
    network = team(rosa, name="Network")
    team(person("agent", email="abel@example.org", name="Abel Ito"), name="Apps")
    for make, name in ((organisation, "Acme"), (service, "VPN"), (ci, "gw-1"), (category, "Printers")):
        make(name)
    codes()
    security_class(rosa, name="Fraud")
    contact(rosa)
    policy(rosa, exhausted=rosa, name="Chain")
    Skill.objects.create(name="DNS")
    found = World({"rosa": rosa, "team": network, "out": tmp_path / "all.jsonl"})
    for name, text in (("file", "failover"), ("policy", json.dumps({"close_after_days": 3}))):
        found[name] = tmp_path / name
        found[name].write_text(text, encoding="utf-8")
    chain = {"steps": [{"targets": [target(network)], "delay_minutes": 5}], "exhausted": target(rosa)}
    found["chain"] = tmp_path / "chain.json"
    found["chain"].write_text(json.dumps({"name": "Night", "definition": chain, "priorities": [1]}), encoding="utf-8")
    found["log"] = write(tmp_path / "audit.csv", life())
    found["calendar"] = tmp_path / "rota.ics"
    found["calendar"].write_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", encoding="utf-8")
    found["hours"] = tmp_path / "hours.json"
    found["hours"].write_text(json.dumps({"zone": "Europe/Berlin", "is_always": True}), encoding="utf-8")
    business_calendar()
    found |= quiet_calls.rows()
    office = hours("Shop")
    agreement(promise("resolution", 60, office), name="Gold")
    found["promise"] = tmp_path / "promise.json"
    found["promise"].write_text(json.dumps({"name": "Silver", "targets": [promise("response", 9, office)]}), "utf-8")
    heartbeat("Sync")
    found["what_if"] = what_if(None, base={"matrix": 1}).pk
    found["override"] = _override(rosa)
    found |= _away(rosa)
    tills, key = add_integration(SYSTEM_VIEWER, {"kind": "pagerduty", "name": "Tills"}, now=now())
    tills.refusals.create(status=429, minute=now(), last_at=now(), count=3, reason="Too many.")
    UnknownKey.objects.create(kind="grafana", minute=now(), last_at=now(), count=2, hint="ab12", sender="192.0.2.7")
    found["integration_key"], found["delivery"] = key[-4:], try_integration(SYSTEM_VIEWER, tills.pk, now=now()).pk
    Webhook.objects.create(name="Bot", address={"url": "https://example.org/bot", "secret": "whsec_x"})
    found["token"] = issue_token(SYSTEM_VIEWER, rosa, "Monitor", ["read"], None, now())[0].pk
    return found


def _override(user: User) -> int:
    """Of a schedule called Rota, for the next day."""
    rota = schedule(user, name="Rota")
    span = {"starts_at": now(), "ends_at": now() + timedelta(days=1)}
    return add_override(SYSTEM_VIEWER, {"schedule_id": rota.pk, "kind": "only", "people": [], **span}, now=now()).pk


def _away(rosa: User) -> dict[str, Any]:
    """A leave, and a swap in a schedule called Pair that Abel is asked for."""
    abel = User.objects.get(email="abel@example.org")
    pair = schedule(rosa, abel, name="Pair")
    span = {"starts_at": now() + timedelta(days=1), "ends_at": now() + timedelta(days=30)}
    leave = add_leave(SYSTEM_VIEWER, {"user_id": rosa.pk, **span}, now=now())
    asked = {"schedule_id": pair.pk, "asked_id": abel.pk}
    later = {name: at + timedelta(days=30) for name, at in span.items()}
    swap = ask_swap(viewer_for(rosa.pk), {**asked, **later}, now=now())
    words = {name: f"{now() + timedelta(days=days):%Y-%m-%dT%H:%M}" for name, days in _DAYS.items()}
    return {"leave": leave.pk, "swap": swap.pk, **words}


_DAYS = {"tomorrow": 1, "in_a_year": 360}


def test_it_knows_a_call_of_every_command() -> None:
    new = ALL.keys() - CALLS.keys() - SILENT.keys()
    assert not new, f"Say in tests/cli/calls.py how to call these, or why they print no records: {sorted(new)}"
    gone = (CALLS.keys() | SILENT.keys()) - ALL.keys()
    assert not gone, f"These are in tests/cli/calls.py, but no longer in the program: {sorted(gone)}"
    assert not CALLS.keys() & SILENT.keys()


@pytest.mark.parametrize("name", ALL)
def test_it_explains_itself(run: Run, name: str) -> None:
    answer = run(*name.split(), "--help")
    assert answer.code == 0, answer.err
    assert f"allclear {name}" in answer.out
    assert ALL[name].help, f"{name} has no sentence that says what it does"


@pytest.mark.parametrize("name", [name for name in SILENT if name in ALL])
def test_it_has_json_wherever_it_prints_records(name: str) -> None:
    assert "--json" not in _options(name), f"{name} has --json now: move it from SILENT to CALLS with a call"


def _options(name: str) -> set[str]:
    return {word for option in ALL[name].params for word in option.opts}


def _marked(name: str) -> Any:
    return pytest.param(name, marks=pytest.mark.django_db(transaction=CALLS[name].is_alone))


@pytest.mark.parametrize("name", [_marked(name) for name in CALLS if name in ALL])
def test_it_prints_one_json_document_and_nothing_else(run: Run, world: World, name: str) -> None:
    assert "--json" in _options(name), f"{name} prints records, but has no --json"
    call = CALLS[name]

    def words(text: str) -> list[str]:
        return shlex.split(text.format_map(world))

    for command in call.before:
        before = run(*words(command))
        assert before.code == 0, (command, before.err)
    answer = run(*name.split(), *words(call.words), "--json", stdin=call.stdin)
    assert answer.code in call.exits, answer.err
    document = json.loads(answer.out, parse_constant=_no_json)
    assert isinstance(document, (dict, list)) and document, f"{name} prints {answer.out!r}"


def _no_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is JavaScript, but not JSON")
