"""What has been on call keeps its reasons: which layer, override, swap or leave made it so, and who looked on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.kernel.localised import localised
from allclear.oncall.actions import freezing, schedules, swaps
from allclear.oncall.models import Schedule
from allclear.oncall.rota import Turn, turns_in
from allclear.testing import T0, person

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rota(*layers: tuple[str, Any, dict[str, Any]]) -> Schedule:
    """A schedule with these layers, each of one person for good."""
    rotation = {"kind": "weekly", "length": 1, "start": T0.isoformat()}
    made = [{"name": name, "rotation": {**rotation, "members": [[who.pk]]}, **more} for name, who, more in layers]
    return schedules.add_schedule(SYSTEM_VIEWER, {"name": "Rota", "layers": made}, now=T0)


def past(row: Schedule, until: Any = T0 + DAY) -> list[Turn]:
    freezing.freeze(row.pk, until)
    row.refresh_from_db()
    return turns_in(row, T0, until)


def override(row: Schedule, kind: str, start: Any, end: Any, **more: Any) -> None:
    values = {"schedule_id": row.pk, "kind": kind, "starts_at": start, "ends_at": end, **more}
    schedules.add_override(SYSTEM_VIEWER, values, now=T0)


def test_it_says_which_layer_and_shows_who_looked_on() -> None:
    ana, sam = person(name="Ana"), person(name="Sam")
    row = rota(("Primary", ana, {}), ("Learning", sam, {"is_shadow": True}))
    found = past(row)
    assert [(turn.name, turn.is_shadow, turn.is_override, turn.why) for turn in found] == [
        ("Ana", False, False, "It is their turn in layer “Primary”."),
        ("Sam", True, False, "Looks on in layer “Learning” and is not paged."),
    ]
    assert {(turn.starts_at, turn.ends_at) for turn in found} == {(T0, T0 + DAY)}


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("replace", "Takes over from Ana by an override."),
        ("add", "Was added by an override."),
        ("only", "An override puts only these people on call."),
    ],
)
def test_an_override_stays_an_override_when_it_is_past(kind: str, why: str) -> None:
    ana, ben = person(name="Ana"), person(name="Ben")
    row = rota(("Primary", ana, {}))
    gone = {"instead_of_id": ana.pk} if kind == "replace" else {}
    override(row, kind, T0 + HOUR, T0 + 3 * HOUR, people=[ben.pk], **gone)
    (turn,) = [turn for turn in past(row) if turn.name == "Ben"]
    assert (turn.starts_at, turn.ends_at, turn.is_override, turn.why) == (T0 + HOUR, T0 + 3 * HOUR, True, why)


def test_a_swap_says_whose_shift_it_was() -> None:
    ana, ben = person(name="Ana"), person(name="Ben")
    row = rota(("Primary", ana, {}), ("Second", ben, {"rank": 0}))
    values = {"schedule_id": row.pk, "starts_at": T0 + HOUR, "ends_at": T0 + 2 * HOUR}
    asked = swaps.ask_swap(viewer_for(ana.pk), values, now=T0)
    swaps.take_swap(viewer_for(ben.pk), asked.pk, now=T0)
    assert "Took over from Ana by a swap." in {turn.why for turn in past(row) if turn.is_override}


def test_it_says_for_whose_leave_a_lower_layer_counted() -> None:
    ana, ben = person(name="Ana"), person(name="Ben")
    row = rota(("Behind", ben, {}), ("Primary", ana, {"rank": 1}))
    schedules.add_leave(viewer_for(ana.pk), {"starts_at": T0 + HOUR, "ends_at": T0 + 2 * HOUR, "note": ""}, now=T0)
    (turn,) = [turn for turn in past(row) if turn.name == "Ben"]
    assert turn.why == "It is their turn in layer “Behind”, because of the leave of Ana."


def test_what_goes_on_now_is_one_turn_and_later_changes_do_not_move_the_past() -> None:
    ana, ben = person(name="Ana"), person(name="Ben")
    row = rota(("Primary", ana, {}))
    freezing.freeze(row.pk, T0 + HOUR)
    row.refresh_from_db()
    (one,) = turns_in(row, T0, T0 + 2 * HOUR)
    assert (one.starts_at, one.ends_at) == (T0, T0 + 2 * HOUR)
    other = {**row.layers[0], "name": "Renamed", "rotation": {**row.layers[0]["rotation"], "members": [[ben.pk]]}}
    row = schedules.change_schedule(SYSTEM_VIEWER, row.pk, {"layers": [other]}, now=T0 + HOUR)
    first, then = turns_in(row, T0, T0 + 2 * HOUR)
    assert (first.name, first.why, then.name) == ("Ana", "It is their turn in layer “Primary”.", "Ben")


def test_the_reason_is_said_in_the_readers_language() -> None:
    row = rota(("Primary", person(name="Ana"), {}))
    (turn,) = past(row)
    with translation.override("de"):
        said = localised(turn.why)
    assert "Primary" in said
    assert said != turn.why
