"""One verb on many incidents: tried first, then done to each in a transaction of its own, and taken back as a whole.

    ids = choose(viewer, now, filter_text="team:network status:new")
    lines = preview(request, "assign", {"team_id": 3}, ids)
    run = carry_on(request, start(request, "assign", {"team_id": 3}, ids))

A run remembers what became of each incident, so it may be stopped and carried on, or asked for twice, at any time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from allclear.accounts.permissions import Viewer
from allclear.domain.incident.state import KEPT_ALONG
from allclear.incidents.actions.bulk_verbs import BULK_VERBS, BulkVerb
from allclear.incidents.actions.run import Outcome, Request
from allclear.incidents.actions.undo import undo_incident
from allclear.incidents.models import BulkItem, BulkRun, Incident
from allclear.incidents.queries import filter_q
from allclear.kernel.errors import AllclearError, Invalid, NotFound, Refused
from allclear.kernel.ids import new_id
from allclear.kernel.words import as_data, say

MOST = 1000  # incidents in one run
KEPT_FOR = timedelta(hours=24)  # the values of a run that nobody carried on


@dataclass(frozen=True, slots=True)
class Line:
    """What would happen to one incident: done, unchanged or refused; `fields` are those that would change."""

    incident: Incident
    state: str
    reason: str = ""
    code: str = ""
    fields: tuple[str, ...] = ()
    status: str = ""


def bulk_verb(viewer: Viewer, name: str) -> BulkVerb:
    """The verb of this name, if it can be done to many and the viewer has the right."""
    verb = BULK_VERBS.get(name.replace("-", "_"))
    if verb is None:
        raise Invalid({"verb": say("Choose one of {choices}.", choices=", ".join(BULK_VERBS))})
    viewer.require("incident.work")
    viewer.require(verb.permission)
    return verb


def choose(viewer: Viewer, now: datetime, *, numbers: Sequence[str] = (), filter_text: str | None = None) -> list[int]:
    """The keys of the incidents that are meant: those with these numbers, or all that a filter text finds."""
    rows = Incident.objects.visible_to(viewer).order_by("pk")
    if filter_text is not None:
        rows = rows.filter(filter_q(filter_text, viewer, now))
        ids = list(rows.values_list("pk", flat=True)[: MOST + 1])
    else:
        wanted = list(dict.fromkeys(n.strip().upper() for n in numbers if n.strip() and "\0" not in n))
        found = dict(rows.filter(number__in=wanted[: MOST + 1]).values_list("number", "pk"))
        if missing := [n for n in wanted[: MOST + 1] if n not in found]:
            names = ", ".join(missing[:5])
            text = say("There is no incident {numbers}, or you may not see it. Leave it out.", numbers=names)
            raise Invalid({"numbers": text})
        ids = [found[n] for n in wanted[: MOST + 1]]
    if not ids:
        raise Invalid({"numbers": say("No incident is chosen. Select some, or change the filter.")})
    if len(ids) > MOST:
        raise Refused(
            say("More than {most} incidents are chosen. Narrow the filter and do it in parts.", most=f"{MOST:,}"),
            code="bulk_too_many",
        )
    return ids


def preview(request: Request, name: str, values: Mapping[str, Any], ids: Sequence[int]) -> list[Line]:
    """Try the verb on each and roll it back: what would happen, or why it is refused."""
    verb, values = _asked(request.viewer, name, values)
    rows = Incident.objects.visible_to(request.viewer).in_bulk(ids)
    return [_try(request, verb, values, rows[pk]) for pk in ids if pk in rows]


def _try(request: Request, verb: BulkVerb, values: Mapping[str, Any], row: Incident) -> Line:
    with transaction.atomic():
        try:
            outcome = verb.do(replace(request, expected_version=None), row.pk, values)
        except AllclearError as error:
            return Line(row, "refused", error.message, error.code, status=row.status)
        finally:
            transaction.set_rollback(True)
    changed = {name for event in outcome.events for name in event.data.get("changes", {})} - KEPT_ALONG
    return Line(row, "done" if outcome.events else "unchanged", "", "", tuple(sorted(changed)), outcome.incident.status)


def _asked(viewer: Viewer, name: str, values: Mapping[str, Any]) -> tuple[BulkVerb, dict[str, Any]]:
    verb = bulk_verb(viewer, name)
    if unknown := set(values) - verb.names:
        text = say("This verb takes {names}.", names=", ".join(sorted(verb.names)) or "nothing")
        raise Invalid(dict.fromkeys(sorted(unknown), text))
    return verb, dict(values)


def start(
    request: Request, name: str, values: Mapping[str, Any], ids: Sequence[int], *, key: UUID | None = None
) -> BulkRun:
    """Write down what is to be done. The same `key` again gives the run that is there, so nothing is done twice."""
    _, values = _asked(request.viewer, name, values)
    asked = json.dumps([name.replace("-", "_"), values, sorted(ids)], sort_keys=True)
    sha256 = hashlib.sha256(asked.encode()).hexdigest()
    with transaction.atomic():
        run, is_new = BulkRun.objects.get_or_create(
            pk=key or new_id(),
            defaults={
                "user_id": request.viewer.user_id, "verb": name.replace("-", "_"), "values": values, "sha256": sha256,
                "started_at": request.now,
            },
        )  # fmt: skip
        if not is_new:
            return _repeated(run, request.viewer, sha256)
        rows = Incident.objects.visible_to(request.viewer).filter(pk__in=ids).values_list("pk", "version")
        versions = dict(rows.order_by())
        items = [BulkItem(run=run, incident_id=pk, seen_version=versions[pk]) for pk in ids if pk in versions]
        BulkItem.objects.bulk_create(items)
        old = BulkRun.objects.filter(finished_at=None, started_at__lt=request.now - KEPT_FOR).exclude(values={})
        old.update(values={}, finished_at=request.now)
    return run


def _repeated(run: BulkRun, viewer: Viewer, sha256: str) -> BulkRun:
    if run.user_id != viewer.user_id or run.sha256 != sha256:
        raise Invalid({"key": say("This key came with another request already. Use a new key for each new request.")})
    return run


def run_of(viewer: Viewer, key: UUID) -> BulkRun:
    """One's own run; another's does not exist."""
    run = any_run(key)
    if run.user_id != viewer.user_id:
        raise NotFound(say("There is no such bulk run of yours."))
    return run


def newest_run(viewer: Viewer) -> BulkRun:
    """The last one that the viewer began."""
    run = BulkRun.objects.filter(user_id__in=[viewer.user_id] if viewer.user_id else []).order_by("-started_at").first()
    if run is None:
        raise NotFound(say("There is no bulk run of yours yet."))
    return run


def any_run(key: UUID) -> BulkRun:
    """A run, whoever began it."""
    run = BulkRun.objects.filter(pk=key).first()
    if run is None:
        raise NotFound(say("There is no such bulk run."))
    return run


def carry_on(request: Request, run: BulkRun, *, most: int | None = None) -> BulkRun:
    """Do what is still to be done, at most so many; who comes at the same time takes the others."""
    verb = bulk_verb(request.viewer, run.verb)
    pending = run.items.filter(state="pending").values_list("pk", flat=True)
    for pk in list(pending if most is None else pending[:most]):
        _do(request, run, verb, pk)
    if run.finished_at is None and not run.items.filter(state="pending").exists():
        BulkRun.objects.filter(pk=run.pk).update(finished_at=request.now, values={})
        run.refresh_from_db()
    return run


def _do(request: Request, run: BulkRun, verb: BulkVerb, item_pk: int) -> None:
    """One incident, in a transaction of its own: the verb and what the run remembers of it stand or fall together."""
    with transaction.atomic():
        item = BulkItem.objects.select_for_update().get(pk=item_pk)
        if item.state != "pending" or run.finished_at is not None:
            return
        version = None if verb.is_addition else item.seen_version
        cause = {**request.cause, "bulk_id": str(run.pk)}
        own = replace(request, expected_version=version, merge=True, cause=cause)
        try:
            with transaction.atomic():
                outcome = verb.do(own, item.incident_id, run.values)
        except AllclearError as error:
            _refused(item, "refused", error)
        else:
            _done(item, outcome)
        item.save()


def _done(item: BulkItem, outcome: Outcome) -> None:
    item.state = "done" if outcome.events else "unchanged"
    item.position = outcome.incident.version if outcome.events else None


def _refused(item: BulkItem, state: str, error: AllclearError) -> None:
    item.state, item.code, item.reason, item.said = state, error.code, error.message, as_data(error.message)


def take_back(request: Request, run: BulkRun, *, most: int | None = None) -> BulkRun:
    """Take back all that still can be, the newest first. What cannot stays done, with the reason."""
    run_of(request.viewer, run.pk)
    items = run.items.filter(state="done", code="").order_by("-pk").values_list("pk", flat=True)
    for pk in list(items if most is None else items[:most]):
        with transaction.atomic():
            item = BulkItem.objects.select_for_update().get(pk=pk)
            if item.state != "done":
                continue
            own = replace(request, expected_version=None, cause={**request.cause, "bulk_id": str(run.pk)})
            try:
                with transaction.atomic():
                    undo_incident(own, item.incident_id, of=item.position)
            except AllclearError as error:
                _refused(item, "done", error)
            else:
                item.state = "undone"
            item.save()
    return run


def items_of(run: BulkRun, viewer: Viewer) -> list[BulkItem]:
    """What became of each that the viewer may see, in the order in which they were chosen."""
    seen = Incident.objects.visible_to(viewer)
    return list(run.items.select_related("incident").filter(incident__in=seen).order_by("pk"))


def counts(items: Iterable[BulkItem]) -> dict[str, int]:
    """How many are in each state."""
    states = [item.state for item in items]
    return {state: states.count(state) for state in BulkItem.STATES}
