"""The demo company as one finds it at the first start: made once, looked at from all sides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from conftest import everything_wired
from django.db import transaction

from allclear.accounts.models import SecurityClass, User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.alerts.heartbeats import open_alert_of, standing_of
from allclear.alerts.ledger import advice
from allclear.alerts.models import Alert, HeartbeatMonitor
from allclear.alerts.verify import verify_alerts
from allclear.catalog.models import ConfigurationItem, PolicyVersion, Service
from allclear.config import demo
from allclear.domain import escalation
from allclear.domain.terms import HoldReason, Role, Status
from allclear.incidents.models import Attachment, Incident, InternalNote, PublicReply, Task
from allclear.kernel.models import Event
from allclear.notifications.models import Notification
from allclear.oncall.facts import facts_for
from allclear.oncall.models import Escalation, EscalationPolicy
from allclear.oncall.subjects import Standing
from tests.smoke.test_demo import NOON, PASSWORD, assert_whole

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[demo.DemoLogin]]:
    """The log-ins of a company that is gone after the last test of this module."""
    with django_db_blocker.unblock(), everything_wired(), transaction.atomic():
        yield demo.create(PASSWORD, now=NOON)
        transaction.set_rollback(True)


def test_it_shows_every_status_and_nothing_from_the_future(company: list[demo.DemoLogin]) -> None:
    assert_whole(NOON)


def test_it_tells_each_kind_of_story(company: list[demo.DemoLogin]) -> None:
    kinds = set(Event.objects.filter(stream_type="incident").values_list("kind", flat=True))
    told = {"merged", "duplicate_merged", "handover_accepted", "workaround_found", "verification_failed", "converted"}
    told |= {"handover_offered", "handover_refused", "handover_unanswered", "coordinator_called"}
    assert told | {"closed_automatically", "cascaded", "responder_added", "cancelled", "parent_linked"} <= kinds
    on_hold = Incident.objects.filter(status=Status.ON_HOLD).values_list("hold_reason", flat=True)
    assert set(on_hold) == set(HoldReason)
    assert Incident.objects.filter(is_impending=True, predicted_impact_at__gt=NOON).exists()
    assert Incident.objects.filter(completeness=100).exists()
    assert {bool(t.finished_at) for t in Task.objects.all()} == {True, False}
    assert min(model.objects.count() for model in (Attachment, InternalNote, PublicReply)) >= 2
    numbers = list(Incident.objects.order_by("logged_at", "id").values_list("number", flat=True))
    assert numbers == sorted(numbers)


def test_every_screen_of_paging_has_something_to_show(company: list[demo.DemoLogin]) -> None:
    escalations = Escalation.objects.all()
    assert {"running", "acknowledged", "snoozed", "stopped"} <= {row.status for row in escalations}
    assert {row.started_by_hand for row in escalations} == {True, False}
    assert any(row.entries.filter(kind="paged").count() > 1 for row in escalations)
    assert not escalations.filter(next_at__lte=NOON).exists()
    assert not Notification.objects.filter(state="queued", due_at__lt=NOON - timedelta(minutes=1)).exists()
    assert {"accepted", "acknowledged", "cancelled"} <= set(Notification.objects.values_list("state", flat=True))
    problems = [hole for row in EscalationPolicy.objects.all() for hole in _holes(row)]
    assert not problems


def test_heartbeats_and_the_noise_ledger_have_a_past(company: list[demo.DemoLogin]) -> None:
    states = {row.name: standing_of(row, NOON) for row in HeartbeatMonitor.objects.all()}
    assert set(states.values()) == {"up", "down", "new", "paused"} and len(states) == 6
    (silent,) = (row for row in HeartbeatMonitor.objects.all() if states[row.name] == "down")
    alert = open_alert_of(silent)
    assert alert and alert.incident and silent.pings.count() == 16
    failed = HeartbeatMonitor.objects.get(name__startswith="Backup").pings.get(kind="fail")
    assert "No space left" in failed.log and failed.exit_status == 1
    worst = [line.name.partition(": ")[2] for line in advice(SYSTEM_VIEWER, NOON).worst]
    assert worst[:2] == ["CpuBusy", "LineSlow"] and "CertificateEnds" not in worst
    assert Alert.objects.filter(verdict="useful").count() >= 6
    assert verify_alerts().is_clean


def _holes(row: EscalationPolicy) -> list[str]:
    policy = escalation.policy_from({**row.definition, "name": row.name})
    facts = facts_for(policy, Standing(is_open=True, priority=1), NOON)
    return [hole.text for hole in escalation.chain_holes(policy, facts, NOON)]


def test_it_gives_a_log_in_for_each_role_that_works_and_hides_what_is_classified(company: list[demo.DemoLogin]) -> None:
    users = {user.email: user for user in User.objects.all()}
    assert {role for login in company for role in users[login.email].roles} == set(Role)
    assert all(users[login.email].check_password(login.password) for login in company)
    assert users["ida.hoffmann@harbourpine.example"].is_vip
    assert (Service.objects.count(), ConfigurationItem.objects.count() >= 60) == (20, True)
    changed = PolicyVersion.objects.filter(version__gte=2).values_list("kind", flat=True)
    assert {"routing", "priority_matrix"} <= set(changed)

    secret = set(Incident.objects.exclude(security_class=None).values_list("pk", flat=True))
    members = set(SecurityClass.objects.get().members.values_list("pk", flat=True))
    assert len(secret) >= 3
    for user in users.values():
        seen = set(Incident.objects.visible_to(viewer_for(user.pk)).values_list("pk", flat=True)) & secret
        assert seen == (secret if user.pk in members else set())
