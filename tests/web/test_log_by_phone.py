"""A caller on the phone: found or added, their things beside the form, what is known already, and what comes after."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from allclear.accounts.models import User
from allclear.catalog.models import Dependency, IncidentTemplate, Question
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.actions.contact import contacts
from allclear.incidents.models import Content, Draft, Incident, InternalNote
from allclear.kernel.clock import now
from allclear.testing import (
    category,
    ci,
    codes,
    logged,
    organisation,
    person,
    request_as,
    resolution,
    security_class,
    service,
    team,
)
from tests.web.screens import HTMX, as_

pytestmark = pytest.mark.django_db
LOG = "/incidents/new/"
DESK = {"channel": "phone", "kind": "incident"}


def part(user: User, name: str, **data: object) -> str:
    response = as_(user).post(reverse(f"incidents:log_{name}"), data, headers=HTMX)
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_card_shows_who_calls_what_they_use_and_what_they_had() -> None:
    agent = person(time_zone="Europe/Lisbon")
    caller = person(
        Role.REQUESTER, name="Mehmet Kaya", is_vip=True, organisation=organisation("Stores"), phone="+49 40 555 0135",
        time_zone="Asia/Singapore",
    )  # fmt: skip
    till, spare, foreign = ci("till-1", kind="till"), ci("till-old", status="retired"), ci("till-9")
    for item in (till, spare):
        item.used_by.add(caller)
    offered = service("Store tills")
    Dependency.objects.create(upper_service=offered, lower_ci=till)
    open_one = logged(agent, title="Scale is off", requester_id=caller.pk)
    done = logged(agent, title="Till was slow", requester_id=caller.pk)
    actions.resolve_incident(request_as(agent, 9), done.pk, resolution())
    html = part(agent, "caller", requester=caller.pk)
    for words in ("VIP", "Stores", "+49 40 555 0135", "till-1", "Store tills", "Scale is off", "Till was slow"):
        assert words in html, words
    assert f"{(now() + timedelta(hours=8)):%H}:" in html, "the time in Singapore"
    assert "till-old" not in html and foreign.name not in html
    assert reverse("incidents:log_again", args=[open_one.number]) in html
    assert reverse("incidents:log_again", args=[done.number]) not in html


def test_the_card_tells_nothing_of_customers_that_one_does_not_serve() -> None:
    mine, other = organisation("Mine"), organisation("Elsewhere")
    agent = person(serves=[mine])
    stranger = person(Role.REQUESTER, name="Zoe Foreign", organisation=other)
    assert "Zoe" not in part(agent, "caller", requester=stranger.pk)
    own = person(Role.REQUESTER, name="Zelda Own", organisation=mine)
    ci("their-server", organisation=other).used_by.add(own)
    secret = logged(person(), title="Secret fault", requester_id=own.pk, organisation_id=other.pk)
    html = part(agent, "caller", requester=own.pk)
    assert "Zelda Own" in html
    assert "their-server" not in html and secret.title not in html


def test_somebody_new_is_offered_after_those_that_were_found() -> None:
    agent = person()
    person(Role.REQUESTER, name="Kayla Berg")
    url = reverse("incidents:suggest_people")
    html = as_(agent).get(url, {"q": "kay<b>", "new": "1"}).content.decode()
    assert 'data-offers="caller"' in html and "kay&lt;b&gt;" in html
    assert "data-offers" not in as_(agent).get(url, {"q": "kay"}).content.decode()


def test_an_agent_adds_who_calls_while_logging() -> None:
    agent = person()
    data = {**DESK, "title": "No mail", "caller_name": "Nina Neu", "caller_contact": "040 123", "caller_is_kept": "on"}
    assert as_(agent).post(LOG, data).status_code == 302
    added = User.objects.get(name="Nina Neu")
    assert (added.phone, added.roles, added.has_usable_password()) == ("040 123", ["requester"], False)
    assert Incident.objects.get().requester == added


def test_a_caller_with_a_known_address_or_none_at_all_is_asked_about_and_nothing_is_logged() -> None:
    agent = person()
    person(Role.REQUESTER, email="nina@example.org")
    data = {**DESK, "title": "No mail", "caller_name": "Nina Neu", "caller_is_kept": "on"}
    for contact in ("nina@example.org", "", "call me"):
        answer = as_(agent).post(LOG, {**data, "caller_contact": contact})
        assert answer.status_code == 422, contact
        assert 'href="#id_caller_contact"' in answer.content.decode(), contact
        assert 'value="Nina Neu"' in answer.content.decode()
    assert not Incident.objects.exists() and not User.objects.filter(name="Nina Neu").exists()


def test_a_caller_who_is_not_added_is_noted() -> None:
    as_(person()).post(LOG, {**DESK, "title": "No mail", "caller_name": "Somebody at the gate"})
    row = Incident.objects.get()
    assert row.requester is None
    assert json.loads(Content.objects.get(slot="answers").body)[0]["answer"] == "Somebody at the gate"


def test_an_agent_of_one_customer_adds_people_there_and_nowhere_else() -> None:
    mine, other = organisation("Mine"), organisation("Elsewhere")
    agent = person(serves=[mine])
    data = {**DESK, "title": "x", "caller_name": "Nina", "caller_contact": "n@example.org", "caller_is_kept": "on"}
    assert as_(agent).post(LOG, {**data, "organisation": other.pk}).status_code == 422
    assert as_(agent).post(LOG, data).status_code == 302
    assert User.objects.get(name="Nina").organisation == mine


def test_it_is_logged_and_solved_in_one_go_or_not_at_all() -> None:
    codes()
    agent = person()
    data = {**DESK, "title": "Password forgotten", "resolution_code": "fixed", "resolution": "Set a new one"}
    half = as_(agent).post(LOG, {**data, "resolution": ""})
    assert half.status_code == 422 and "Say what was done" in half.content.decode()
    assert not Incident.objects.exists()
    answer = as_(agent).post(LOG, data, follow=True)
    row = Incident.objects.get()
    assert (row.status, row.resolution_code, row.resolved_by) == ("resolved", "fixed", agent)
    assert "Logged and solved" in answer.content.decode()


def test_the_result_says_the_number_and_why_and_resolves_at_once() -> None:
    codes()
    agent, caller = person(), person(Role.REQUESTER, name="Claire Moreau")
    answer = as_(agent).post(LOG, {**DESK, "title": "Mail is slow", "requester": caller.pk}, follow=True)
    row = Incident.objects.get()
    html = answer.content.decode()
    assert f">{row.number}</h1>" in html and f"requester={caller.pk}" in html
    assert "because impact is Medium" in html
    url = reverse("incidents:logged", args=[row.number])
    wrong = as_(agent).post(url, {"resolution_code": "fixed", "resolution": ""})
    assert wrong.status_code == 422 and "Please fill this in." in wrong.content.decode()
    as_(agent).post(url, {"resolution_code": "fixed", "resolution": "Restarted it"})
    row.refresh_from_db()
    assert row.status == "resolved"
    again = as_(agent).post(url, {"resolution_code": "fixed", "resolution": "Restarted it"})
    assert again.status_code == 409, "another agent was quicker"
    assert as_(caller).get(url).status_code == 403


def test_it_is_this_one_counts_the_call_and_logs_nothing() -> None:
    agent, first, second = person(), person(Role.REQUESTER), person(Role.REQUESTER, name="Bert Vogel")
    row = logged(agent, requester_id=first.pk)
    Draft.objects.create(user=agent, key="log:1", fields={"title": "x"}, updated_at=now())
    url = reverse("incidents:log_again", args=[row.number])
    data = {"requester": second.pk, "title": "VPN is dead", "description": "Since ten", "draft_key": "log:1"}
    answer = as_(agent).post(url, data, follow=True)
    assert "contact 2" in answer.content.decode()
    row.refresh_from_db()
    assert row.watcher_ids == [second.pk] and contacts(row.pk) == 2 and Incident.objects.count() == 1
    assert InternalNote.objects.get().body == "VPN is dead\nSince ten"
    assert not Draft.objects.exists()
    page = as_(agent).get(reverse("incidents:detail", args=[row.number])).content.decode()
    assert "heard from Bert Vogel, who is affected too: contact 2" in page
    assert as_(first).post(url, data).status_code == 403


def test_a_call_about_what_has_ended_meanwhile_is_told_and_the_draft_stays() -> None:
    agent = person()
    row = logged(agent)
    actions.cancel_incident(request_as(agent, 3), row.pk, reason="Mistake")
    Draft.objects.create(user=agent, key="log:1", fields={"title": "x"}, updated_at=now())
    url = reverse("incidents:log_again", args=[row.number])
    answer = as_(agent).post(url, {"title": "Again", "draft_key": "log:1"}, follow=True)
    assert "This incident has ended. Log a new one, or reopen it." in answer.content.decode()
    assert Draft.objects.exists() and contacts(row.pk) == 1


def test_similar_ones_suggest_category_service_and_team_with_the_reason() -> None:
    crew, offered, sort = team(name="Stores"), service("Tills"), category("Receipt printer")
    agent, customer = person(teams=[crew]), organisation("Shops")
    same = {"category_id": sort.pk, "service_id": offered.pk, "team_id": crew.pk, "organisation_id": customer.pk}
    for title in ("Receipt printer jams at the till", "Receipt printer jams again"):
        row = logged(agent, title=title, **same)
    html = part(agent, "alike", title="Receipt printer jams")
    for words in ("Receipt printer", "Tills", "Stores", "2 of 2 similar", row.number, "It is this one"):
        assert words in html, words
    assert 'data-hint="category"' in html and 'data-hint="service"' in html and 'data-hint="team"' in html
    assert "data-hint" not in part(agent, "alike", title="Payroll run")
    assert "data-hint" not in part(person(serves=[organisation()]), "alike", title="Receipt printer jams")


def test_a_grave_fault_of_the_service_is_shown_whatever_the_title_says() -> None:
    agent, offered = person(), service("Checkout")
    row = logged(agent, title="Nothing can be paid", service_id=offered.pk, impact=1, urgency=1)
    assert row.priority == 1
    html = part(agent, "alike", title="Strange message", service=offered.pk)
    assert row.number in html and "A grave fault of this service" in html
    assert row.number not in part(agent, "alike", title="Strange message", service=service("Mail").pk)


def test_the_form_remembers_which_parts_somebody_keeps_open() -> None:
    agent, other = person(), person()
    client = as_(agent)
    url = reverse("incidents:log_part")
    assert client.post(url, {"part": "description", "open": "1"}).status_code == 204
    client.post(url, {"part": "about", "open": "0"})
    html = client.get(LOG).content.decode()
    assert 'data-part="description" open' in html and 'data-part="about" open' not in html
    assert 'data-part="about" open' in as_(other).get(LOG).content.decode()
    assert client.post(url, {"part": "no part <b>", "open": "1"}).status_code in (400, 422)


def test_a_template_brings_its_values_without_a_page_jump() -> None:
    sort = category("Phishing")
    IncidentTemplate.objects.create(name="Phishing", title="Phishing mail", category=sort, impact=2)
    html = as_(person()).get(LOG).content.decode()
    assert "&quot;category_text&quot;: &quot;Phishing&quot;" in html and "&quot;impact&quot;: 2" in html


def test_requesters_see_known_outages_and_their_own_reports_and_no_word_of_others() -> None:
    agent, own = person(), organisation("Mine")
    reporter = person(Role.REQUESTER, organisation=own)
    grave = {"impact": 1, "urgency": 1}
    shop, secret, theirs = service("Shop"), service("Vault"), service("Foreign line")
    logged(agent, title="Confidential words", service_id=shop.pk, **grave)
    lead = person(Role.TEAM_LEAD)
    kept = security_class(lead)
    logged(lead, title="Break-in", service_id=secret.pk, security_class_id=kept.pk, **grave)
    logged(agent, service_id=theirs.pk, organisation_id=organisation("Elsewhere").pk, **grave)
    logged(agent, title="My screen", requester_id=reporter.pk)
    html = as_(reporter).get(LOG).content.decode()
    assert "Shop" in html and "My screen" in html
    for words in ("Confidential", "Vault", "Foreign line", "Break-in"):
        assert words not in html, words
    assert "We know of these faults" not in as_(person(Role.REQUESTER)).get("/incidents/").content.decode()


def test_long_names_and_strange_input_break_nothing() -> None:
    agent = person()
    long = "Wolfeschlegelsteinhausenbergerdorff" * 5
    caller = person(Role.REQUESTER, name=long[:200], location="Raum " * 30)
    ci("x" * 200).used_by.add(caller)
    assert long[:50] in part(agent, "caller", requester=caller.pk)
    for value in ("", "x", "-1", "9" * 40, "\0"):
        part(agent, "caller", requester=value)
        part(agent, "alike", title=value * 300, service=value, requester=value, ci_ids=value)
        assert as_(agent).get(reverse("incidents:suggest_people"), {"q": value, "new": "1"}).status_code == 200


@pytest.mark.usefixtures("minute_stands")
def test_what_comes_while_one_types_asks_few_questions_of_the_database() -> None:
    agent = person()
    caller = person(Role.REQUESTER)
    sort, offered = category("Printing"), service()
    Question.objects.create(category=sort, text="Which floor?")
    for n in range(6):
        item = ci(f"thing-{n}")
        item.used_by.add(caller)
        Dependency.objects.create(upper_service=offered, lower_ci=item)
        logged(agent, title=f"Printer {n} jams", requester_id=caller.pk, category_id=sort.pk, service_id=offered.pk)
    client = as_(agent)
    said = {"requester": caller.pk, "title": "Printer jams", "category": sort.pk, "service": offered.pk}
    client.get(LOG)
    for name in ("caller", "alike", "questions", "cis"):
        with CaptureQueriesContext(connection) as queries:
            client.post(reverse(f"incidents:log_{name}"), said, headers=HTMX)
        assert len(queries) <= 20, (name, len(queries))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("incidents:suggest_people"), {"q": "requester", "new": "1"})
    assert len(queries) <= 20
    row = Incident.objects.first()
    assert row
    for url in (LOG, reverse("incidents:logged", args=[row.number])):
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        assert len(queries) <= 20, (url, len(queries))
