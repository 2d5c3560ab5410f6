"""Looking back: the timeline, the state at an instant, the report."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear import testing
from allclear.incidents import actions
from tests.api.client import Api, ok, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]


def test_it_tells_the_state_at_any_instant() -> None:
    agent = testing.person()
    row = testing.in_status("resolved", agent, at=0, requester_id=testing.person("requester").pk)
    api, path = Api(agent), f"/incidents/{row.number}/at"
    problem(api.get(path, t="2026-03-02T08:59:59Z"), 404)
    for minute, status in ((0, "new"), (1, "in_progress"), (2, "resolved"), (50, "resolved")):
        body = ok(api.get(path, t=testing.instant(minute).isoformat()))
        assert body["state"]["status"] == status
    assert body["version"] == row.version
    assert body["state"]["texts"]["resolution"] == "Rolled the change back"
    assert "resolution" not in ok(api.get(path, t=testing.instant(1).isoformat()))["state"]["texts"]


def test_it_tells_what_was_true_then_apart_from_what_was_known_then() -> None:
    agent = testing.person()
    row = testing.logged(agent, at=0)
    late = testing.request_as(agent, 30, occurred_at=testing.instant(10))
    actions.acknowledge_incident(late, row.pk)
    api, path, t = Api(agent), f"/incidents/{row.number}/at", testing.instant(20).isoformat()
    assert ok(api.get(path, t=t))["state"]["acknowledged_at"] is None
    assert ok(api.get(path, t=t, by="occurred"))["state"]["acknowledged_at"] is not None


def test_it_shows_a_requester_the_public_part_of_the_past() -> None:
    agent, rita = testing.person(), testing.person("requester")
    row = testing.logged(agent, requester_id=rita.pk, description="It is slow")
    actions.edit_incident(testing.request_as(agent, 1), row.pk, texts={"diagnosis": "DNS"})
    state = ok(Api(rita).get(f"/incidents/{row.number}/at", t=testing.instant(5).isoformat()))["state"]
    assert state["texts"] == {"title": "VPN drops", "description": "It is slow"}
    assert not {"severity", "cost", "security_class_id", "watcher_ids", "links"} & state.keys()


def test_it_pages_the_timeline_and_explains_it_to_staff_only() -> None:
    agent, rita = testing.person(), testing.person("requester")
    row = testing.in_status("resolved", agent, requester_id=rita.pk)
    actions.add_note(testing.request_as(agent, 5), row.pk, "NOTE")
    actions.reply_publicly(testing.request_as(agent, 6), row.pk, "It works again")
    path = f"/incidents/{row.number}/timeline"
    entries, cursor = [], ""
    while True:
        page = ok(Api(agent).get(path, limit=2, cursor=cursor))
        entries += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            break
    events = [entry["event"] for entry in entries]
    assert events == ["logged", "prioritised", "routed", "accepted", "resolved", "noted", "replied"]
    assert entries[1]["because"]
    told = ok(Api(rita).get(path))["items"]
    assert [entry["event"] for entry in told] == ["logged", "accepted", "resolved", "replied"]
    assert not any(entry["because"] for entry in told)
    assert told[-1]["body"] == "It works again"


def test_it_names_no_incident_that_the_reader_may_not_see() -> None:
    agent = testing.person()
    hidden = testing.logged(agent, title="HIDDEN")
    row = testing.logged(agent)
    actions.relate_incident(testing.request_as(agent, 1), row.pk, hidden.pk)
    type(hidden).objects.filter(pk=hidden.pk).update(security_class=testing.security_class())
    api = Api(agent)
    for path in (f"/incidents/{row.number}", f"/incidents/{row.number}/timeline", f"/incidents/{row.number}/report"):
        body = api.get(path).content.decode()
        assert hidden.number not in body
        assert "HIDDEN" not in body


def test_it_gives_the_closure_report_as_data_and_as_pdf() -> None:
    agent = testing.person(time_zone="Europe/Berlin")
    row = testing.in_status("closed", agent)
    api = Api(agent)
    assert row.number in api.get(f"/incidents/{row.number}/report").content.decode()
    pdf = api.get(f"/incidents/{row.number}/report.pdf")
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    assert pdf["Content-Disposition"] == f"attachment; filename*=UTF-8''{row.number}.pdf"


def test_it_writes_the_request_and_the_token_into_the_history() -> None:
    from allclear.kernel.models import Event

    agent = testing.person()
    answer = Api(agent).post("/incidents", headers={"X-Request-ID": "night-run-7"}, title="x")
    ok(answer, 201)
    cause = Event.objects.filter(stream_type="incident").first()
    assert cause is not None
    assert cause.cause["request_id"] == "night-run-7"
    assert cause.cause["token_id"] == agent.tokens.get().pk
    assert cause.recorded_at == testing.T0 + timedelta(hours=1)
