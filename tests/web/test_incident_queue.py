"""The queue: order, filters, views, pages, search."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.incidents.ordering import order_of
from allclear.incidents.tests.world import world
from allclear.testing import T0, in_status, logged, person, request_as, resolution, security_class, team
from allclear.web.queue.pages import page_of
from tests.web.screens import HTMX, as_

pytestmark = pytest.mark.django_db
QUEUE = "/incidents/"


def _numbers(html: str) -> list[str]:
    return re.findall(r'id="incident-(INC\d+)"', html)


def test_it_shows_the_most_critical_first_then_the_oldest() -> None:
    agent = person()
    low = logged(agent, at=0, impact=3, urgency=3)
    high_late = logged(agent, at=9, impact=1, urgency=1)
    high_early = logged(agent, at=5, impact=1, urgency=1)
    html = as_(agent).get(QUEUE).content.decode()
    assert _numbers(html) == [high_early.number, high_late.number, low.number]
    assert "3 incidents, most critical first" in html
    newest = as_(agent).get(QUEUE, {"sort": "newest"}).content.decode()
    assert _numbers(newest) == [high_late.number, high_early.number, low.number]


def test_it_narrows_by_each_filter_and_each_chip_takes_itself_away() -> None:
    agent = person()
    own = team(agent, name="Network")
    mine = logged(agent, title="Mine", team_id=own.pk, assignee_id=agent.pk, impact=1, urgency=1)
    logged(agent, title="Other", kind="service_request")
    client = as_(agent)
    for query in (
        {"team": own.pk}, {"team": "me"}, {"assignee": "me"}, {"priority": 1}, {"kind": "incident"}, {"q": "mine"},
        {"status": "assigned"}, {"view": "mine"},
    ):  # fmt: skip
        assert _numbers(client.get(QUEUE, query).content.decode()) == [mine.number], query
    html = client.get(QUEUE, {"team": own.pk, "kind": "incident"}).content.decode()
    assert "Remove filter team:network" in html
    assert (
        f'href="{QUEUE}?view=open&amp;filter=status:open%20team:network"' in html
    )  # the chip of the kind leaves the team


def test_it_says_what_to_do_when_nothing_matches_or_nothing_is_there() -> None:
    agent = person()
    assert "Log the first incident" in as_(agent).get(QUEUE).content.decode()
    logged(agent)
    html = as_(agent).get(QUEUE, {"q": "no such word"}).content.decode()
    assert "Nothing matches" in html
    assert "Clear filters" in html
    assert "Report a fault" in as_(person(Role.REQUESTER)).get(QUEUE).content.decode()


def test_it_survives_an_address_that_makes_no_sense() -> None:
    agent = person()
    logged(agent)
    odd = {"team": "x'", "priority": "high", "sort": "sideways", "after": "INC9999999", "view": "nothing", "q": "\0"}
    response = as_(agent).get(QUEUE, odd)
    assert response.status_code == 200
    assert len(_numbers(response.content.decode())) == 1


def test_it_answers_htmx_with_the_list_only() -> None:
    agent = person()
    logged(agent)
    part = as_(agent).get(QUEUE, headers=HTMX).content.decode()
    assert "<!doctype" not in part
    assert len(_numbers(part)) == 1


@pytest.mark.parametrize("sort", ["critical", "newest", "oldest", "next", "team", "-assignee", "status"])
def test_it_pages_there_and_back_without_losing_or_repeating_a_row(sort: str) -> None:
    agent = person()
    for n in range(7):
        logged(agent, at=n // 2, impact=1 + n % 3, urgency=2)
    Incident.objects.filter(pk__in=Incident.objects.order_by("pk").values("pk")[2:4]).update(priority=None)
    viewer: Viewer = viewer_for(agent.pk)
    rows = Incident.objects.visible_to(viewer)
    order = order_of(sort, viewer, T0)
    whole = [r.pk for r in page_of(rows, order, rows, size=50).rows]
    assert len(whole) == 7
    there, after, pages = [], "", []
    for _ in range(4):
        part = page_of(rows, order, rows, after=after, size=2)
        if not part.rows:
            break
        pages.append([r.pk for r in part.rows])
        there += pages[-1]
        after = part.older
    assert there == whole
    back = page_of(rows, order, rows, before=Incident.objects.get(pk=whole[4]).number, size=2)
    assert [r.pk for r in back.rows] == whole[2:4]
    assert page_of(rows, order, rows, before=Incident.objects.get(pk=whole[2]).number, size=2).newer == ""


def test_it_counts_no_secret_of_others() -> None:
    member, agent = person(), person()
    secret = security_class(member)
    lead = person(Role.TEAM_LEAD)
    secret.members.add(lead)
    logged(lead, title="Zebra affair", security_class_id=secret.pk)
    logged(agent)
    html = as_(agent).get(QUEUE).content.decode()
    assert "1 incident," in html
    assert "Zebra" not in html
    assert re.findall(r'nav-count"[^>]*>(\d+)', html)[:2] == ["1", "1"]
    assert "2 incidents," in as_(member).get(QUEUE).content.decode()


def test_it_shows_a_requester_only_their_own_in_plain_words() -> None:
    company = world()
    logged(company.agent, title="Not theirs")
    html = as_(company.requester).get(QUEUE).content.decode()
    assert "Your reports" in html
    assert "VPN drops" in html
    assert "Not theirs" not in html
    assert "newest first" in html
    for word in ("data-priority", "Waits for", "Assignee", "stalled", "critical"):
        assert word not in html


def test_it_marks_what_has_stalled() -> None:
    agent = person()
    logged(agent, at=0)  # months before the clock of this machine
    html = as_(agent).get(QUEUE, {"view": "ageing"}).content.decode()
    assert ">stalled<" in html


def test_it_jumps_to_an_exact_number() -> None:
    agent = person()
    row = logged(agent)
    response = as_(agent).get(reverse("incidents:search"), {"q": row.number.lower()})
    assert response["Location"] == reverse("incidents:detail", args=[row.number])
    stranger = as_(person(Role.REQUESTER)).get(reverse("incidents:search"), {"q": row.number})
    assert stranger.status_code == 200 and row.title not in stranger.content.decode()


def test_it_finds_words_of_the_report_that_the_reader_may_see() -> None:
    company = world()
    request, pk = company.as_("agent"), company.row.pk
    actions.add_note(request, pk, "walnut in a note")
    actions.edit_incident(request, pk, texts={"diagnosis": "quartz crystal"})
    actions.resolve_incident(request, pk, resolution("Replaced the larch module"))
    staff, requester = as_(company.agent), as_(company.requester)
    number = company.row.number
    assert _numbers(staff.get(QUEUE, {"q": "larch"}).content.decode()) == [number]
    assert _numbers(requester.get(QUEUE, {"q": "larch"}).content.decode()) == [number]
    assert _numbers(staff.get(QUEUE, {"q": "quartz"}).content.decode()) == [number]
    assert _numbers(requester.get(QUEUE, {"q": "quartz"}).content.decode()) == []
    assert _numbers(staff.get(QUEUE, {"q": "walnut"}).content.decode()) == [number]
    assert _numbers(requester.get(QUEUE, {"q": "walnut"}).content.decode()) == []
    assert _numbers(as_(company.outsider).get(QUEUE, {"q": "larch"}).content.decode()) == []


def test_it_shows_who_has_the_next_action() -> None:
    agent = person(name="Ana Lind")
    row = in_status("on_hold", agent)
    actions.hold_incident(request_as(agent, 9), row.pk, reason="requester")
    html = as_(agent).get(QUEUE).content.decode()
    assert "On hold: requester" in html
