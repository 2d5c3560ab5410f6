"""The screens of business calendars: the editor whose every button posts the whole form, and the versions."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from allclear.accounts.models import User
from allclear.domain.terms import Role
from allclear.kernel.clock import now
from allclear.kernel.events import position_of
from allclear.slas.actions import calendars as verbs
from allclear.slas.models import BusinessCalendar
from allclear.slas.queries import calendars_as_of, newest_version
from allclear.testing import T0, business_calendar, person
from allclear.web.admin.calendar_form import clock, hours_from

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/calendars/", "/admin/calendars/add/"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client() -> Client:
    return as_(person(Role.ADMIN))


def text_of(response: Any) -> str:
    return str(response.content.decode())


def week(*days: int) -> dict[str, list[str]]:
    """The fields of some days from 8 to 17."""
    return {f"week-{day}-{end}": [at] for day in days for end, at in (("from", "8"), ("to", "17:00"))}


def form(**more: Any) -> dict[str, Any]:
    return {"name": "Office", "zone": "Europe/Berlin", "is_active": "on", "do": "save", **week(1, 2, 3, 4, 5), **more}


def germany(*left_out: str) -> dict[str, Any]:
    known = ["German Unity Day", "Christmas Day"]
    return {
        "holidays-count": "1",
        "holiday-0-of": "DE",
        "holiday-0-country": "DE",
        "holiday-0-region": "BE",
        "holiday-0-known": known,
        "holiday-0-keep": [name for name in known if name not in left_out],
    }


def special(**more: str) -> dict[str, str]:
    given = {"name": "Christmas Eve", "first": "2026-12-24", "last": "", "hours": "8-12", **more}
    return {"special-count": "1", **{f"special-0-{name}": value for name, value in given.items()}}


def test_it_saves_a_calendar_and_shows_it_in_the_list(client: Client) -> None:
    answer = client.post(ADD, form(**germany("German Unity Day"), **special(repeats="on")))
    assert answer.status_code == 302, text_of(answer)
    row = BusinessCalendar.objects.get()
    rules = calendars_as_of(now())[row.pk]
    version = newest_version(row.pk)
    assert version is not None
    assert version.body["week"] == [{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}]
    assert rules.holidays[0].left_out == {"German Unity Day"}
    assert (rules.special_days[0].repeats, rules.special_days[0].spans) == (True, ((480, 720),))
    listed = text_of(client.get(LIST))
    assert "Mon–Fri 08:00–17:00 (45 h a week)" in listed
    assert "Office" in listed


def test_every_button_keeps_what_was_typed(client: Client) -> None:
    page = text_of(client.post(ADD, form(do="add_hours:6", **germany("Christmas Day"), **special())))
    assert "Christmas Eve" in page
    assert page.count('name="week-6-from"') == 1
    assert not BusinessCalendar.objects.exists()
    page = text_of(client.post(ADD, form(do="copy:5")))
    assert page.count('name="week-6-from" value="08:00"') == 1
    page = text_of(client.post(ADD, form(do="drop_hours:5-0")))
    assert 'name="week-5-from"' not in page
    page = text_of(client.post(ADD, form(do="preset:nights")))
    assert page.count('value="22:00"') == 7
    page = text_of(client.post(ADD, form(do="add_special")))
    assert 'name="special-0-first"' in page
    page = text_of(client.post(ADD, form(do="drop_holidays:0", **germany())))
    assert 'name="holiday-0-country"' not in page
    assert client.post(ADD, form(do="drop_hours:9-9-9")).status_code == 200
    assert client.post(ADD, form(do="nonsense:x")).status_code == 200


def test_it_says_24x7_with_one_button(client: Client) -> None:
    page = text_of(client.post(ADD, form(do="preset:always")))
    assert "every minute counts" in page
    assert client.post(ADD, form(is_always="1")).status_code == 302
    row = BusinessCalendar.objects.get()
    assert calendars_as_of(now())[row.pk].is_always


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"zone": "Mars"}, "Write a time zone like Europe/Berlin."),
        ({"name": "", "zone": "Mars"}, "Give it a name."),
        ({"week-1-to": ["soon"]}, "Write a time of day like 08:30."),
        ({"week-1-from": ["8", "16"], "week-1-to": ["17", "20"]}, "Monday: Monday 16:00 lies in two spans."),
        (special(last="2026-12-20"), "It ends before it begins."),
        (special(hours="noon"), "Write a time of day like 08:30."),
        (special(hours="12-8"), "Write an end after the beginning"),
        (special(first=""), "Write a date like 2026-12-24."),
        (special(first="2020-01-01", last="2190-01-01"), "Nothing counts in the coming ten years."),
    ],
)
def test_it_says_at_the_field_what_to_do(client: Client, more: dict[str, Any], text: str) -> None:
    values = {name: value for name, value in form(**more).items() if name != "hours"}
    if text.startswith("Nothing"):
        values["special-0-hours"] = ""
    answer = client.post(ADD, values)
    assert answer.status_code == 422
    assert text in text_of(answer)
    assert 'aria-invalid="true"' in text_of(answer) or "Nothing" in text
    assert not BusinessCalendar.objects.exists()


def test_a_change_is_a_version_with_a_reason_and_an_instant(client: Client) -> None:
    row = business_calendar(at=T0)
    url = f"{LIST}{row.pk}/"
    seen = str(position_of("business_calendar", row.pk))
    unsaid = client.post(url, form(version=seen))
    assert (unsaid.status_code, "Say why" in text_of(unsaid)) == (422, True)
    past = client.post(url, form(version=seen, note="Longer", when="at", begins="2020-01-01T00:00"))
    assert "Choose now or a later instant" in text_of(past)
    saved = client.post(url, form(version=seen, note="Longer", when="at", begins="2100-01-01T00:00"))
    assert saved.status_code == 302, text_of(saved)
    version = newest_version(row.pk)
    assert version is not None
    assert version.effective_at.isoformat() == "2099-12-31T23:00:00+00:00"
    assert calendars_as_of(now())[row.pk].version == 1
    versions = text_of(client.get(f"{url}versions/"))
    assert "Longer" in versions
    assert "to come" in versions
    assert "takes over" in text_of(client.get(url))


def test_a_new_name_alone_is_no_version(client: Client) -> None:
    row = business_calendar(zone="Europe/Berlin")
    assert client.post(f"{LIST}{row.pk}/", form(name="Desk")).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.versions.count()) == ("Desk", 1)


def test_the_second_of_two_editors_is_told_and_may_save_again(client: Client) -> None:
    row = business_calendar()
    seen = str(position_of("business_calendar", row.pk))
    verbs.rename_calendar(_manager(), row.pk, "Theirs", now=now())
    url = f"{LIST}{row.pk}/"
    answer = client.post(url, form(version=seen, note="Mine"))
    assert answer.status_code == 409
    assert "changed this calendar while you were editing" in text_of(answer)
    newer = str(position_of("business_calendar", row.pk))
    assert f'name="version" value="{newer}"' in text_of(answer)


def _manager() -> Any:
    from allclear.accounts.queries import viewer_for

    return viewer_for(person(Role.INCIDENT_MANAGER).pk)


def test_an_older_version_comes_back_as_the_next_one(client: Client) -> None:
    row = business_calendar()
    verbs.change_calendar(_manager(), row.pk, {"body": {"zone": "UTC", "is_always": True}}, now=now())
    page = text_of(client.get(f"{LIST}{row.pk}/?version=1"))
    assert "As in version 1 again" in page
    assert 'name="week-1-from" value="08:00"' in page
    assert client.get(f"{LIST}{row.pk}/?version=7").status_code == 404


def test_it_removes_a_calendar_that_nothing_uses(client: Client) -> None:
    row = business_calendar()
    assert client.post(f"{LIST}{row.pk}/remove/").status_code == 302
    assert not BusinessCalendar.objects.exists()


def test_those_who_may_only_read_see_the_list_and_the_versions() -> None:
    row = business_calendar()
    agent = as_(person(Role.AGENT))
    listed = text_of(agent.get(LIST))
    assert f"{LIST}{row.pk}/versions/" in listed
    assert "Mon–Fri 08:00–17:00" in text_of(agent.get(f"{LIST}{row.pk}/versions/"))
    assert agent.get(f"{LIST}{row.pk}/").status_code == 403
    assert agent.get(ADD).status_code == 403


@pytest.mark.parametrize(
    ("typed", "shown"), [("8", "08:00"), ("830", "08:30"), ("17.15", "17:15"), ("24", "24:00"), ("x", "x"), ("", "")]
)
def test_it_understands_times_as_people_type_them(typed: str, shown: str) -> None:
    assert clock(typed) == shown


def test_it_understands_hours_as_people_type_them() -> None:
    assert hours_from("8-12; 13:30 – 17") == [{"from": "08:00", "to": "12:00"}, {"from": "13:30", "to": "17:00"}]
