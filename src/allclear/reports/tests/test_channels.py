"""Shares of channels: counted right, in the reader's days, and of what the reader may see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.incidents.models import Incident
from allclear.incidents.queries import IncidentFilter
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.reports.channels import Asked, ChannelReport, channel_report, share_of
from allclear.reports.spans import PRESETS, Span, asked_span, preset, span
from allclear.testing import logged, organisation, person, security_class, service, team

pytestmark = pytest.mark.django_db
BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
MARCH = Span(date(2026, 3, 2), date(2026, 3, 9), UTC_ZONE)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def report(user: User, days: Span = MARCH, **asked: Any) -> ChannelReport:
    return channel_report(viewer_for(user.pk), Asked(days, **asked))


def counts(found: ChannelReport) -> dict[str, tuple[int, int]]:
    return {line.channel: (line.count, line.count_before) for line in found.lines}


def test_it_counts_and_shares_beside_the_span_before() -> None:
    agent = person()
    for day, channel in ((2, "phone"), (3, "phone"), (8, "email"), (1, "phone"), (1, "chat")):
        logged(agent, at=at(day), channel=channel)
    Incident.objects.filter(pk=logged(agent, at=at(4)).pk).update(channel="")
    found = report(agent)
    assert counts(found) == {"phone": (2, 1), "email": (1, 0), "": (1, 0), "chat": (0, 1)}
    phone = found.lines[0]
    assert phone.channel == "phone"
    assert (phone.share, phone.share_before, phone.change) == (50.0, 50.0, 1)
    assert (found.total, found.total_before, found.change) == (4, 2, 2)
    assert sum(line.share or 0 for line in found.lines) == 100


def test_it_takes_the_first_instant_of_the_span_and_not_the_last() -> None:
    agent = person()
    logged(agent, at=at(2, 0), channel="phone")
    logged(agent, at=at(9, 0) - timedelta(microseconds=1), channel="email")
    logged(agent, at=at(9, 0), channel="chat")
    logged(agent, at=at(2, 0) - timedelta(microseconds=1), channel="api")
    logged(agent, at=datetime(2026, 2, 23, tzinfo=UTC) - timedelta(microseconds=1), channel="portal")
    assert counts(report(agent)) == {"phone": (1, 0), "email": (1, 0), "api": (0, 1)}


def test_its_days_are_those_of_the_zone_also_when_clocks_change() -> None:
    days = span(date(2026, 3, 29), date(2026, 3, 30), BERLIN)  # 23 hours long
    assert (days.begins_at, days.ends_at) == (
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    )
    assert days.before == span(date(2026, 3, 28), date(2026, 3, 29), BERLIN)


def test_it_has_no_shares_where_there_is_nothing() -> None:
    assert report(person()).lines == []
    assert share_of(0, 0) is None
    agent = person()
    logged(agent, at=at(3), channel="phone")
    (line,) = report(agent).lines
    assert (line.share, line.share_before) == (100.0, None)


def test_it_counts_only_what_its_reader_may_see() -> None:
    acme, other = organisation("Acme"), organisation("Other")
    member, agent = person(), person()
    secret = logged(member, at=at(3), channel="phone")
    Incident.objects.filter(pk=secret.pk).update(security_class=security_class(member))
    logged(agent, at=at(3), channel="email", organisation_id=acme.pk)
    logged(agent, at=at(3), channel="email", organisation_id=other.pk)
    assert counts(report(person(Role.ADMIN))) == {"email": (2, 0)}
    assert counts(report(person(Role.AUDITOR))) == {"email": (2, 0)}
    assert counts(report(member)) == {"email": (2, 0), "phone": (1, 0)}
    assert counts(report(person(serves=[acme]))) == {"email": (1, 0)}
    with pytest.raises(NotPermitted):
        report(person(Role.REQUESTER, organisation=acme))


def test_it_narrows_to_records_and_counts_what_the_list_then_holds() -> None:
    acme = organisation("Acme")
    part, mail, agent = organisation("Part", parent=acme), service("Mail"), person()
    own = team(agent, name="Network")
    told: dict[str, Any] = {"organisation_id": part.pk, "service_id": mail.pk, "team_id": own.pk}
    logged(agent, at=at(3), channel="phone", **told)
    logged(agent, at=at(3), channel="phone", kind="service_request", **told)
    logged(agent, at=at(3), channel="phone")
    viewer = viewer_for(agent.pk)
    for asked in (
        {"organisation": [acme.pk]}, {"service": [mail.pk]}, {"team": [str(own.pk)]}, {"team": ["me"]},
    ):  # fmt: skip
        assert counts(report(agent, **asked)) == {"phone": (2, 0)}, asked
        wanted = IncidentFilter(channel=["phone"], logged_from=MARCH.begins_at, logged_to=MARCH.ends_at, **asked)
        assert wanted.apply(Incident.objects.visible_to(viewer), viewer).count() == 2
    assert counts(report(agent, kind=["service_request"])) == {"phone": (1, 0)}
    with pytest.raises(Invalid, match="kind"):
        report(agent, kind=["wish"])


def test_it_asks_the_database_once(django_assert_num_queries: Any) -> None:
    agent = person()
    for n in range(6):
        logged(agent, at=at(2 + n), channel=("phone", "email", "chat")[n % 3])
    viewer = viewer_for(agent.pk)
    with django_assert_num_queries(1):
        channel_report(viewer, Asked(MARCH))


@pytest.mark.parametrize(
    ("first", "end", "field"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), "to"),
        (date(2026, 3, 9), date(2026, 3, 2), "to"),
        (date(2000, 1, 1), date(2026, 1, 1), "to"),
        (date(1, 1, 1), date(2026, 1, 1), "from"),
        (date(2026, 1, 1), date(9999, 12, 31), "to"),
    ],
)
def test_it_refuses_spans_that_cannot_be(first: date, end: date, field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        span(first, end, BERLIN)
    assert list(invalid.value.fields) == [field]


def test_it_knows_the_usual_spans_in_the_readers_zone() -> None:
    now = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # the second of March in Berlin
    assert {key: preset(key, now, BERLIN).days for key in PRESETS} == {"7": 7, "30": 30, "90": 90, "year": 61}
    assert preset("7", now, BERLIN).last == date(2026, 3, 2)
    assert preset("7", now, UTC_ZONE).last == date(2026, 3, 1)
    usual = asked_span(None, None, now, BERLIN)
    assert (usual.days, usual.last) == (30, date(2026, 3, 2))
    assert asked_span(date(2026, 3, 1), None, now, BERLIN).days == 2
    with pytest.raises(Invalid):
        asked_span(None, date(1, 1, 5), now, BERLIN)
