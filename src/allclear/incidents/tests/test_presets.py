"""The marks that a query finds are those that the rule gives one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.accounts.queries import viewer_for
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.terms import HoldReason, Status
from allclear.domain.upkeep import marks
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.incidents.queries import filter_q
from allclear.testing import T0, in_status, instant, person, request_as

pytestmark = pytest.mark.django_db
POLICY = LifecyclePolicy()
HOURS = [0, 1, 24, 25, 48, 24 * 7, 24 * 7 + 1, 24 * 30]


@pytest.mark.parametrize("hours", HOURS)
def test_it_finds_by_query_what_the_rule_marks(hours: int) -> None:
    agent = person()
    for status in Status:
        in_status(status, by=agent)
    for days in (1, 2, 40):
        row = in_status("in_progress", by=agent)
        until = T0 + timedelta(days=days)
        actions.hold_incident(request_as(agent, 5), row.pk, reason=HoldReason.CHANGE, until=until)
    moved = in_status("in_progress", by=agent)
    actions.add_note(request_as(agent, 60 * 24 * 6), moved.pk, "Still looking")
    now = instant(60 * hours)
    rows = {row.pk: marks(row, POLICY, now) for row in Incident.objects.all()}
    stalled = set(
        Incident.objects.filter(filter_q("is:stalled", viewer_for(agent.pk), now)).values_list("pk", flat=True)
    )
    aged = set(Incident.objects.filter(filter_q("is:ageing", viewer_for(agent.pk), now)).values_list("pk", flat=True))
    assert stalled == {pk for pk, found in rows.items() if found.stalled}
    assert aged == {pk for pk, found in rows.items() if found.aged}
    assert bool(stalled) == (hours > 24)
