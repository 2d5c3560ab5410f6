"""The texts of incidents that can be found, part by part: read in one query, for the index and for showing a hit."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from allclear.incidents.models import Incident
from allclear.incidents.models.content import SEARCHED_BY_ALL

A, B, C, D = "A", "B", "C", "D"
PUBLIC = A + B + C  # what a requester may find by; D is for staff
EVERYTHING = PUBLIC + D
_WEIGHTS = {"number": A, "title": A, "requester": B, "service": B, "organisation": B, "location": C, "reply": C}
_WEIGHTS |= {"public_file": C} | dict.fromkeys(SEARCHED_BY_ALL, C)


@dataclass(frozen=True, slots=True)
class Part:
    """A text and what it is: title, requester, reply, note, or the slot of a text. `at` is when it was written."""

    kind: str
    text: str
    at: datetime | None = None

    @property
    def weight(self) -> str:
        """What is not named is for staff."""
        return _WEIGHTS.get(self.kind, D)


@dataclass(slots=True)
class Parts:
    """An incident's texts, those for everybody first."""

    is_open: bool
    parts: list[Part]

    def seen_by(self, weights: str) -> list[Part]:
        return [part for part in self.parts if part.weight in weights]


_READ = """
WITH row AS MATERIALIZED (SELECT * FROM incidents_incident WHERE id = ANY(%(ids)s))
SELECT id, 'number' AS kind, number AS body, NULL::timestamptz AS at FROM row
UNION ALL SELECT id, 'title', title, NULL FROM row
UNION ALL SELECT id, '#status', status, NULL FROM row
UNION ALL SELECT id, 'location', location, NULL FROM row WHERE location <> ''
UNION ALL SELECT id, 'source', external_key, NULL FROM row WHERE external_key <> '' AND external_key <> number
UNION ALL SELECT row.id, 'requester', person.name, NULL
  FROM row JOIN accounts_user person ON person.id = row.requester_id
UNION ALL SELECT row.id, 'requester', person.name, NULL
  FROM row JOIN accounts_user person ON person.id = row.on_behalf_of_id
UNION ALL SELECT row.id, 'service', service.name, NULL
  FROM row JOIN catalog_service service ON service.id = row.service_id
UNION ALL SELECT row.id, 'organisation', customer.name, NULL
  FROM row JOIN accounts_organisation customer ON customer.id = row.organisation_id
UNION ALL SELECT row.id, 'ci', item.name, NULL
  FROM row CROSS JOIN LATERAL unnest(row.ci_ids) held(ci) JOIN catalog_ci item ON item.id = held.ci
UNION ALL SELECT row.id, text.slot, content.body, content.created_at
  FROM row CROSS JOIN LATERAL jsonb_each(row.texts) text(slot, ref)
  JOIN incidents_content content ON content.id = (text.ref->>'id')::uuid
 WHERE text.slot <> 'title' AND content.erased_at IS NULL
UNION ALL SELECT incident_id, 'reply', body, created_at
  FROM incidents_public_reply WHERE incident_id = ANY(%(ids)s) AND erased_at IS NULL
UNION ALL SELECT incident_id, 'note', body, created_at
  FROM incidents_internal_note WHERE incident_id = ANY(%(ids)s) AND erased_at IS NULL
UNION ALL SELECT incident_id, 'task', title, NULL FROM incidents_task WHERE incident_id = ANY(%(ids)s)
UNION ALL SELECT incident_id, CASE WHEN is_public THEN 'public_file' ELSE 'file' END, name, created_at
  FROM incidents_attachment WHERE incident_id = ANY(%(ids)s) AND erased_at IS NULL
"""


def read(incident_ids: Collection[int]) -> Mapping[int, Parts]:
    """The texts that stand in these incidents now: older versions and what was erased are not among them."""
    found: dict[int, Parts] = defaultdict(lambda: Parts(is_open=True, parts=[]))
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"ids": list(incident_ids)})
        for pk, kind, body, at in cursor.fetchall():
            if kind == "#status":
                found[pk].is_open = body not in ("resolved", "closed", "cancelled")
            else:
                found[pk].parts.append(Part(kind, _answers(body) if kind == "answers" else body, at))
    for each in found.values():
        each.parts.sort(key=_order)
    return found


_NAMES = {
    "requester": "SELECT 'requester', name FROM accounts_user WHERE id = ANY(%s)",
    "service": "SELECT 'service', name FROM catalog_service WHERE id = ANY(%s)",
    "organisation": "SELECT 'organisation', name FROM accounts_organisation WHERE id = ANY(%s)",
    "ci": "SELECT 'ci', name FROM catalog_ci WHERE id = ANY(%s)",
}


def of_new(row: Incident, texts: Collection[tuple[str, str]]) -> Parts:
    """What `read` will give for an incident that was just logged, from its row and its texts (slot, words)."""
    keys = {
        "requester": [pk for pk in (row.requester_id, row.on_behalf_of_id) if pk],
        "service": [row.service_id] if row.service_id else [],
        "organisation": [row.organisation_id] if row.organisation_id else [],
        "ci": list(row.ci_ids),
    }
    parts = [Part("number", row.number), Part("location", row.location), Part("source", row.external_key)]
    parts += [Part(slot, _answers(body) if slot == "answers" else body) for slot, body in texts]
    if asked := [kind for kind, ids in keys.items() if ids]:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(_NAMES[kind] for kind in asked), [keys[kind] for kind in asked])
            parts += [Part(kind, name) for kind, name in cursor.fetchall()]
    return Parts(row.is_open, sorted((part for part in parts if part.text), key=_order))


def _order(part: Part) -> tuple[str, str, str, str]:
    """Those for everybody first; else always the same, so that the index can be compared."""
    return part.weight, part.kind, part.at.isoformat() if part.at else "", part.text


def _answers(body: str) -> str:
    """Questions and answers as lines; they are kept as JSON."""
    try:
        return "\n".join(f"{pair['question']} {pair['answer']}" for pair in json.loads(body))
    except (ValueError, TypeError, KeyError):
        return body
