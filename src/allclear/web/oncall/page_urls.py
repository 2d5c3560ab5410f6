"""The address in every page; it needs no log-in."""

from __future__ import annotations

from django.urls import path

from allclear.web.oncall import ack

app_name = "page"
urlpatterns = [
    path("<str:token>/", ack.page, name="ack"),
    path("<str:token>/evidence/", ack.evidence, name="evidence"),
]
