"""What rows become: events with their true instants, and nothing that was not known yet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from allclear.accounts.models import Organisation, Team, User
from allclear.catalog.models import Category, Code, CustomField
from allclear.domain.incident import fold
from allclear.incidents import actions
from allclear.incidents.models import ImportRun, Incident
from allclear.incidents.verify import verify_projections
from allclear.kernel.models import Event
from allclear.testing import T0, person, request_as, team
from tests.imports.logs import bring_in, life, write

pytestmark = pytest.mark.django_db


def at(day: int, hour: int, minute: int = 0, month: int = 2) -> datetime:
    return datetime(2016, month, day, hour, minute, tzinfo=UTC)


def events_of(row: Incident) -> list[Event]:
    return list(Event.objects.filter(stream_type="incident", stream_id=row.pk).order_by("position"))


def test_it_makes_a_record_with_its_history(tmp_path: Path) -> None:
    report = bring_in(write(tmp_path / "log.csv", life()))

    row = Incident.objects.get()
    assert (row.number, row.external_source, row.external_key) == ("INC0000045", "servicenow-audit", "INC0000045")
    assert (row.status, row.priority, row.channel, row.title) == (
        "closed",
        3,
        "phone",
        "Category 55 / Subcategory 170: Symptom 72",
    )
    assert (row.logged_at, row.resolved_at, row.closed_at) == (at(29, 1, 16), at(29, 11, 29), at(5, 12, month=3))
    assert (row.resolution_code, row.resolved_by.name if row.resolved_by else "") == ("code-5", "Resolved by 149")
    assert row.custom == {"symptom": "Symptom 72", "knowledge_used": True, "source_made_sla": True}
    told = [(e.kind, e.occurred_at, e.cause["line"]) for e in events_of(row)]
    assert told == [
        ("logged", at(29, 1, 16), 2),
        ("assigned", at(29, 1, 23), 2),
        ("acknowledged", at(29, 2), 3),
        ("held", at(29, 3), 4),
        ("resolved", at(29, 11, 29), 5),
        ("closed", at(5, 12, month=3), 6),
    ]
    first = events_of(row)[0]
    assert (first.actor_kind, first.recorded_at, first.cause["import"]) == ("import", T0, report["run"])
    assert first.cause["revision"] == "0"
    assert report["rows"] == {
        "read": 5,
        "imported": 5,
        "merged": 0,
        "merged_known": 0,
        "merged_unchanged": 0,
        "rejected": 0,
        "adds_up": True,
    }
    assert verify_projections().is_clean


def test_it_does_not_know_the_end_before_it_came(tmp_path: Path) -> None:
    rows = life()
    rows[2] |= {"incident_state": "Resolved"}  # resolved at 3:00, taken up again, resolved for good at 11:29
    rows.insert(3, {**rows[1], "sys_mod_count": "9", "sys_updated_at": "29/2/2016 04:00"})
    bring_in(write(tmp_path / "log.csv", rows))

    row = Incident.objects.get()
    events = events_of(row)
    early = fold(row.pk, [e for e in events if e.occurred_at <= at(29, 3)])
    assert (early.status, early.resolved_at) == ("resolved", at(29, 3))
    assert (early.resolution_code, early.resolved_by_id, early.closed_at) == ("", None, None)
    assert events[3].data["inferred"] == ["resolved_at"]
    between = fold(row.pk, [e for e in events if e.occurred_at <= at(29, 4)])
    assert (between.status, between.resolved_at, between.reopen_count) == ("in_progress", None, 1)
    assert (row.resolved_at, row.reopen_count, row.resolution_code) == (at(29, 11, 29), 1, "code-5")
    assert [e.kind for e in events].count("reopened") == 1


def test_it_empties_what_the_source_empties(tmp_path: Path) -> None:
    rows = life()
    rows[3] |= {"assignment_group": "?", "assigned_to": "?", "u_symptom": "?"}
    bring_in(write(tmp_path / "log.csv", rows[:4]))

    row = Incident.objects.get()
    assert (row.team, row.assignee, "symptom" in row.custom) == (None, None, False)
    assert row.status == "resolved"


def test_a_row_that_changes_nothing_is_merged_and_one_without_visible_change_is_progress(tmp_path: Path) -> None:
    first = life()[0]
    same = {**first, "sys_mod_count": "1", "sys_updated_by": "Updated by 3"}
    later = {**first, "sys_mod_count": "2", "sys_updated_at": "29/2/2016 06:00"}
    report = bring_in(write(tmp_path / "log.csv", [first, same, later]))

    row = Incident.objects.get()
    assert [e.kind for e in events_of(row)] == ["logged", "assigned", "imported"]
    assert row.last_progress_at == at(29, 6)
    assert (report["rows"]["imported"], report["rows"]["merged_unchanged"]) == (2, 1)


def test_it_makes_people_teams_and_categories_once(tmp_path: Path) -> None:
    team(name="group 56")
    boss = person("incident_manager", email="boss@example.org")
    rows = [row for n in range(40, 50) for row in life(f"INC00000{n}", vendor="ACME", caller_id="boss@example.org")]
    bring_in(write(tmp_path / "log.csv", rows))

    assert Team.objects.get().name == "group 56"
    assert {row.requester_id for row in Incident.objects.all()} == {boss.pk}
    boss.refresh_from_db()
    assert boss.roles == ["incident_manager"]
    made = {user.name: user for user in User.objects.filter(email=None)}
    assert set(made) == {"Opened by 8", "Updated by 21", "Resolver 9", "Resolved by 149"}
    assert made["Resolver 9"].external_key == "servicenow-audit:person:Resolver 9"
    assert (made["Resolver 9"].roles, made["Updated by 21"].roles) == (["agent"], [])
    assert not made["Resolver 9"].has_usable_password()
    below = Category.objects.get(name="Subcategory 170")
    assert below.parent and below.parent.name == "Category 55"
    assert Organisation.objects.get().is_supplier
    assert list(Code.objects.filter(list="resolution").values_list("key", "name")) == [("code-5", "code 5")]
    assert not CustomField.objects.filter(is_active=True).exists()


def test_a_number_that_is_taken_gets_a_new_one_and_later_numbers_do_not_collide(tmp_path: Path) -> None:
    agent = person("agent", teams=[team()])
    mine = actions.log_incident(request_as(agent), actions.LogForm("Mine")).incident
    numbers = [mine.number, "INC0005000", "REQ-1", "2016/77", "new"]
    bring_in(write(tmp_path / "log.csv", [row for number in numbers for row in life(number)]))

    theirs = Incident.objects.get(external_key=mine.number)
    assert theirs.number not in numbers
    kept = Incident.objects.exclude(external_key="")
    assert set(kept.values_list("external_key", flat=True)) == set(numbers)
    assert set(kept.values_list("number", flat=True)) & set(numbers) == {"INC0005000", "REQ-1"}
    after = actions.log_incident(request_as(agent), actions.LogForm("After")).incident
    assert int(after.number[3:]) > 5000


def test_an_imported_incident_can_be_worked_on_like_any_other(tmp_path: Path) -> None:
    agent = person("incident_manager", teams=[team()])
    bring_in(write(tmp_path / "log.csv", life()[:2]))
    row = Incident.objects.get()

    actions.accept_incident(request_as(agent, 5), row.pk) if row.assignee_id is None else actions.assign_incident(
        request_as(agent, 5), row.pk, assignee_id=agent.pk, reason="The former tool's team is gone"
    )
    actions.edit_incident(request_as(agent, 6), row.pk, fields={"location": "Room 4", "custom": {}})

    row.refresh_from_db()
    assert (row.assignee_id, row.location) == (agent.pk, "Room 4")
    assert row.custom["symptom"] == "Symptom 72"
    assert verify_projections().is_clean


def test_rows_that_are_mixed_are_put_together(tmp_path: Path) -> None:
    mixed = sorted(life("INC0000001") + life("INC0000002"), key=lambda row: row["sys_mod_count"])
    report = bring_in(write(tmp_path / "log.csv", mixed))

    assert (report["incidents"]["new"], report["rows"]["imported"], report["agrees"]) == (2, 10, True)
    assert any("do not stand together" in notice for notice in report["notices"])
    assert {row.status for row in Incident.objects.all()} == {"closed"}


def test_the_run_keeps_the_account(tmp_path: Path) -> None:
    report = bring_in(write(tmp_path / "log.csv", life()))

    run = ImportRun.objects.get()
    assert (run.state, run.rows_read, run.rows_imported, run.rows_merged, run.rows_rejected) == ("done", 5, 5, 0, 0)
    assert len(run.file_sha256) == 64
    kept = {"checks", "rows", "incidents", "rejected", "rejected_by_reason", "notices", "made", "agrees"}
    assert kept <= run.report.keys()
    assert run.report["checks"] == report["checks"]
    assert all(check["agrees"] for check in run.report["checks"])
