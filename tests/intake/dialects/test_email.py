"""Mails as alerts."""

from __future__ import annotations

import time
from email.message import EmailMessage
from typing import Any

import pytest

from allclear.domain.alerts import Action, KeyKind, Severity
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.base import Unreadable
from allclear.intake.dialects.email import read


def mail(subject: str, text: str = "It is broken.", **heads: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Backup <backup@example.org>"
    message["Subject"] = subject
    message["Message-ID"] = "<1@example.org>"
    message["Date"] = "Mon, 2 Mar 2026 10:00:00 +0100"
    for name, value in heads.items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


def test_it_reads_a_mail() -> None:
    event = read(mail("Größe der Platte: CRITICAL"), {})
    assert (event.action, event.title, event.source) == (
        Action.TRIGGER,
        "Größe der Platte: CRITICAL",
        "backup@example.org",
    )
    assert (event.severity, event.description) == (Severity.CRITICAL, "It is broken.")
    assert event.source_id == "<1@example.org>"
    assert event.occurred_at is not None
    assert event.occurred_at.isoformat() == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize(
    ("firing", "over"),
    [
        ("PROBLEM: web1/disk is CRITICAL", "RECOVERY: web1/disk is OK"),
        ("[FIRING:2] InstanceDown (web1 warning)", "[RESOLVED] InstanceDown (web1 warning)"),
        ('ALARM: "CPU of web1" in EU (Ireland)', 'OK: "CPU of web1" in EU (Ireland)'),
        ("** PROBLEM Service Alert: web1/HTTP is WARNING **", "** RECOVERY Service Alert: web1/HTTP is OK **"),
        ("Disk full", "Re: resolved - Disk full"),
        ("Problem: Disk full", "Resolved: Disk full"),
        ("Problem: Disk full", "Resolved in 1d 2h 5m: Disk full"),  # as Zabbix' own templates have it
        ("** PROBLEM Host Alert: web1 is DOWN **", "** RECOVERY Host Alert: web1 is UP **"),
        ("** PROBLEM Service Alert: web1/HTTP is UNKNOWN **", "** RECOVERY Service Alert: web1/HTTP is OK **"),
        ("** PROBLEM Service Alert: web1/Login OK is CRITICAL **", "** RECOVERY Service Alert: web1/Login OK is OK **"),
        ("[PROBLEM] Host web1 is DOWN!", "[RECOVERY] Host web1 is UP!"),
        ("Checkmk: web1/CPU load OK -> CRIT", "Checkmk: web1/CPU load CRIT -> OK"),
        ("Checkmk: web1 UP -> DOWN", "Checkmk: web1 DOWN -> UP"),
        ("[Alerting] CPU of web1", "[OK] CPU of web1"),  # Grafana's older alerting
        ("[No Data] CPU of web1", "[OK] CPU of web1"),
        ("[Re-Triggered on {host:web1}] CPU", "[Recovered on {host:web1}] CPU"),
        ("Monitor is DOWN: web1", "Monitor is UP: web1"),
        ('INSUFFICIENT_DATA: "CPU of web1" in EU (Ireland)', 'OK: "CPU of web1" in EU (Ireland)'),
        (
            "Fired:Sev1 Azure Monitor Alert CPU on web1 ( microsoft.web/sites ) at 5/1/2024 6:15:35 AM",
            "Resolved:Sev1 Azure Monitor Alert CPU on web1 ( microsoft.web/sites ) at 5/1/2024 6:31:02 AM",
        ),
        ("DOWN alert: web1 (example.org) is DOWN", "UP alert: web1 (example.org) is UP"),
    ],
)
def test_the_mail_that_it_is_over_meets_the_one_that_it_is_broken(firing: str, over: str) -> None:
    first, second = read(mail(firing), {}), read(mail(over), {})
    assert (first.action, second.action) == (Action.TRIGGER, Action.RESOLVE)
    assert first.key == second.key
    assert first.key_kind is KeyKind.DERIVED


@pytest.mark.parametrize(
    "subject",
    [
        "Backup failed",
        "Connection closed unexpectedly",
        "Token expired",
        "Follow up",
        "Backup not OK on db1",
        "web1 has NOT recovered",
        "Disk is no longer OK",
        "Traffic is up by 300 %",
        "Error rate is up 20 %",
        "Checkmk: web1/CPU load OK -> WARN",
        "[FIRING:1] Jobs not cleared, queue ok",
    ],
)
def test_it_takes_no_trouble_for_its_end(subject: str) -> None:
    assert read(mail(subject), {}).action is Action.TRIGGER


@pytest.mark.parametrize(
    ("problem", "told", "action"),
    [
        ("** PROBLEM Service Alert: web1/HTTP is WARNING **",
         "** ACKNOWLEDGEMENT Service Alert: web1/HTTP is WARNING **", Action.ACKNOWLEDGE),
        ("[PROBLEM] Disk on web1 is WARNING!", "[ACKNOWLEDGEMENT] Disk on web1 is WARNING!", Action.ACKNOWLEDGE),
        ("** PROBLEM Host Alert: web1 is DOWN **", "** DOWNTIMESTART Host Alert: web1 is DOWN **", Action.NOTE),
        ("** PROBLEM Host Alert: web1 is DOWN **", "** FLAPPINGSTOP Host Alert: web1 is UP **", Action.NOTE),
        ("Problem: Disk full", "Updated problem in 1h 5m: Disk full", Action.NOTE),
        ("Problem: Disk full", "Updated problem: Disk full", Action.NOTE),
    ],
)  # fmt: skip
def test_a_mail_about_the_notifying_opens_nothing(problem: str, told: str, action: Action) -> None:
    event = read(mail(told), {})
    assert (event.action, event.key) == (action, read(mail(problem), {}).key)
    assert read(mail("Acknowledgement of the order is missing"), {}).action is Action.TRIGGER


def test_it_knows_azures_gravest_severity() -> None:
    assert read(mail("Fired:Sev0 Azure Monitor Alert CPU on web1 ( x )"), {}).severity is Severity.CRITICAL


def test_what_it_was_before_does_not_count() -> None:
    assert read(mail("Checkmk: web1/CPU load WARN -> CRIT"), {}).severity is Severity.CRITICAL
    keys = {read(mail(f"Copy of {site} -> store failed"), {}).key for site in ("berlin", "madrid")}
    assert len(keys) == 2


def test_it_finds_key_severity_and_source_by_expressions() -> None:
    options = {"key": r"#(\d+)", "severity": r"^Level: (\w+)", "source": "Host: (.+)"}
    event = read(mail("Job #4711 failed", "Level: minor\nHost: web1\n"), options)
    assert (event.key, event.key_kind) == ("4711", KeyKind.GIVEN)
    assert (event.severity, event.source) == (Severity.WARNING, "web1")


def test_it_shows_html_as_text() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.org", "x"
    message.set_content("<p>Disk <b>full</b></p><script>alert(1)</script>", subtype="html")
    assert read(message.as_bytes(), {}).description == "Disk full"
    table = "<blockquote>Disk full</blockquote><table><tr><th>Free</th><td>12 MB</td></tr></table>"
    message.set_content(table, subtype="html")  # quotes are no answer's here
    assert read(message.as_bytes(), {}).description == "Disk full\n\nFree 12 MB"


def test_it_takes_a_text_without_a_charset_for_utf_8() -> None:
    raw = "From: a@example.org\r\nSubject: Störung\r\n\r\nGröße: 5\r\n".encode()
    assert (read(raw, {}).title, read(raw, {}).description) == ("Störung", "Größe: 5")


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("=?utf-8?q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("=?utf-8?b?4pyT?=", "✓"),
        ("=?x-unknown?q?a?=", "a"),
        ("a\r\n b", "a b"),
    ],
)
def test_it_decodes_subjects(subject: str, title: str) -> None:
    raw = f"From: a@example.org\r\nSubject: {subject}\r\n\r\nText\r\n".encode()
    assert read(raw, {}).title == title


