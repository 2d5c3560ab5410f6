"""Small logs for tests, and where the real one lies."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import zstandard

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.incidents import importing
from allclear.testing import T0

COLUMNS = [
    "number", "incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla",
    "caller_id", "opened_by", "opened_at", "sys_created_by", "sys_created_at", "sys_updated_by", "sys_updated_at",
    "contact_type", "location", "category", "subcategory", "u_symptom", "cmdb_ci", "impact", "urgency", "priority",
    "assignment_group", "assigned_to", "knowledge", "u_priority_confirmation", "notify", "problem_id", "rfc", "vendor",
    "caused_by", "closed_code", "resolved_by", "resolved_at", "closed_at",
]  # fmt: skip
USUAL = dict.fromkeys(COLUMNS, "?") | {
    "number": "INC0000045",
    "incident_state": "New",
    "sys_mod_count": "0",
    "reassignment_count": "0",
    "made_sla": "true",
    "caller_id": "Caller 1",
    "opened_by": "Opened by 8",
    "opened_at": "29/2/2016 01:16",
    "sys_updated_by": "Updated by 21",
    "sys_updated_at": "29/2/2016 01:23",
    "contact_type": "Phone",
    "location": "Location 143",
    "category": "Category 55",
    "subcategory": "Subcategory 170",
    "u_symptom": "Symptom 72",
    "impact": "2 - Medium",
    "urgency": "2 - Medium",
    "priority": "3 - Moderate",
    "assignment_group": "Group 56",
    "knowledge": "true",
    "closed_code": "code 5",
    "resolved_by": "Resolved by 149",
    "resolved_at": "29/2/2016 11:29",
    "closed_at": "5/3/2016 12:00",
}


def life(number: str = "INC0000045", **usual: str) -> list[dict[str, str]]:
    """Five rows: new, assigned, on hold, resolved, closed; with the ending filled in backwards, as the source does."""
    steps: list[dict[str, str]] = [
        {"incident_state": "New", "sys_updated_at": "29/2/2016 01:23"},
        {"incident_state": "Active", "assigned_to": "Resolver 9", "sys_updated_at": "29/2/2016 02:00"},
        {"incident_state": "Awaiting User Info", "sys_updated_at": "29/2/2016 03:00"},
        {"incident_state": "Resolved", "sys_updated_at": "29/2/2016 11:29"},
        {"incident_state": "Closed", "sys_updated_at": "5/3/2016 12:00"},
    ]
    held: dict[str, str] = {}
    rows = []
    for count, step in enumerate(steps):
        held |= step
        rows.append({**USUAL, "number": number, "sys_mod_count": str(count), **held, **usual})
    return rows


def write(path: Path, rows: Iterable[Mapping[str, str]], columns: list[str] = COLUMNS) -> Path:
    """A log file with these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def bring_in(path: Path, mapping: str = "", **options: Any) -> dict[str, Any]:
    """Import it as the operator does; gives the full report."""
    changed = {key: options.pop(key) for key in ("encoding", "time_zone") if key in options}
    read = importing.parse(mapping or importing.default_text(), **changed)
    return importing.run(SYSTEM_VIEWER, path, mapping=read, now=T0, **options)


def shared(name: str) -> Path:
    """A file of the data beside the project; the test is skipped where there is none."""
    project = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("ALLCLEAR_SHARED", project.parent / "shared" / "data"))
    if not (folder / name).exists():
        pytest.skip(f"{name} is not beside the project (set ALLCLEAR_SHARED to the folder that holds it)")
    return folder / name


def beginning(folder: Path, lines: int) -> Path:
    """The first lines of the real log, which is long, as a file of their own."""
    found = folder / "beginning.csv"
    with zstandard.open(shared("uci/incident_event_log.csv.zst"), "rt", encoding="utf-8") as log:
        found.write_text("".join(islice(log, lines)), "utf-8")
    return found
