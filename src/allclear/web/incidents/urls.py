"""Addresses of the incident's screens."""

from __future__ import annotations

from django.urls import path

from allclear.web.incidents import queue, suggest

app_name = "incidents"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("search/", queue.search, name="search"),
    path("suggest/people/", suggest.people, name="suggest_people"),
    path("suggest/staff/", suggest.staff, name="suggest_staff"),
    path("suggest/services/", suggest.services, name="suggest_services"),
    path("suggest/cis/", suggest.cis, name="suggest_cis"),
    path("suggest/categories/", suggest.categories, name="suggest_categories"),
    path("suggest/organisations/", suggest.organisations, name="suggest_organisations"),
    path("suggest/incidents/", suggest.incidents, name="suggest_incidents"),
]
