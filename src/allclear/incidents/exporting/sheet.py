"""Incidents as CSV for spreadsheets: those that the viewer may see, one row each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from allclear.accounts.permissions import Viewer
from allclear.catalog import queries as catalog
from allclear.incidents.exporting.archive import writing
from allclear.incidents.models import Incident

_COLUMNS = {
    "number": "Number", "kind": "Kind", "status": "Status", "hold_reason": "Hold reason", "title": "Title",
    "priority": "Priority", "severity": "Severity", "impact": "Impact", "urgency": "Urgency", "channel": "Channel",
    "organisation__name": "Organisation", "requester__name": "Requester", "location": "Location",
    "service__name": "Service", "category_id": "Category", "final_category_id": "Final category",
    "team__name": "Team", "assignee__name": "Assignee", "supplier__name": "Supplier", "cause_code": "Cause",
    "resolution_code": "Resolution", "reassignment_count": "Reassignments", "reopen_count": "Reopened",
    "occurred_at": "Occurred", "detected_at": "Detected", "logged_at": "Logged", "acknowledged_at": "Acknowledged",
    "restored_at": "Restored", "resolved_at": "Resolved", "closed_at": "Closed", "cancelled_at": "Cancelled",
    "external_source": "Source", "external_key": "Number in the source",
}  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_sheet(viewer: Viewer, path: Path) -> int:
    """Write the sheet to `path` (.csv, also .gz and .zst); gives the number of incidents."""
    count = -1
    with writing(path) as out:
        for line in sheet_lines(viewer):
            out.write(line.encode())
            count += 1
    return count


def sheet_lines(viewer: Viewer) -> Iterator[str]:
    """The sheet line by line, the head first. Instants are UTC."""
    viewer.require("incident.export")
    yield "\ufeff" + _line(list(_COLUMNS.values()))  # by the mark spreadsheets know it for UTF-8
    rows = Incident.objects.visible_to(viewer).order_by("pk").values(*_COLUMNS)
    categories = catalog.category_tree.get()
    for row in rows.iterator(chunk_size=1_000):
        for name in ("category_id", "final_category_id"):
            node = categories.get(row[name])
            row[name] = node.label if node else ""
        yield _line([_cell(row[name]) for name in _COLUMNS])


def _cell(value: Any) -> Any:
    """A value as a spreadsheet shows it. A text that it would run as a formula gets an apostrophe in front."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _line(values: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(values)
    return buffer.getvalue()
