"""Which alert a source means that names it by an id of ours: the id of the request that created it, or its number.

Opsgenie's clients do (`identifierType=id` and `tiny`); their dialect says so in the event's details.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from allclear.domain.alerts import Event, KeyKind

if TYPE_CHECKING:
    from allclear.alerts.actions.pending import Item

_BY_REQUEST = """
SELECT d.integration_id, d.request_id::text, d.id, a.dedup_key
  FROM alerts_delivery d
  JOIN unnest(%s::bigint[], %s::uuid[]) AS k(integration_id, request_id)
    ON d.integration_id = k.integration_id AND d.request_id = k.request_id
  LEFT JOIN alerts_event e ON e.delivery_id = d.id AND e.position = 1
  LEFT JOIN alerts_alert a ON a.id = e.alert_id"""
_BY_NUMBER = """
SELECT a.integration_id, a.id::text, a.dedup_key FROM alerts_alert a
  JOIN unnest(%s::bigint[], %s::bigint[]) AS k(integration_id, id)
    ON a.integration_id = k.integration_id AND a.id = k.id"""
_MOST = 2**63 - 1
Name = tuple[int, str]  # integration, identifier


def as_meant(items: Sequence[Item]) -> Sequence[Item]:
    """Events that are folded just now, under the alert's own key where a source named it by an id of ours."""
    names = [(item.integration_id, item.event.key) for item in items if _is_by_id(item.event)]
    if not names:
        return items
    known = _known(dict.fromkeys(names), {item.delivery_id: item.key[1] for item in items if item.position == 1})
    return [
        replace(item, event=_under(item.event, key))
        if _is_by_id(item.event) and (key := known.get((item.integration_id, item.event.key)))
        else item
        for item in items
    ]


def _is_by_id(event: Event) -> bool:
    return event.details.get("identifier_type") in ("id", "tiny")


def _known(names: Iterable[Name], beside: Mapping[int, str]) -> dict[Name, str]:
    """The stored keys of the alerts that have these ids. `beside`: the keys of deliveries that have no alert yet."""
    requests = [(integration, str(uid)) for integration, name in names if (uid := _uuid(name))]
    numbers = [(i, int(name)) for i, name in names if name.isascii() and name.isdigit() and int(name) <= _MOST]
    found: dict[Name, str] = {}
    with connection.cursor() as cursor:
        if requests:
            cursor.execute(_BY_REQUEST, [list(column) for column in zip(*requests, strict=True)])
            for integration, request, delivery, key in cursor.fetchall():
                if known := key or beside.get(delivery):
                    found[integration, request] = known
        if numbers:
            cursor.execute(_BY_NUMBER, [list(column) for column in zip(*numbers, strict=True)])
            found |= {(integration, number): key for integration, number, key in cursor.fetchall()}
    return {(i, name): found[i, name.lower()] for i, name in names if (i, name.lower()) in found}


def _under(event: Event, stored: str) -> Event:
    """The event under a stored key (`given.1:disk@web1`)."""
    made, _, key = stored.partition(":")
    kind, _, version = made.partition(".")
    return replace(event, key=key, key_kind=KeyKind(kind), key_version=int(version))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
