"""The search page, the list below the field, and the hint of what is known already."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.testing import logged, person, request_as
from tests.web.screens import HTMX, as_

pytestmark = pytest.mark.django_db
SEARCH = reverse("incidents:search")
OPTIONS = reverse("incidents:search_options")


def asked(user: Any, text: str, url: str = SEARCH, **more: Any) -> str:
    response = as_(user).get(url, {"q": text}, **more)
    assert response.status_code == 200
    return str(response.content.decode())


def test_it_marks_what_was_found_and_says_where() -> None:
    agent = person()
    row = logged(agent, title="Printer prints stripes")
    actions.add_note(request_as(agent, 1), row.pk, "Toner & drum were changed")
    page = asked(agent, "printer toner")
    assert "<mark>Printer</mark> <mark>prints</mark> stripes" in page
    assert "<mark>Toner</mark> &amp; drum were changed" in page
    assert "1 found" in page


@pytest.mark.parametrize("url", [SEARCH, OPTIONS])
def test_it_lets_no_text_bring_markup_along(url: str) -> None:
    agent = person()
    evil = '<script>alert("printer")</script>'
    row = logged(agent, title=f"Printer {evil}", description=f"<img src=x onerror=printer> {evil}")
    actions.reply_publicly(request_as(agent, 1), row.pk, f"printer {evil} <mark>printer</mark>")
    page = asked(agent, "printer script", url, headers=HTMX)
    assert "&lt;<mark>script</mark>&gt;" in page
    assert "<script>alert" not in page and "<img" not in page
    assert not re.search(r"</?mark>", re.sub(r"<mark>\w+</mark>", "", page))
    assert "<script>" not in asked(agent, "<script>x</script>", url, headers=HTMX)


def test_it_goes_straight_to_an_exact_number_and_to_no_strangers() -> None:
    agent = person()
    row = logged(agent)
    found = as_(agent).get(SEARCH, {"q": row.number.lower()})
    assert found["Location"] == reverse("incidents:detail", args=[row.number])
    assert row.title not in asked(person(Role.REQUESTER), row.number)


def test_it_looks_the_number_up_by_its_index() -> None:
    agent = person()
    client = as_(agent)
    with CaptureQueriesContext(connection) as asked_for:
        client.get(SEARCH, {"q": "printer"})
    (lookup,) = [q["sql"] for q in asked_for if '"number" IN' in q["sql"]]
    assert "UPPER(" not in lookup  # no index knows it: among a million incidents it took two seconds


def test_it_teaches_how_to_ask() -> None:
    agent = person()
    assert "What are you looking for?" in asked(agent, "")
    page = asked(agent, "nowhere")
    assert "Nothing found for" in page and "priority:1 vpn" in page
    assert "priority:1 vpn" not in asked(person(Role.REQUESTER), "nowhere")
    assert "Priority" in asked(agent, "priority:99 nowhere") or "priority" in asked(agent, "priority:99 nowhere")


def test_it_takes_filters_and_words_in_one_box() -> None:
    agent = person()
    done, row = logged(agent, title="VPN drops often"), logged(agent, title="VPN drops")
    actions.cancel_incident(request_as(agent, 1), done.pk, reason="Twice")
    assert "1 found" in asked(agent, "status:open vpn")
    assert row.number in asked(agent, "status:open") and "1 found" in asked(agent, "status:open")
    assert "2 found" in asked(agent, "vpn")
    assert "Nothing found" in asked(agent, "vpn:drops nothing")


def test_it_pages() -> None:
    agent = person()
    for n in range(45):
        logged(agent, title=f"Scanner {n} is dead")
    first, last = asked(agent, "scanner"), as_(agent).get(SEARCH, {"q": "scanner", "page": "3"}).content.decode()
    assert first.count('class="hit"') == 20 and "Page 1 of 3" in first and "page=2" in first
    assert last.count('class="hit"') == 5 and "page=2" in last and "page=4" not in last
    assert "page=99" not in as_(agent).get(SEARCH, {"q": "scanner", "page": "99"}).content.decode()


def test_it_offers_hits_while_somebody_types() -> None:
    agent = person()
    row = logged(agent, title="Printer prints stripes")
    found = asked(agent, "print strip", OPTIONS, headers=HTMX)
    assert f'data-url="{reverse("incidents:detail", args=[row.number])}"' in found
    assert 'role="option"' in found and f"{SEARCH}?q=print+strip" in found
    assert "Nothing begins so" in asked(agent, "zzz", OPTIONS, headers=HTMX)


def test_it_costs_few_queries_however_many_hits() -> None:
    agent = person()
    client = as_(agent)
    for n in range(30):
        logged(agent, title=f"Scanner {n} is dead", requester_id=person("requester").pk)
    for url, limit in ((SEARCH, 20), (OPTIONS, 14)):
        with CaptureQueriesContext(connection) as captured:
            client.get(url, {"q": "scanner dead"}, headers=HTMX)
        assert len(captured) <= limit, [query["sql"][:120] for query in captured]


def test_it_hints_at_what_is_known_already() -> None:
    agent, rita = person(), person(Role.REQUESTER)
    row = logged(agent, title="Outlook keeps asking for a password", requester_id=rita.pk)
    url = reverse("incidents:log_alike")
    told = as_(agent).post(url, {"title": "Outlook asks for passwords", "requester": str(rita.pk)}).content.decode()
    assert row.number in told and "same person" in told
    assert row.number in as_(rita).post(url, {"title": "Outlook asks for passwords"}).content.decode()
    assert row.number not in as_(person(Role.REQUESTER)).post(url, {"title": row.title}).content.decode()
