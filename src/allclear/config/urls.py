"""Every address of the program."""

from __future__ import annotations

from django.urls import include, path

from allclear.config import health

urlpatterns = [
    path("healthz", health.healthz),
    path("account/", include("allauth.account.urls")),
]
