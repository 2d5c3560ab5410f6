"""Incidents from a shell: the main job, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.catalog.actions import seed_defaults
from allclear.incidents.models import Attachment, Incident
from allclear.testing import T0, logged, person, security_class, service, team

from .test_groups import Run, run

__all__ = ["run"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def rosa() -> User:
    seed_defaults(T0)
    return person("agent", email="rosa@example.org", name="Rosa Kern")


def test_it_walks_the_main_job(run: Run, rosa: User) -> None:
    team(rosa, name="Network")
    service("VPN")
    log = ("incident", "log", "VPN drops", "--service", "VPN", "--team", "Network", "--channel", "phone")
    told = run(*log, "--task", "Ask the site", "--impact", "1", "--urgency", "2", "--json").json
    number = told["number"]
    assert (told["status"], told["priority"], told["team"]["name"]) == ("new", 2, "Network")

    def do(*command: str, stdin: str = "") -> Any:
        name, *rest = command
        return run("incident", name, number, *rest, "--as", "rosa@example.org", "--json", stdin=stdin).json

    assert do("accept")["assignee"]["name"] == "Rosa Kern"
    do("note", "-", stdin="vpn-gw-2 fails over\n")
    do("reply", "We look into it")
    assert do("hold", "--reason", "requester", "--until", "2030-01-01T10:00")["status"] == "on_hold"
    do("resume")
    do("finish-task", "Ask the site")
    assert do("resolve", "--code", "fixed", "--text", "Rolled back", "--cause", "change")["status"] == "resolved"
    do("verify", "--effective", "--note", "It holds")
    assert do("close")["status"] == "closed"
    shown = run("incident", "show", number)
    for words in ("VPN drops", "Rosa Kern", "vpn-gw-2 fails over", "Rolled back", "[x] Ask the site"):
        assert words in shown.out
    timeline = run("incident", "show", number, "--json").json["timeline"]
    assert [entry["kind"] for entry in timeline].count("internal") == 1
    assert run("incident", "list", "--json").json == []
    assert [row["number"] for row in run("incident", "list", "--all", "--json").json] == [number]
    assert run("verify", "projections", "--json").json["is_clean"]


def test_it_looks_back_and_finds_what_nobody_looked_back_at(run: Run, rosa: User) -> None:
    numbers = []
    for channel in ("phone", "email"):
        number = run("incident", "log", "VPN drops", "--channel", channel, "--json").json["number"]
        numbers.append(number)
        run("incident", "resolve", number, "--code", "fixed", "--text", "Done")
    first, second = numbers
    run("incident", "close", first, "--effective", "partly", "--improve", "Page sooner")
    run("incident", "close", second)

    def listed(*options: str) -> list[str]:
        return [row["number"] for row in run("incident", "list", "--all", *options, "--json").json]

    assert (listed("--follow-up", "done"), listed("--follow-up", "missing")) == ([first], [second])
    refused = run("incident", "follow-up", second, "--effective", "no")
    assert (refused.code, "improvement: Say what to improve" in refused.err) == (1, True)
    run(
        "incident", "follow-up", second, "--effective", "no", "--improve", "-", "--documents", "Runbook", stdin="Slow\n"
    )
    assert listed("--follow-up", "missing") == []
    assert (listed("--channel", "email"), listed("--channel", "chat")) == ([second], [])
    assert (listed("--logged-to", "2020-01-01T00:00"), len(listed("--logged-from", "2020-01-01T00:00"))) == ([], 2)


def test_it_refuses_with_the_rules_own_words(run: Run, rosa: User) -> None:
    number = run("incident", "log", "Fault", "--json").json["number"]
    for command, words in (
        (("close", number), "Close is not possible"),
        (("resolve", number, "--code", "magic", "--text", "x"), "There is no code “magic”"),
        (("categorise", number, "Nowhere"), "No categories are called 'Nowhere'"),
        (("assign", number, "--team", "Nobody"), "There is no team 'Nobody'"),
        (("hold", number, "--reason", "supplier", "--until", "soon"), "no point in time"),
        (("acknowledge", "INC9999999"), "There is no such incident"),
        (("acknowledge", number, "--expected-version", "99"), "version"),
    ):
        answer = run("incident", *command)
        assert answer.code == 1 and words in answer.err and answer.out == "", (command, answer.err)
    assert run("incident", "log").code == 1
    assert run("incident", "resolve", number).code == 2


def test_it_links_merges_and_attaches(run: Run, rosa: User, tmp_path: Path) -> None:
    first, second, third = (run("incident", "log", f"Fault {n}", "--json").json["number"] for n in range(3))
    assert run("incident", "relate", first, second, "--kind", "caused_by").code == 0
    assert run("incident", "link-parent", second, first).code == 0
    assert run("incident", "merge", third, first, "--json").json["status"] == "closed"
    assert run("incident", "add-task", first, "Look", "--owner", "rosa@example.org").code == 0
    assert run("incident", "change-task", first, "Look", "--status", "done").code == 0
    assert run("incident", "watch", first, "rosa@example.org").code == 0
    assert run("incident", "split", first, "The other fault", "--json").json["number"] not in (first, second, third)
    log = tmp_path / "gw.log"
    log.write_text("failover", encoding="utf-8")
    assert run("incident", "attach", first, str(log), "--public").code == 0
    assert Attachment.objects.get().name == "gw.log"
    assert Incident.objects.get(number=second).parent.number == first


def test_a_requester_sees_their_own_and_no_notes(run: Run, rosa: User) -> None:
    person("requester", email="claire@example.org")
    mine = run("incident", "log", "Mine", "--requester", "claire@example.org", "--json").json["number"]
    other = run("incident", "log", "Other", "--json").json["number"]
    assert run("incident", "note", mine, "secret thought").code == 0
    as_claire = ("--as", "claire@example.org")
    assert [row["number"] for row in run("incident", "list", "--json", *as_claire).json] == [mine]
    assert "secret" not in run("incident", "show", mine, "--json", *as_claire).out
    assert run("incident", "show", other, *as_claire).code == 1


def test_a_person_outside_a_security_class_finds_nothing(run: Run, rosa: User) -> None:
    security_class(name="Fraud")
    number = run("incident", "log", "Quiet", "--security-class", "Fraud", "--json").json["number"]
    assert run("incident", "show", number, "--as", "rosa@example.org").code == 1
    assert run("incident", "list", "--json", "--as", "rosa@example.org").json == []
    assert run("incident", "show", number).code == 0, "whoever has the shell has the database"


def test_it_hands_over_refuses_accepts_and_shows_the_path(run: Run, rosa: User) -> None:
    bo = person("agent", email="bo@example.org", name="Bo Berg")
    team(rosa, name="Desk")
    team(bo, name="Network")
    number = run("incident", "log", "VPN drops", "--team", "Desk", "--json").json["number"]

    def do(who: str, name: str, *rest: str, stdin: str = "") -> Any:
        told = run("incident", name, number, *rest, "--as", f"{who}@example.org", stdin=stdin)
        return told.out + told.err

    offer = ("hand-over", "--team", "Network", "--reason")
    do("rosa", *offer, "Looks like the gateway")
    assert "members of the team" in do("rosa", "accept-handover")
    do("bo", "refuse-handover", "--reason", "-", stdin="Gateway is fine")
    do("rosa", *offer, "Again")
    do("rosa", "withdraw-handover")
    do("rosa", *offer, "Still")
    do("bo", "accept-handover")
    shown = do("rosa", "handovers")
    for words in ("Desk, ", "-> Network, refused after", "Gateway is fine", "withdrawn", "Network, "):
        assert words in shown
    path = run("incident", "handovers", number, "--json").json
    assert [stay["team"]["name"] for stay in path["stays"]] == ["Desk", "Network"]
    assert [offer["outcome"] for offer in path["stays"][0]["offers"]] == ["refused", "withdrawn", "accepted"]
    assert path["bounce_count"] == 1


def test_it_lists_by_a_filter_text_and_by_a_saved_view(run: Run, rosa: User) -> None:
    for title in ("Printer is dead", "Mail is slow", "Printer jams"):
        logged(rosa, title=title)
    assert [row["title"] for row in _listed(run, "--filter", "printer", "--sort", "-title")] == [
        "Printer jams",
        "Printer is dead",
    ]
    kept = run("view", "add", "Printers", "--filter", "title:print status:open", "--sort", "title", "--as", rosa.email)
    assert kept.code == 0, kept.err
    assert [row["title"] for row in _listed(run, "--view", "printers", "--as", rosa.email)] == [
        "Printer is dead",
        "Printer jams",
    ]
    wrong = run("incident", "list", "--filter", "statsu:open")
    assert wrong.code == 1 and "Did you mean status" in wrong.err


def _listed(run: Run, *options: str | None) -> Any:
    answer = run("incident", "list", *map(str, options), "--json")
    assert answer.code == 0, answer.err
    return json.loads(answer.out)
