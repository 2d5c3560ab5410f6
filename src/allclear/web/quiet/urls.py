"""Addresses of what keeps alerts quiet, within those of alerts."""

from __future__ import annotations

from django.urls import path

from allclear.web.quiet import calendar, inhibitions, silences, views, windows

urlpatterns = [
    path("", views.index, name="quiet"),
    path("calendar/", calendar.month, name="calendar"),
    path("silences/add/", silences.add, name="silence_add"),
    path("silences/fits/", silences.fits, name="silence_fits"),
    path("silences/preview/", silences.preview, name="silence_preview"),
    path("silences/<int:pk>/", silences.show, name="silence"),
    path("silences/<int:pk>/edit/", silences.edit, name="silence_edit"),
    path("silences/<int:pk>/end/", silences.end, name="silence_end"),
    path("silences/<int:pk>/again/", silences.again, name="silence_again"),
    path("silences/<int:pk>/prolong/", silences.prolong, name="silence_prolong"),
    path("maintenance/add/", windows.add, name="window_add"),
    path("maintenance/times/", windows.coming, name="window_times"),
    path("maintenance/preview/", windows.preview, name="window_preview"),
    path("maintenance/<int:pk>/", windows.show, name="window"),
    path("maintenance/<int:pk>/edit/", windows.edit, name="window_edit"),
    path("maintenance/<int:pk>/end/", windows.end, name="window_end"),
    path("maintenance/<int:pk>/again/", windows.again, name="window_again"),
    path("maintenance/<int:pk>/cancel/", windows.cancel, name="window_cancel"),
    path("inhibitions/add/", inhibitions.add, name="inhibition_add"),
    path("inhibitions/fits/", inhibitions.fits, name="inhibition_fits"),
    path("inhibitions/preview/", inhibitions.preview, name="inhibition_preview"),
    path("inhibitions/<int:pk>/", inhibitions.show, name="inhibition"),
    path("inhibitions/<int:pk>/edit/", inhibitions.edit, name="inhibition_edit"),
    path("inhibitions/<int:pk>/end/", inhibitions.end, name="inhibition_end"),
    path("inhibitions/<int:pk>/prolong/", inhibitions.prolong, name="inhibition_prolong"),
    path("inhibitions/<int:pk>/switch/", inhibitions.switch, name="inhibition_switch"),
]