def test_it_takes_the_first_line_where_there_is_no_subject() -> None:
    assert read(b"From: a@example.org\r\n\r\n\r\nDisk full\r\nof web1\r\n", {}).title == "Disk full"


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"\x00" * 50, b"Subject:\r\n\r\n \r\n", b"\xff\xfe: \xff"])
def test_it_says_that_nothing_is_in_it(raw: bytes) -> None:
    with pytest.raises(Unreadable) as error:
        read(raw, {})
    assert "mail" in error.value.reason


@pytest.mark.parametrize(
    "expression", ["(a+)+b", r"(\w*)*", "a*b*c*d*", "(a|b){9}", r"(a)\1", "[", "x" * 300, "(?P<n>a)(?P=n)"]
)
def test_it_takes_no_expression_that_could_hold_it_up(expression: str) -> None:
    assert set(DIALECTS["email"].problems({"key": expression})) == {"key"}
    assert read(mail("aaa"), {"key": expression}).key_kind is KeyKind.DERIVED  # as if there were none


@pytest.mark.parametrize("expression", ["", r"\[(TRIGGER-\d+)\]", "Host: (.+)", r"(?:a|b) (\S+)"])
def test_it_takes_usual_expressions(expression: str) -> None:
    assert DIALECTS["email"].problems({"key": expression}) == {}


def test_the_slowest_expression_that_it_takes_ends() -> None:
    begun = time.perf_counter()
    read(mail("a" * 900, "\n".join(["a" * 900] * 5)), {"key": "a*a*a*b"})
    assert time.perf_counter() - begun < 20


def test_it_leaves_out_words_that_its_settings_name() -> None:
    options: dict[str, Any] = {"resolved_words": ["entwarnung"]}
    assert read(mail("Entwarnung: Platte"), options).action is Action.RESOLVE
    assert read(mail("RECOVERY: Platte"), options).action is Action.TRIGGER
    assert read(mail("x"), {"resolved_words": []}).action is Action.TRIGGER
