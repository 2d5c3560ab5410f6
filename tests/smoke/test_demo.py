"""The demo company and the generator make records that the verbs could have made, on any clock."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from importlib import import_module

import pytest

from allclear.config import demo
from allclear.config.demo.bulk import generate
from allclear.config.demo.company import make_masters
from allclear.domain.terms import OPEN, Status
from allclear.incidents.models import Incident
from allclear.incidents.models.search import SearchDocument
from allclear.incidents.search import reindex
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Refused
from allclear.kernel.models import Event
from allclear.testing import person

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("wired")]
NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
PASSWORD = "harbour-and-pine-1"


@pytest.mark.parametrize(
    "now",
    [datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2027, 1, 1, 0, 5, tzinfo=UTC)],
    ids=["summer time begins", "new year's night"],
)
def test_it_shows_every_status_at_any_hour_and_nothing_from_the_future(now: datetime) -> None:
    demo.create(PASSWORD, now=now)
    assert_whole(now)


def assert_whole(now: datetime) -> None:
    """What the company shows at any time."""
    statuses = Counter(Incident.objects.values_list("status", flat=True))
    assert set(statuses) == set(Status)
    assert 55 <= sum(statuses.values()) <= 90
    assert not Event.objects.filter(recorded_at__gt=now).exists()
    report = verify_projections()
    assert report.is_clean, report.differences[:5]


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
