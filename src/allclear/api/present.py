"""Incidents as plain data for the answer: few queries, and nothing internal for those who may not see it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F, QuerySet

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import team_names
from allclear.api.http import ref
from allclear.api.present_promises import by_incident
from allclear.catalog.models import ConfigurationItem
from allclear.catalog.queries import category_tree
from allclear.domain.handover import is_offered, may_answer, may_withdraw
from allclear.domain.incident.merge import TEXT
from allclear.domain.lifecycle import Verb, is_allowed
from allclear.domain.terms import Slot
from allclear.incidents.actions import Outcome
from allclear.incidents.models import Content, Incident, IncidentQuerySet, Task
from allclear.kernel import clock
from allclear.kernel.errors import NotFound

_LISTED = (
    "number", "version", "kind", "status", "title", "priority", "hold_reason", "hold_until", "logged_at",
    "acknowledged_at", "restored_at", "resolved_at", "closed_at",
)  # fmt: skip
_LISTED_INTERNAL = (
    "impact", "urgency", "severity", "channel", "is_impending", "is_workaround_in_place", "reassignment_count",
    "bounce_count", "coordinator_called_at",
    "reopen_count", "answered_at", "last_progress_at",
)  # fmt: skip
_PUBLIC = (
    *_LISTED, "channel", "location", "resolution_code", "reopen_count", "occurred_at", "detected_at", "verified_at",
    "cancelled_at",
)  # fmt: skip
_INTERNAL = (
    "impact", "urgency", "severity", "matrix_version", "routing_version", "reassignment_count", "bounce_count",
    "coordinator_called_at", "is_impending",
    "predicted_impact_at", "is_workaround_in_place", "cause_code", "currency", "downtime_minutes", "has_data_loss",
    "completeness", "process_effectiveness", "followed_up_at", "custom", "is_cascade_opted_out",
    "external_source", "external_key", "answered_at", "last_progress_at",
)  # fmt: skip
_PEOPLE_INTERNAL = ("logged_by", "acknowledged_by", "resolved_by", "verified_by", "closed_by", "followed_up_by")
_TEXTS = (Slot.DESCRIPTION, Slot.RESOLUTION, Slot.VERIFICATION)
_TEXTS_INTERNAL = (
    Slot.WORKAROUND, Slot.PERMANENT_FIX, Slot.HARM, Slot.DIAGNOSIS, Slot.FOLLOW_UP, Slot.DOCUMENTS, Slot.REASON,
)  # fmt: skip
PUBLIC_SLOTS = frozenset({Slot.TITLE, Slot.ANSWERS, *_TEXTS})
PUBLIC_STATE = frozenset(_PUBLIC) - {"version", "title"} | {
    "organisation_id", "requester_id", "on_behalf_of_id", "service_id", "category_id", "team_id", "assignee_id",
}  # fmt: skip
_JOINED = ("organisation", "service")
_JOINED_INTERNAL = ("supplier", "security_class")
_PERMISSION_OF = {
    Verb.REPLY: "incident.reply",
    Verb.NOTE: "incident.note",
    Verb.ATTACH: "incident.attach",
    Verb.VERIFY: "incident.confirm",
    Verb.REOPEN: "incident.confirm",
    Verb.CLOSE: "incident.close",
    Verb.CANCEL: "incident.cancel",
    Verb.WATCH: "incident.watch",
    Verb.PLACE_RETENTION_HOLD: "retention.hold",
    Verb.LIFT_RETENTION_HOLD: "retention.hold",
    Verb.REBASE: "incident.rebase",
}


def listed(rows: IncidentQuerySet, viewer: Viewer) -> list[dict[str, Any]]:
    """Incidents for a list, as the viewer may see them; two queries at most. The rows carry `id` for cursors."""
    internal = viewer.may("incident.read_internal")
    scalars = [*_LISTED, *(_LISTED_INTERNAL if internal else [])]
    joined = [*_JOINED, *(_JOINED_INTERNAL if internal else [])]
    people = ("requester", "assignee", *joined)
    columns = ["id", *scalars, "team_id", "offered_team_id", "category_id", *_id_and_name(*people)]
    teams, categories = team_names.get(), category_tree.get()
    items = []
    for row in rows.values(*columns):
        item = {name: row[name] for name in ("id", *scalars)}
        for name in people:
            item[name] = ref(row[f"{name}_id"], row[f"{name}__name"])
        team_id, node = row["team_id"], categories.get(row["category_id"])
        item["team"] = ref(team_id, teams.get(team_id))
        item["category"] = ref(node.id, node.label) if node else None
        if internal:
            item["offered_team"] = _team(row["offered_team_id"])
        items.append(item)
    promises = by_incident([item["id"] for item in items], clock.now(), internal=internal)
    return [item | {"promises": promises.get(item["id"], [])} for item in items]


def _id_and_name(*fields: str) -> list[str]:
    return [column for field in fields for column in (f"{field}_id", f"{field}__name")]


def _team(pk: int | None) -> dict[str, Any] | None:
    return ref(pk, team_names.get().get(pk)) if pk else None


def _category(pk: int | None) -> dict[str, Any] | None:
    node = category_tree.get().get(pk) if pk else None
    return ref(pk, node.label if node else "")


def detail(viewer: Viewer, number: str) -> dict[str, Any]:
    """All of one incident that the viewer may see; raises `NotFound`."""
    internal = viewer.may("incident.read_internal")
    joined = (*_JOINED, *(_JOINED_INTERNAL if internal else ()))
    row = _found(Incident.objects.visible_to(viewer).annotate(**{f"{n}_name": F(f"{n}__name") for n in joined}), number)
    scalars = [*_PUBLIC, *(_INTERNAL if internal else [])]
    result = {name: getattr(row, name) for name in scalars}
    result |= _people(row, internal) | _texts(row, internal)
    for name in joined:
        result[name] = ref(getattr(row, f"{name}_id"), getattr(row, f"{name}_name"))
    result["team"], result["category"] = _team(row.team_id), _category(row.category_id)
    others = _others(viewer, row)
    result["merged_into"] = others.get(row.merged_into_id or 0)
    result["verbs"] = verbs(row, viewer)
    result["promises"] = by_incident([row.pk], clock.now(), internal=internal).get(row.pk, [])
    if internal:
        result |= _internal(row, others)
    return result


def find(viewer: Viewer, number: str) -> Incident:
    """The row behind a public number, if the viewer may see it."""
    rows = Incident.objects.visible_to(viewer).select_related("organisation", "service", "supplier", "security_class")
    return _found(rows, number)


def _found(rows: QuerySet[Incident], number: str) -> Incident:
    row = next(iter(rows.filter(number=number).order_by()), None) if "\0" not in number else None
    if row is None:
        raise NotFound("There is no such incident, or you may not see it.")
    return row


def key_of(viewer: Viewer, number: str) -> int:
    """The key behind a public number, if the viewer may see the incident."""
    rows = Incident.objects.visible_to(viewer).filter(number=number).order_by()
    found = next(iter(rows.values_list("pk", flat=True)), None) if "\0" not in number else None
    if found is None:
        raise NotFound("There is no such incident, or you may not see it.")
    return found


def names_of(ids: Iterable[int | None]) -> Mapping[int, str]:
    """The names of people; no query when there is nobody to name."""
    wanted = {pk for pk in ids if pk}
    return dict(User.objects.filter(pk__in=wanted).order_by().values_list("pk", "name")) if wanted else {}


def _people(row: Incident, internal: bool) -> dict[str, Any]:
    fields = ("requester", "on_behalf_of", "assignee", *(_PEOPLE_INTERNAL if internal else ()))
    ids = {field: getattr(row, f"{field}_id") for field in fields}
    groups = {"responders": row.responder_ids, "watchers": row.watcher_ids} if internal else {}
    names = names_of([*ids.values(), *(pk for members in groups.values() for pk in members)])
    return {field: ref(pk, names.get(pk)) for field, pk in ids.items()} | {
        group: [ref(pk, names.get(pk)) for pk in members] for group, members in groups.items()
    }


def _texts(row: Incident, internal: bool) -> dict[str, Any]:
    slots = [*_TEXTS, *(_TEXTS_INTERNAL if internal else ())]
    bodies = text_bodies(row.texts)
    answers = json.loads(bodies.get(Slot.ANSWERS) or "[]")
    return {str(slot): bodies.get(slot, "") for slot in slots} | {"answers": answers}


def text_bodies(refs: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The words behind references, by slot."""
    by_id = {ref["id"]: slot for slot, ref in refs.items() if slot != Slot.TITLE}
    if not by_id:
        return {}
    rows = Content.objects.filter(pk__in=list(by_id)).values_list("pk", "body")
    return {by_id[str(pk)]: body for pk, body in rows}


