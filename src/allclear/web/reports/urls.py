"""Addresses of the reports."""

from __future__ import annotations

from django.urls import path

from allclear.web.reports import channels, what_if_draft, what_ifs

app_name = "reports"
urlpatterns = [
    path("channels/", channels.page, name="channels"),
    path("what-ifs/", what_ifs.index, name="what_ifs"),
    path("what-ifs/<int:pk>/", what_ifs.page, name="what_if"),
    path("what-ifs/<int:pk>/draft/", what_if_draft.edit, name="what_if_draft"),
    path("what-ifs/<int:pk>/run/", what_ifs.run, name="what_if_run"),
    path("what-ifs/<int:pk>/cancel/", what_ifs.cancel, name="what_if_cancel"),
    path("what-ifs/<int:pk>/delete/", what_ifs.remove, name="what_if_delete"),
    path("what-ifs/<int:pk>/switch-on/", what_ifs.switch, name="what_if_switch"),
]
