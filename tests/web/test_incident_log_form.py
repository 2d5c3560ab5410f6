"""Logging: the form of the desk, the simple one, and what comes while somebody types."""

from __future__ import annotations

import pytest
from django.urls import reverse

from allclear.catalog.models import IncidentTemplate, Question
from allclear.domain.terms import Role
from allclear.incidents.models import Attachment, Content, Incident
from allclear.incidents.tests.world import world
from allclear.testing import category, ci, logged, organisation, person, service, team
from tests.web.screens import HTMX, as_, upload

pytestmark = pytest.mark.django_db
LOG = "/incidents/new/"
DESK = {"channel": "phone", "kind": "incident"}


def test_it_logs_with_nothing_but_a_title() -> None:
    agent = person()
    response = as_(agent).post(LOG, {**DESK, "title": "Printer on fire"})
    row = Incident.objects.get()
    assert response["Location"] == reverse("incidents:logged", args=[row.number])
    assert (row.title, row.channel, row.priority) == ("Printer on fire", "phone", 3)


def test_it_logs_everything_that_the_form_can_say() -> None:
    agent = person()
    own = team(agent)
    caller = person(Role.REQUESTER, organisation=organisation("Acme"), is_vip=True)
    things, offered, sort = [ci(), ci()], service(), category("Mail")
    question = Question.objects.create(category=sort, text="Which client?", is_required=True)
    data = {
        **DESK, "title": "Mail is slow", "description": "Since nine", "requester": caller.pk, "category": sort.pk,
        "service": offered.pk, "impact": 2, "urgency": 2, "ci_ids": [things[0].pk], "ci_add": things[1].pk,
        "team": own.pk, "location": "Oslo", "occurred_at": "2026-03-01T08:00", f"question.{question.pk}": "Webmail",
    }  # fmt: skip
    response = as_(agent).post(LOG, data)
    assert response.status_code == 302, response.content.decode()
    row = Incident.objects.get()
    assert (row.requester_id, row.service_id, row.category_id, row.team_id) == (
        caller.pk, offered.pk, sort.pk, own.pk,
    )  # fmt: skip
    assert row.ci_ids == sorted(thing.pk for thing in things)
    assert row.urgency == 1  # the caller is a VIP
    assert row.organisation_id == caller.organisation_id
    assert "Webmail" in Content.objects.get(slot="answers").body


def test_it_asks_the_required_question_at_its_field_and_loses_nothing() -> None:
    agent = person()
    sort = category("Mail")
    question = Question.objects.create(category=sort, text="Which client?", is_required=True)
    response = as_(agent).post(LOG, {**DESK, "title": "Mail is slow", "description": "kept", "category": sort.pk})
    html = response.content.decode()
    assert response.status_code == 422
    assert f'href="#id_question.{question.pk}"' in html
    assert "kept" in html
    assert 'value="Mail is slow"' in html
    assert not Incident.objects.exists()


def test_it_brings_the_questions_of_a_category() -> None:
    agent = person()
    sort = category("Mail")
    Question.objects.create(category=sort, text="Which client?")
    url = reverse("incidents:log_questions")
    assert "Which client?" in as_(agent).post(url, {"category": sort.pk}, headers=HTMX).content.decode()
    assert "Which client?" not in as_(agent).post(url, {"category": ""}, headers=HTMX).content.decode()


def test_it_reckons_the_priority_before_saving() -> None:
    agent = person()
    vip = person(Role.REQUESTER, is_vip=True)
    url = reverse("incidents:weigh")
    plain = as_(agent).post(url, {"impact": 2, "urgency": 2}, headers=HTMX).content.decode()
    assert "P3 because impact is Medium and urgency is Medium" in plain
    raised = as_(agent).post(url, {"impact": 2, "urgency": 2, "requester": vip.pk}, headers=HTMX).content.decode()
    assert "Urgency raised to High" in raised
    assert as_(agent).post(url, {"impact": "99", "urgency": "x"}).status_code == 200


