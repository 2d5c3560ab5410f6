"""Addresses of what was sent to people."""

from __future__ import annotations

from django.urls import path

from allclear.web.evidence import views

app_name = "notifications"
urlpatterns = [
    path("", views.index, name="list"),
    path("<int:pk>/", views.one, name="one"),
]
