"""Addresses of schedules: who is on call, the calendar, its changes, the coverage, and calendar feeds."""

from __future__ import annotations

from django.urls import path

from allclear.web.oncall import calendars, changing, coverage, editing, feeds, overview, schedule

app_name = "schedules"
urlpatterns = [
    path("", overview.page, name="index"),
    path("coverage/", coverage.page, name="coverage"),
    path("schedules/add/", editing.add, name="add"),
    path("schedules/<int:pk>/", schedule.page, name="schedule"),
    path("schedules/<int:pk>/edit/", editing.edit, name="edit"),
    path("schedules/<int:pk>/override/", changing.override, name="override"),
    path("schedules/<int:pk>/swap/", changing.swap, name="swap"),
    path("schedules/<int:pk>/leave/", changing.leave, name="leave"),
    path("schedules/<int:pk>/import/", feeds.bring_in, name="import"),
    path("schedules/<int:pk>/calendars/", calendars.add, name="calendar_add"),
    path("calendars/<int:pk>/read/", calendars.read, name="calendar_read"),
    path("calendars/<int:pk>/remove/", calendars.remove, name="calendar_remove"),
    path("schedules/<int:pk>/feed/renew/", feeds.renew, name="renew_feed"),
    path("overrides/<int:pk>/withdraw/", changing.withdraw_override, name="withdraw_override"),
    path("leaves/<int:pk>/withdraw/", changing.withdraw_leave, name="withdraw_leave"),
    path("swaps/<int:pk>/take/", changing.take_swap, name="take_swap"),
    path("swaps/<int:pk>/refuse/", changing.refuse_swap, name="refuse_swap"),
    path("swaps/<int:pk>/withdraw/", changing.withdraw_swap, name="withdraw_swap"),
    path("feeds/own/", feeds.renew_own, name="renew_own_feed"),
    path("feeds/<str:key>.ics", feeds.feed, name="feed"),
]
