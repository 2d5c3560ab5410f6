"""The addresses below /api."""

from __future__ import annotations

from django.urls import path, re_path

from allclear.api import docs
from allclear.api.app import api
from allclear.api.errors import unknown_address

urlpatterns = [
    path("v1/openapi.json", docs.document),
    path("v1/docs", docs.page, name="api_docs"),
    path("v1/", api.urls),
    re_path(r"", unknown_address),
]
