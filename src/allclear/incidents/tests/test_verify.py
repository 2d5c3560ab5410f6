"""Every way in which a row can drift from its events is found and named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from allclear import testing
from allclear.incidents import actions
from allclear.incidents.models import Attachment, Content, Incident, InternalNote, PublicReply, SlaClock, Task
from allclear.incidents.verify import verify_projections
from allclear.testing import T0, in_status, logged, person, request_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Incident:
    """An incident with something of everything."""
    agent = person()
    row = in_status("in_progress", by=agent, description="Since the morning", tasks=["Call back"])
    actions.reply_publicly(request_as(agent, 5), row.pk, "We are on it")
    actions.add_note(request_as(agent, 6), row.pk, "vpn-gw-2 fails over")
    actions.attach_file(request_as(agent, 7), row.pk, name="log.txt", chunks=[b"line"])
    actions.edit_incident(request_as(agent, 8), row.pk, texts={"title": "VPN drops every hour"})
    row.refresh_from_db()
    return row


def test_it_finds_nothing_in_what_the_verbs_wrote(row: Incident) -> None:
    logged()
    seen: list[tuple[int, int]] = []
    report = verify_projections(lambda done, of: seen.append((done, of)))
    assert report.differences == []
    assert report.is_clean
    assert (report.incidents, report.tasks) == (2, 1)
    assert report.events == row.version + 3
    assert report.texts == 7  # two titles and one that was corrected, description, task, reply, note
    assert seen == [(2, 2)]


DRIFTS: dict[str, tuple[Callable[[Incident], object], str]] = {
    "status": (lambda r: Incident.objects.filter(pk=r.pk).update(status="new"), "row status"),
    "version": (lambda r: Incident.objects.filter(pk=r.pk).update(version=99), "row version"),
    "an instant": (
        lambda r: Incident.objects.filter(pk=r.pk).update(acknowledged_at=T0 - timedelta(days=1)),
        "row acknowledged_at",
    ),
    "a set": (lambda r: Incident.objects.filter(pk=r.pk).update(watcher_ids=[77]), "row watcher_ids"),
    "a custom field": (lambda r: Incident.objects.filter(pk=r.pk).update(custom={"rack": "B4"}), "row custom"),
    "the copy of the title": (
        lambda r: Incident.objects.filter(pk=r.pk).update(title="Else"),
        "text copy of the title",
    ),
    "a task's status": (lambda r: Task.objects.update(status="done"), "task status"),
    "a task that is gone": (lambda r: Task.objects.all().delete(), "task"),
    "words": (lambda r: Content.objects.filter(slot="description").update(body="Else"), "text words of description"),
    "words of an older version": (
        lambda r: Content.objects.filter(body="VPN drops").update(body="Else"),
        "text words of title at 1",
    ),
    "a lost text": (lambda r: Content.objects.filter(slot="description").delete(), "text description"),
    "a reply": (lambda r: PublicReply.objects.update(body="Else"), "reply words of"),
    "a lost note": (lambda r: InternalNote.objects.all().delete(), "note"),
    "a file's hash": (lambda r: Attachment.objects.update(sha256="0" * 64), "file"),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_it_names_what_drifted(row: Incident, name: str) -> None:
    drift, expected = DRIFTS[name]
    drift(row)
    report = verify_projections()
    assert not report.is_clean
    told = [f"{d.where.split()[0]} {d.field}" for d in report.differences]
    assert any(line.startswith(expected) for line in told), told
    assert {d.number for d in report.differences} == {row.number}


def test_it_finds_a_reply_that_no_event_tells_of(row: Incident) -> None:
    PublicReply.objects.create(incident=row, body="Forged", sha256="0" * 64, created_at=T0)
    report = verify_projections()
    assert [(d.where, d.found) for d in report.differences] == [("reply", "none")]


def test_it_finds_a_gap_and_events_without_a_row(row: Incident) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # as somebody with all rights could
        cursor.execute("DELETE FROM kernel_event WHERE stream_id = %s AND kind = 'noted'", [row.pk])
        cursor.execute("UPDATE kernel_event SET stream_id = 424242 WHERE stream_id = %s AND position > 7", [row.pk])
    found = {(d.where, d.field) for d in verify_projections().differences}
    assert {("events", "position"), ("row", "version"), ("row", "id"), ("note", found_note())} <= found


def found_note() -> str:
    return str(InternalNote.objects.get().pk)


def test_it_accepts_that_words_were_erased(row: Incident) -> None:
    Content.objects.filter(slot="description").update(body="", erased_at=T0)
    PublicReply.objects.update(body="", erased_at=T0)
    assert verify_projections().is_clean


def test_it_checks_a_sample_of_the_size_that_is_asked_for(row: Incident) -> None:
    agent = person()
    for _ in range(4):
        logged(agent)
    assert verify_projections(sample=3).incidents == 3
    assert verify_projections(sample=50).incidents == 5


def test_it_reports_as_plain_data(row: Incident) -> None:
    Incident.objects.update(status="new")
    data = verify_projections().as_data()
    assert data["is_clean"] is False
    assert data["differences"][0] == {
        "incident_id": row.pk,
        "number": row.number,
        "where": "row",
        "field": "status",
        "expected": "in_progress",
        "found": "new",
    }


def test_it_counts_all_differences_and_keeps_a_thousand(row: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allclear.incidents.verify.MOST_TOLD", 2)
    Incident.objects.update(status="new", version=1, title="Else", location="Else")
    report = verify_projections()
    assert (report.difference_count, len(report.differences)) == (4, 2)


@pytest.mark.django_db(transaction=True)
def test_it_reads_each_batch_in_a_snapshot_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allclear.incidents.verify.BATCH", 2)
    agent = person()
    for _ in range(5):
        logged(agent)
    seen: list[int] = []
    report = verify_projections(lambda done, _: seen.append(done))
    assert (report.is_clean, report.incidents, seen) == (True, 5, [2, 4, 5])


@pytest.mark.usefixtures("wired")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"due_at": None}, "due_at"),
        ({"marks": []}, "marks"),
        ({"is_current": False}, "is_current"),
        ({"run": 2}, "run"),
        ({"target_key": "other", "calendar_version": 7}, "target_key"),
    ],
)
def test_it_finds_a_clock_that_is_not_what_the_events_say(change: dict[str, Any], field: str) -> None:
    testing.agreement(testing.promise("resolution", 60, testing.calendar()))
    row = testing.logged()
    report = verify_projections()
    assert (report.differences, report.clocks) == ([], 1)
    SlaClock.objects.update(**change)
    found = {(one.number, one.where, one.field) for one in verify_projections().differences}
    assert (row.number, "clock sla resolution run 1", field) in found


@pytest.mark.usefixtures("wired")
def test_it_finds_an_incident_that_shows_another_due_time_than_its_clocks() -> None:
    testing.agreement(testing.promise("resolution", 60, testing.calendar()))
    testing.logged()
    Incident.objects.update(due_at=None)
    assert [(one.where, one.field) for one in verify_projections().differences] == [("row", "due_at")]
