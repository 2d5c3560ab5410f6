"""Addresses of foreign APIs: at the root, for tools that know a host only, and below the key of an integration."""

from __future__ import annotations

from django.urls import path

from allclear.api.dialects import alertmanager, opsgenie

alertmanager_api = [
    path("status", alertmanager.status),
    path("alerts", alertmanager.alerts),
    path("alerts/groups", alertmanager.groups),
    path("receivers", alertmanager.receivers),
    path("silences", alertmanager.silences),
    path("silence/<str:name>", alertmanager.silence),
]
opsgenie_api = [
    path("alerts", opsgenie.alerts),
    path("alerts/count", opsgenie.count),
    path("alerts/requests/<str:name>", opsgenie.request_status),
    path("alerts/<path:name>/notes", opsgenie.notes),  # an alias may have slashes
    path("alerts/<path:name>/logs", opsgenie.logs),
    path("alerts/<path:name>/recipients", opsgenie.nothing),
    path("alerts/<path:name>/attachments", opsgenie.nothing),
    path("alerts/<path:name>", opsgenie.alert),
]