def test_it_starts_from_a_template() -> None:
    agent = person()
    template = IncidentTemplate.objects.create(name="Phishing", title="Phishing mail reported", tasks=["Block it"])
    html = as_(agent).get(LOG, {"template": template.pk}).content.decode()
    assert 'value="Phishing mail reported"' in html
    as_(agent).post(LOG, {**DESK, "title": "Phishing mail", "template": template.pk})
    assert list(Incident.objects.get().tasks.values_list("title", flat=True)) == ["Block it"]


def test_it_hints_at_open_ones_that_are_alike() -> None:
    company = world()
    url = reverse("incidents:log_alike")
    html = as_(company.agent).post(url, {"title": "VPN drop"}, headers=HTMX).content.decode()
    assert company.row.number in html
    assert company.row.number not in as_(company.outsider).post(url, {"title": "VPN drop"}).content.decode()


def test_it_shows_the_caller_and_what_they_have_open() -> None:
    company = world()
    url = reverse("incidents:log_caller")
    html = as_(company.agent).post(url, {"requester": company.requester.pk}, headers=HTMX).content.decode()
    assert "Rita Holm" in html
    assert company.row.number in html
    assert as_(company.requester).post(url, {"requester": company.agent.pk}).status_code == 403


def test_it_gives_requesters_the_simple_form() -> None:
    company = world()
    html = as_(company.requester).get(LOG).content.decode()
    assert "What is wrong, in one line?" in html
    for word in ("Urgency", "routing", "on behalf", "suggest/people", "suggest/staff"):
        assert word not in html
    data = {"title": "My screen is dark", "impact": 1, "requester": company.agent.pk, "file": upload("screen.png")}
    response = as_(company.requester).post(LOG, data)
    assert response.status_code == 302
    row = Incident.objects.get(title="My screen is dark")
    assert row.requester_id == company.requester.pk
    assert row.channel == "portal"
    assert Attachment.objects.get().is_public


def test_it_keeps_the_report_when_its_file_is_refused() -> None:
    reporter = person(Role.REQUESTER)
    response = as_(reporter).post(LOG, {"title": "Broken", "file": upload("run.exe")}, follow=True)
    assert Incident.objects.filter(title="Broken").exists()
    assert "The file was not kept" in response.content.decode()


@pytest.mark.parametrize("what", ["people", "staff", "incidents", "organisations", "cis"])
def test_it_lets_no_requester_enumerate(what: str) -> None:
    secret = person(name="Zelda Quist")
    url = reverse(f"incidents:suggest_{what}")
    response = as_(person(Role.REQUESTER)).get(url, {"q": "zelda"})
    assert response.status_code == 403
    assert secret.name not in response.content.decode()


def test_it_finds_a_caller_by_name_address_and_number() -> None:
    agent = person()
    caller = person(Role.REQUESTER, name="Zelda Quist", email="zq@example.org", phone="+49 30 12 34-56")
    url = reverse("incidents:suggest_people")
    for typed in ("quist", "zq@", "301234", "12 34-56", "030 12", "9999"):
        found = as_(agent).get(url, {"q": typed}).content.decode()
        assert (caller.name in found) == (typed != "9999"), typed
    assert "Zelda" not in as_(agent).get(url, {"q": "z"}).content.decode()


def test_it_finds_no_people_of_customers_that_one_does_not_serve() -> None:
    mine, other = organisation("Mine"), organisation("Other")
    agent = person(serves=[mine])
    person(Role.REQUESTER, name="Zelda Own", organisation=mine)
    person(Role.REQUESTER, name="Zelda Foreign", organisation=other)
    found = as_(agent).get(reverse("incidents:suggest_people"), {"q": "zelda"}).content.decode()
    assert "Zelda Own" in found
    assert "Zelda Foreign" not in found


def test_it_suggests_incidents_but_not_itself() -> None:
    agent = person()
    row, other = logged(agent, title="VPN one"), logged(agent, title="VPN two")
    html = as_(agent).get(reverse("incidents:suggest_incidents"), {"q": "vpn", "not": row.number}).content.decode()
    assert other.number in html
    assert row.number not in html
