"""Agreements as plain data, for the API and the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allclear.slas.actions.agreements import BODY
from allclear.slas.models import Agreement, AgreementVersion
from allclear.slas.queries import agreement_in_force


def agreement_data(row: Agreement, now: datetime) -> dict[str, Any]:
    """An agreement with the version in force, else the one that comes next. `state`: in_force, ended or planned."""
    found = agreement_in_force(row.pk, now)
    newest = row.versions.order_by("-version").first()
    shown = found or newest
    assert newest is not None  # every agreement has one
    assert shown is not None
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "description": row.description,
        "position": row.position,
        "state": "planned" if found is None else "ended" if found.is_ended else "in_force",
        "in_force": shown.version,
        "effective_at": shown.effective_at.isoformat(),
        "newest": newest.version,
        **{name: shown.body.get(name) for name in BODY},
    }


def version_data(row: AgreementVersion) -> dict[str, Any]:
    """One version: from when, by whom, why, and what it says."""
    return {
        "version": row.version,
        "effective_at": row.effective_at.isoformat(),
        "is_ended": row.is_ended,
        "note": row.note,
        "author_id": row.author_id,
        "created_at": row.created_at.isoformat(),
        **{name: row.body.get(name) for name in BODY},
    }
