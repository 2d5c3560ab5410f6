"""The closure report as page, PDF and JSON."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.urls import reverse
from pypdf import PdfReader

from allclear.accounts.models import User
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.incidents.tests.world import world
from allclear.testing import in_status, logged, person, request_as, resolution
from tests.web.screens import as_

pytestmark = pytest.mark.django_db


def _get(user: User, row: Incident, name: str) -> Any:
    return as_(user).get(reverse(f"incidents:{name}", args=[row.number]))


def _words(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_it_makes_a_pdf_that_holds_the_title_and_the_resolution() -> None:
    company = world("closed")
    response = _get(company.agent, company.row, "report_pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{company.row.number}.pdf"'
    words = _words(response.content)
    for word in ("VPN drops", "Rolled the change back", "CLOSURE REPORT", "Rita Holm", company.row.number):
        assert word in words


@pytest.mark.parametrize(
    "title",
    [
        "#panic(1) $x$ *bold* `raw` @label <label> \\ // /* #import \"x\"",
        "障害が発生 — отказ сети — تعطل — 🚒🔥 naïve",
        "W" * 250,
        "line\u2028separator \u200b\u0301 zero width",
    ],
)  # fmt: skip
def test_it_takes_every_text_as_plain_text(title: str) -> None:
    agent = person(name="Maria Beatriz de Albuquerque e Castro von und zu Hohenlohe-Waldenburg-Schillingsfürst")
    row = logged(agent, title=title, description=f"{title}\n\n{title * 20}", answers=[(title, title)])
    actions.add_note(request_as(agent, 1), row.pk, title * 9)
    assert _get(agent, row, "report_pdf").content.startswith(b"%PDF")
    assert _get(agent, row, "report").status_code == 200


def test_it_says_that_an_open_one_is_a_draft() -> None:
    company = world("in_progress")
    assert "This is a draft." in _get(company.agent, company.row, "report").content.decode()
    assert "DRAFT" in _words(_get(company.agent, company.row, "report_pdf").content)
    closed = in_status("closed", company.agent)
    assert "This is a draft." not in _get(company.agent, closed, "report").content.decode()


def test_it_tells_times_cause_fix_and_what_is_missing() -> None:
    company = world()
    ending = resolution("Rolled back", cause_code="change", permanent_fix="Pinned the firmware", downtime_minutes=90)
    actions.find_workaround(company.as_("agent", 31), company.row.pk, text="The other gateway")
    actions.resolve_incident(company.as_("agent", 61), company.row.pk, ending)
    actions.close_incident(company.as_("agent", 90), company.row.pk)
    data = json.loads(_get(company.agent, company.row, "report_json").content)
    spans = {span["name"]: span["seconds"] for span in data["spans"]}
    assert spans["Time to acknowledge"] == 60
    assert spans["Time to resolve"] == 61 * 60
    assert spans["Time to close"] == 90 * 60
    assert (data["cause"]["name"], data["workaround"], data["permanent_fix"]) == (
        "Change", "The other gateway", "Pinned the firmware",
    )  # fmt: skip
    assert {"name": "Downtime", "value": "1 h 30 min"} in data["cost_and_harm"]
    assert data["completeness"]["score"] == Incident.objects.get(pk=company.row.pk).completeness
    missing = [item["name"] for item in data["completeness"]["items"] if not item["is_there"]]
    assert "Description" in missing
    assert data["timeline"][0]["what"].startswith("logged for Rita Holm")


def test_it_tells_the_path_from_team_to_team_to_staff_only() -> None:
    company = world()
    before = json.loads(_get(company.agent, company.row, "report_json").content)
    assert before["path"] == []
    actions.hand_over_incident(company.as_("agent", 40), company.row.pk, team_id=company.desk.pk, reason="A licence?")
    actions.refuse_handover(company.as_("mate", 45), company.row.pk, reason="The licence is *fine*")
    actions.cancel_incident(company.as_("agent", 60), company.row.pk, reason="Gone")
    data = json.loads(_get(company.agent, company.row, "report_json").content)
    told = [(hop["team"], hop["outcome"], hop["words"], hop["reason"]) for hop in data["path"]]
    assert told == [
        ("Network", "", "had it for 1 h", ""), ("Desk", "refused", "refused after 5 min", "The licence is *fine*"),
    ]  # fmt: skip
    assert "refused after 5 min" in _get(company.agent, company.row, "report").content.decode()
    assert "The licence is *fine*" in _words(_get(company.agent, company.row, "report_pdf").content)
    assert "path" not in json.loads(_get(company.requester, company.row, "report_json").content)


def test_it_gives_the_requester_what_was_told_to_them() -> None:
    company = world()
    actions.add_note(company.as_("agent"), company.row.pk, "walnut-ember")
    actions.resolve_incident(company.as_("agent"), company.row.pk, resolution("Rolled back", cause_code="change"))
    words = _words(_get(company.requester, company.row, "report_pdf").content)
    assert "Rolled back" in words
    for secret in ("walnut-ember", "Completeness", "Cause", "Routed"):
        assert secret not in words
    data = json.loads(_get(company.requester, company.row, "report_json").content)
    assert "cause" not in data
    assert "people" not in data
