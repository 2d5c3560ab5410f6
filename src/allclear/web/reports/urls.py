"""Addresses of the reports."""

from __future__ import annotations

from django.urls import path

from allclear.web.reports import channels

app_name = "reports"
urlpatterns = [path("channels/", channels.page, name="channels")]
