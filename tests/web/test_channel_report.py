"""The screen of channels: spans, numbers that lead to their incidents, and who may see it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from allclear.accounts.models import User
from allclear.domain.terms import Role
from allclear.kernel import clock
from allclear.testing import instant, logged, organisation, person, service, team
from tests.web.screens import as_

pytestmark = pytest.mark.django_db
URL = "/reports/channels/"


def get(user: User, status: int = 200, **query: Any) -> str:
    with clock.set_clock(instant(60)):  # the second of March 2026
        response = as_(user).get(URL, query)
    assert response.status_code == status, response.status_code
    return str(response.content.decode())


def numbers(html: str) -> list[str]:
    """The addresses behind the numbers of the table, in order."""
    found = re.findall(r'<td data-numeric data-label="\w+">(?:<span>)?<a href="([^"]+)">', html)
    return [address.replace("&amp;", "&") for address in found]


def test_each_number_leads_to_exactly_these_incidents() -> None:
    agent = person()
    mail = service("Mail")
    network = team(agent, name="Network")
    told = {"service_id": mail.pk, "team_id": network.pk}
    wanted = logged(agent, channel="phone", title="Phone one", **told)
    logged(agent, channel="phone", title="Of another service")
    logged(agent, channel="email", title="Mail one", **told)
    logged(agent, at=-60 * 24 * 31, channel="phone", title="Month before", **told)
    html = get(agent, service=mail.pk, team=network.pk)
    assert '<th scope="row">Phone</th>' in html
    addresses = [address for address in numbers(html) if "channel=phone" in address]
    assert len(addresses) == 2, "now and before"
    now, before = (as_(agent).get(address).content.decode() for address in addresses)
    assert wanted.number in now
    assert "Month before" in before
    for page, shown in ((now, "Phone one"), (before, "Month before")):
        titles = {title for title in ("Phone one", "Of another service", "Mail one", "Month before") if title in page}
        assert titles == {shown}


def test_it_shows_the_usual_spans_and_own_days() -> None:
    agent = person()
    logged(agent, channel="walk_up")
    assert "At the desk" in get(agent)
    assert "1 Feb 2026 to 10 Feb 2026" not in get(agent)
    own = get(agent, **{"from": "2026-02-01", "until": "2026-02-10"})
    assert "Nothing was logged in these days" in own
    assert "At the desk" in get(agent, **{"from": "2026-03-02", "until": "2026-03-02"})
    for key in ("7", "30", "90", "year", "forever"):
        assert "At the desk" in get(agent, span=key)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "2026-02-10", "until": "2026-02-01"}, "must end after it begins"),
        ({"from": "2026-02-10"}, "Give both days"),
        ({"from": "1900-01-01", "until": "2026-02-01"}, "Choose a day between 1990"),
        ({"from": "2026-02-01", "until": "9999-12-31"}, "Choose a"),
        ({"from": "soon", "until": "2026-02-01"}, "valid date"),
        ({"service": "x", "span": "7"}, ""),
        ({"team": "999999"}, "valid choice"),
    ],
)
def test_it_says_at_the_field_what_cannot_be(query: dict[str, str], words: str) -> None:
    agent = person()
    logged(agent, channel="phone")
    html = get(agent, 422, **query)
    assert words in html
    assert '<th scope="row">Phone</th>' not in html, "no number beside a question that was not understood"


def test_it_is_for_staff_and_auditors_and_stands_in_their_navigation() -> None:
    for role in (Role.AGENT, Role.TEAM_LEAD, Role.AUDITOR):
        assert URL in as_(person(role)).get(reverse("incidents:queue")).content.decode()
        get(person(role))
    requester = person(Role.REQUESTER, organisation=organisation("Acme"))
    assert URL not in as_(requester).get(reverse("incidents:queue")).content.decode()
    get(requester, 403)


@pytest.mark.usefixtures("minute_stands")
def test_it_needs_few_queries(django_assert_max_num_queries: Any) -> None:
    agent = person()
    mail = service("Mail")
    for n in range(8):
        logged(agent, channel=("phone", "email", "chat", "portal")[n % 4], service_id=mail.pk)
    client = as_(agent)
    client.get(URL)
    with django_assert_max_num_queries(20):
        client.get(URL, {"service": mail.pk, "span": "90"})


def test_the_queue_shows_channel_follow_up_and_days_as_filters_that_can_be_taken_away() -> None:
    agent = person()
    logged(agent, channel="phone", title="Phone one")
    logged(agent, channel="email", title="Mail one")
    url = reverse("incidents:queue")
    query = {"channel": "phone", "logged_from": "2026-03-02", "logged_to": "2026-03-03", "status": "open"}
    html = as_(agent).get(url, query).content.decode()
    assert "Phone one" in html
    assert "Mail one" not in html
    for words in ("phone", "&gt;=2026-03-02", "&lt;=2026-03-02"):
        assert f'<span class="chip-value">{words}</span>' in html
    late = as_(agent).get(url, {"logged_from": "2026-03-03"}).content.decode()
    assert "Phone one" not in late
    broken = as_(agent).get(url, {"logged_from": "2026-13-77", "channel": "pigeon", "follow_up": "x"})
    assert "Phone one" in broken.content.decode()
    assert "Phone one" not in as_(agent).get(url, {"follow_up": "missing", "status": "ended"}).content.decode()