def _others(viewer: Viewer, row: Incident) -> Mapping[int, dict[str, Any]]:
    """The incidents that this one points to, as far as the viewer may see them."""
    ids = {row.parent_id, row.merged_into_id, *(other for _, other in row.links)} - {None}
    if not ids:
        return {}
    rows = Incident.objects.visible_to(viewer).filter(pk__in=ids).order_by()
    columns = ("number", "title", "status")
    return {pk: dict(zip(columns, values, strict=True)) for pk, *values in rows.values_list("pk", *columns)}


def _internal(row: Incident, others: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    cis = ConfigurationItem.objects.filter(pk__in=row.ci_ids).values("id", "name") if row.ci_ids else ()
    return {
        "first_category": _category(row.first_category_id),
        "final_category": _category(row.final_category_id),
        "cis": list(cis),
        "parent": others.get(row.parent_id or 0),
        "links": [{"kind": kind, "incident": others[other]} for kind, other in row.links if other in others],
        "tasks": tasks(row.pk),
        "offer": _offer(row),
        "cost": None if row.cost is None else format(row.cost, "f"),
    }


def _offer(row: Incident) -> dict[str, Any] | None:
    """The hand-over that waits for an answer."""
    if not is_offered(row):
        return None
    names = names_of([row.offered_by_id, row.offered_to_id])
    return {
        "team": _team(row.offered_team_id),
        "to": ref(row.offered_to_id, names.get(row.offered_to_id or 0)),
        "by": ref(row.offered_by_id, names.get(row.offered_by_id or 0)),
        "at": row.offered_at,
        "unanswered_at": row.handover_unanswered_at,
    }


def tasks(incident_id: int) -> list[dict[str, Any]]:
    scalars = ("position", "title", "status", "due_at", "finished_at")
    rows = Task.objects.filter(incident_id=incident_id).order_by("position", "id")
    columns = ("id", *scalars, "team_id", *_id_and_name("owner", "finished_by"))
    return [
        {"id": str(row["id"])}
        | {name: row[name] for name in scalars}
        | {name: ref(row[f"{name}_id"], row[f"{name}__name"]) for name in ("owner", "finished_by")}
        | {"team": _team(row["team_id"])}
        for row in rows.values(*columns)
    ]


def verbs(row: Incident, viewer: Viewer) -> list[str]:
    """What the lifecycle and the viewer's rights allow now."""
    return [
        str(verb)
        for verb in Verb
        if is_allowed(verb, row.status)
        and viewer.may(_PERMISSION_OF.get(verb, "incident.work"))
        and _fits_offer(verb, row, viewer)
    ]


def _fits_offer(verb: Verb, row: Incident, viewer: Viewer) -> bool:
    """An offer is answered by its team and withdrawn by the sender; other verbs do not ask for one."""
    if verb in (Verb.ACCEPT_HANDOVER, Verb.REFUSE_HANDOVER):
        return may_answer(row, viewer.team_ids)
    return verb != Verb.WITHDRAW_HANDOVER or may_withdraw(row, viewer.user_id, viewer.roles, viewer.team_ids)


def outcome(result: Outcome, viewer: Viewer) -> dict[str, Any]:
    """What a verb did, without another read where that can be."""
    row, internal = result.incident, viewer.may("incident.read_internal")
    pk = row.assignee_id
    name = viewer.name if pk == viewer.user_id else names_of([pk]).get(pk or 0)
    fields = ("number", "version", "kind", "status", "title", "priority")
    return {field: getattr(row, field) for field in fields} | {
        "team": _team(row.team_id),
        "assignee": ref(pk, name),
        "events": [event.kind for event in result.events],
        "because": result.summary if internal else [],
        "merged": _merged(result) if internal else None,
    }


def _merged(result: Outcome) -> dict[str, Any] | None:
    """What was merged with a newer version: fields of the caller, and those of others that stay, by whom and when."""
    if result.merged is None:
        return None
    theirs = [
        {"field": name.removeprefix(TEXT), "by": event.actor_id, "at": event.recorded_at}
        for name, event in sorted(result.meanwhile.items())
    ]
    return {"mine": sorted(name.removeprefix(TEXT) for name in result.merged.mine), "theirs": theirs}
