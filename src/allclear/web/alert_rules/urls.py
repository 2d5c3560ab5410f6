"""Addresses of the rules about alerts, within those of alerts."""

from __future__ import annotations

from django.urls import path

from allclear.web.alert_rules import asking, completing, editing, views

urlpatterns = [
    path("", views.index, name="rules"),
    path("edit/", editing.edit, name="rules_edit"),
    path("ask/", asking.ask, name="rules_ask"),
    path("complete/", completing.suggestions, name="filter_complete"),
]
