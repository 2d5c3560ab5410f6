"""Resolve, verify, close, reopen, cancel, and what they do to children."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from allclear.accounts.queries import viewer_for
from allclear.catalog.policies import save_policy
from allclear.incidents import actions
from allclear.incidents.models import Content, Incident
from allclear.incidents.tests.world import World, children_of, resolve, status_of, world
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Invalid, NotPermitted, Refused
from allclear.testing import T0, codes, in_status, instant

pytestmark = pytest.mark.django_db


def policy(w: World, **body: Any) -> None:
    save_policy(viewer_for(w.admin.pk), "lifecycle", body, note="", expected_version=0, now=T0)


def test_it_resolves_with_all_that_the_report_needs() -> None:
    w = world()
    resolve(
        w,
        w.row,
        cause_code="change",
        permanent_fix="Firmware 7.4",
        harm="None lasting",
        restored_at=instant(35),
        final_category_id=w.category.pk,
        cost=Decimal("120.5"),
        currency="eur",
        downtime_minutes=35,
        has_data_loss=True,
    )
    row = Incident.objects.get(pk=w.row.pk)
    assert (row.status, row.resolution_code, row.cause_code) == ("resolved", "fixed", "change")
    assert (row.restored_at, row.resolved_at, row.resolved_by_id) == (instant(35), instant(40), w.agent.pk)
    assert (row.cost, row.currency, row.downtime_minutes, row.has_data_loss) == (Decimal("120.50"), "EUR", 35, True)
    assert (row.first_category_id, row.category_id, row.final_category_id) == (w.category.pk,) * 3
    assert {c.slot for c in Content.objects.filter(incident=row)} == {"title", "resolution", "permanent_fix", "harm"}


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"text": " "}, "resolution"),
        ({"cause_code": "gremlins"}, "cause_code"),
        ({"cause_code": "\x00"}, "cause_code"),
        ({"final_category_id": 987654}, "final_category"),
        ({"cost": Decimal(-1)}, "cost"),
        ({"cost": Decimal("1e15")}, "cost"),
        ({"cost": Decimal("NaN")}, "cost"),
        ({"currency": "EURO"}, "currency"),
        ({"downtime_minutes": -5}, "downtime_minutes"),
        ({"downtime_minutes": 2**40}, "downtime_minutes"),
        ({"restored_at": instant(41)}, "restored_at"),
        ({"restored_at": instant(-1)}, "restored_at"),
    ],
)
def test_it_refuses_to_resolve_with_what_cannot_be(how: dict[str, Any], field: str) -> None:
    w = world()
    with pytest.raises(Invalid) as invalid:
        resolve(w, w.row, **how)
    assert list(invalid.value.fields) == [field]
    assert status_of(w.row) == "in_progress"


def test_it_names_the_codes_that_there_are() -> None:
    w = world()
    how = actions.Resolution("gone", "It is gone")
    with pytest.raises(Invalid, match="An administrator adds codes"):
        actions.resolve_incident(w.as_("agent", 40), w.row.pk, how)
    codes()
    with pytest.raises(Invalid, match="Choose one of duplicate, fixed"):
        actions.resolve_incident(w.as_("agent", 40), w.row.pk, how)


def test_it_asks_for_a_cause_when_the_policy_wants_one() -> None:
    w = world()
    policy(w, needs_cause=True)
    with pytest.raises(Invalid, match="cause"):
        resolve(w, w.row)
    actions.edit_incident(w.as_("agent", 39), w.row.pk, fields={"cause_code": "change"})
    child = children_of(w, w.row, 1)[0]
    assert resolve(w, w.row).status == "resolved"
    assert (status_of(child), child.cause_code) == ("resolved", "change")


def test_it_keeps_when_a_workaround_restored_the_service_unless_told_otherwise() -> None:
    w = world()
    actions.find_workaround(w.as_("agent", 35), w.row.pk, text="Other gateway", restores_service=True)
    assert resolve(w, w.row).restored_at == instant(35)
    other = in_status("in_progress", by=w.agent)
    actions.find_workaround(w.as_("agent", 35), other.pk, text="Other gateway", restores_service=True)
    assert resolve(w, other, restored_at=instant(38)).restored_at == instant(38)


def test_it_acknowledges_and_assigns_what_nobody_had_taken() -> None:
    w = world("new")
    row = resolve(w, w.row)
    assert (row.acknowledged_at, row.assignee_id) == (instant(40), w.agent.pk)


def test_it_ends_a_hold_when_it_is_resolved_or_cancelled() -> None:
    w = world("on_hold")
    assert (resolve(w, w.row).hold_reason, status_of(w.row)) == ("", "resolved")
    held = in_status("on_hold", by=w.agent)
    actions.cancel_incident(w.as_("agent", 40), held.pk, reason="Withdrawn")
    assert (status_of(held), held.hold_reason, held.hold_until) == ("cancelled", "", None)


@pytest.mark.parametrize("verb", ["resolve", "close", "merge"])
def test_it_lets_nothing_end_with_open_tasks(verb: str) -> None:
    w = world("resolved" if verb == "close" else "in_progress")
    actions.add_task(w.as_("agent", 30), w.row.pk, title="Call back")
    acts: dict[str, Callable[[], object]] = {
        "resolve": lambda: resolve(w, w.row),
        "close": lambda: actions.close_incident(w.as_("agent", 40), w.row.pk),
        "merge": lambda: actions.merge_incident(w.as_("agent", 40), w.row.pk, w.second.pk),
    }
    with pytest.raises(Refused, match="1 task is still open"):
        acts[verb]()
    actions.change_task(w.as_("agent", 41), w.row.pk, str(w.row.tasks.get().pk), status="cancelled")
    acts[verb]()


def test_it_cancels_the_open_tasks_of_what_is_cancelled() -> None:
    w = world()
    actions.add_task(w.as_("agent", 30), w.row.pk, title="Call back")
    actions.add_task(w.as_("agent", 30), w.row.pk, title="Look at the log")
    done, _ = w.row.tasks.all()
    actions.finish_task(w.as_("agent", 31), w.row.pk, str(done.pk))
    actions.cancel_incident(w.as_("agent", 40), w.row.pk, reason="Withdrawn")
    assert [t.status for t in w.row.tasks.all()] == ["done", "cancelled"]
    assert verify_projections().is_clean


def test_it_goes_back_to_work_when_it_does_not_work() -> None:
    w = world("resolved")
    with pytest.raises(Invalid, match="what still does not work"):
        actions.verify_incident(w.as_("requester", 40), w.row.pk, is_effective=False)
    row = actions.verify_incident(w.as_("requester", 41), w.row.pk, is_effective=False, note="It drops").incident
    assert (row.status, row.reopen_count, row.resolved_at, row.restored_at, row.resolution_code) == (
        "in_progress", 1, None, None, "",
    )  # fmt: skip


def test_it_keeps_the_first_verification() -> None:
    w = world("resolved")
    actions.verify_incident(w.as_("requester", 40), w.row.pk, is_effective=True)
    actions.verify_incident(w.as_("agent", 50), w.row.pk, is_effective=True, note="Seen on the screen too")
    row = Incident.objects.get(pk=w.row.pk)
    assert (row.verified_at, row.verified_by_id, "verification" in row.texts) == (instant(40), w.requester.pk, True)


def test_it_asks_for_a_verification_before_closing_when_the_policy_wants_it() -> None:
    w = world("resolved")
    policy(w, needs_verification=True)
    with pytest.raises(Refused, match="Verify first"):
        actions.close_incident(w.as_("agent", 40), w.row.pk)
    actions.verify_incident(w.as_("requester", 41), w.row.pk, is_effective=True)
    assert actions.close_incident(w.as_("agent", 42), w.row.pk).incident.status == "closed"


def test_it_lets_a_requester_reopen_in_time_and_not_when_closed() -> None:
    w = world("resolved")
    late = instant(2) + timedelta(days=14, seconds=1)
    with pytest.raises(Refused, match="report it anew"):
        actions.reopen_incident(w.as_("requester", late), w.row.pk, reason="It drops")
    actions.close_incident(w.as_("agent", 40), w.row.pk)
    with pytest.raises(Refused, match="team lead"):
        actions.reopen_incident(w.as_("requester", 41), w.row.pk, reason="It drops")
    with pytest.raises(Refused, match="team lead"):
        actions.reopen_incident(w.as_("agent", 41), w.row.pk, reason="It drops")
    row = actions.reopen_incident(w.as_("lead", 41), w.row.pk, reason="It drops").incident
    assert (row.status, row.closed_at, row.completeness, row.assignee_id) == ("in_progress", None, None, w.agent.pk)


def test_it_lets_only_the_one_affected_verify_or_reopen() -> None:
    w = world("resolved")
    actions.watch_incident(w.as_("agent", 30), w.row.pk, user_id=w.colleague.pk)  # sees it, but it is not theirs
    with pytest.raises(NotPermitted, match="Only the requester"):
        actions.verify_incident(w.as_("colleague", 40), w.row.pk, is_effective=True)
    with pytest.raises(NotPermitted, match="Only the requester"):
        actions.reopen_incident(w.as_("colleague", 40), w.row.pk, reason="Mine too")


def test_it_resolves_what_waits_for_a_supplier() -> None:
    w = world()
    actions.hold_incident(w.as_("agent", 31), w.row.pk, reason="supplier", supplier_id=w.other.pk)
    assert resolve(w, w.row).status == "resolved"
