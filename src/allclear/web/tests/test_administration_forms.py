"""What administrators do by screen: forms that call verbs, and what they are told when a verb refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from allclear.accounts.models import Membership, Organisation, SecurityClass, Skill, Team, User
from allclear.accounts.queries import viewer_for
from allclear.catalog import actions as catalog
from allclear.catalog.models import (
    Category,
    Code,
    ConfigurationItem,
    CustomField,
    Dependency,
    IncidentTemplate,
    Service,
)
from allclear.catalog.policies import DEFAULTS, in_force
from allclear.kernel.events import position_of
from allclear.testing import PASSWORD, T0, category, ci, logged, organisation, person, service, team

pytestmark = pytest.mark.django_db


class Desk:
    """A person at the screen."""

    def __init__(self, role: str) -> None:
        self.user = person(role, name=f"The {role}")
        self.client = Client()
        self.client.force_login(self.user, backend="allclear.web.backend.Backend")

    def post(self, where: str, /, *args: int | str, **data: Any) -> Any:
        return self.client.post(reverse(where, args=args), data)

    def page(self, name: str, *args: int) -> str:
        response = self.client.get(reverse(name, args=args))
        assert response.status_code == 200, name
        return response.content.decode()


@pytest.fixture
def admin() -> Desk:
    return Desk("admin")


PERSON = {"name": "Rosa Kern", "email": "rosa@example.org", "time_zone": "UTC", "roles": ["agent"]}


def test_it_adds_a_person_who_can_then_log_in(admin: Desk) -> None:
    skill, customer = Skill.objects.create(name="dns"), organisation("Northwind")
    told = admin.post("admin_area:person_add", **PERSON, password=PASSWORD, skills=[skill.pk], serves=[customer.pk])
    user = User.objects.get(email="rosa@example.org")
    assert told.headers["Location"] == reverse("admin_area:person", args=[user.pk])
    assert (user.roles, user.check_password(PASSWORD)) == (["agent"], True)
    assert viewer_for(user.pk).organisation_ids == frozenset({customer.pk})
    assert Client().post("/account/login/", {"login": "rosa@example.org", "password": PASSWORD}).status_code == 302


def test_a_refused_person_keeps_what_was_typed(admin: Desk) -> None:
    person(email="rosa@example.org")
    told = admin.post("admin_area:person_add", **{**PERSON, "time_zone": "Mars", "email": "r@example.org"})
    page = told.content.decode()
    assert told.status_code == 422 and "IANA" in page and 'value="Rosa Kern"' in page
    told = admin.post("admin_area:person_add", **PERSON)
    assert "There is another user with this email already" in told.content.decode()


def test_two_administrators_who_save_one_person(admin: Desk) -> None:
    user = person("agent", name="Rosa", email="rosa@example.org")
    seen = position_of("user", user.pk)
    other = Desk("admin")
    form = {**PERSON, "version": seen}
    assert other.post("admin_area:person", user.pk, **{**form, "location": "Lyon"}).status_code == 302
    late = admin.post("admin_area:person", user.pk, **{**form, "location": "Paris"})
    page = late.content.decode()
    assert late.status_code == 409 and "The admin" in page and "Lyon" in page and "Paris" in page
    assert User.objects.get(pk=user.pk).location == "Lyon"
    assert (
        admin.post("admin_area:person", user.pk, **{**form, "location": "Paris", "version": seen + 1}).status_code
        == 302
    )
    assert User.objects.get(pk=user.pk).location == "Paris"


def test_the_last_administrator_cannot_lock_everybody_out(admin: Desk) -> None:
    told = admin.post("admin_area:person_deactivate", admin.user.pk)
    assert told.status_code == 409 and "last administrator" in told.content.decode()
    form = {"name": "The admin", "email": admin.user.email, "time_zone": "UTC", "roles": ["agent"], "version": 0}
    told = admin.post("admin_area:person", admin.user.pk, **form)
    assert told.status_code == 409 and "last administrator" in told.content.decode()
    assert viewer_for(admin.user.pk).may("accounts.change")


def test_deactivating_somebody_shows_the_work_they_leave(admin: Desk) -> None:
    agent = person("agent")
    desk = team(agent)
    logged(agent, title="Left behind", team_id=desk.pk, assignee_id=agent.pk)
    admin.post("admin_area:person_deactivate", agent.pk)
    page = admin.page("admin_area:person", agent.pk)
    assert "Left behind" in page and "Assign these to somebody else" in page and "still holds 1 open" in page
    admin.post("admin_area:person_activate", agent.pk)
    agent.refresh_from_db()
    assert agent.is_active


def test_an_administrator_gives_a_new_password_and_ends_a_token(admin: Desk) -> None:
    from allclear.accounts.tokens import bearer, issue_token
    from allclear.kernel.clock import now

    user = person("agent", password=PASSWORD)
    _, plain = issue_token(viewer_for(user.pk), user, "Script", ["read"], None, now())
    assert admin.post("admin_area:person_password", user.pk, password="short").status_code == 422
    assert admin.post("admin_area:person_password", user.pk, password="a quiet river bends").status_code == 302
    user.refresh_from_db()
    assert user.check_password("a quiet river bends")
    admin.post("admin_area:person_token_revoke", user.pk, user.tokens.get().pk)
    assert bearer(plain, now()) is None


def test_people_are_found_by_name_role_organisation_and_state(admin: Desk) -> None:
    customer = organisation("Northwind")
    person("agent", name="Rosa Kern", organisation=customer)
    person("requester", name="Tom Berg", is_active=False)
    url = reverse("admin_area:people")
    for query, rosa, tom in (
        ("?q=kern", True, False),
        ("?role=agent", True, False),
        (f"?organisation={customer.pk}", True, False),
        ("?state=inactive", False, True),
        ("?state=all", True, True),
        ("?role=nonsense&organisation=x&page=zz", True, False),
    ):
        page = admin.client.get(url + query).content.decode()
        assert (("Rosa Kern" in page), ("Tom Berg" in page)) == (rosa, tom), query


def test_a_team_gets_members_and_leads(admin: Desk) -> None:
    agent, customer = person("agent", name="Rosa Kern"), person("requester", name="No Staff")
    told = admin.post("admin_area:team_add", name="Network", tier="2", is_active="on")
    row = Team.objects.get()
    assert told.headers["Location"] == reverse("admin_area:team", args=[row.pk])
    assert admin.post("admin_area:member_add", row.pk, user_id=agent.pk, is_lead="on").status_code == 302
    refused = admin.post("admin_area:member_add", row.pk, user_id=customer.pk)
    assert refused.status_code == 422 and "No Staff is not active staff" in refused.content.decode()
    assert admin.post("admin_area:member_add", row.pk, user_id="").status_code == 422
    admin.post("admin_area:member_change", row.pk, agent.pk, do="follow")
    assert not Membership.objects.get().is_lead
    logged(agent, team_id=row.pk, assignee_id=agent.pk)
    assert "Rosa Kern" in admin.page("admin_area:team", row.pk)
    admin.post("admin_area:member_change", row.pk, agent.pk, do="remove")
    assert not Membership.objects.exists()


def test_groups_are_added_changed_and_removed(admin: Desk) -> None:
    admin.post("admin_area:organisation_add", name="Group", is_active="on")
    group = Organisation.objects.get()
    admin.post("admin_area:organisation_add", name="Part", parent_id=group.pk, is_active="on")
    part = Organisation.objects.get(name="Part")
    circle = admin.post("admin_area:organisation", group.pk, name="Group", parent_id=part.pk, is_active="on", version=1)
    assert circle.status_code == 422 and "its own part" in circle.content.decode()
    admin.post("admin_area:skill_add", name="dns")
    skill = Skill.objects.get()
    admin.post("admin_area:skill", skill.pk, name="DNS", version=1)
    assert Skill.objects.get().name == "DNS"
    admin.post("admin_area:skill_remove", skill.pk)
    admin.post("admin_area:security_class_add", name="Fraud", members=[admin.user.pk])
    fraud = SecurityClass.objects.get()
    assert not Skill.objects.exists() and list(fraud.members.all()) == [admin.user]
    assert "added" in admin.page("admin_area:audit") and "Fraud" in admin.page("admin_area:audit")
    category(security_class=fraud)
    assert admin.post("admin_area:security_class_remove", fraud.pk).status_code == 409


def test_the_catalogue_is_kept_by_an_incident_manager() -> None:
    manager = Desk("incident_manager")
    manager.post("catalog:service_add", name="Shop", criticality="1", is_active="on")
    shop = Service.objects.get()
    wrong = manager.post("catalog:service_edit", shop.pk, name="", criticality="1", version=1)
    assert wrong.status_code == 422
    manager.post("catalog:service_edit", shop.pk, name="Web shop", criticality="2", is_active="on", version=1)
    manager.post("catalog:ci_add", name="host-1", kind="Server", status="in_use")
    host = ConfigurationItem.objects.get()
    assert Service.objects.get().name == "Web shop"
    edge = manager.post(
        "catalog:edge_add", "service", shop.pk, direction="lower", kind="runs_on", other=f"ci:{host.pk}"
    )
    assert edge.status_code == 302
    assert "Web shop" in manager.page("catalog:ci", host.pk)
    again = manager.post(
        "catalog:edge_add", "ci", host.pk, direction="upper", kind="runs_on", other=f"service:{shop.pk}"
    )
    assert again.status_code == 422 and "there already" in again.content.decode()
    for other in (f"service:{shop.pk}", "nonsense", ""):
        told = manager.post("catalog:edge_add", "service", shop.pk, direction="lower", kind="runs_on", other=other)
        assert told.status_code == 422, other
    manager.post("catalog:edge_remove", "ci", host.pk, Dependency.objects.get().pk)
    assert not Dependency.objects.exists()
    assert "host-1" in manager.client.get(reverse("catalog:suggest") + "?q=host").content.decode()


def test_categories_ask_questions_and_are_deleted_only_when_free() -> None:
    manager = Desk("incident_manager")
    top = category("Network", base_class="hardware")
    manager.post("catalog:category_add", name="VPN", parent_id=top.pk, is_active="on")
    vpn = Category.objects.get(name="VPN")
    manager.post("catalog:question_add", vpn.pk, text="Which site?", kind="choice", choices="Lyon\nPorto", position=10)
    question = vpn.questions.get()
    assert question.choices == ["Lyon", "Porto"]
    short = manager.post("catalog:question", question.pk, text="Which?", kind="choice", choices="Lyon", position=10)
    assert short.status_code == 422 and "two choices" in short.content.decode()
    assert "Which site?" in Desk("agent").page("catalog:category", vpn.pk)
    logged(person("agent"), category_id=vpn.pk)
    used = manager.post("catalog:category_remove", vpn.pk)
    assert used.status_code == 409 and "Deactivate it instead" in used.content.decode()
    manager.post("catalog:question_remove", question.pk)
    assert not vpn.questions.exists()


def test_templates_codes_and_fields_by_form(admin: Desk) -> None:
    service("VPN")
    admin.post(
        "admin_area:template_add", name="Joiner", kind="service_request", tasks="Account\nLaptop", is_active="on"
    )
    assert IncidentTemplate.objects.get().tasks == ["Account", "Laptop"]
    admin.post("admin_area:code_add", list="cause", key="moon", name="Moon", position=5, is_active="on")
    code = Code.objects.get()
    admin.post("admin_area:code", code.pk, list="resolution", key="sun", name="Full moon", position=5, version=1)
    code.refresh_from_db()
    assert (code.list, code.key, code.name, code.is_active) == ("cause", "moon", "Full moon", False)
    admin.post("admin_area:field_add", name="Asset", key="asset", kind="text", position=10, is_active="on")
    field = CustomField.objects.get()
    admin.post("admin_area:field", field.pk, name="Asset tag", position=10, is_active="on", version=1)
    field.refresh_from_db()
    assert (field.name, field.key, field.kind) == ("Asset tag", "asset", "text")


def _matrix(**more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"size": "3", "version": "0", "note": "Because", "do": "save"}
    for n, name in enumerate(("High", "Medium", "Low"), start=1):
        data |= {f"impacts_{n}": name, f"urgencies_{n}": name}
        data |= {f"cell_{n}_{u}": str(n + u - 1) for u in (1, 2, 3)}
    data |= {"band_1": "Grave", "band_1_key": "serious", "band_1_major": "on", "band_2": "Small", "band_2_key": "minor"}
    data |= {f"band_of_{p}": "serious" if p < 3 else "minor" for p in range(1, 6)}
    return data | more


def test_the_matrix_gets_a_version_with_a_reason(admin: Desk) -> None:
    assert admin.post("admin_area:matrix", **_matrix()).status_code == 302
    matrix = in_force().matrix
    assert (matrix.version, matrix.band("serious").name, matrix.vip_raises_urgency) == (1, "Grave", False)
    nameless = admin.post("admin_area:matrix", **_matrix(version="1", note=""))
    assert nameless.status_code == 422 and "Say why" in nameless.content.decode()
    wrong = admin.post("admin_area:matrix", **_matrix(version="1", cell_1_1="3"))
    assert wrong.status_code == 422 and "must give P1" in wrong.content.decode()
    late = admin.post("admin_area:matrix", **_matrix(version="0", note="Mine"))
    page = late.content.decode()
    assert late.status_code == 409 and "The admin saved version 1" in page and 'name="version" value="1"' in page
    assert in_force().matrix.version == 1
    four = admin.client.get(reverse("admin_area:matrix") + "?size=4").content.decode()
    assert "cell_4_4" in four
    assert "Grave" in admin.client.get(reverse("admin_area:versions", args=["priority_matrix"])).content.decode()


def test_routing_rules_are_ordered_tried_and_saved(admin: Desk) -> None:
    rosa = person("agent", name="Rosa Kern")
    desk, network = team(rosa, name="Desk"), team(rosa, name="Network")
    vpn = category("VPN")
    rules = [{"name": "All", "team_id": desk.pk}]
    draft: dict[str, Any] = {"rules": json.dumps(rules), "opened": "", "version": "0", "fallback_team_id": str(desk.pk)}
    page = admin.post("admin_area:routing", **draft, do="add").content.decode()
    assert "Rule 2" in page
    opened = {**draft, "rules": json.dumps([*rules, {"name": "Rule 2"}]), "opened": "1", "rule_name": "VPN"}
    opened |= {"rule_team_id": str(network.pk), "rule_category_ids": [str(vpn.pk)], "rule_person": "least_loaded"}
    first = admin.post("admin_area:routing", **opened, do="up:1").content.decode()
    assert first.index("VPN</b>") < first.index("All</b>")
    swapped = {**opened, "rules": json.dumps([{"name": "Rule 2"}, *rules]), "opened": "0"}
    tried = admin.post("admin_area:routing", **swapped, do="try", try_category_id=str(vpn.pk)).content.decode()
    assert "Routed to Network by rule “VPN”" in tried and "Given to Rosa Kern" in tried
    assert in_force().routing.rules == (), "trying saves nothing"
    assert admin.post("admin_area:routing", **swapped, do="save", note="First rules").status_code == 302
    assert [rule.name for rule in in_force().routing.rules] == ["VPN", "All"]
    late = admin.post("admin_area:routing", **swapped, do="save", note="Again")
    assert late.status_code == 409 and "saved version 1" in late.content.decode()
    broken = {**draft, "version": "1", "rules": json.dumps([{"name": "", "team_id": None}])}
    assert admin.post("admin_area:routing", **broken, do="save", note="x").status_code == 422
    assert admin.post("admin_area:routing", **{**draft, "rules": "not json"}, do="remove:7").status_code == 200


def test_the_lifecycle_gets_a_version(admin: Desk) -> None:
    named = DEFAULTS["lifecycle"].items()
    numbers = {name: value for name, value in named if not isinstance(value, bool) and value is not None}
    form = {**numbers, "close_after_days": 2, "needs_cause": "on", "note": "Faster", "version": 0}
    assert admin.post("admin_area:lifecycle", **form).status_code == 302
    life = in_force().lifecycle
    assert (life.version, life.close_after.days, life.needs_cause) == (1, 2, True)
    late = admin.post("admin_area:lifecycle", **form)
    assert late.status_code == 409 and "The admin changed this while you were writing" in late.content.decode()
    assert "Faster" in admin.client.get(reverse("admin_area:versions", args=["lifecycle"])).content.decode()


def test_the_audit_log_names_who_and_what_in_pages(admin: Desk) -> None:
    viewer = viewer_for(admin.user.pk)
    row = catalog.add_service(viewer, {"name": "Shop"}, now=T0)
    for n in range(60):
        catalog.change_service(viewer, row.pk, {"description": f"Text {n}"}, now=T0)
    logged(person("agent"), title="Not of administration")
    page = admin.page("admin_area:audit")
    assert "The admin" in page and "Text 59" in page and "Text 3<" not in page
    assert "Not of administration" not in page
    older = admin.client.get(reverse("admin_area:audit") + f"?before={_last_id(50)}").content.decode()
    assert "Text 3" in older
    only = admin.client.get(reverse("admin_area:audit") + "?noun=team").content.decode()
    assert "No change of this kind" in only


def _last_id(n: int) -> int:
    from allclear.kernel.models import Event

    return Event.objects.exclude(stream_type="incident").order_by("-id")[n - 1].pk


@pytest.mark.parametrize("role", ["requester", "agent", "auditor"])
def test_a_form_that_is_sent_without_the_right_changes_nothing(role: str) -> None:
    desk, row, shop, host = Desk(role), person("agent"), service("Shop"), ci("host")
    crew = team(row)
    sent: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("admin_area:person_add", (), dict(PERSON)),
        ("admin_area:person", (row.pk,), {**PERSON, "roles": ["admin"]}),
        ("admin_area:person_deactivate", (row.pk,), {}),
        ("admin_area:person_password", (row.pk,), {"password": PASSWORD}),
        ("admin_area:team", (crew.pk,), {"name": "X", "tier": 1}),
        ("admin_area:member_change", (crew.pk, row.pk), {"do": "remove"}),
        ("catalog:service_edit", (shop.pk,), {"name": "X", "criticality": 1}),
        ("catalog:edge_add", ("ci", host.pk), {"direction": "upper", "kind": "runs_on", "other": f"service:{shop.pk}"}),
        ("catalog:category_add", (), {"name": "X"}),
        ("admin_area:matrix", (), _matrix()),
        ("admin_area:routing", (), {"rules": "[]", "version": "0", "note": "x", "do": "save"}),
    ]
    for name, args, data in sent:
        status = desk.post(name, *args, **data).status_code
        assert status in (403, 404) or (name in ("admin_area:person", "admin_area:team") and status == 200), name
    row.refresh_from_db()
    assert (row.roles, row.is_active, crew.members.count(), Dependency.objects.count()) == (["agent"], True, 1, 0)
    assert Service.objects.get().name == "Shop" and in_force().matrix.version == 0
    assert not Category.objects.exists() and Team.objects.get().name == crew.name
