"""Whatever people do, in whatever order: the row stays what its events say, and no input ends in a crash."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from allclear.domain.incident import fold
from allclear.domain.terms import Channel, HoldReason, Role
from allclear.incidents import actions
from allclear.incidents.actions import LogForm, Request
from allclear.incidents.models import Incident
from allclear.incidents.projection import columns, state_of
from allclear.incidents.tests.world import VERBS, World, world
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import AllclearError
from allclear.kernel.events import stream
from allclear.testing import ci, instant, person, resolution, service, team

pytestmark = pytest.mark.django_db

WHO = ["agent", "mate", "lead", "admin", "requester", "outsider", "auditor"]
TEXT = ["", "  ", "Words", "Mehr Wörter 🙂", "line\r\nline", "\x00\ud800", "x" * 300]
SLOTS = ["title", "description", "diagnosis", "resolution"]
BANDS = ["", "minor", "awful"]


def somebody(w: World, dice: random.Random) -> int | None:
    return dice.choice([None, w.agent.pk, w.mate.pk, w.requester.pk, 987654321, 10**30])


MORE: dict[str, Callable[[World, Request, int, random.Random], object]] = {
    "edit anything": lambda w, r, pk, d: actions.edit_incident(
        r,
        pk,
        fields=dict(
            d.sample(
                [
                    ("location", d.choice(TEXT)),
                    ("is_impending", d.random() < 0.5),
                    ("cost", d.choice([None, Decimal("1.999"), Decimal(-1), Decimal("1e30")])),
                    ("currency", d.choice(["", "eur", "EURO"])),
                    ("downtime_minutes", d.choice([None, 5, -1, 2**40])),
                    ("occurred_at", d.choice([None, instant(-30), instant(10**6)])),
                    ("channel", d.choice([*Channel, "pigeon"])),
                    ("cause_code", d.choice(["", "change", "gremlins"])),
                    ("requester_id", somebody(w, d)),
                    ("organisation_id", d.choice([None, w.acme.pk, w.other.pk])),
                    ("status", "closed"),
                ],
                k=d.randint(0, 3),
            )
        ),
        texts={slot: d.choice(TEXT) for slot in d.sample(SLOTS, k=d.randint(0, 2))},
        ci_ids=d.choice([None, [], [987654321], [ci().pk, ci().pk]]),
    ),
    "assign anybody": lambda w, r, pk, d: actions.assign_incident(
        r, pk, team_id=d.choice([None, w.network.pk, w.desk.pk, 987654321]), assignee_id=somebody(w, d)
    ),
    "hold somehow": lambda w, r, pk, d: actions.hold_incident(
        r, pk, reason=d.choice([*HoldReason, "lunch"]), until=d.choice([None, instant(10**5)]), note=d.choice(TEXT)
    ),
    "unlink": lambda w, r, pk, d: actions.link_parent(r, pk, None),
    "unwatch": lambda w, r, pk, d: actions.watch_incident(r, pk, remove=True),
    "unrelate": lambda w, r, pk, d: actions.relate_incident(r, pk, w.second.pk, remove=True),
    "it does not work": lambda w, r, pk, d: actions.verify_incident(r, pk, is_effective=False, note=d.choice(TEXT)),
    "look back": lambda w, r, pk, d: actions.follow_up_incident(
        r, pk, actions.FollowUp(d.choice(["yes", "partly", "no", "", "maybe"]), d.choice(TEXT), d.choice(TEXT))
    ),
    "close and look back": lambda w, r, pk, d: actions.close_incident(
        r, pk, follow_up=actions.FollowUp(d.choice(["yes", "no"]), d.choice(TEXT), d.choice(TEXT))
    ),
    "change a task": lambda w, r, pk, d: actions.change_task(
        r, pk, _a_task(pk, d), status=d.choice([None, "done", "open", "cancelled"]), owner_id=somebody(w, d)
    ),
    "say": lambda w, r, pk, d: actions.reply_publicly(r, pk, d.choice(TEXT)),
    "weigh": lambda w, r, pk, d: actions.prioritise_incident(
        r, pk, impact=d.randint(0, 4), urgency=d.randint(1, 3), severity=d.choice(BANDS), reason=d.choice(TEXT)
    ),
    "log": lambda w, r, pk, d: actions.log_incident(
        r,
        LogForm(
            d.choice(TEXT),
            description=d.choice(TEXT),
            location=d.choice(TEXT),
            channel=d.choice([*Channel, "pigeon"]),
            requester_id=somebody(w, d),
            impact=d.choice([None, 1, 9]),
            tasks=d.sample(TEXT, 2),
        ),
    ),
    "parent": lambda w, r, pk, d: actions.link_parent(r, w.second.pk, pk),
}  # fmt: skip


def _a_task(incident_id: int, dice: random.Random) -> str:
    tasks = [str(task.pk) for task in Incident.objects.get(pk=incident_id).tasks.all()]
    return dice.choice([*tasks, "no-such-task"])


def step(w: World, minute: int, dice: random.Random) -> None:
    """One thing that somebody tries; it works, or it is refused in words."""
    row_id = dice.choice([w.row.pk, w.row.pk, w.second.pk])
    told_later = dice.random() < 0.2
    request = w.as_(
        dice.choice(WHO[:4] * 3 + WHO),
        minute,
        occurred_at=instant(minute - dice.randint(0, 90)) if told_later else None,
    )
    verb = dice.choice([*VERBS, *MORE])
    try:
        if verb in VERBS:
            VERBS[verb](w, request, row_id)
        else:
            MORE[verb](w, request, row_id, dice)
    except AllclearError as no:
        assert no.message.strip().endswith((".", "!", "?")), f"{verb}: {no.message!r} is no sentence"


@seed(20260302)
@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(0, 10**9))
def test_it_folds_to_its_row_whatever_is_done(number: int) -> None:
    dice = random.Random(number)
    with transaction.atomic():
        w = world(dice.choice(["new", "in_progress", "resolved"]))
        resolution()
        for n in range(40):
            step(w, 40 + 10 * n, dice)
        assert verify_projections().differences == []
        transaction.set_rollback(True)  # the next example begins with nothing


def test_it_has_rounds_that_get_somewhere() -> None:
    """The walk above is worth something only when its steps are not all refused."""
    dice = random.Random(7)
    w = world()
    resolution()
    for n in range(120):
        step(w, 40 + 10 * n, dice)
    kinds = {event.kind for row in Incident.objects.all() for event in stream("incident", row.pk)}
    assert len(kinds) >= 15, kinds


def test_it_shows_the_state_as_it_was_at_an_instant() -> None:
    w = world()
    actions.hold_incident(w.as_("agent", 40), w.row.pk, reason=HoldReason.CHANGE)
    actions.resume_incident(w.as_("agent", 60), w.row.pk)
    then = fold(w.row.pk, stream("incident", w.row.pk, until=instant(40) + timedelta(seconds=1)))
    assert (then.status, then.hold_reason) == ("on_hold", "change")


def test_it_brings_every_field_from_the_row_to_the_state_and_back() -> None:
    lead = person(Role.TEAM_LEAD)
    own = team(lead)
    form = LogForm(
        "All of it",
        description="Much",
        location="Oslo",
        service_id=service().pk,
        ci_ids=[ci().pk],
        team_id=own.pk,
        assignee_id=lead.pk,
        is_impending=True,
        predicted_impact_at=instant(500),
        occurred_at=instant(-20),
        answers=[("Since when?", "Noon")],
        tasks=["Call back"],
        watcher_ids=[lead.pk],
    )
    row = actions.log_incident(Request(world().as_("lead").viewer, instant(5)), form).incident
    row = Incident.objects.get(pk=row.pk)
    state = state_of(row, row.tasks.all())
    assert {name: getattr(row, name) for name in columns(state)} == columns(state)
    assert state == fold(row.pk, stream("incident", row.pk))
