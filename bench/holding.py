"""Many alerts with ten events each, made by SQL: as the engine leaves them."""

from __future__ import annotations

import time
from typing import Any

from django.db import connection

EVENTS = 10  # of an alert
_PART = 100_000
_ALERTS = """
INSERT INTO alerts_alert (integration_id, dedup_key, status, severity, title, description, source, labels, details,
    links, images, first_seen_at, last_seen_at, resolved_at, resolved_by, event_count, changes, is_flapping, outcome,
    held_by, rule, group_key, trace, verdict)
SELECT i.id, 'given.1:held-' || n, CASE WHEN n %% 50 = 0 THEN 'firing' ELSE 'resolved' END,
    (ARRAY['critical', 'error', 'warning', 'info'])[1 + n %% 4], 'Held disk ' || n || ' is nearly full',
    'It has been so for a while.', 'web' || n %% 5000,
    jsonb_build_object('host', 'web' || n %% 5000, 'disk', '/var'), '{}', '[]', '[]',
    now() - n * interval '25 seconds', now() - n * interval '25 seconds',
    CASE WHEN n %% 50 = 0 THEN NULL ELSE now() - n * interval '24 seconds' END,
    CASE WHEN n %% 50 = 0 THEN '' ELSE 'source' END, %s, '{}', false, 'recorded', '{}', 'Probe', '', '[]', ''
FROM generate_series(%s, %s) AS n, alerts_integration AS i WHERE i.name = 'Measurement pagerduty'
RETURNING id"""
_DELIVERIES = """
INSERT INTO alerts_delivery (integration_id, dialect, received_at, target, headers, body, status, error, event_count)
SELECT i.id, 'pagerduty', now() - n * interval '25 seconds', 'POST /v2/enqueue', '{"content-type": "application/json"}',
    convert_to(repeat('{"held": "' || n || '"} ', 12), 'UTF8'), 202, '', %s
FROM generate_series(%s, %s) AS n, alerts_integration AS i WHERE i.name = 'Measurement pagerduty'
RETURNING id"""
_EVENTS = """
INSERT INTO alerts_event (delivery_id, position, integration_id, alert_id, action, severity, received_at, outcome,
    source_id)
SELECT %s + a.n, p, i.id, %s + a.n, 'trigger', 'info', now() - interval '1 day', 'repeated', ''
FROM generate_series(0, %s) AS a(n), generate_series(1, %s) AS p, alerts_integration AS i
WHERE i.name = 'Measurement pagerduty'"""


def fill(wanted: int) -> dict[str, Any]:
    """So many alerts, each with a delivery and ten events. Those that a kept database holds count."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM alerts_alert WHERE dedup_key LIKE 'given.1:held-%'")
        held = cursor.fetchone()[0]
        for start in range(held, wanted, _PART):
            _part(cursor, start, min(start + _PART, wanted) - 1)
        cursor.execute("SELECT count(*) FROM alerts_event")
        events = cursor.fetchone()[0]
        cursor.execute("VACUUM ANALYZE alerts_alert, alerts_event, alerts_delivery, alerts_pending")
    return {"alerts": wanted, "events": events, "made_in_s": round(time.perf_counter() - began)}


def _part(cursor: Any, first: int, last: int) -> None:
    """Keys of one statement follow each other: nobody else writes here."""
    cursor.execute(_ALERTS, [EVENTS, first, last])
    alert = min(row[0] for row in cursor.fetchall())
    cursor.execute(_DELIVERIES, [EVENTS, first, last])
    delivery = min(row[0] for row in cursor.fetchall())
    cursor.execute(_EVENTS, [delivery, alert, last - first, EVENTS])
