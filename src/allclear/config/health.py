"""`/healthz`: whether this copy can work; for load balancers, monitors and `allclear doctor`.

Where Alertmanager is expected, its own addresses for that (`/-/healthy`, `/-/ready`) answer the same.
"""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from allclear import __version__

_BEATS = "SELECT loop, extract(epoch FROM now() - beat_at) FROM kernel_heartbeat ORDER BY loop"


def healthz(request: HttpRequest, key: str = "") -> JsonResponse:
    """200 with the age of each engine loop's heartbeat in seconds; 503 when the database does not answer.

    `key`: a source's, where its address is asked; it plays no part.
    """
    report: dict[str, Any] = {"status": "ok", "version": __version__, "database": "ok", "engine": {}}
    try:
        with connection.cursor() as cursor:
            cursor.execute(_BEATS)
            report["engine"] = {loop: round(float(age), 1) for loop, age in cursor.fetchall()}
    except DatabaseError:  # no details: the page is open to everybody
        report |= {"status": "failing", "database": "does not answer"}
    response = JsonResponse(report, status=200 if report["status"] == "ok" else 503)
    response["Cache-Control"] = "no-store"
    return response
