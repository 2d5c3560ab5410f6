"""Business calendars as records: versions that never change, from when they hold, and what may not be removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.domain.tests.calendars import office
from allclear.kernel.errors import Conflict, Invalid, NotPermitted, Refused
from allclear.kernel.events import position_of, stream
from allclear.slas import queries
from allclear.slas.actions import calendars as verbs
from allclear.slas.models import BusinessCalendar, CalendarVersion
from allclear.testing import T0, instant, person

pytestmark = pytest.mark.django_db
LONGER = office(week=[{"days": [1, 2, 3, 4, 5], "from": "07:00", "to": "19:00"}])
HOUR = timedelta(hours=1)


@pytest.fixture
def manager() -> Viewer:
    return viewer_for(person("incident_manager").pk)


@pytest.fixture
def calendar(manager: Viewer) -> BusinessCalendar:
    return verbs.add_calendar(manager, {"name": "Office", "body": office()}, now=T0)


def test_it_adds_a_calendar_with_its_first_version(manager: Viewer, calendar: BusinessCalendar) -> None:
    version = queries.version_in_force(calendar.pk, T0)
    assert version is not None
    assert (version.version, version.author_id, version.effective_at) == (1, manager.user_id, T0)
    rules = queries.calendars_as_of(T0)[calendar.pk]
    assert (rules.name, rules.version) == ("Office", 1)
    assert queries.compiled(rules).count(T0, T0 + 24 * HOUR) == 9 * HOUR
    assert queries.compiled(rules) is queries.compiled(queries.rules_of(version))
    kinds = [event.kind for event in stream("business_calendar", calendar.pk)]
    assert kinds == ["business_calendar_added", "business_calendar_changed"]


def test_a_change_is_a_version_that_holds_from_its_instant_on(manager: Viewer, calendar: BusinessCalendar) -> None:
    begins = instant(60)
    verbs.change_calendar(
        manager, calendar.pk, {"body": LONGER, "effective_at": begins, "note": "Later shift"}, now=instant(10)
    )
    assert [row.version for row in calendar.versions.all()] == [2, 1]
    assert queries.calendars_as_of(instant(59))[calendar.pk].version == 1
    assert queries.calendars_as_of(begins)[calendar.pk].version == 2
    assert queries.calendars_as_of(instant(-1)) == {}


def test_what_is_wanted_at_once_holds_until_what_was_announced_before(
    manager: Viewer, calendar: BusinessCalendar
) -> None:
    verbs.change_calendar(manager, calendar.pk, {"body": LONGER, "effective_at": instant(600)}, now=instant(10))
    verbs.change_calendar(manager, calendar.pk, {"body": office(zone="UTC")}, now=instant(20))
    assert [queries.calendars_as_of(instant(at))[calendar.pk].version for at in (15, 20, 599, 600)] == [1, 3, 3, 2]


def test_what_is_as_it_was_makes_no_version(manager: Viewer, calendar: BusinessCalendar) -> None:
    verbs.change_calendar(manager, calendar.pk, {"body": office()}, now=instant(10))
    assert calendar.versions.count() == 1


def test_a_version_never_begins_in_the_past(manager: Viewer, calendar: BusinessCalendar) -> None:
    with pytest.raises(Invalid) as caught:
        verbs.change_calendar(manager, calendar.pk, {"body": LONGER, "effective_at": T0}, now=instant(10))
    assert "Choose now or a later instant" in caught.value.fields["effective_at"]


def test_the_second_of_two_editors_is_told(manager: Viewer, calendar: BusinessCalendar) -> None:
    seen = position_of("business_calendar", calendar.pk)
    verbs.rename_calendar(manager, calendar.pk, "Desk", now=instant(10), expected_version=seen)
    assert queries.calendars_as_of(instant(10))[calendar.pk].name == "Desk"
    with pytest.raises(Conflict, match="Somebody changed this since you opened it"):
        verbs.change_calendar(manager, calendar.pk, {"body": LONGER}, now=instant(20), expected_version=seen)
    assert calendar.versions.count() == 1


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"name": "", "body": office()}, "name"),
        ({"name": "office", "body": office()}, "name"),
        ({"name": "New", "body": office(zone="Mars")}, "body.zone"),
        ({"name": "New", "body": office(week=[])}, "body.week"),
        ({"name": "New", "body": [1]}, "body"),
        ({"name": "New"}, "body"),
        ({"name": "New", "body": office(), "note": "x" * 301}, "note"),
        (
            {"name": "New", "body": office(special_days=[{"first": "2026-01-01", "last": "2150-01-01", "name": "-"}])},
            "body.week",
        ),
    ],
)
def test_bad_input_is_refused_at_its_place(
    manager: Viewer, calendar: BusinessCalendar, values: dict[str, Any], place: str
) -> None:
    with pytest.raises(Invalid) as caught:
        verbs.add_calendar(manager, values, now=T0)
    assert place in caught.value.fields
    assert BusinessCalendar.objects.count() == 1


def test_a_note_without_a_body_is_refused(manager: Viewer, calendar: BusinessCalendar) -> None:
    with pytest.raises(Invalid, match="Send the calendar's body"):
        verbs.change_calendar(manager, calendar.pk, {"note": "Why"}, now=T0)


def test_only_those_who_change_policies_change_calendars(calendar: BusinessCalendar) -> None:
    for role in ("agent", "team_lead", "auditor", "requester"):
        viewer = viewer_for(person(role).pk)
        with pytest.raises(NotPermitted):
            verbs.add_calendar(viewer, {"name": "Mine", "body": office()}, now=T0)
        with pytest.raises(NotPermitted):
            verbs.change_calendar(viewer, calendar.pk, {"name": "Mine"}, now=T0)
        with pytest.raises(NotPermitted):
            verbs.remove_calendar(viewer, calendar.pk, now=T0)
    with pytest.raises(NotPermitted):
        queries.calendars_for(viewer_for(person("requester").pk))


def test_a_calendar_that_nothing_uses_goes_with_its_versions(manager: Viewer, calendar: BusinessCalendar) -> None:
    verbs.remove_calendar(manager, calendar.pk, now=instant(10))
    assert not CalendarVersion.objects.exists()
    assert queries.calendars_as_of(instant(20)) == {}


def test_a_calendar_in_use_stays_and_it_says_what_uses_it(
    manager: Viewer, calendar: BusinessCalendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "users_of", lambda pk: ["Gold 3", "Silver 1"])
    with pytest.raises(Refused, match="in use: Gold 3, Silver 1"):
        verbs.remove_calendar(manager, calendar.pk, now=instant(10))
    assert BusinessCalendar.objects.filter(pk=calendar.pk).exists()


def test_the_database_lets_nobody_rewrite_a_version(calendar: BusinessCalendar) -> None:
    with pytest.raises(DatabaseError, match="Versions of calendars never change"), transaction.atomic():
        calendar.versions.update(note="It was always so")
