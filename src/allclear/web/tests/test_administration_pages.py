"""Every page of catalogue, administration and profile: who sees it, that it draws, and with how many queries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from allclear.accounts.models import User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.catalog import actions as catalog
from allclear.catalog.models import Category, Code, Service
from allclear.testing import T0, ci, logged, organisation, person, security_class, service, team

pytestmark = pytest.mark.django_db
MOST_QUERIES = 20

STAFF = {"agent", "team_lead", "incident_manager", "admin", "auditor"}
MANAGERS = {"incident_manager", "admin"}
ADMINS = {"admin"}
EVERYBODY = STAFF | {"requester"}

# address name, which record it needs, who sees it
PAGES: list[tuple[str, str, set[str]]] = [
    ("catalog:services", "", STAFF),
    ("catalog:service", "service", STAFF),
    ("catalog:service_add", "", MANAGERS),
    ("catalog:service_edit", "service", MANAGERS),
    ("catalog:cis", "", STAFF),
    ("catalog:ci", "ci", STAFF),
    ("catalog:ci_add", "", MANAGERS),
    ("catalog:ci_edit", "ci", MANAGERS),
    ("catalog:suggest", "", STAFF),
    ("catalog:categories", "", STAFF),
    ("catalog:category", "category", STAFF),
    ("catalog:category_add", "", MANAGERS),
    ("catalog:question_add", "category", MANAGERS),
    ("catalog:question", "question", MANAGERS),
    ("admin_area:index", "", STAFF),
    ("admin_area:people", "", STAFF),
    ("admin_area:person", "person", STAFF),
    ("admin_area:person_add", "", ADMINS),
    ("admin_area:person_password", "person", ADMINS),
    ("admin_area:organisations", "", STAFF),
    ("admin_area:organisation", "organisation", ADMINS),
    ("admin_area:organisation_add", "", ADMINS),
    ("admin_area:teams", "", STAFF),
    ("admin_area:team", "team", STAFF),
    ("admin_area:team_add", "", ADMINS),
    ("admin_area:member_add", "team", ADMINS),
    ("admin_area:skills", "", STAFF),
    ("admin_area:skill", "skill", ADMINS),
    ("admin_area:skill_add", "", ADMINS),
    ("admin_area:security_classes", "", ADMINS),
    ("admin_area:security_class", "security_class", ADMINS),
    ("admin_area:security_class_add", "", ADMINS),
    ("admin_area:templates", "", MANAGERS),
    ("admin_area:template", "template", MANAGERS),
    ("admin_area:template_add", "", MANAGERS),
    ("admin_area:codes", "", MANAGERS),
    ("admin_area:code", "code", MANAGERS),
    ("admin_area:code_add", "", MANAGERS),
    ("admin_area:fields", "", MANAGERS),
    ("admin_area:field", "field", MANAGERS),
    ("admin_area:field_add", "", MANAGERS),
    ("admin_area:policies", "", STAFF),
    ("admin_area:matrix", "", MANAGERS),
    ("admin_area:routing", "", MANAGERS),
    ("admin_area:lifecycle", "", MANAGERS),
    ("admin_area:audit", "", MANAGERS | {"auditor"}),
    ("account_area:profile", "", EVERYBODY),
    ("account_area:password", "", EVERYBODY),
    ("account_area:token_add", "", EVERYBODY),
]


@pytest.fixture
def records() -> dict[str, int]:
    """A small company with one or more of everything, made through the verbs where they matter."""
    catalog.seed_defaults(T0)
    customer = organisation("Northwind")
    agent = person("agent", name="Rosa Kern", organisation=customer, skills=["dns"])
    desk = team(agent, name="Desk")
    shop, host = service("Shop", owner_team=desk, organisation=customer), ci("host-1", owner_team=desk)
    catalog.add_dependency(SYSTEM_VIEWER, ("service", shop.pk), ("ci", host.pk), now=T0)
    node = Category.objects.get(name="Remote access")
    question = catalog.add_question(SYSTEM_VIEWER, {"category_id": node.pk, "text": "Which site?"}, now=T0)
    catalog.add_question(SYSTEM_VIEWER, {"category_id": node.parent_id, "text": "Since when?"}, now=T0)
    template = catalog.add_template(SYSTEM_VIEWER, {"name": "VPN", "category_id": node.pk, "tasks": ["Ask"]}, now=T0)
    field = catalog.add_field(SYSTEM_VIEWER, {"key": "asset", "name": "Asset tag"}, now=T0)
    for n in range(3):
        logged(agent, title=f"Fault {n}", team_id=desk.pk, service_id=shop.pk, ci_ids=[host.pk], assignee_id=agent.pk)
    code = Code.objects.filter(list="cause")[0]
    return {
        "service": shop.pk,
        "ci": host.pk,
        "category": node.pk,
        "question": question.pk,
        "person": agent.pk,
        "organisation": customer.pk,
        "team": desk.pk,
        "skill": agent.skills.get().pk,
        "security_class": security_class(agent, name="Fraud").pk,
        "template": template.pk,
        "code": code.pk,
        "field": field.pk,
    }


@pytest.fixture
def client_of() -> Iterator[Any]:
    def make(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allclear.web.backend.Backend")
        return client

    yield make


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_each_page_is_seen_by_those_who_may(role: str, records: dict[str, int], client_of: Any) -> None:
    client = client_of(person(role))
    for name, needs, seen_by in PAGES:
        url = reverse(name, args=[records[needs]] if needs else [])
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url)
        assert response.status_code == (200 if role in seen_by else 403), (name, role)
        assert len(queries) <= MOST_QUERIES, (name, role, [q["sql"][:120] for q in queries])


def test_a_stranger_is_sent_to_the_log_in_and_comes_back(records: dict[str, int]) -> None:
    for name, needs, _ in PAGES:
        url = reverse(name, args=[records[needs]] if needs else [])
        response = Client().get(url)
        assert response.status_code == 302, name
        assert response.headers["Location"] == f"{reverse('account_login')}?next={url}"


@pytest.mark.parametrize(
    "name", ["catalog:service", "catalog:ci", "catalog:category", "admin_area:person", "admin_area:team"]
)
def test_what_is_not_there_says_so(name: str, client_of: Any) -> None:
    response = client_of(person("admin")).get(reverse(name, args=[987654]))
    assert response.status_code == 404
    assert b"There is no such" in response.content


def test_staff_of_one_customer_do_not_see_anothers(records: dict[str, int], client_of: Any) -> None:
    own = organisation("Own")
    client = client_of(person("agent", serves=[own]))
    for name, needs in (("catalog:service", "service"),):
        assert client.get(reverse(name, args=[records[needs]])).status_code == 404
    assert b"Northwind" not in client.get(reverse("admin_area:organisations")).content
    assert b"Shop" not in client.get(reverse("catalog:services")).content


def test_what_stands_on_a_shared_thing_is_named_only_to_those_who_serve_its_customer(client_of: Any) -> None:
    own, other = organisation("Own"), organisation("Other")
    host = ci("host-1")
    for name, customer in (("Own shop", own), ("Other shop", other)):
        row = service(name, organisation=customer)
        catalog.add_dependency(SYSTEM_VIEWER, ("service", row.pk), ("ci", host.pk), now=T0)
    url = reverse("catalog:ci", args=[host.pk])
    limited = client_of(person("agent", serves=[own])).get(url).content.decode()
    assert "Own shop" in limited and "Other shop" not in limited and "1 affected" in limited
    assert "Other shop" in client_of(person("agent")).get(url).content.decode()


def test_a_list_has_pages(client_of: Any) -> None:
    Service.objects.bulk_create([Service(name=f"Service {n:03}") for n in range(120)])
    client = client_of(person("agent"))
    first = client.get(reverse("catalog:services")).content.decode()
    assert "1 to 50 of 120 services" in first and "Service 049" in first and "Service 050" not in first
    last = client.get(reverse("catalog:services") + "?page=99").content.decode()
    assert "101 to 120 of 120 services" in last
    assert "Nothing found" in client.get(reverse("catalog:services") + "?q=zzz").content.decode()
