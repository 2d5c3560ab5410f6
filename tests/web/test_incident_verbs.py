"""Every verb through its form: who has the right does it, a requester and an outsider do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allclear.incidents import actions
from allclear.incidents.tests.world import World, offered, world
from allclear.testing import codes, person
from allclear.web.incidents.verbs import VERBS
from tests.web.screens import HTMX, as_, do, kinds, page, upload, verb_url

pytestmark = pytest.mark.django_db

Data = Callable[[World], dict[str, Any]]
# verb: (status it starts in, what the form sends, the kind of the event that tells of it)
CASES: dict[str, tuple[str, Data, str]] = {
    "accept": ("new", lambda w: {}, "accepted"),
    "resolve": ("in_progress", lambda w: {"resolution_code": "fixed", "resolution": "Rolled back"}, "resolved"),
    "verify": ("resolved", lambda w: {"is_effective": "yes", "note": "Called them"}, "verified"),
    "close": ("resolved", lambda w: {}, "closed"),
    "follow_up": ("resolved", lambda w: {"effectiveness": "partly", "improvement": "Page sooner"}, "followed_up"),
    "resume": ("on_hold", lambda w: {}, "resumed"),
    "acknowledge": ("new", lambda w: {}, "acknowledged"),
    "assign": ("new", lambda w: {"team": w.network.pk, "assignee": w.mate.pk}, "assigned"),
    "hold": ("in_progress", lambda w: {"reason": "change", "note": "CHG1"}, "held"),
    "reopen": ("resolved", lambda w: {"reason": "Drops again"}, "reopened"),
    "edit": ("in_progress", lambda w: {"title": "Another title", "initial-title": "VPN drops"}, "edited"),
    "hand_over": ("in_progress", lambda w: {"team": w.desk.pk, "reason": "Not the network"}, "handover_offered"),
    "accept_handover": ("in_progress", lambda w: {}, "handover_accepted"),
    "refuse_handover": ("in_progress", lambda w: {"reason": "Not ours"}, "handover_refused"),
    "withdraw_handover": ("in_progress", lambda w: {}, "handover_withdrawn"),
    "prioritise": ("in_progress", lambda w: {"impact": 1, "urgency": 1, "reason": "All sites"}, "prioritised"),
    "categorise": ("in_progress", lambda w: {"category": w.category.pk}, "categorised"),
    "workaround": ("in_progress", lambda w: {"workaround": "The other gateway"}, "workaround_found"),
    "attach": ("in_progress", lambda w: {"file": upload(), "is_public": "no"}, "attached"),
    "add_task": ("in_progress", lambda w: {"title": "Call back"}, "task_added"),
    "add_responder": ("in_progress", lambda w: {"user": w.mate.pk}, "responder_added"),
    "watch": ("in_progress", lambda w: {}, "watcher_added"),
    "add_watcher": ("in_progress", lambda w: {"user": w.colleague.pk}, "watcher_added"),
    "relate": ("in_progress", lambda w: {"other": w.second.pk, "kind": "related"}, "related"),
    "parent": ("in_progress", lambda w: {"parent": w.second.pk}, "parent_linked"),
    "merge": ("in_progress", lambda w: {"into": w.second.pk}, "merged"),
    "split": ("in_progress", lambda w: {"title": "And the printer"}, "related"),
    "convert": ("in_progress", lambda w: {}, "converted"),
    "cancel": ("in_progress", lambda w: {"reason": "Logged twice"}, "cancelled"),
}
OPEN_TO_REQUESTER = {"attach", "watch", "reopen"}  # and "works", "fails", which are theirs alone


def test_it_has_a_case_for_every_verb_of_the_table() -> None:
    elsewhere = {
        "place_retention_hold",
        "lift_retention_hold",
        "rebase",
    }  # no agent's: test_retention_pages.py, test_rebase.py
    assert set(CASES) | elsewhere | {"unwatch", "child", "works", "fails"} == set(VERBS)


def prepared(name: str) -> World:
    company = world(CASES[name][0])
    return offered(company) if name.endswith("_handover") else company


@pytest.mark.parametrize("name", CASES)
def test_it_does_the_verb_for_an_agent(name: str) -> None:
    _, data, kind = CASES[name]
    company = prepared(name)
    codes()
    seen = len(kinds(company.row))
    response = do(company.agent, company.row, name, **data(company))
    assert response.status_code == 302, response.content.decode()
    assert kind in kinds(company.row)[seen:]


@pytest.mark.parametrize("name", CASES)
def test_it_answers_htmx_with_the_changed_page_and_closes_the_dialog(name: str) -> None:
    _, data, _ = CASES[name]
    company = prepared(name)
    codes()
    response = do(company.agent, company.row, name, headers=HTMX, **data(company))
    assert response.status_code == 200
    if name == "split":
        assert response["HX-Redirect"].startswith("/incidents/INC")
        return
    assert response["HX-Retarget"] == "#incident"
    assert "closeDialog" in response["HX-Trigger"]
    assert 'id="incident"' in response.content.decode()


@pytest.mark.parametrize("name", sorted(set(CASES) - OPEN_TO_REQUESTER))
def test_it_refuses_the_verb_to_the_requester(name: str) -> None:
    status, data, _ = CASES[name]
    company = world(status)
    codes()
    before = kinds(company.row)
    if name == "verify":  # theirs as "works" and "fails"; the form of the desk is not offered to them
        assert as_(company.requester).get(verb_url(company.row, name)).status_code == 409
        return
    assert do(company.requester, company.row, name, **data(company)).status_code == 403
    assert kinds(company.row) == before


@pytest.mark.parametrize("name", CASES)
def test_it_does_not_exist_for_an_outsider(name: str) -> None:
    status, data, _ = CASES[name]
    company = world(status)
    before = kinds(company.row)
    assert do(company.outsider, company.row, name, **data(company)).status_code == 404
    assert kinds(company.row) == before


def test_it_takes_the_requesters_word_that_it_works() -> None:
    company = world("resolved")
    assert "Does it work again?" in page(company.requester, company.row)
    assert do(company.requester, company.row, "works").status_code == 302
    assert kinds(company.row)[-1] == "verified"
    assert "Does it work again?" not in page(company.requester, company.row)


def test_it_goes_back_to_work_when_the_requester_says_it_fails() -> None:
    company = world("resolved")
    assert do(company.requester, company.row, "fails", note="").status_code == 422
    assert do(company.requester, company.row, "fails", note="Still slow").status_code == 302
    assert kinds(company.row)[-1] == "verification_failed"


def test_it_lets_no_colleague_confirm_for_another() -> None:
    company = world("resolved")
    actions.watch_incident(company.as_("agent"), company.row.pk, user_id=company.colleague.pk)
    assert do(company.colleague, company.row, "works").status_code == 403
    assert "Does it work again?" not in page(company.colleague, company.row)


def test_it_says_at_the_field_what_is_wrong_and_keeps_what_was_typed() -> None:
    company = world()
    codes()
    data = {"resolution_code": "", "resolution": "Rolled <b>back</b>"}
    response = do(company.agent, company.row, "resolve", headers=HTMX, **data)
    html = response.content.decode()
    assert response.status_code == 422
    assert response["HX-Retarget"] == "#dialog-body"
    assert "One thing needs your attention" in html
    assert "Rolled &lt;b&gt;back&lt;/b&gt;" in html
    assert kinds(company.row)[-1] != "resolved"


def test_it_offers_only_what_is_possible_and_the_next_step_first() -> None:
    company = world("new")
    html = page(company.agent, company.row)
    assert html.index(verb_url(company.row, "accept")) < html.index(verb_url(company.row, "assign"))
    assert verb_url(company.row, "resume") not in html
    assert verb_url(company.row, "close") not in html
    assert verb_url(company.row, "accept") not in page(company.auditor, company.row)


def test_it_offers_no_resolve_while_a_task_is_open() -> None:
    company = world()
    actions.add_task(company.as_("agent"), company.row.pk, title="Capture the log")
    assert "1 task is still open. Finish or cancel first." in page(company.agent, company.row)


def test_it_ticks_a_task_and_takes_the_tick_away() -> None:
    company = world()
    actions.add_task(company.as_("agent"), company.row.pk, title="Capture the log")
    task = company.row.tasks.get()
    url = f"/incidents/{company.row.number}/tasks/{task.pk}/"
    assert as_(company.agent).post(url, {"status": "done"}).status_code == 302
    assert kinds(company.row)[-1] == "task_finished"
    assert as_(company.agent).post(url, {"status": "open"}).status_code == 302
    assert kinds(company.row)[-1] == "task_reopened"
    assert as_(company.requester).post(url, {"status": "done"}).status_code == 403


def test_it_shows_the_form_as_a_page_without_script() -> None:
    company = world()
    html = as_(company.agent).get(verb_url(company.row, "hold")).content.decode()
    assert "<!doctype html>" in html
    assert f'action="{verb_url(company.row, "hold")}"' in html
    assert "hx-post" not in html.split('id="verb-form"')[0].rsplit("<form", 1)[1]


def test_it_removes_people_and_links_again() -> None:
    company = world()
    request = company.as_("agent")
    actions.add_responder(request, company.row.pk, company.mate.pk)
    actions.relate_incident(request, company.row.pk, company.second.pk)
    for what, key, kind in (
        ("responder", company.mate.pk, "responder_removed"),
        ("related", company.second.pk, "unrelated"),
    ):
        url = f"/incidents/{company.row.number}/remove/{what}/{key}/"
        assert as_(company.agent).post(url).status_code == 302
        assert kinds(company.row)[-1] == kind


def test_it_shows_an_offer_with_its_answers_to_the_receiver_and_the_way_back_to_the_sender() -> None:
    company = world()
    do(company.agent, company.row, "hand_over", team=company.desk.pk, reason="Looks like a <b>licence</b>")
    company.desk.memberships.filter(user=company.mate).delete()
    receiver = person(name="Ines Rey")
    company.desk.memberships.create(user=receiver)
    shown = page(receiver, company.row)
    assert "<b>Network</b> offered this to <b>Desk</b>" in shown
    assert "Looks like a &lt;b&gt;licence&lt;/b&gt;" in shown
    assert "do/accept-handover/" in shown and "do/refuse-handover/" in shown
    assert "do/withdraw-handover/" not in shown and "do/accept/" not in shown
    sender = page(company.agent, company.row)
    assert "<b>still yours</b>" in sender and "do/withdraw-handover/" in sender
    assert "do/accept-handover/" not in sender and "do/hand-over/" not in sender
    queue = as_(receiver).get("/incidents/?view=offered").content.decode()
    assert "offered to you" in queue and company.row.number in queue
    assert company.row.number not in as_(company.agent).get("/incidents/?view=offered").content.decode()
    assert do(receiver, company.row, "refuse_handover", reason="").status_code == 422
    assert do(receiver, company.row, "refuse_handover", reason="Not ours").status_code == 302
    after = page(company.agent, company.row)
    assert 'data-outcome="refused"' in after and "bounced once" in after and "Not ours" in after


def test_it_shows_no_path_while_one_team_has_it() -> None:
    company = world()
    assert 'id="path"' not in page(company.agent, company.row)
    assert 'id="path"' not in page(company.requester, company.row)


def test_it_lets_agents_assign_within_the_team_and_dispatchers_beyond_it() -> None:
    company = world()
    form = as_(company.agent).get(verb_url(company.row, "assign")).content.decode()
    assert "hand it over: they accept or refuse" in form and "Desk (tier" not in form
    assert "Desk (tier" in as_(company.manager).get(verb_url(company.row, "assign")).content.decode()
    refused = do(company.agent, company.row, "assign", team=company.desk.pk, assignee="")
    assert refused.status_code == 422
    assert do(company.manager, company.row, "assign", team=company.desk.pk, assignee="").status_code == 422
    moved = do(company.manager, company.row, "assign", team=company.desk.pk, assignee="", reason="Contract")
    assert moved.status_code == 302
    company.row.refresh_from_db()
    assert company.row.team_id == company.desk.pk
