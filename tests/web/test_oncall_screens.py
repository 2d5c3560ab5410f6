"""The screens of schedules: who is on call, the calendar, its changes, the form, the coverage, and feeds."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from allclear.kernel.clock import set_clock
from allclear.notifications.tests.peers import web_server
from allclear.oncall.actions import schedules as actions
from allclear.oncall.models import CalendarSource, Feed, Leave, Override, Schedule, Swap
from allclear.oncall.tests.test_importing import file
from allclear.oncall.tests.test_schedules import DAY, World, as_, layer, world
from allclear.testing import T0, contact, policy, schedule
from tests.web.screens import HTMX
from tests.web.screens import as_ as browser
from tests.web.test_keys import assert_unique

pytestmark = pytest.mark.django_db
__all__ = ["world"]
NOW = T0 + timedelta(hours=1)


def get(client: Client, screen: str, *args: Any, query: str = "", **headers: Any) -> str:
    with set_clock(NOW):
        response = client.get(reverse(f"schedules:{screen}", args=args) + query, **headers)
    assert response.status_code == 200, response.content.decode()[:500]
    return response.content.decode()


def post(client: Client, screen: str, /, *args: Any, **data: Any) -> Any:
    with set_clock(NOW):
        return client.post(reverse(f"schedules:{screen}", args=args), data)


def test_the_overview_says_who_is_on_call_and_who_is_next(world: World) -> None:
    contact(world.ana)
    text = get(browser(world.ben), "index")
    assert text.index("Your next shifts") < text.index("Everybody on call")
    assert "until <time" in text
    assert text.count("9 Mar, 09:00</time>") >= 2  # until when she is, from when he is
    assert "Ben" in text
    assert "from <time" in text
    assert "No contact method works: Ana" not in text
    assert "no contact method of yours works" in text


def test_the_overview_says_in_words_that_nobody_is_on_call(world: World) -> None:
    actions.add_leave(as_(world.lena), {"user_id": world.ana.pk, "starts_at": T0, "ends_at": T0 + DAY}, now=T0)
    text = get(browser(world.olga), "index")
    assert "Nobody is on call." in text
    assert "Your next shifts" not in text


def test_the_overview_needs_few_queries(world: World, django_assert_max_num_queries: Any) -> None:
    for n in range(6):
        schedule(world.ana, world.ben, name=f"Rota {n}")
    client = browser(world.olga)
    get(client, "index")
    with django_assert_max_num_queries(30):
        get(client, "index")


def test_the_calendar_marks_overrides_and_gaps(world: World) -> None:
    values = {"schedule_id": world.rota.pk, "starts_at": T0 + DAY, "ends_at": T0 + 2 * DAY}
    replace = {"kind": "replace", "people": [world.ben.pk], "instead_of_id": world.ana.pk, "reason": "Dentist"}
    actions.add_override(as_(world.lena), {**values, **replace}, now=T0)
    off = {"starts_at": T0 + 3 * DAY, "ends_at": T0 + 4 * DAY, "kind": "only", "people": []}
    actions.add_override(as_(world.lena), {**values, **off}, now=T0)
    text = get(browser(world.ana), "schedule", world.rota.pk, query="?view=week&day=2026-03-02")
    assert 'data-kind="override"' in text
    assert 'data-kind="nobody"' in text
    assert "Dentist" in text
    assert "<b>Ben</b> instead of <b>Ana</b>" in text
    assert "oncall-now" in text
    assert "oncall-now" not in get(browser(world.ana), "schedule", world.rota.pk, query="?view=week&day=2026-05-02")


@pytest.mark.parametrize("query", ["?day=9999-99-99", "?day=0001-01-01", "?view=decade", "?person=x", "?person=99999"])
def test_a_strange_address_shows_the_calendar_all_the_same(world: World, query: str) -> None:
    assert "Ana" in get(browser(world.ana), "schedule", world.rota.pk) or query
    get(browser(world.ana), "schedule", world.rota.pk, query=query)


def test_one_person_can_be_looked_at_alone(world: World) -> None:
    text = get(browser(world.ana), "schedule", world.rota.pk, query=f"?person={world.ben.pk}")
    bars = text.split("oncall-weeks")[1].split("oncall-key")[0]
    assert "Ben" in bars
    assert "Ana" not in bars


def test_an_override_is_made_in_the_zone_of_the_schedule(world: World) -> None:
    actions.change_schedule(as_(world.lena), world.rota.pk, {"time_zone": "Asia/Tokyo"}, now=T0)
    client = browser(world.ben)
    assert "Asia/Tokyo" in get(client, "override", world.rota.pk, headers=HTMX)
    said = {
        "kind": "replace", "instead_of_id": world.ana.pk, "people": [world.ben.pk],
        "starts_at": "2026-03-04T09:00", "ends_at": "2026-03-04T18:00", "reason": "Dentist",
    }  # fmt: skip
    response = post(client, "override", world.rota.pk, **said)
    assert response.status_code == 302
    row = Override.objects.get()
    assert (row.starts_at, row.ends_at) == (datetime(2026, 3, 4, 0, tzinfo=UTC), datetime(2026, 3, 4, 9, tzinfo=UTC))
    again = post(client, "override", world.rota.pk, **said)
    assert again.status_code == 422
    assert "says the same" in again.content.decode()


def test_it_shares_no_key_on_a_page(world: World) -> None:
    for user in (world.ana, world.lena):
        client = browser(user)
        assert_unique(get(client, "index"))
        assert_unique(get(client, "schedule", world.rota.pk))
        assert_unique(get(client, "coverage"))


def test_an_outsider_gets_no_form_to_override(world: World) -> None:
    with set_clock(NOW):
        response = browser(world.olga).get(reverse("schedules:override", args=[world.rota.pk]))
    assert response.status_code == 403
    assert "Only those who are in this schedule" in response.content.decode()


def test_a_swap_is_asked_for_and_taken(world: World) -> None:
    asks = browser(world.ana)
    assert "Everybody who takes turns here" in get(asks, "swap", world.rota.pk, headers=HTMX)
    said = {"starts_at": "2026-03-04T09:00", "ends_at": "2026-03-05T09:00"}
    assert post(asks, "swap", world.rota.pk, **said).status_code == 302
    row = Swap.objects.get()
    text = get(browser(world.ben), "index")
    assert "Can you take these shifts?" in text
    assert "Can you take these shifts?" not in get(browser(world.olga), "index")
    assert post(browser(world.ben), "take_swap", row.pk).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.benefactor_id) == ("taken", world.ben.pk)
    assert post(asks, "withdraw_swap", row.pk).status_code == 302
    row.refresh_from_db()
    assert row.state == "withdrawn"


def test_leave_is_entered_and_withdrawn(world: World) -> None:
    client = browser(world.ana)
    said = {"starts_at": "2026-03-04T09:00", "ends_at": "2026-03-05T09:00"}
    assert post(client, "leave", world.rota.pk, **said).status_code == 302
    row = Leave.objects.get()
    assert "<b>Ana</b> is away" in get(client, "schedule", world.rota.pk)
    assert post(client, "withdraw_leave", row.pk, schedule=world.rota.pk).status_code == 302
    row.refresh_from_db()
    assert row.withdrawn_at is not None


def form_of(world: World, **more: Any) -> dict[str, Any]:
    return {
        "name": "Night", "time_zone": "Europe/Berlin", "is_active": "on", "layer-count": "1", "layer-0-name": "First",
        "layer-0-kind": "weekly", "layer-0-length": "1", "layer-0-start": "2026-03-02T09:00", "layer-0-rank": "0",
        "layer-0-member": [world.ana.pk, world.ben.pk], **more,
    }  # fmt: skip


def test_a_schedule_is_made_without_writing_json(world: World) -> None:
    client = browser(world.lena)
    assert "First hand-off" in get(client, "add")
    more = {"layer-0-days": ["0", "1"], "layer-0-hours_from": "08:00", "layer-0-hours_until": "18:00"}
    response = post(client, "add", **form_of(world, **more))
    assert response.status_code == 302, response.content.decode()
    row = Schedule.objects.get(name="Night")
    rotation = row.layers[0]["rotation"]
    assert rotation["members"] == [[world.ana.pk], [world.ben.pk]]
    assert datetime.fromisoformat(rotation["start"]) == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert row.layers[0]["restrictions"][0]["days"] == [0, 1]


def test_buttons_order_people_and_put_them_together(world: World) -> None:
    client = browser(world.lena)
    text = post(client, "add", **form_of(world, do="down-0-0")).content.decode()
    assert text.index(f'value="{world.ben.pk}"') < text.index(f'name="layer-0-member" value="{world.ana.pk}"')
    assert not Schedule.objects.filter(name="Night").exists()
    text = post(client, "add", **form_of(world, do="add")).content.decode()
    assert 'name="layer-1-name"' in text
    post(client, "add", **form_of(world, **{"layer-0-together": [world.ben.pk]}))
    assert Schedule.objects.get(name="Night").layers[0]["rotation"]["members"] == [[world.ana.pk, world.ben.pk]]


def test_a_look_before_saving_shows_two_weeks_and_saves_nothing(world: World) -> None:
    text = post(browser(world.lena), "add", **form_of(world, do="preview")).content.decode()
    assert "The next 14 days" in text
    assert "Somebody is always on call." in text
    assert not Schedule.objects.filter(name="Night").exists()


@pytest.mark.parametrize("do", ["", "preview"])
def test_what_is_wrong_in_a_layer_is_said_with_its_name(world: World, do: str) -> None:
    said = form_of(world, do=do)
    del said["layer-0-member"]
    response = post(browser(world.lena), "add", **said)
    assert response.status_code == 422
    assert "First: Nobody takes turns" in response.content.decode()


def test_of_two_who_edit_a_schedule_the_second_sees_both_sides(world: World) -> None:
    client = browser(world.lena)
    get(client, "edit", world.rota.pk)
    actions.change_schedule(as_(world.lena), world.rota.pk, {"name": "Theirs"}, now=NOW)
    response = post(client, "edit", world.rota.pk, **form_of(world, name="Mine", version=1))
    assert response.status_code == 409
    assert "Theirs" in response.content.decode()
    fresh = post(client, "edit", world.rota.pk, **form_of(world, name="Mine", version=2))
    assert fresh.status_code == 302


def test_hours_that_the_form_cannot_show_stay_as_they_are(world: World) -> None:
    span = {"kind": "week_span", "from_day": 4, "start": "18:00", "to_day": 0, "end": "08:00", "on_holiday": "as_usual"}
    row = actions.add_schedule(
        as_(world.lena), {"name": "Weekend", "layers": [layer([world.ana.pk], restrictions=[span])]}, now=T0
    )
    text = get(browser(world.lena), "edit", row.pk)
    assert "hours that this form cannot show" in text
    kept = row.layers[0]["restrictions"]
    more = {"layer-0-kept": json.dumps(kept), "version": "1", "name": "Week-end"}
    assert post(browser(world.lena), "edit", row.pk, **form_of(world, **more)).status_code == 302
    row.refresh_from_db()
    assert row.layers[0]["restrictions"] == kept


def test_coverage_is_proved_or_each_hole_has_a_button_that_closes_it(world: World) -> None:
    contact(world.ana)
    contact(world.ben)
    client = browser(world.lena)
    assert "not covered" not in get(client, "coverage")
    actions.add_leave(as_(world.lena), {"user_id": world.ana.pk, "starts_at": NOW, "ends_at": NOW + DAY}, now=NOW)
    text = get(client, "coverage")
    assert "Nobody is on call: Ana is on leave." in text
    address = text.split('data-size="small" href="')[1].split('"')[0].replace("&amp;", "&")
    with set_clock(NOW):
        form = client.get(address).content.decode()
    assert re.search(rf'<input[^>]*value="{world.ben.pk}"[^>]*checked', form)


def test_holes_that_come_back_are_told_once_with_all_their_times(world: World) -> None:
    for one in (world.ana, world.ben):
        contact(one)
    hours = [{"kind": "daily_hours", "days": list(range(7)), "start": "08:00", "end": "20:00"}]
    own = layer([world.ana.pk], [world.ben.pk], restrictions=hours)
    actions.change_schedule(as_(world.lena), world.rota.pk, {"layers": [own]}, now=T0)
    text = get(browser(world.lena), "coverage")
    assert text.count("Nobody is on call.") == 1
    assert "and 365 more times" in text
    assert "add a layer for these hours" in text
    assert "add a layer for these hours" not in get(browser(world.ana), "coverage")


def test_coverage_proves_escalation_policies_too(world: World) -> None:
    for one in (world.ana, world.ben):
        contact(one)
    row = policy(world.rota, exhausted=world.lena)
    client = browser(world.lena)
    text = get(client, "coverage")
    assert "The catch-all reaches no person" in text
    assert reverse("policies:edit", args=[row.pk]) in text
    assert reverse("policies:edit", args=[row.pk]) not in get(browser(world.ana), "coverage")
    contact(world.lena)
    assert "not covered" not in get(client, "coverage")


def test_a_calendar_is_followed_read_at_once_and_removed(world: World) -> None:
    client = browser(world.lena)
    with web_server() as server:
        server.said = file(SUMMARY="Ben")
        assert post(client, "calendar_add", world.rota.pk, url=server.url).status_code == 302
        text = get(client, "import", world.rota.pk)
        assert "1 shift of 127.0.0.1 came in." in text
        (row,) = CalendarSource.objects.all()
        assert "/hook" not in text
        server.status = 500
        assert post(client, "calendar_read", row.pk).status_code == 302
        assert "answered 500 instead of a calendar" in get(client, "import", world.rota.pk)
        refused = post(client, "calendar_add", world.rota.pk, url="nothing")
        assert (refused.status_code, "Write the whole address" in refused.content.decode()) == (422, True)
        assert post(browser(world.ana), "calendar_remove", row.pk).status_code == 403
        assert post(client, "calendar_remove", row.pk).status_code == 302
    assert not CalendarSource.objects.exists()
    assert Override.objects.get().withdrawn_at is not None


def test_coverage_counts_those_who_cannot_be_reached(world: World) -> None:
    contact(world.ana)
    text = get(browser(world.lena), "coverage")
    assert "Nobody can be reached: Ben is on call 26 times and has no contact method that works." in text


def test_feeds_are_read_without_a_log_in_and_end_with_a_new_address(world: World) -> None:
    stranger = Client()
    text = get(stranger, "feed", world.rota.feed_key)
    events = Calendar.from_ical(text).walk("VEVENT")
    assert str(events[0]["SUMMARY"]).startswith("Ana · ")
    client = browser(world.ben)
    post(client, "renew_own_feed")
    key = Feed.objects.get(user=world.ben).key
    assert all("Ben" in str(e["SUMMARY"]) for e in Calendar.from_ical(get(stranger, "feed", key)).walk("VEVENT"))
    post(client, "renew_own_feed")
    with set_clock(NOW):
        assert stranger.get(reverse("schedules:feed", args=[key])).status_code == 404


ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
{events}
END:VCALENDAR
"""
EVENT = (
    "BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20260301T000000Z\nSUMMARY:{summary}\nDTSTART:20260303T090000Z\n"
    "DTEND:20260303T170000Z\n{more}END:VEVENT"
)


def bring_in(world: World, *events: str) -> Any:
    content = ICS.format(events="\n".join(events)).replace("\n", "\r\n").encode()
    file = SimpleUploadedFile("rota.ics", content, "text/calendar")
    return post(browser(world.lena), "import", world.rota.pk, file=file)


def test_a_calendar_file_comes_in_as_overrides(world: World) -> None:
    ben = EVENT.format(uid="1", summary="Ben · Network", more="RRULE:FREQ=WEEKLY;COUNT=3\n")
    nobody = EVENT.format(uid="2", summary="Team lunch", more="")
    response = bring_in(world, ben, nobody)
    assert response.status_code == 200
    assert "3 overrides were made." in response.content.decode()
    assert "Team lunch" in response.content.decode()
    assert list(Override.objects.values_list("kind", "people")) == [("only", [world.ben.pk])] * 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (EVENT.format(uid="1", summary="Ben", more="RRULE:FREQ=SOMETIMES\n"), "rule of repetition"),
        ("BEGIN:VEVENT", "no iCalendar file"),
    ],
)
def test_a_bad_calendar_file_is_refused_in_words(world: World, content: str, words: str) -> None:
    response = bring_in(world, content)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Override.objects.exists()
