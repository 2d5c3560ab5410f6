"""Who is asked for a swap hears of it, and who asked hears how it ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.accounts.models import User
from allclear.notifications.models import Notification
from allclear.oncall.actions import swaps as actions
from allclear.oncall.actions.announcing import announce_changes
from allclear.oncall.models import Swap
from allclear.oncall.tests.test_schedules import DAY, World, as_, world
from allclear.oncall.tests.test_swaps import ask
from allclear.testing import T0, contact

pytestmark = pytest.mark.django_db
__all__ = ["world"]


@pytest.fixture(autouse=True)
def reachable(world: World) -> None:
    for user in (world.ana, world.ben, world.lena):
        contact(user)


def got(user: User) -> list[str]:
    rows = Notification.objects.filter(user=user, subject_kind="swap").order_by("pk")
    return [str(row.message["subject"]) for row in rows]


def test_who_is_asked_gets_a_link_to_where_they_agree(world: World) -> None:
    row = ask(world, asked_id=world.ben.pk, note="A wedding")
    (told,) = Notification.objects.filter(user=world.ben)
    assert told.message["subject"] == f"{world.ana.name} asks you to take shifts: {world.rota.name}"
    assert told.message["url"].endswith(f"/oncall/schedules/{world.rota.pk}/")
    assert "A wedding" in told.message["text"]
    assert (told.kind, told.subject_id) == ("notice", row.pk)
    assert got(world.ana) == []


def test_when_everybody_is_asked_all_others_of_the_schedule_hear_of_it(world: World) -> None:
    ask(world)
    assert len(got(world.ben)) == 1
    assert got(world.ana) == []


@pytest.mark.parametrize(("verb", "words"), [("take_swap", "takes your shifts"), ("refuse_swap", "cannot take")])
def test_who_asked_hears_the_answer(world: World, verb: str, words: str) -> None:
    row = ask(world, asked_id=world.ben.pk)
    getattr(actions, verb)(as_(world.ben), row.pk, now=T0)
    assert words in got(world.ana)[0]
    assert len(got(world.ben)) == 1  # the question alone


def test_a_swap_that_is_taken_back_is_told_to_the_other(world: World) -> None:
    row = ask(world, asked_id=world.ben.pk)
    actions.withdraw_swap(as_(world.ana), row.pk, now=T0)
    assert "took the swap back" in got(world.ben)[1]
    row = ask(world)
    actions.take_swap(as_(world.ben), row.pk, now=T0)
    actions.withdraw_swap(as_(world.ben), row.pk, now=T0)
    assert [words.split(" ")[1] for words in got(world.ana)] == ["takes", "took"]


def test_what_nobody_took_ends_and_who_asked_hears_a_day_before_and_at_the_end(world: World) -> None:
    row = ask(world, starts_at=T0 + 3 * DAY, ends_at=T0 + 4 * DAY)
    assert actions.expire_swaps(T0 + DAY) == 0
    assert got(world.ana) == []
    for _ in range(2):
        assert actions.expire_swaps(T0 + 2 * DAY) == 0
    assert "yet" in got(world.ana)[0]
    assert actions.expire_swaps(T0 + 4 * DAY) == 1
    assert Swap.objects.get(pk=row.pk).state == "expired"
    assert "Nobody has taken your shifts: " in got(world.ana)[1]
    assert actions.expire_swaps(T0 + 4 * DAY) == 0


def test_a_swap_is_not_told_a_second_time_as_a_change_of_the_schedule(world: World) -> None:
    row = ask(world)
    announce_changes(T0 + timedelta(minutes=2))
    Notification.objects.all().delete()
    actions.take_swap(as_(world.ben), row.pk, now=T0 + timedelta(minutes=4))
    announce_changes(T0 + timedelta(minutes=6))
    assert not Notification.objects.filter(subject_kind="shifts").exists()
