"""Silences, maintenance, inhibitions and noise on the command line: what people read, and what is refused in words."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from allclear.alerts.models import Alert, Inhibition, MaintenanceWindow, Silence
from allclear.alerts.tests.quieting import firing, source
from allclear.kernel.clock import now
from allclear.testing import ci, person, service

from .test_groups import Run, run

__all__ = ["run"]
pytestmark = pytest.mark.django_db
DISK = ("-m", "alertname=DiskFull")


def done(answer: Any) -> Any:
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_a_silence_is_added_listed_changed_and_ended(run: Run) -> None:
    answer = run("silence", "add", "Disk is ordered", *DISK, "--for", "2h")
    assert answer.code == 0 and "Disk is ordered" in answer.out
    row = Silence.objects.get()
    assert row.ends_at - row.starts_at == timedelta(hours=2)
    assert "in_force" in run("silence", "list").out
    changed = done(run("silence", "change", str(row.pk), "-m", "env=prod", "--shadow", "--json"))
    assert (changed["mode"], changed["matchers"][0]["name"]) == ("shadow", "env")
    assert "ended" in run("silence", "end", str(row.pk)).out
    assert done(run("silence", "list", "--json")) == []
    assert [one["id"] for one in done(run("silence", "list", "--ended", "--json"))] == [row.pk]
    assert "ended" in run("silence", "show", str(row.pk)).out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["silence", "add", "x", *DISK], "nothing stays quiet for ever"),
        (["silence", "add", "x", *DISK, "--for", "2h", "--until", "2030-01-01"], "nothing stays quiet for ever"),
        (["silence", "add", "x", *DISK, "--for", "two hours"], "write it like 90m, 4h or 2d"),
        (["silence", "add", "x", *DISK, "--for", "91d"], "90 days at most"),
        (["silence", "add", "x", "--for", "2h"], "alerts of every kind"),
        (["silence", "add", "x", "-m", "a=~(a+)+", "--for", "2h"], "may run for ever"),
        (["silence", "end", "999"], "There is no such silence"),
        (["silence", "held", "999"], "`allclear silence list` shows all"),
        (["maintenance", "add", "x", "--from", "2030-01-01", "--for", "2h"], "at least one service"),
        (["maintenance", "show", "999"], "`allclear maintenance list` shows all"),
        (["inhibition", "add", "x", "--cause", "colour:red", "--effect", "a", "--for", "2d"], "colour"),
        (["noise", "list", "--by", "colour"], "integration, source_rule, rule, service"),
        (["noise", "judge", "nice", "1"], "useful, duplicate, false_alarm"),
        (["noise", "try-rule", "colour:red"], "colour"),
        (["storm", "accept", "999"], "There is no such storm"),
    ],
)
def test_it_refuses_in_words(run: Run, words: list[str], reason: str) -> None:
    answer = run(*words)
    assert answer.code == 1
    assert reason in answer.err


def test_maintenance_repeats_by_the_clock_of_its_zone_and_one_time_is_cancelled(run: Run) -> None:
    service("Mail"), ci("switch-1")
    words = [
        "--from",
        "2031-01-05T22:00",
        "--for",
        "4h",
        "--zone",
        "Europe/Berlin",
        "--service",
        "Mail",
        "--ci",
        "switch-1",
    ]
    repeats = ["--repeats", "FREQ=WEEKLY", "--repeats-until", "2031-12-31T00:00"]
    made = done(run("maintenance", "add", "Patch night", *words, *repeats, "--alone", "--json"))
    assert made["starts_at"].startswith("2031-01-05 21:00") and made["with_dependents"] is False
    assert len(made["services"]) == len(made["cis"]) == 1
    run("maintenance", "cancel", str(made["id"]), "--at", "2031-01-12T21:00")
    row = MaintenanceWindow.objects.get()
    assert [at.isoformat() for at in row.left_out] == ["2031-01-12T21:00:00+00:00"]
    assert "upcoming" in run("maintenance", "list").out


def test_an_inhibition_is_switched_on_and_off_and_prolonged(run: Run) -> None:
    filters = ["--cause", "label.alertname:Down", "--effect", "severity:info", "--equal", "cluster"]
    made = done(run("inhibition", "add", "Down", *filters, "--for", "10d", "--json"))
    assert (made["mode"], made["equal"]) == ("shadow", ["cluster"])
    for word, mode in (("switch-on", "live"), ("switch-off", "shadow")):
        assert run("inhibition", word, str(made["id"])).code == 0
        assert Inhibition.objects.get().mode == mode
    run("inhibition", "prolong", str(made["id"]), "--for", "90d")
    assert Inhibition.objects.get().expires_at > now() + timedelta(days=89)


def test_a_draft_says_what_was_real_before_anything_is_hidden(run: Run) -> None:
    firing(at=now() - timedelta(days=1), verdict="useful", title="Database is down")
    firing(at=now() - timedelta(days=1))
    answer = run("silence", "try", *DISK)
    assert "2 of 2 alerts" in answer.out and "1 of them were no noise" in answer.out
    assert answer.out.index("Database is down") < answer.out.index("Disk is full")
    assert not Silence.objects.exists()


def test_the_ledger_names_what_to_fix_and_what_nobody_has_judged(run: Run) -> None:
    noisy, other = source("Noisy"), source("Unknown")
    alerts = [firing(noisy, at=now()) for _ in range(6)]
    for _ in range(6):
        firing(other, at=now())
    told = run("noise", "judge", "false_alarm", *(str(alert.pk) for alert in alerts))
    assert "6 of 6 alerts have a new verdict." in told.out
    answer = run("noise", "worst", "--by", "integration")
    assert answer.out.index("Fix or delete") < answer.out.index("Noisy") < answer.out.index("Too few verdicts")
    assert answer.out.index("Too few verdicts") < answer.out.index("Unknown")
    assert "0% to 39%" in answer.out
    run("noise", "judge", "none", str(alerts[0].pk))
    assert Alert.objects.get(pk=alerts[0].pk).verdict == ""


def test_who_may_not_keep_alerts_quiet_is_told_so(run: Run) -> None:
    rita = person("requester", email="rita@example.org")
    for words in (["list"], ["add", "x", *DISK, "--for", "2h"], ["try", *DISK]):
        answer = run("silence", *words, "--as", rita.email)
        assert answer.code == 1 and "roles" in answer.err
