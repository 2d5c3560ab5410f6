"""One verb on many incidents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from django.http import HttpRequest, HttpResponse
from pydantic import Field, ValidationError

from allclear.accounts.permissions import Viewer
from allclear.api import verbs as bodies
from allclear.api.http import answer, verb, viewer_of
from allclear.api.idempotency import key_of
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Number, Shape, Short, Strict, Text
from allclear.incidents.actions import bulk
from allclear.incidents.actions.bulk_verbs import BULK_VERBS
from allclear.incidents.models import BulkRun
from allclear.kernel.errors import Invalid

routes = Routes("Bulk")
BulkVerb = StrEnum("BulkVerb", sorted(BULK_VERBS))  # type: ignore[misc]  # made from the table of verbs


class NoteValues(Strict):
    body: Text


class PersonValues(Strict):
    """`user_id` left out: you."""

    user_id: Key | None = None


class SomebodyValues(Strict):
    user_id: Key


_BODIES: Mapping[str, type[Strict]] = {
    "assign": bodies.AssignBody,
    "hand_over": bodies.HandOverBody,
    "categorise": bodies.CategoriseBody,
    "prioritise": bodies.PrioritiseBody,
    "hold": bodies.HoldBody,
    "note": NoteValues,
    "watch": PersonValues,
    "unwatch": PersonValues,
    "add_responder": SomebodyValues,
    "remove_responder": SomebodyValues,
    "resolve": bodies.ResolveBody,
    "reopen": bodies.ReasonBody,
    "cancel": bodies.ReasonBody,
}


class BulkBody(Strict):
    """`values` are those of the verb's own operation. Give `numbers`, or a `filter` in the filter language."""

    verb: BulkVerb
    values: dict[str, Any] = {}
    numbers: Annotated[list[Number], Field(max_length=1000)] = []
    filter: Annotated[str, Field(max_length=2000)] | None = None
    dry_run: bool = False


class BulkItemShape(Shape):
    """One incident. `state` in a dry run is what it would be; `fields` (dry run) are those that would change."""

    number: str
    title: str
    state: Literal["pending", "done", "unchanged", "refused", "undone"]
    reason: str
    code: str
    fields: list[str]


class BulkShape(Shape):
    """What became of each. `id` stands as `bulk_id` in the cause of every event; null in a dry run."""

    id: UUID | None
    verb: Short
    started_at: datetime | None
    finished_at: datetime | None
    counts: dict[str, int]
    items: list[BulkItemShape]


@routes.post("", BulkShape, is_once=False)
def do_in_bulk(request: HttpRequest, payload: BulkBody) -> HttpResponse:
    """Do one verb to many incidents, at most 1,000.

    Each is done in a transaction of its own; what is refused is told with its reason and stops nothing. `dry_run` tries
    it on all and changes nothing. Repeated with the same `Idempotency-Key` it does only what is left.
    """
    asked = verb(request)
    values = _values(payload)
    bulk.bulk_verb(asked.viewer, payload.verb)
    ids = bulk.choose(asked.viewer, asked.now, numbers=payload.numbers, filter_text=payload.filter)
    if payload.dry_run:
        return answer(tried(payload.verb, bulk.preview(asked, payload.verb, values, ids)))
    given = key_of(request)
    key = uuid5(NAMESPACE_URL, f"allclear:{asked.viewer.user_id}:{given}") if given else None
    run = bulk.carry_on(asked, bulk.start(asked, payload.verb, values, ids, key=key))
    return answer(shape(run, asked.viewer))


def _values(payload: BulkBody) -> dict[str, Any]:
    """The values as the verb's own operation would take them, as plain JSON."""
    body = _BODIES.get(payload.verb)
    if body is None:
        if payload.values:
            raise Invalid({"values": f"{payload.verb} takes no values."})
        return {}
    try:
        return body.model_validate(payload.values).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        wrong = {".".join(["values", *map(str, one["loc"])]): f"{one['msg']}." for one in error.errors()}
        raise Invalid(wrong) from None


@routes.get("/{key}", BulkShape)
def read_bulk(request: HttpRequest, key: UUID) -> HttpResponse:
    """Read what became of a bulk run, as far as you may see the incidents."""
    viewer = viewer_of(request)
    viewer.require("incident.read_internal")
    return answer(shape(bulk.any_run(key), viewer))


@routes.post("/{key}/undo", BulkShape)
def undo_bulk(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take a bulk run of yours back, as far as that can be.

    What others built on stays done; `reason` says why.
    """
    asked = verb(request)
    asked.viewer.require("incident.work")
    run = bulk.take_back(asked, bulk.run_of(asked.viewer, key))
    return answer(shape(run, asked.viewer))


def tried(name: str, lines: list[bulk.Line]) -> dict[str, Any]:
    """What a dry run found."""
    items = [
        {
            "number": line.incident.number,
            "title": line.incident.title,
            "state": line.state,
            "reason": line.reason,
            "code": line.code,
            "fields": line.fields,
        }
        for line in lines
    ]
    states = [line.state for line in lines]
    counted = {state: states.count(state) for state in ("done", "unchanged", "refused")}
    return {"id": None, "verb": name, "started_at": None, "finished_at": None, "counts": counted, "items": items}


def shape(run: BulkRun, viewer: Viewer) -> dict[str, Any]:
    """The run, without the incidents that the viewer may not see."""
    items = bulk.items_of(run, viewer)
    names = ("state", "reason", "code")
    return {
        "id": run.pk,
        "verb": run.verb,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "counts": bulk.counts(items),
        "items": [
            {"number": item.incident.number, "title": item.incident.title, "fields": []}
            | {name: getattr(item, name) for name in names}
            for item in items
        ],
    }
