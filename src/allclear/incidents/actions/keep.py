"""Legal hold, and the erasure of words under the retention policy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from allclear.domain.incident import commands as c
from allclear.domain.retention import Part, due, explain
from allclear.domain.terms import Slot
from allclear.incidents import blobs
from allclear.incidents.actions.run import Outcome, Request, Work, locked
from allclear.incidents.models import Attachment, Content, Incident, InternalNote, PublicReply, Task
from allclear.incidents.models.desk import Draft
from allclear.incidents.retention import facts_of
from allclear.kernel.changes import serialise
from allclear.kernel.errors import Refused
from allclear.kernel.events import append, position_of
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say

ERASED_NAME = "[erased]"  # stands for a title or the name of a file, where a list needs something to show


def place_retention_hold(request: Request, incident_id: int, *, reason: str) -> Outcome:
    """Legal hold: nothing of the incident is erased until it is lifted, whatever the policy says."""
    with locked(request, incident_id, "retention.hold") as work:
        work.do(c.PlaceRetentionHold(_reason(work, reason, is_vain=work.state.retention_hold_at is not None)))
        return work.outcome


def lift_retention_hold(request: Request, incident_id: int, *, reason: str) -> Outcome:
    """The retention rules apply to it again; what is due goes with the next run."""
    with locked(request, incident_id, "retention.hold") as work:
        work.do(c.LiftRetentionHold(_reason(work, reason, is_vain=work.state.retention_hold_at is None)))
        return work.outcome


def _reason(work: Work, reason: str, *, is_vain: bool) -> Any:
    ref = work.texts.add(Slot.REASON, reason)
    if is_vain:
        work.texts.drop([Slot.REASON])
    return ref


def erase_texts(request: Request, incident_id: int) -> Outcome:
    """Empty what the retention policy in force says is due, in one transaction, and say how much it was.

    The hashes, the events and every figure stay. Raises `Refused` when nothing is due or a legal hold stands.
    """
    with locked(request, incident_id, "retention.run") as work:
        policy, facts = work.policies.retention, facts_of(work.row)
        parts = due(policy, facts, request.now)
        if not parts:
            raise Refused(say("Nothing of this incident is due under the retention rules."), code="not_due")
        counts = _empty(work.row, parts, request.now)
        work.do(c.EraseTexts(counts, "retention", explain(policy, facts, parts)))
        return work.outcome


def _empty(row: Incident, parts: Collection[Part], now: datetime) -> dict[str, int]:
    kept = {
        Part.TEXTS: Content.objects.filter(incident=row),
        Part.REPLIES: PublicReply.objects.filter(incident=row),
        Part.NOTES: InternalNote.objects.filter(incident=row),
        Part.FILES: Attachment.objects.filter(incident=row),
    }
    return {str(part): empty(row, part, kept[part], now) for part in Part if part in parts}


def empty(row: Incident, part: Part, rows: Any, now: datetime) -> int:
    """Empty these rows of one part of the incident; gives how many were not empty yet. The caller has the lock."""
    rows = rows.filter(erased_at=None)
    if part is Part.FILES:
        hashes = sorted(set(rows.values_list("sha256", flat=True)))
        count = rows.update(name=ERASED_NAME, content_type="application/octet-stream", erased_at=now)
        transaction.on_commit(lambda: blobs.remove_unused(hashes, _in_use(hashes)))
        return int(count)
    ids = [str(pk) for pk in rows.values_list("pk", flat=True)] if part is Part.TEXTS else []
    count = rows.update(body="", erased_at=now)
    if ids:
        _empty_copies(row, ids)
        Draft.objects.filter(incident=row).delete()
    return int(count)


def _empty_copies(row: Incident, ids: Collection[str]) -> None:
    """The titles that lists and the search read beside the content rows."""
    if row.texts.get(Slot.TITLE, {}).get("id") in ids:
        row.title = ERASED_NAME
        row.save(update_fields=["title"])
    Task.objects.filter(Q(incident=row), Q(title_ref__id__in=list(ids))).update(title=ERASED_NAME)


def _in_use(hashes: Iterable[str]) -> set[str]:
    return set(Attachment.objects.filter(sha256__in=list(hashes), erased_at=None).values_list("sha256", flat=True))


def remove_unused_files(since: datetime) -> int:
    """Remove the bytes of files that were erased since then and that nothing refers to; gives how many.

    They go right after the erasure; this finds those of a run that was killed between the two.
    """
    hashes = set(Attachment.objects.filter(erased_at__gte=since).values_list("sha256", flat=True))
    return blobs.remove_unused(sorted(hashes), _in_use(hashes))


def tell_retention_run(request: Request, policy_version: int, counts: Mapping[str, int]) -> None:
    """One event for the log of administration: a run erased so much, under this version of the policy."""
    request.viewer.require("retention.run")
    told = {"version": policy_version, **counts}
    data = {"changes": {name: [None, count] for name, count in told.items() if count}}
    with transaction.atomic():
        serialise("retention:runs")
        event = NewEvent("retention_run", data)
        append("retention", 1, position_of("retention", 1), [event], actor=request.actor, now=request.now)
