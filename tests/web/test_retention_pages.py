"""The screens of retention: the policy's editor, the legal hold, and the erasure of a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from allclear.accounts.models import User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.catalog.policies import body_of, save_policy
from allclear.domain.terms import Role
from allclear.engine import retention
from allclear.incidents import actions
from allclear.incidents.models import Content, Incident
from allclear.testing import T0, in_status, logged, person, request_as
from allclear.web.admin.versions import differences

pytestmark = pytest.mark.django_db
EDITOR = "/admin/policies/retention/"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_it_counts_before_it_saves_and_changes_nothing_meanwhile() -> None:
    client = as_(person(Role.ADMIN))
    in_status("closed")
    tried = client.post(EDITOR, {"do": "try", "rules": "[]", "keep_texts": "30", "version": "0"})
    assert "It would erase words of 1 incident." in text_of(tried)
    assert body_of("retention")[0] == 0
    assert not Content.objects.exclude(erased_at=None).exists()
    saved = client.post(EDITOR, {"do": "save", "rules": "[]", "keep_texts": "30", "version": "0", "note": "Agreed"})
    assert saved.status_code == 302
    version, body = body_of("retention")
    assert (version, body["keep_days"]) == (1, {"texts": 30, "replies": None, "notes": None, "files": None})
    assert "30 days after the end" in text_of(client.get("/admin/policies/"))


def test_it_adds_an_exception_and_keeps_what_was_typed() -> None:
    client = as_(person(Role.ADMIN))
    page = client.post(EDITOR, {"do": "add", "rules": "[]", "keep_notes": "7", "version": "0"})
    assert 'value="Exception 1"' in text_of(page)
    given = {"do": "save", "rules": '[{"name": "x", "keep_days": {}}]', "opened": "0", "keep_notes": "7"}
    given |= {
        "rule_name": "Security",
        "rule_base_classes": "security",
        "rule_priorities": "1",
        "rule_keep_texts": "900",
    }
    assert client.post(EDITOR, given | {"version": "0", "note": "Law"}).status_code == 302
    (rule,) = body_of("retention")[1]["rules"]
    assert (rule["name"], rule["base_classes"], rule["priorities"]) == ("Security", ["security"], [1])
    assert rule["keep_days"]["texts"] == 900


@pytest.mark.parametrize("typed", ["0", "-3", "1.5", "soon", "999999"])
def test_it_says_what_is_wrong_with_a_span_and_keeps_it_in_the_form(typed: str) -> None:
    client = as_(person(Role.ADMIN))
    page = client.post(EDITOR, {"do": "save", "rules": "[]", "keep_texts": typed, "version": "0", "note": "x"})
    assert page.status_code == 422
    assert "whole days from 1" in text_of(page)
    assert f'value="{typed}"' in text_of(page)
    assert body_of("retention")[0] == 0


def test_it_tells_versions_apart_in_words() -> None:
    old = {"rules": [], "keep_days": {"texts": None}}
    new = {"rules": [{"name": "A", "keep_days": {"notes": 5}, "priorities": [1, 2]}], "keep_days": {"texts": 30}}
    assert differences("retention", old, new, {}) == [
        ("Texts", "kept for ever", "30 days after the end"),
        ("Order of the exceptions", "no exceptions", "A"),
        ("Exception A: Internal notes", "–", "5 days after the end"),
        ("Exception A: priorities", "–", "1, 2"),
    ]


def test_it_offers_the_legal_hold_to_those_who_may_place_it() -> None:
    manager, agent = person(Role.INCIDENT_MANAGER), person()
    row = in_status("closed", agent)
    address = f"/incidents/{row.number}/"
    assert "Place a legal hold" in text_of(as_(manager).get(address))
    assert "Place a legal hold" not in text_of(as_(agent).get(address))
    as_(manager).post(f"{address}do/place-retention-hold/", {"reason": "Case", "version": str(row.version)})
    actions.place_retention_hold(request_as(manager, 30), row.pk, reason="Court case 7")
    page = text_of(as_(manager).get(address))
    assert "legal hold" in page
    assert "Lift the legal hold" in page


def test_it_says_on_the_page_that_words_were_erased() -> None:
    agent = person()
    row = in_status("closed", agent)
    body = {"rules": [], "keep_days": {"texts": 5}}
    save_policy(SYSTEM_VIEWER, "retention", body, note="", expected_version=0, now=T0)
    retention.run(T0 + timedelta(days=9))
    page = text_of(as_(agent).get(f"/incidents/{row.number}/"))
    assert "Words of this incident were erased." in page
    assert "VPN drops" not in page
    assert "under the retention rules" in page
    log = text_of(as_(person(Role.AUDITOR)).get("/admin/audit/?noun=retention"))
    assert "erased what was due" in log


def test_it_erases_a_person_after_the_name_was_typed() -> None:
    admin, rita = person(Role.ADMIN), person("requester", name="Rita Roe")
    row = logged(rita, requester_id=rita.pk)
    address = f"/admin/people/{rita.pk}/erase/"
    assert "has not ended" in text_of(as_(admin).get(address))
    actions.cancel_incident(request_as(person(), 5), row.pk, reason="Wrong")
    assert "Erase for good" in text_of(as_(admin).get(address))
    wrong = as_(admin).post(address, {"reason": "Asked", "typed": "Rita"})
    assert wrong.status_code == 422
    rita.refresh_from_db()
    assert rita.name == "Rita Roe"
    assert as_(admin).post(address, {"reason": "Asked", "typed": "rita  roe"}).status_code == 302
    rita.refresh_from_db()
    assert rita.name == f"Former user {rita.pk}"
    assert Incident.objects.get(pk=row.pk).title == "[erased]"
    assert "erased for good" in text_of(as_(admin).get("/admin/audit/?noun=user"))


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_it_shows_the_erasure_to_administrators_only(role: Role) -> None:
    rita = person("requester")
    assert as_(person(role)).get(f"/admin/people/{rita.pk}/erase/").status_code == 403
