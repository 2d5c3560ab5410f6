"""Leave, swaps, previews and web-hooks on the command line: what they change, and what they refuse in words."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.kernel.clock import now
from allclear.notifications.models import Webhook
from allclear.oncall.models import EscalationPolicy, Leave, Swap
from allclear.testing import contact, person, policy, schedule

from .test_groups import Run, run

__all__ = ["run"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return person("team_lead", email="ana@example.org", name="Ana")


@pytest.fixture
def ben() -> User:
    return person(email="ben@example.org", name="Ben")


def span(days: int = 60) -> list[str]:
    """From tomorrow on."""
    begin = now() + timedelta(days=1)
    return ["--from", begin.isoformat(), "--until", (begin + timedelta(days=days)).isoformat()]


def done(answer: Any) -> Any:
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_leave_is_added_listed_and_taken_back(run: Run, ana: User, ben: User) -> None:
    made = done(run("leave", "add", *span(), "--note", "Wedding", "--as", ben.email, "--json"))
    assert (made["email"], made["note"]) == (ben.email, "Wedding")
    (told,) = done(run("leave", "list", "--as", ana.email, "--json"))
    assert told["note"] == "Wedding"
    other = person(email="cleo@example.org")
    (told,) = done(run("leave", "list", ben.email, "--as", other.email, "--json"))
    assert told["note"] == ""  # why somebody is away is not for everybody
    refused = run("leave", "remove", str(made["id"]), "--as", other.email)
    assert refused.code == 1
    done(run("leave", "remove", str(made["id"]), "--as", ben.email, "--json"))
    assert Leave.objects.get().withdrawn_at is not None
    assert done(run("leave", "list", "--json")) == []


def test_leave_of_nobody_is_refused_in_words(run: Run) -> None:
    answer = run("leave", "add", *span())
    assert (answer.code, answer.err.strip()) == (1, "who: Say with --who or --as who is away.")


def test_a_swap_is_asked_for_and_accepted(run: Run, ana: User, ben: User) -> None:
    schedule(ana, ben, name="Rota")
    made = done(run("swap", "ask", "Rota", *span(), "--who", ben.email, "--as", ana.email, "--json"))
    assert (made["state"], made["beneficiary"], made["asked"]) == ("open", ana.email, ben.email)
    assert [one["id"] for one in done(run("swap", "list", "--json"))] == [made["id"]]
    own = run("swap", "accept", str(made["id"]), "--as", ana.email)
    assert own.code == 1
    assert "Only others who take turns" in own.err
    taken = done(run("swap", "accept", str(made["id"]), "--as", ben.email, "--json"))
    assert (taken["state"], taken["benefactor"]) == ("taken", ben.email)
    done(run("swap", "withdraw", str(made["id"]), "--as", ana.email, "--json"))
    assert Swap.objects.get().state == "withdrawn"
    assert done(run("swap", "list", "--json")) == []
    assert [one["state"] for one in done(run("swap", "list", "--all", "--json"))] == ["withdrawn"]


def test_the_preview_names_the_hole_and_says_it_by_its_exit_code(run: Run, ana: User, ben: User) -> None:
    contact(ana)
    row = policy(ben, exhausted=ana, name="Night")
    answer = run("escalation", "preview", "Night", "--json")
    assert answer.code == 1
    found = json.loads(answer.out)
    assert [link["people"] for link in found["links"]] == [[], ["Ana"]]
    assert "Ben" in found["holes"][0]
    contact(ben)
    found = done(run("escalation", "preview", "Night", "--json"))
    assert [link["people"] for link in found["links"]] == [["Ben"], ["Ana"]]
    assert found["holes"] == []
    done(run("escalation", "remove", "Night", "--json"))
    assert not EscalationPolicy.objects.filter(pk=row.pk).exists()


def test_the_secret_of_a_web_hook_is_shown_when_it_is_made_or_renewed_and_never_again(run: Run) -> None:
    made = done(run("webhook", "add", "Lamp", "https://example.org/lamp", "--json"))
    renewed = done(run("webhook", "rotate", "Lamp", "--json"))
    assert made["secret"] != renewed["secret"] == Webhook.objects.get().address["secret"]
    for words in (["list"], ["change", "Lamp", "--off"]):
        assert renewed["secret"] not in run("webhook", *words, "--json").out
    assert not Webhook.objects.get().is_active
