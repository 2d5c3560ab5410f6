"""The main job through the verbs: logged, accepted, resolved, verified, closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from allclear.accounts.models import Membership, Team, User
from allclear.accounts.queries import viewer_for
from allclear.catalog.models import Code
from allclear.incidents import actions
from allclear.incidents.actions import LogForm, Request, Resolution

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_it_goes_from_logging_to_closure() -> None:
    agent = User.objects.create_user("a@example.org", name="Ana Lind", roles=["agent"], created_at=T0)
    team = Team.objects.create(name="Network")
    Membership.objects.create(team=team, user=agent)
    Code.objects.get_or_create(list="resolution", key="fixed", defaults={"name": "Fixed"})
    viewer = viewer_for(agent.pk)

    def at(minutes: int) -> Request:
        return Request(viewer, T0 + timedelta(minutes=minutes))

    row = actions.log_incident(at(0), LogForm("VPN drops", team_id=team.pk, channel="phone")).incident
    assert (row.status, row.priority, row.number[:3], row.team_id) == ("new", 3, "INC", team.pk)
    actions.accept_incident(at(5), row.pk)
    actions.add_note(at(6), row.pk, "vpn-gw-2 fails over")
    actions.resolve_incident(at(30), row.pk, Resolution("fixed", "Rolled back"))
    actions.verify_incident(at(40), row.pk, is_effective=True)
    closed = actions.close_incident(at(50), row.pk).incident
    assert closed.status == "closed"
    assert closed.resolved_at == T0 + timedelta(minutes=30)
    assert closed.completeness and closed.completeness > 30
