"""Everything that an administrator does by screen, from a shell and without a prompt."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from allclear.accounts.models import ApiToken, Team, User
from allclear.accounts.tokens import bearer
from allclear.catalog.actions import seed_defaults
from allclear.catalog.models import Category, Dependency, PolicyVersion, Service
from allclear.config import database
from allclear.config.cli import main
from allclear.kernel.clock import now
from allclear.testing import PASSWORD, T0, person, service, team

pytestmark = pytest.mark.django_db


class Answer:
    """What a command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        assert self.code == 0, self.err
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `allclear ...` in this process, on the test's database."""
    url = make_conninfo(os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"]))
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr(database, "_prepared", database.Database(url, url))

    def call(*arguments: str, stdin: str = "") -> Answer:
        monkeypatch.setattr(sys, "argv", ["allclear", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else 0, out, err)

    return call


def test_it_adds_a_person_who_can_log_in(run: Run) -> None:
    command = ("user", "add", "Rosa@Example.org", "--name", "Rosa Kern", "--role", "agent", "--role", "admin")
    told = run(*command, "--password-stdin", "--json", stdin=f"{PASSWORD}\n").json
    assert (told["email"], told["roles"], told["version"]) == ("rosa@example.org", ["agent", "admin"], 2)
    assert User.objects.get(pk=told["id"]).check_password(PASSWORD)
    assert PASSWORD not in json.dumps(told) and "argon2" not in json.dumps(told)


def test_it_refuses_in_words_on_stderr_with_exit_code_1(run: Run) -> None:
    person(email="taken@example.org")
    answer = run("user", "add", "taken@example.org", "--name", "X")
    assert (answer.code, answer.out) == (1, "")
    assert "email: There is another user with this email already." in answer.err
    weak = run("user", "add", "new@example.org", "--name", "X", "--password-stdin", stdin="short\n")
    assert weak.code == 1 and "password" in weak.err and not User.objects.filter(email="new@example.org").exists()
    assert run("user", "add", "new@example.org", "--name", "X", "--password-stdin", stdin="").code == 1
    assert run("user", "add").code == 2


def test_it_changes_lists_and_deactivates_people(run: Run) -> None:
    person("admin", email="ada@example.org")
    tom = person("agent", email="tom@example.org", name="Tom Berg")
    assert run("skill", "add", "dns").code == 0
    told = run("user", "change", "tom@example.org", "--location", "Lyon", "--skill", "dns", "--vip", "--json").json
    assert (told["location"], told["is_vip"], len(told["skills"])) == ("Lyon", True, 1)
    old = run("user", "change", "tom@example.org", "--location", "Paris", "--expected-version", "0")
    assert old.code == 1 and "Somebody changed this" in old.err
    assert run("user", "deactivate", "tom@example.org").code == 0
    assert [row["email"] for row in run("user", "list", "--json").json] == ["ada@example.org"]
    assert len(run("user", "list", "--all", "--json").json) == 2
    assert "Tom Berg" in run("user", "list", "--all", "--search", "berg").out
    last = run("user", "deactivate", "ada@example.org")
    assert last.code == 1 and "last administrator" in last.err
    tom.refresh_from_db()
    assert tom.location == "Lyon"


def test_it_sets_a_password_without_a_prompt(run: Run) -> None:
    user = person(email="tom@example.org")
    assert run("user", "password", "tom@example.org", "--password-stdin", stdin="a quiet river bends\n").code == 0
    user.refresh_from_db()
    assert user.check_password("a quiet river bends")


def test_it_prints_a_token_once_and_alone(run: Run) -> None:
    person("admin", email="ada@example.org")
    answer = run("token", "add", "ada@example.org", "--scope", "all", "--name", "Monitoring")
    plain = answer.out.strip()
    assert answer.out == f"{plain}\n" and " " not in plain
    known = bearer(plain, now())
    assert known is not None and known.viewer.scopes == frozenset({"all"})
    listed = run("token", "list", "--json")
    assert plain not in listed.out and listed.json[0]["name"] == "Monitoring"
    assert run("token", "revoke", plain[:12]).code == 0
    assert bearer(plain, now()) is None
    assert run("token", "list", "--json").json == []
    assert run("token", "add", "ada@example.org", "--scope", "everything").code == 1
    assert ApiToken.objects.count() == 1


def test_it_acts_as_a_person_within_their_rights(run: Run) -> None:
    person("agent", email="tom@example.org")
    refused = run("user", "add", "x@example.org", "--name", "X", "--as", "tom@example.org")
    assert refused.code == 1 and "needs one of these roles: admin" in refused.err
    assert run("user", "list", "--as", "nobody@example.org").code == 1
    requester = person("requester", email="r@example.org")
    assert run("service", "list", "--as", requester.email or "").code == 1


def test_a_team_is_made_with_its_people(run: Run) -> None:
    person("agent", email="a@example.org")
    person("team_lead", email="b@example.org")
    told = run(
        "team", "add", "Network", "--tier", "2", "--member", "a@example.org", "--lead", "b@example.org", "--json"
    )
    assert (told.json["tier"], told.json["leads"]) == (2, ["b@example.org"])
    assert set(told.json["members"]) == {"a@example.org", "b@example.org"}
    assert run("team", "remove-member", "network", "a@example.org", "--json").json["members"] == ["b@example.org"]
    assert run("team", "add-member", "Network", "a@example.org", "--lead").code == 0
    assert run("team", "change", "Network", "--new-name", "Networks", "--note", "All sites").code == 0
    assert run("team", "deactivate", "Networks").code == 0
    row = Team.objects.get()
    assert (row.name, row.note, row.is_active, row.members.count()) == ("Networks", "All sites", False, 2)


def test_organisations_have_parts(run: Run) -> None:
    assert run("organisation", "add", "Group").code == 0
    part = run("organisation", "add", "Part", "--part-of", "Group", "--supplier", "--json").json
    assert part["is_supplier"] and part["parent_id"]
    circle = run("organisation", "change", "Group", "--part-of", "Part")
    assert circle.code == 1 and "parent_id" in circle.err
    assert run("organisation", "change", "Part", "--part-of", "", "--json").json["parent_id"] is None


def test_services_and_items_stand_on_each_other(run: Run) -> None:
    team(name="Web")
    assert run("service", "add", "Shop", "--criticality", "1", "--team", "Web", "--json").json["criticality"] == 1
    assert run("ci", "add", "shop", "--kind", "Application").code == 0
    assert run("ci", "add", "host-1", "--kind", "Server").code == 0
    assert run("ci", "depend", "Shop", "host-1").code == 1, "two things are called Shop"
    assert run("ci", "depend", "service:Shop", "ci:shop").code == 0
    assert run("ci", "depend", "ci:shop", "host-1", "--kind", "runs_on").code == 0
    assert [row["name"] for row in run("ci", "impact", "host-1", "--json").json] == ["shop", "Shop"]
    assert run("ci", "independ", "ci:shop", "host-1", "--kind", "runs_on").code == 0
    assert Dependency.objects.count() == 1
    user = person(email="uta@example.org")
    used = run("ci", "change", "host-1", "--used-by", "uta@example.org", "--json").json
    assert used["used_by"] == [user.pk]
    assert run("ci", "change", "host-1", "--used-by", "", "--json").json["used_by"] == []
    assert run("ci", "change", "host-1", "--used-by", "nobody@example.org").code == 1
    assert run("ci", "deactivate", "host-1", "--json").json["status"] == "retired"
    assert run("service", "change", "Shop", "--team", "", "--new-name", "Web shop").code == 0
    assert Service.objects.get().owner_team is None


def test_categories_are_named_by_their_path(run: Run) -> None:
    seed_defaults(T0)
    told = run("category", "add", "Firewall", "--below", "Network", "--impact", "2", "--json").json
    assert told["path"] == "Network / Firewall"
    asked = run(
        "category", "ask", "network/firewall", "Which site?", "--kind", "choice", "--choice", "A", "--choice", "B"
    )
    assert asked.code == 0, asked.err
    assert run("category", "change", "Firewall", "--below", "", "--impact", "0").code == 0
    row = Category.objects.get(name="Firewall")
    assert (row.parent_id, row.default_impact, row.questions.get().choices) == (None, None, ["A", "B"])
    assert run("category", "unask", "Which site?").code == 0
    assert run("category", "remove", "Firewall").code == 0
    assert "No categories are called" in run("category", "show", "Firewall").err


def test_templates_codes_and_fields(run: Run) -> None:
    seed_defaults(T0)
    service("VPN")
    template = ("template", "add", "Joiner", "--kind", "service_request", "--service", "VPN", "--task", "Account")
    assert run(*template, "--task", "Laptop", "--category", "Access", "--json").json["tasks"] == ["Account", "Laptop"]
    assert run("template", "deactivate", "Joiner").code == 0
    assert run("code", "add", "cause", "moon", "--name", "The moon").code == 0
    assert run("code", "change", "cause:moon", "--name", "Phase of the moon", "--json").json["key"] == "moon"
    assert run("code", "deactivate", "moon", "--json").json["is_active"] is False
    assert run("field", "add", "asset", "--name", "Asset", "--kind", "choice", "--choice", "A").code == 1
    assert run("field", "add", "asset", "--name", "Asset tag", "--required", "--json").json["is_required"] is True
    assert run("field", "change", "asset", "--optional", "--json").json["is_required"] is False


def test_a_policy_is_printed_edited_and_put_in_force(run: Run, tmp_path: Path) -> None:
    body = run("policy", "show", "lifecycle").json
    file = tmp_path / "lifecycle.json"
    file.write_text(json.dumps({**body, "close_after_days": 2}), encoding="utf-8")
    told = run("policy", "change", "lifecycle", "--note", "Faster", "--file", str(file), "--json").json
    assert (told["version"], told["body"]["close_after_days"]) == (1, 2)
    late = run("policy", "change", "lifecycle", "--note", "x", "--file", str(file), "--expected-version", "0")
    assert late.code == 1 and "Somebody saved version 1" in late.err
    file.write_text("{", encoding="utf-8")
    assert "not JSON" in run("policy", "change", "lifecycle", "--note", "x", "--file", str(file)).err
    assert run("policy", "show", "nonsense").code == 1
    assert [row["note"] for row in run("policy", "list", "--json").json] == ["Faster"]
    assert PolicyVersion.objects.count() == 1


def test_security_classes_have_members(run: Run) -> None:
    person("admin", email="ada@example.org")
    told = run("security-class", "add", "Fraud", "--member", "ada@example.org", "--json").json
    assert len(told["members"]) == 1
    assert run("security-class", "change", "Fraud", "--member", "", "--json").json["members"] == []
