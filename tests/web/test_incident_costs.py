"""No page needs more than 20 database queries, with an incident that has seen a lot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from allclear.catalog.models import CustomField, Dependency, IncidentTemplate, Question
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.models import ImportRun, Incident
from allclear.incidents.tests.world import World, world
from allclear.testing import T0, category, ci, logged, organisation, person, resolution, service
from tests.web.screens import HTMX, as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("minute_stands")]
MOST = 20


def _busy() -> World:
    """60 events and more: replies, notes, tasks, files, links, people, items, and edits of every kind."""
    supplier, customer = organisation("Vendor", is_supplier=True), organisation("Part")
    offered, other = service("Remote access"), service("Mail")
    things = [ci() for _ in range(5)]
    Dependency.objects.create(upper_service=offered, lower_ci=things[0], kind="runs_on")
    Dependency.objects.create(upper_service=other, lower_service=offered, kind="depends_on")
    CustomField.objects.create(key="asset", name="Asset tag")
    company = world(service_id=offered.pk, ci_ids=[thing.pk for thing in things], custom={"asset": "A-1"})
    pk, at = company.row.pk, iter(range(30, 400))

    def by(name: str = "agent") -> Any:
        return company.as_(name, next(at))

    for n in range(20):
        actions.reply_publicly(by(), pk, f"Reply {n} https://example.org/{n}")
        actions.add_note(by("mate"), pk, f"Note {n}")
    for n in range(5):
        actions.add_task(by(), pk, title=f"Task {n}", owner_id=company.mate.pk, team_id=company.desk.pk)
    for n in range(10):
        actions.attach_file(by(), pk, name=f"file{n}.txt", chunks=[b"x%d" % n], is_public=n % 2 == 0)
    for n in range(4):
        actions.relate_incident(by(), pk, logged(company.agent, title=f"VPN drops {n}").pk)
    actions.link_parent(by(), company.second.pk, pk)
    actions.link_parent(by(), pk, logged(company.agent, title="Site is down").pk)
    for user in (company.mate, company.lead, company.manager):
        actions.add_responder(by(), pk, user.pk)
        actions.watch_incident(by(), pk, user_id=user.pk)
    fields = {"service_id": other.pk, "organisation_id": customer.pk, "supplier_id": supplier.pk, "location": "Oslo"}
    actions.edit_incident(by(), pk, fields=fields, texts={"diagnosis": "MTU"})
    actions.edit_incident(by(), pk, fields={"service_id": offered.pk, "organisation_id": company.acme.pk})
    actions.categorise_incident(by(), pk, company.category.pk)
    actions.prioritise_incident(by(), pk, impact=1, urgency=1, reason="All sites")
    for task in company.row.tasks.all():
        actions.finish_task(by(), pk, str(task.pk))
    actions.resolve_incident(by(), pk, resolution("Rolled back", cause_code="change"))
    company.row.refresh_from_db()
    assert company.row.version > 60
    return company


def _addresses(row: Incident, run: ImportRun, template: IncidentTemplate) -> Iterator[tuple[str, str]]:
    yield "queue", reverse("incidents:queue")
    filters = "?team=me&team=none&assignee=me&priority=1&kind=incident&q=vpn&sort=newest&status=open&after="
    yield "filtered", reverse("incidents:queue") + filters + row.number
    yield "log", reverse("incidents:log") + f"?template={template.pk}"
    for name in ("detail", "report", "report_pdf", "report_json", "around"):
        yield name, reverse(f"incidents:{name}", args=[row.number])
    for verb in ("verify", "close", "reopen", "edit", "attach", "relate", "parent"):
        yield verb, reverse("incidents:verb", args=[row.number, verb])
    for what in ("people", "staff", "services", "cis", "categories", "organisations", "incidents"):
        yield what, reverse(f"incidents:suggest_{what}") + "?q=vp"
    yield "imports", reverse("incidents:imports")
    yield "import run", reverse("incidents:import_run", args=[run.pk])
    yield "styleguide", reverse("styleguide")


def test_it_needs_few_queries_for_every_page(django_assert_max_num_queries: Any) -> None:
    company = _busy()
    sort = category("Mail")
    Question.objects.create(category=sort, text="Which client?")
    template = IncidentTemplate.objects.create(name="Mail", title="Mail is slow", category=sort, service=service())
    run = ImportRun.objects.create(
        source="s", file_name="f.csv", format="servicenow-audit", started_by=company.admin, started_at=T0
    )
    everything = person(roles=[Role.ADMIN, Role.TEAM_LEAD], teams=[company.network], serves=[company.acme])
    client = as_(everything)
    for name, url in _addresses(company.row, run, template):
        fragment = name in ("around", "verify", "close", "reopen", "edit", "attach", "relate", "parent")
        headers = HTMX if fragment else {}
        assert client.get(url, headers=headers).status_code == 200, name  # also fills what a process keeps
        with django_assert_max_num_queries(MOST, info=name):
            client.get(url, headers=headers)


def test_it_needs_few_queries_for_a_requester(django_assert_max_num_queries: Any) -> None:
    company = _busy()
    client = as_(company.requester)
    for name in ("detail", "report"):
        url = reverse(f"incidents:{name}", args=[company.row.number])
        client.get(url)
        with django_assert_max_num_queries(MOST):
            client.get(url)


def test_it_needs_no_more_queries_for_fifty_rows_than_for_one(django_assert_max_num_queries: Any) -> None:
    company = world()
    client = as_(company.agent)
    for n in range(55):
        logged(company.agent, title=f"Row {n}", requester_id=company.requester.pk, team_id=company.network.pk)
    client.get(reverse("incidents:queue"))
    with django_assert_max_num_queries(10):
        html = client.get(reverse("incidents:queue")).content.decode()
    assert html.count("data-row-link") == 50
