"""The demo company and the generator make records that the verbs could have made, on any clock."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest

from allclear.accounts.models import SecurityClass, User
from allclear.accounts.queries import viewer_for
from allclear.catalog.models import ConfigurationItem, PolicyVersion, Service
from allclear.config import demo
from allclear.config.demo.bulk import generate
from allclear.config.demo.company import make_masters
from allclear.domain import escalation
from allclear.domain.terms import OPEN, HoldReason, Role, Status
from allclear.incidents.models import Attachment, Incident, InternalNote, PublicReply, Task
from allclear.incidents.models.search import SearchDocument
from allclear.incidents.search import reindex
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Refused
from allclear.kernel.models import Event
from allclear.notifications.models import Notification
from allclear.oncall.facts import facts_for
from allclear.oncall.models import Escalation, EscalationPolicy
from allclear.oncall.subjects import Standing
from allclear.testing import person

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("wired")]
NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
PASSWORD = "harbour-and-pine-1"


@pytest.mark.parametrize(
    "now",
    [NOON, datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2027, 1, 1, 0, 5, tzinfo=UTC)],
    ids=["noon", "summer time begins", "new year's night"],
)
def test_it_shows_every_status_at_any_hour_and_nothing_from_the_future(now: datetime) -> None:
    demo.create(PASSWORD, now=now)

    statuses = Counter(Incident.objects.values_list("status", flat=True))
    assert set(statuses) == set(Status)
    assert 55 <= sum(statuses.values()) <= 75
    assert not Event.objects.filter(recorded_at__gt=now).exists()
    report = verify_projections()
    assert report.is_clean, report.differences[:5]


def test_it_tells_each_kind_of_story() -> None:
    demo.create(PASSWORD, now=NOON)

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


def test_every_screen_of_paging_has_something_to_show() -> None:
    demo.create(PASSWORD, now=NOON)

    escalations = Escalation.objects.all()
    assert {"running", "acknowledged", "snoozed", "stopped"} <= {row.status for row in escalations}
    assert {row.started_by_hand for row in escalations} == {True, False}
    assert any(row.entries.filter(kind="paged").count() > 1 for row in escalations)
    assert not escalations.filter(next_at__lte=NOON).exists()
    assert not Notification.objects.filter(state="queued", due_at__lt=NOON - timedelta(minutes=1)).exists()
    assert {"accepted", "acknowledged", "cancelled"} <= set(Notification.objects.values_list("state", flat=True))
    problems = [hole for row in EscalationPolicy.objects.all() for hole in _holes(row)]
    assert not problems


def _holes(row: EscalationPolicy) -> list[str]:
    policy = escalation.policy_from({**row.definition, "name": row.name})
    facts = facts_for(policy, Standing(is_open=True, priority=1), NOON)
    return [hole.text for hole in escalation.chain_holes(policy, facts, NOON)]


def test_it_gives_a_log_in_for_each_role_that_works_and_hides_what_is_classified() -> None:
    logins = demo.create(PASSWORD, now=NOON)

    users = {user.email: user for user in User.objects.all()}
    assert {role for login in logins for role in users[login.email].roles} == set(Role)
    assert all(users[login.email].check_password(login.password) for login in logins)
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


def test_it_refuses_a_database_with_people_in_it() -> None:
    person()
    with pytest.raises(Refused, match="people in this database"):
        demo.create(PASSWORD, now=NOON)


def test_it_generates_incidents_whose_rows_are_what_their_events_say() -> None:
    make_masters(PASSWORD, NOON)
    done: list[int] = []

    rows = generate(300, 7, now=NOON, progress=done.append)

    made = Incident.objects.all()
    assert (len(made), sum(done)) == (300, 300)
    assert rows > 3000
    assert 6 <= sum(row.status in OPEN for row in made) <= 36
    assert sum(row.status == Status.CLOSED for row in made) > 200
    assert not Event.objects.filter(recorded_at__gt=NOON).exists()
    report = verify_projections()
    assert report.is_clean, report.differences[:5]


def test_it_tells_a_story_several_times_when_many_incidents_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    make_masters(PASSWORD, NOON)
    monkeypatch.setattr(import_module("allclear.config.demo.bulk.generate"), "MOST_TOLD", 30)

    generate(203, 7, now=NOON)

    made = Incident.objects.all()
    assert len(made) == len({row.number for row in made}) == 203
    assert len({row.logged_at for row in made}) == 203
    assert not Event.objects.filter(recorded_at__gt=NOON).exists()
    report = verify_projections()
    assert report.is_clean, report.differences[:5]
    before = dict(SearchDocument.objects.values_list("pk", "words"))
    reindex([row.pk for row in made])
    assert dict(SearchDocument.objects.values_list("pk", "words")) == before


def test_it_generates_the_same_stories_for_the_same_seed() -> None:
    make_masters(PASSWORD, NOON)

    def stories(seed: int) -> list[tuple[str, str, datetime, int | None]]:
        last = max(Incident.objects.values_list("pk", flat=True), default=0)
        generate(60, seed, now=NOON)
        made = Incident.objects.filter(pk__gt=last).order_by("pk")
        return list(made.values_list("title", "status", "logged_at", "priority"))

    first, again, other = stories(3), stories(3), stories(4)
    assert first == again
    assert first != other


def test_it_refuses_to_generate_where_nobody_works() -> None:
    with pytest.raises(Refused, match="no team with people"):
        generate(10, 1, now=NOON)
