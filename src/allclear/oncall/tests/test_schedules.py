"""Schedules, overrides and leave: who may change them, and what is refused in which words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.kernel.errors import Conflict, Invalid, NotFound, NotPermitted
from allclear.kernel.models import Event
from allclear.oncall.actions import schedules as actions
from allclear.oncall.models import Leave, Override, Schedule
from allclear.oncall.queries import on_call_at, people_on_call
from allclear.testing import T0, person, schedule

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class World:
    """Ana and Ben take weekly turns; Lena leads; Olga is an agent who takes no turns; Rita is no staff."""

    def __init__(self) -> None:
        self.ana, self.ben = person(name="Ana"), person(name="Ben")
        self.olga, self.lena = person(name="Olga"), person("team_lead", name="Lena")
        self.rita = person("requester", name="Rita")
        self.rota = schedule(self.ana, self.ben)

    def on_call(self, at: datetime) -> list[int]:
        return people_on_call([Schedule.objects.get(pk=self.rota.pk)], at)[self.rota.pk]


@pytest.fixture
def world() -> World:
    return World()


def as_(user: User) -> Viewer:
    viewer = viewer_for(user.pk)
    assert viewer is not None
    return viewer


def layer(*members: list[int], **more: Any) -> dict[str, Any]:
    rotation = {"kind": "daily", "length": 1, "start": T0.isoformat(), "members": list(members)}
    return {"name": "Primary", "rotation": rotation | more.pop("rotation", {}), **more}


def swap_in(world: World, by: User, who: User, *, at: datetime = T0, **more: Any) -> Override:
    values = {
        "schedule_id": world.rota.pk, "kind": "replace", "people": [who.pk], "instead_of_id": world.ana.pk,
        "starts_at": at + DAY, "ends_at": at + 2 * DAY, **more,
    }  # fmt: skip
    return actions.add_override(as_(by), values, now=at)


def test_a_lead_adds_a_schedule_whose_past_begins_now(world: World) -> None:
    row = actions.add_schedule(as_(world.lena), {"name": "Night", "layers": [layer([world.ana.pk])]}, now=T0)
    assert row.frozen_until == T0
    assert len(row.feed_key) >= 32
    assert Event.objects.get(stream_type="schedule", stream_id=row.pk).actor_id == world.lena.pk


@pytest.mark.parametrize("who", ["ana", "olga", "rita"])
def test_nobody_but_leads_and_managers_adds_or_changes_schedules(world: World, who: str) -> None:
    viewer = as_(getattr(world, who))
    with pytest.raises(NotPermitted):
        actions.add_schedule(viewer, {"name": "Night"}, now=T0)
    with pytest.raises(NotPermitted):
        actions.change_schedule(viewer, world.rota.pk, {"name": "Night"}, now=T0)
    with pytest.raises(NotPermitted):
        actions.renew_feed(viewer, world.rota.pk, now=T0)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"layers": [layer()]}, "layers.0.rotation.members", "Nobody takes turns"),
        ({"layers": [layer([])]}, "layers.0.rotation.members", "Nobody takes turns"),
        ({"layers": [layer([987654])]}, "layers", "no person with the key 987654"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "no time zone “Mars/Olympus”"),
        ({"layers": [layer([1], rotation={"kind": "fortnightly"})]}, "layers.0.rotation.kind", "Choose one of"),
        ({"layers": [layer([1], rotation={"start": ""})]}, "layers.0.rotation.start", "instant with its zone"),
        ({"layers": [layer([1], name="")]}, "layers.0.name", ""),
        ({"country": "ZZ"}, "country", "not known"),
        ({"country": "DE", "region": "QQ"}, "country", "not known"),
        ({"name": ""}, "name", ""),
    ],
)
def test_what_cannot_be_a_schedule_is_told_at_its_field(
    world: World, values: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as caught:
        actions.add_schedule(as_(world.lena), {"name": "Night", **values}, now=T0)
    assert words in caught.value.fields[field]


def test_a_schedule_is_made_of_active_staff_only(world: World) -> None:
    gone = person(name="Gus", is_active=False)
    for user in (gone, world.rita):
        with pytest.raises(Invalid) as caught:
            actions.add_schedule(as_(world.lena), {"name": "Night", "layers": [layer([user.pk])]}, now=T0)
        assert f"{user.name} is not active staff" in caught.value.fields["layers"]


def test_two_schedules_cannot_have_one_name(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        actions.add_schedule(as_(world.lena), {"name": world.rota.name.upper()}, now=T0)
    assert "already" in caught.value.fields["name"]


def test_of_two_who_change_a_schedule_the_second_learns_of_it(world: World) -> None:
    actions.change_schedule(as_(world.lena), world.rota.pk, {"note": "Mine"}, now=T0, expected_version=1)
    with pytest.raises(Conflict) as caught:
        actions.change_schedule(as_(world.lena), world.rota.pk, {"note": "Theirs"}, now=T0, expected_version=1)
    assert caught.value.extra["changes"][0]["fields"] == ["note"]


def test_a_new_feed_key_ends_the_old_one(world: World) -> None:
    assert actions.renew_feed(as_(world.lena), world.rota.pk, now=T0).feed_key != world.rota.feed_key


def test_people_override_within_their_own_schedule(world: World) -> None:
    row = swap_in(world, world.ben, world.ben)
    assert row.created_by_id == world.ben.pk
    assert world.on_call(T0 + 1.5 * DAY) == [world.ben.pk]
    assert world.on_call(T0 + 2 * DAY) == [world.ana.pk]


def test_others_override_nothing(world: World) -> None:
    for by, who in ((world.olga, world.ben), (world.ana, world.olga), (world.rita, world.ben)):
        with pytest.raises(NotPermitted):
            swap_in(world, by, who)
    assert not Override.objects.exists()


def test_a_lead_puts_anybody_of_staff_on_call_but_no_requester(world: World) -> None:
    swap_in(world, world.lena, world.olga)
    assert world.on_call(T0 + DAY) == [world.olga.pk]
    with pytest.raises(Invalid) as caught:
        swap_in(world, world.lena, world.rita)
    assert "Rita is not active staff" in caught.value.fields["people"]


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"starts_at": T0 - 2 * DAY, "ends_at": T0}, "ends_at", "lies in the past"),
        ({"starts_at": T0 + DAY, "ends_at": T0 + DAY}, "ends_at", "ends before it begins"),
        ({"starts_at": T0, "ends_at": T0 + 400 * DAY}, "ends_at", "a year at most"),
        ({"starts_at": None}, "starts_at", ""),
        ({"kind": "add"}, "instead_of_id", "takes nobody off call"),
        ({"instead_of_id": None}, "instead_of_id", "whom the override takes off call"),
        ({"people": []}, "people", "whom the override puts on call"),
        ({"kind": "remove"}, "people", "puts nobody on call"),
        ({"kind": "sometimes"}, "kind", ""),
    ],
)
def test_what_cannot_be_an_override_is_told_at_its_field(
    world: World, values: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as caught:
        swap_in(world, world.lena, world.ben, **values)
    assert words in caught.value.fields[field]


def test_nobody_replaces_themselves(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        swap_in(world, world.lena, world.ana)
    assert "replace themselves" in caught.value.fields["people"]


def test_the_same_override_twice_is_refused(world: World) -> None:
    swap_in(world, world.lena, world.ben)
    with pytest.raises(Invalid) as caught:
        swap_in(world, world.lena, world.ben)
    assert "says the same" in caught.value.fields["kind"]


def test_an_override_of_no_schedule_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        swap_in(world, world.lena, world.ben, schedule_id=987654)


def test_a_withdrawn_override_changes_nothing_any_more(world: World) -> None:
    row = swap_in(world, world.ben, world.ben)
    with pytest.raises(NotPermitted):
        actions.withdraw_override(as_(world.olga), row.pk, now=T0)
    actions.withdraw_override(as_(world.ana), row.pk, now=T0 + timedelta(hours=1))
    assert world.on_call(T0 + DAY) == [world.ana.pk]
    events = Event.objects.filter(stream_type="override", stream_id=row.pk)
    actions.withdraw_override(as_(world.ana), row.pk, now=T0 + timedelta(hours=2))
    assert [event.kind for event in events.order_by("position")] == ["override_added", "override_withdrawn"]


def leave(world: World, by: User, **values: Any) -> Leave:
    return actions.add_leave(as_(by), {"starts_at": T0 + DAY, "ends_at": T0 + 2 * DAY, **values}, now=T0)


def test_who_is_on_leave_is_not_on_call(world: World) -> None:
    row = leave(world, world.ana)
    assert row.user_id == world.ana.pk
    at = T0 + DAY
    crew = on_call_at([world.rota], at)[world.rota.pk]
    assert [absence.person for absence in crew.absences] == [world.ana.pk]
    actions.withdraw_leave(as_(world.ana), row.pk, now=T0)
    assert world.on_call(at) == [world.ana.pk]


def test_leave_of_others_is_for_those_who_change_schedules(world: World) -> None:
    with pytest.raises(NotPermitted):
        leave(world, world.ben, user_id=world.ana.pk)
    with pytest.raises(NotPermitted):
        leave(world, world.rita)
    row = leave(world, world.lena, user_id=world.ana.pk)
    with pytest.raises(NotPermitted):
        actions.withdraw_leave(as_(world.ben), row.pk, now=T0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"starts_at": T0 - 2 * DAY, "ends_at": T0 - DAY}, "lies in the past"),
        ({"ends_at": T0 + DAY}, "ends before it begins"),
    ],
)
def test_leave_that_cannot_be_is_told_at_its_end(world: World, values: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        leave(world, world.ana, **values)
    assert words in caught.value.fields["ends_at"]
