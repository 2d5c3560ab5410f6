"""Addresses below /alerts/."""

from __future__ import annotations

from django.urls import include, path

app_name = "alerts"
urlpatterns = [
    path("rules/", include("allclear.web.alert_rules.urls")),
]
