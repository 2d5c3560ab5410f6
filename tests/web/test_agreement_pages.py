"""The screens of agreements: what they show, and that nothing typed is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from allclear.incidents import actions
from allclear.kernel.clock import set_clock
from allclear.slas.models import Agreement
from allclear.testing import (
    agreement,
    calendar,
    instant,
    logged,
    organisation,
    person,
    promise,
    request_as,
    service,
    team,
)
from allclear.web.admin.agreement_spans import minutes_of, span_text

pytestmark = pytest.mark.django_db


class Desk:
    """A manager at the screens, an hour after T0."""

    def __init__(self) -> None:
        self.client, self.manager = Client(), person("incident_manager")
        self.client.force_login(self.manager)
        self.office = calendar("Office")

    def page(self, name: str, /, *args: Any, status: int = 200, **query: Any) -> str:
        response = self.client.get(reverse(f"admin_area:{name}", args=args), query)
        assert response.status_code == status
        return unescape(response.content.decode())

    def post(self, name: str, /, *args: Any, status: int = 302, **data: Any) -> str:
        response = self.client.post(reverse(f"admin_area:{name}", args=args), data)
        assert response.status_code == status, response.content.decode()[:3000]
        return unescape(response.content.decode())

    def target(self, **more: Any) -> dict[str, Any]:
        return {"key": "P1", "metric": "resolution", "span": "4 h", "calendar_id": self.office.pk} | more


@pytest.fixture
def desk() -> Iterator[Desk]:
    with set_clock(instant(60)):
        yield Desk()


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("15 min", 15), ("15", 15), ("4h", 240), ("1 h 30 min", 90), ("1,5 Std.", 90), ("2 d", 2880), ("2 Tage", 2880),
        ("", None), ("0", None), ("soon", None), ("4 x", None), ("1.33 h", None), ("-4 h", None), ("4 h later", None),
    ],
)  # fmt: skip
def test_it_reads_a_time_as_people_write_it(text: str, minutes: int | None) -> None:
    assert minutes_of(text) == minutes
    assert minutes is None or minutes_of(span_text(minutes)) == minutes


def test_it_adds_an_agreement_from_the_matrix_of_priorities(desk: Desk) -> None:
    filled = {f"fill_resolution_{n}": f"{n * 4} h" for n in range(1, 6)} | {"fill_response_1": "15 min"}
    filled["fill_calendar"] = str(desk.office.pk)
    page = desk.post(
        "agreement_add",
        status=200,
        kind="sla",
        name="Gold",
        targets="[]",
        do="fill",
        **filled,
    )
    assert "P5 resolution" in page
    assert "response 15 min" in page
    assert not Agreement.objects.exists()
    targets = page.split('name="targets" value="', 1)[1].split('"><input', 1)[0]
    desk.post("agreement_add", kind="sla", name="Gold", targets=targets, do="save", note="Signed")
    row = Agreement.objects.get()
    body = row.versions.get().body
    assert [one["minutes"] for one in body["targets"]] == [15, 240, 480, 720, 960, 1200]
    listed = desk.page("agreements")
    assert "P1: response 15 min, resolution 4 h" in listed
    shown = desk.page("agreement", row.pk)
    assert "warns the assignee" in shown
    assert "Signed" in shown


def test_it_keeps_everything_typed_and_says_what_is_wrong_at_its_place(desk: Desk) -> None:
    wrong = [desk.target(), desk.target(key="second", span="soon", calendar_id=None)]
    page = desk.post(
        "agreement_add", status=422, kind="sla", name="Gold", description="In the safe", targets=json.dumps(wrong),
        penalty_currency="euro", penalty_per_breach="ten", begins="2026-03-01T09:00", do="save",
    )  # fmt: skip
    for kept in ('value="Gold"', "In the safe", 'value="soon"', 'value="euro"', 'value="ten"', "2026-03-01T09:00"):
        assert kept in page
    for said in (
        "Target “second”: Choose the calendar", "Write a time like 15 min", "three capital letters", "Write an amount",
        "Choose now or a later instant",
    ):  # fmt: skip
        assert said in page
    assert '<a href="#t-calendar_id">' in page
    assert not Agreement.objects.exists()


def test_its_buttons_copy_move_remove_and_keep_what_stands_in_the_open_target(desk: Desk) -> None:
    given = {"kind": "sla", "name": "Gold", "targets": json.dumps([desk.target(), desk.target(key="P2")])}
    fields = {"opened": "1", "t_key": "Other", "t_metric": "response", "t_span": "9 min", "t_calendar": desk.office.pk}
    thresholds = {"t_count": "1", "t_0_percent": "80 %", "t_0_new": f"tell_person:{desk.manager.pk}"}
    page = desk.post("agreement_add", status=200, do="copy:1", t_priorities=["2"], **given, **fields, **thresholds)
    assert "Other (copy)" in page
    assert "P2 · response 9 min · Office" in page
    assert f"tells {desk.manager.name}" in page
    page = desk.post("agreement_add", status=200, do="up:1", **given)
    assert page.index("<b>P2</b>") < page.index("<b>P1</b>")
    page = desk.post("agreement_add", status=200, do="remove:0", **given)
    assert "<b>P1</b>" not in page
    page = desk.post("agreement_add", status=200, do="threshold", **given, **fields, t_count="0")
    assert 'name="t_0_percent" maxlength="5" value="50"' in page


def test_a_change_becomes_a_version_that_says_who_why_and_what(desk: Desk) -> None:
    row = agreement(promise("resolution", 240, desk.office, key="P1"), name="Gold")
    page = desk.page("agreement_edit", row.pk, target=0)
    assert "This target applies to everything" in page
    assert "4 h until the service is back" in page
    posted = {"name": "Gold", "targets": json.dumps([desk.target(span="2 h")]), "do": "save", "version": "0"}
    assert "Say why" in desk.post("agreement_edit", row.pk, status=422, **posted)
    desk.post("agreement_edit", row.pk, note="The new contract", **posted)
    page = desk.page("agreement", row.pk)
    assert "The new contract" in page
    assert "P1: time" in page
    assert "resolution 4 h" in page
    assert "resolution 2 h" in page
    again = desk.post("agreement_edit", row.pk, status=409, note="Mine", **posted)
    assert "Somebody changed this" in again
    assert 'value="Mine"' in again


def test_it_says_which_target_would_win_and_why(desk: Desk) -> None:
    mail = service("Mail")
    agreement(
        promise("resolution", 240, desk.office, key="Any"),
        promise("resolution", 60, desk.office, key="Mail only", when={"service_ids": [mail.pk]}), name="Gold",
    )  # fmt: skip
    page = desk.page("agreements", **{"try": "1", "try_priority": "1", "try_service_id": mail.pk})
    assert "Target “Mail only” of Gold" in page
    assert "asks for more" in page
    given = {"kind": "sla", "name": "Draft", "targets": json.dumps([desk.target(when={"priorities": [1]})])}
    page = desk.post("agreement_add", status=200, do="try", try_priority="1", **given)
    assert "Target “P1” of Draft" in page
    assert Agreement.objects.count() == 1


def test_it_shows_how_it_was_kept_and_what_was_missed_costs(desk: Desk, wired: None) -> None:
    penalty = {"currency": "EUR", "per_breach": "100"}
    row = agreement(promise("resolution", 30, desk.office, key="Any"), name="Gold", penalty=penalty)
    agent = person()
    logged(agent, at=0)
    kept = logged(agent, at=1)
    actions.cancel_incident(request_as(agent, 2), kept.pk, reason="Twice")
    logged(agent, at=50)
    page = desk.page("agreements")
    assert "0 met, 1 breached" in page
    assert "<b>100 EUR</b>" in desk.page("agreement", row.pk)


def test_it_ends_and_removes_and_says_why_not(desk: Desk, wired: None) -> None:
    row, other = agreement(promise("resolution", 30, desk.office)), agreement(promise("resolution", 30, desk.office))
    desk.post("agreement_move", other.pk, do="up")
    assert list(Agreement.objects.all()) == [other, row]
    desk.post("agreement_end", row.pk, at="not a date")
    assert row.versions.count() == 1
    desk.post("agreement_end", row.pk, note="Over")
    assert "ended" in desk.page("agreement", row.pk)
    logged(at=61)
    desk.post("agreement_remove", other.pk)
    assert "End it instead" in desk.page("agreement", other.pk)
    desk.post("agreement_remove", row.pk)
    assert not Agreement.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("kind", ["sla", "ola", "uc"])
def test_the_form_offers_what_the_kind_is_about(desk: Desk, kind: str) -> None:
    team(name="Second line")
    organisation("Acme")
    organisation("Westline", is_supplier=True)
    page = desk.page("agreement_add", kind=kind)
    parties = page.split('id="party_ids"', 1)[1].split("</fieldset>", 1)[0]
    assert ("Second line" in parties) == (kind == "ola")
    assert ("Acme" in parties) == (kind == "sla")
    assert ("fill_response_1" in page) == (kind != "uc")
    assert ("penalty_cap" in page) == (kind != "ola")


BENT = '[{"when": {"priorities": ["x"], "kinds": [{}], "service_ids": 5}, "thresholds": [{"actions": [{"do": 4}]}]}]'


@pytest.mark.parametrize("bad", ["{", "[1]", "[[]]", '{"a": 1}', '[{"span": {"x": 1}, "when": 4}]', "null", BENT])
def test_a_form_that_was_bent_is_refused_in_words(desk: Desk, bad: str) -> None:
    page = desk.post("agreement_add", status=422, kind="sla", name="Gold", targets=bad, do="save")
    assert "Not saved" in page


def test_who_may_read_sees_them_and_changes_nothing(desk: Desk) -> None:
    row = agreement(promise("resolution", 30, desk.office), name="Gold")
    desk.client.force_login(person("agent"))
    assert "Gold" in desk.page("agreements")
    shown = desk.page("agreement", row.pk)
    assert reverse("admin_area:agreement_edit", args=[row.pk]) not in shown
    for name in ("agreement_end", "agreement_remove", "agreement_move"):
        desk.post(name, row.pk, status=403)
    desk.page("agreement_edit", row.pk, status=403)
