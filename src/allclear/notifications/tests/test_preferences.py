"""A person's rules: who may set them, what is refused, and what counts without any."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.accounts.queries import viewer_for
from allclear.domain.notifying import Rule
from allclear.kernel.errors import Conflict, Invalid, NotFound, NotPermitted
from allclear.kernel.models import Event
from allclear.notifications.actions.preferences import ShiftNotices, set_rules, set_shift_notices, shift_notices_of
from allclear.notifications.models import Profile
from allclear.notifications.rules import plan_for
from allclear.testing import T0, contact, person

pytestmark = pytest.mark.django_db


def test_they_are_kept_and_obeyed() -> None:
    ana = person()
    first, second = contact(ana), contact(ana)
    high = [{"after_minutes": 0, "method": second.pk}, {"after_minutes": 5, "method": first.pk}]
    rules = set_rules(viewer_for(ana.pk), ana.pk, {"high": high}, T0)
    assert rules.high == (Rule(timedelta(), second.pk), Rule(timedelta(minutes=5), first.pk))
    planned = plan_for(ana, is_page=True, priority=2, now=T0)
    assert [(one.method_id, one.at) for one in planned] == [(second.pk, T0), (first.pk, T0 + timedelta(minutes=5))]
    assert plan_for(ana, is_page=False, priority=2, now=T0) == []


def test_the_event_log_says_that_they_changed_and_not_how() -> None:
    ana = person()
    row = contact(ana)
    data = {"high": [{"after_minutes": 7, "method": row.pk}]}
    set_rules(viewer_for(ana.pk), ana.pk, data, T0)
    set_rules(viewer_for(ana.pk), ana.pk, data, T0)  # the same again is no change
    event = Event.objects.get(stream_type="notification_profile", stream_id=ana.pk)
    assert (event.kind, event.data) == ("notification_profile_changed", {"private": ["rules"]})


def test_it_refuses_what_is_wrong_at_its_place() -> None:
    ana = person()
    theirs = contact(person())
    data = {
        "high": [{"after_minutes": -1, "method": theirs.pk}],
        "quiet": {"spans": [{"days": [9], "from": "22:00", "to": "7"}], "is_agreed": True},
        "digest_at": "noon",
        "colour": "red",
    }
    with pytest.raises(Invalid) as caught:
        set_rules(viewer_for(ana.pk), ana.pk, data, T0)
    places = {"high.0.after_minutes", "high.0.method", "quiet.spans.0.days", "quiet.spans.0.to", "digest_at", "colour"}
    assert set(caught.value.fields) == places
    assert not Profile.objects.exists()


def test_an_administrator_sets_those_of_others_and_nobody_else_does() -> None:
    ana = person()
    row = contact(ana)
    data = {"low": [{"after_minutes": 0, "method": row.pk}]}
    with pytest.raises(NotPermitted):
        set_rules(viewer_for(person("team_lead").pk), ana.pk, data, T0)
    admin = person("admin")
    assert set_rules(viewer_for(admin.pk), ana.pk, data, T0).low[0].method == row.pk
    with pytest.raises(NotFound):
        set_rules(viewer_for(admin.pk), 2**40, {}, T0)


def test_nothing_brings_the_usual_rules_back() -> None:
    ana = person()
    row = contact(ana)
    set_rules(viewer_for(ana.pk), ana.pk, {}, T0)
    rules = set_rules(viewer_for(ana.pk), ana.pk, None, T0)
    assert rules.high == (Rule(timedelta(), row.pk),)
    assert Profile.objects.get().rules is None


def test_word_of_shifts_is_kept_beside_the_rules_and_touches_none_of_them() -> None:
    ana = person()
    row = contact(ana)
    wanted = ShiftNotices(remind_minutes=60, tells_own_changes=True)
    assert shift_notices_of(ana.pk) == ShiftNotices(24 * 60, tells_own_changes=False)
    set_shift_notices(viewer_for(ana.pk), ana.pk, wanted, T0)
    assert shift_notices_of(ana.pk) == wanted
    assert plan_for(ana, is_page=True, priority=1, now=T0)[0].method_id == row.pk
    set_rules(viewer_for(ana.pk), ana.pk, None, T0)
    assert shift_notices_of(ana.pk) == wanted
    with pytest.raises(Invalid):
        set_shift_notices(viewer_for(ana.pk), ana.pk, ShiftNotices(10**6), T0)
    with pytest.raises(NotPermitted):
        set_shift_notices(viewer_for(person().pk), ana.pk, wanted, T0)


def test_two_at_once_are_told_of_each_other() -> None:
    ana = person()
    viewer = viewer_for(ana.pk)
    set_rules(viewer, ana.pk, {}, T0)
    with pytest.raises(Conflict):
        set_rules(viewer, ana.pk, None, T0, expected_version=0)
    set_rules(viewer, ana.pk, None, T0, expected_version=1)
