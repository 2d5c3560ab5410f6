"""What-ifs: a draft is tried on past incidents, its sums are told, and it is switched on or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.imports.logs import beginning, bring_in

from allclear.accounts.models import Team, User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.catalog.policies import body_of, save_policy
from allclear.domain.priority import DEFAULT_MATRIX
from allclear.domain.sla.tally import nothing_differs
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.kernel import clock
from allclear.kernel.errors import AllclearError, Conflict, Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.events import stream
from allclear.reports.models import WhatIf
from allclear.reports.replay import running
from allclear.reports.replay.actions import (
    cancel_what_if,
    change_what_if,
    create_what_if,
    remove_what_if,
    start_what_if,
    stop_killed,
)
from allclear.reports.replay.queries import rows_of, what_ifs_of
from allclear.reports.replay.running import run_waiting
from allclear.reports.replay.switching import switch_on
from allclear.slas.models import Agreement, AgreementVersion
from allclear.testing import (
    agreement,
    calendar,
    codes,
    in_status,
    instant,
    logged,
    new_version,
    person,
    policy,
    promise,
    request_as,
    resolution,
    security_class,
    team,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
MARCH = {"first": date(2026, 3, 1), "end": date(2026, 4, 1)}
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def lead() -> User:
    codes()
    found = person("incident_manager")
    team(found)
    return found


@pytest.fixture
def gold(lead: User) -> Agreement:
    """Resolve in 8 hours; at half of it the team is told."""
    told = [{"percent": 50, "actions": [{"do": "tell_team"}]}]
    return agreement(promise("resolution", 480, calendar(), "all", thresholds=told), name="Gold")


def viewer(user: User) -> Viewer:
    return viewer_for(user.pk)


def ended(user: User, *, after: int, at: int = 0, **form: Any) -> Incident:
    """An incident that was resolved so many minutes after it was logged."""
    row = logged(user, at=at, **form)
    actions.resolve_incident(request_as(user, at + after), row.pk, resolution())
    return row


def body(row: Agreement, **target: Any) -> dict[str, Any]:
    """The newest body of an agreement, with its first target changed."""
    found: dict[str, Any] = row.versions.order_by("-version").values_list("body", flat=True)[0]
    first, *others = found["targets"]
    return found | {"targets": [first | target, *others]}


def what_if(user: User, draft: Any, **values: Any) -> WhatIf:
    with clock.set_clock(NOW):
        return create_what_if(viewer(user), {"name": "Faster", **MARCH, "draft": draft, **values}, now=NOW)


def tried(user: User, draft: Any, **values: Any) -> WhatIf:
    """A what-if that has run."""
    row = what_if(user, draft, **values)
    with clock.set_clock(NOW):
        start_what_if(viewer(user), row.pk, now=NOW, as_job=False)
        run_waiting(row.pk)
    row.refresh_from_db()
    return row


def test_it_shows_exactly_nothing_for_a_draft_that_changes_nothing(lead: User, gold: Agreement) -> None:
    ended(lead, after=600)
    logged(lead, at=30)
    row = tried(lead, {"agreements": {str(gold.pk): {"body": body(gold)}}, "matrix": body_of("priority_matrix")[1]})
    assert (row.state, row.done, row.total) == ("done", 2, 2)
    assert nothing_differs(row.result) and not row.rows.exists()
    assert row.result["outcomes"][0]["before"]["breached"] == 2


def test_it_counts_what_would_have_been_met_and_whom_it_would_have_told(lead: User, gold: Agreement) -> None:
    own = Team.objects.get()
    slow, _ = ended(lead, after=300, team_id=own.pk), ended(lead, after=20, team_id=own.pk)
    row = tried(lead, {"agreements": {str(gold.pk): {"body": body(gold, minutes=120)}}})
    (line,) = row.result["outcomes"]
    assert (line["before"]["met"], line["after"]["met"], line["after"]["breached"]) == (2, 1, 1)
    assert (row.result["changed"], row.result["turned"]) == (1, 1)
    (told,) = row.result["told"]
    assert (told["key"], told["before"], told["after"]) == (f"team:{own.pk}", 1, 1)
    (turned,) = rows_of(row, viewer(lead))
    assert (turned.incident_id, turned.is_turned) == (slow.pk, True)
    assert turned.turns[0]["after"] == {"outcome": "breached", "due_at": instant(120).isoformat()}
    assert list(rows_of(row, viewer(lead), turned_only=True)) == [turned]


def test_it_tells_beside_it_how_the_records_stand(lead: User, gold: Agreement) -> None:
    ended(lead, after=600)
    row = tried(lead, {})
    assert row.result["recorded"] == [
        {"kind": "sla", "metric": "resolution", "met": 0, "breached": 1, "open": 0, "void": 0}
    ]
    assert row.result["versions"]["agreements"] == {str(gold.pk): 1}


def test_it_tries_another_calendar_another_matrix_a_new_agreement_and_an_end(lead: User, gold: Agreement) -> None:
    ended(lead, after=600, at=60, impact=2, urgency=2)  # in office hours it is due on the next morning
    hours = gold.versions.get().body["targets"][0]["calendar_id"]
    always = tried(lead, {"calendars": {str(hours): {"body": {"zone": "UTC", "is_always": True}}}})
    assert always.rows.get().turns[0]["after"] == {"outcome": "breached", "due_at": instant(540).isoformat()}
    cells = [[1, 2, 3], [2, 2, 4], [3, 4, 5]]
    weighed = tried(lead, {"matrix": {**DEFAULT_MATRIX, "cells": cells}})
    assert (weighed.rows.get().priority_before, weighed.rows.get().priority_after) == (3, 2)
    target = {"key": "quick", "metric": "response", "minutes": 5, "calendar_id": hours}
    more = tried(lead, {"agreements": {"new-1": {"name": "Silver", "kind": "sla", "body": {"targets": [target]}}}})
    assert more.rows.get().turns[0]["before"] is None
    without = tried(lead, {"agreements": {str(gold.pk): {"is_ended": True}}})
    assert without.rows.get().turns[0]["after"] is None


def test_it_is_about_the_span_and_the_filter_and_what_its_author_may_see(lead: User, gold: Agreement) -> None:
    ended(lead, after=600, title="Printer", at=1)
    ended(lead, after=600, at=60 * 24 * 40)  # in April
    hidden = ended(lead, after=600)
    Incident.objects.filter(pk=hidden.pk).update(security_class=security_class())
    draft = {"agreements": {str(gold.pk): {"body": body(gold, minutes=1200)}}}
    assert tried(lead, draft).total == 1
    assert tried(lead, draft, filter="printer").total == 1
    assert tried(lead, draft, filter="status:new").total == 0


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"name": ""}, "name"),
        ({"first": None}, "first"),
        ({"end": date(2026, 3, 1)}, "end"),
        ({"filter": "nonsense:1"}, "filter"),
        ({"colour": "red"}, "colour"),
        ({"draft": []}, ""),
        ({"draft": ["x"]}, "draft"),
        ({"draft": {"agreements": {"77777": {"body": {}}}}}, "draft.agreements.77777"),
        ({"draft": {"agreements": {"new-1": {"kind": "sla", "body": {}}}}}, "draft.agreements.new-1.name"),
        ({"draft": {"agreements": {"new-1": {"name": "x", "kind": "zla", "body": {}}}}}, "draft.agreements.new-1.kind"),
        ({"draft": {"agreements": {"new-1": {"name": "x", "kind": "sla"}}}}, "draft.agreements.new-1.body"),
        (
            {"draft": {"agreements": {"new-1": {"name": "x", "kind": "sla", "body": {"targets": [
                {"key": "a", "metric": "response", "minutes": 0, "calendar_id": 1}]}}}}},
            "draft.agreements.new-1.body.targets.0.minutes",
        ),
        (
            {"draft": {"agreements": {"new-1": {"name": "x", "kind": "sla", "body": {"targets": [
                {"key": "a", "metric": "response", "minutes": 5, "calendar_id": 99999}]}}}}},
            "draft.agreements.new-1.body.targets.0.calendar_id",
        ),
        ({"draft": {"calendars": {"99999": {"body": {}}}}}, "draft.calendars.99999"),
        ({"draft": {"matrix": {"cells": []}}}, "draft.matrix.body"),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_and_where(lead: User, gold: Agreement, values: dict[str, Any], place: str) -> None:
    if not place:
        assert create_what_if(viewer(lead), {"name": "x", **MARCH, **values}, now=NOW).draft == {}
        return
    with pytest.raises(Invalid) as wrong:
        create_what_if(viewer(lead), {"name": "x", **MARCH, **values}, now=NOW)
    assert place in wrong.value.fields


def test_it_forgets_what_it_found_when_it_is_changed(lead: User, gold: Agreement) -> None:
    ended(lead, after=300)
    row = tried(lead, {"agreements": {str(gold.pk): {"body": body(gold, minutes=120)}}})
    renamed = change_what_if(viewer(lead), row.pk, {"name": "Much faster"}, now=NOW)
    assert (renamed.state, renamed.rows.count()) == ("done", 1)
    changed = change_what_if(viewer(lead), row.pk, {"draft": {}}, now=NOW)
    assert (changed.state, changed.result, changed.rows.count(), changed.base["agreements"]) == ("draft", {}, 0, {})


def test_it_waits_is_cancelled_at_once_and_runs_again(lead: User, gold: Agreement) -> None:
    ended(lead, after=300)
    row = what_if(lead, {})
    start_what_if(viewer(lead), row.pk, now=NOW)
    with pytest.raises(Refused):
        start_what_if(viewer(lead), row.pk, now=NOW)
    with pytest.raises(Refused):
        change_what_if(viewer(lead), row.pk, {"name": "Other"}, now=NOW)
    with pytest.raises(Refused):
        remove_what_if(viewer(lead), row.pk)
    assert cancel_what_if(viewer(lead), row.pk, now=NOW).state == "cancelled"
    run_waiting(row.pk)
    assert WhatIf.objects.get(pk=row.pk).state == "cancelled"
    with pytest.raises(Refused):
        cancel_what_if(viewer(lead), row.pk, now=NOW)
    start_what_if(viewer(lead), row.pk, now=NOW)
    run_waiting(row.pk)
    assert WhatIf.objects.get(pk=row.pk).state == "done"


def test_it_stops_between_two_batches_when_it_is_cancelled(
    lead: User, gold: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        ended(lead, after=300, at=n)
    monkeypatch.setattr(running, "BATCH", 2)
    row = what_if(lead, {"agreements": {str(gold.pk): {"body": body(gold, minutes=120)}}})
    start_what_if(viewer(lead), row.pk, now=NOW, as_job=False)
    seen: list[tuple[int, int]] = []

    def cancel(done: int, total: int) -> None:
        seen.append((done, total))
        cancel_what_if(viewer(lead), row.pk, now=NOW)

    with clock.set_clock(NOW):
        run_waiting(row.pk, cancel)
    row.refresh_from_db()
    assert (row.state, seen, row.rows.count(), row.is_cancelling) == ("cancelled", [(2, 4)], 0, False)


def test_it_keeps_the_reason_of_a_run_that_could_not_be_done(lead: User, gold: Agreement) -> None:
    row = what_if(lead, {"agreements": {str(gold.pk): {"body": body(gold)}}})
    start_what_if(viewer(lead), row.pk, now=NOW)
    User.objects.filter(pk=lead.pk).update(roles=["requester"])
    with pytest.raises(NotPermitted):
        run_waiting(row.pk)
    row.refresh_from_db()
    assert row.state == "failed" and "roles" in row.error


def test_it_marks_what_a_killed_process_left_behind_and_leaves_what_has_a_job(lead: User, gold: Agreement) -> None:
    killed, waiting = what_if(lead, {}), what_if(lead, {})
    start_what_if(viewer(lead), killed.pk, now=NOW, as_job=False)
    start_what_if(viewer(lead), waiting.pk, now=NOW)
    assert stop_killed(NOW + timedelta(seconds=30)) == 0
    assert stop_killed(NOW + timedelta(minutes=5)) == 1
    assert [WhatIf.objects.get(pk=row.pk).state for row in (killed, waiting)] == ["failed", "queued"]


def test_it_begins_anew_after_a_kill(lead: User, gold: Agreement) -> None:
    ended(lead, after=300)
    row = tried(lead, {"agreements": {str(gold.pk): {"body": body(gold, minutes=120)}}})
    WhatIf.objects.filter(pk=row.pk).update(state="running", done=1)  # as a killed worker leaves it
    run_waiting(row.pk)
    row.refresh_from_db()
    assert (row.state, row.done, row.rows.count()) == ("done", 1, 1)


def test_it_is_switched_on_from_an_instant(lead: User, gold: Agreement) -> None:
    ended(lead, after=300)
    hours = gold.versions.get().body["targets"][0]["calendar_id"]
    target = {"key": "quick", "metric": "response", "minutes": 5, "calendar_id": hours}
    draft = {
        "agreements": {
            str(gold.pk): {"body": body(gold, minutes=120)},
            "new-1": {"name": "Silver", "kind": "sla", "body": {"targets": [target]}},
        },
        "calendars": {str(hours): {"body": {"zone": "UTC", "is_always": True}}},
    }
    row = tried(lead, draft)
    later = NOW + timedelta(days=2)
    assert switch_on(viewer(lead), row.pk, later, "Agreed on Monday", now=NOW).switched_on_at == later
    version = AgreementVersion.objects.get(agreement=gold, version=2)
    assert (version.effective_at, version.note, version.author_id) == (later, "Agreed on Monday", lead.pk)
    assert version.body["targets"][0]["minutes"] == 120
    assert list(version.calendars.values_list("pk", flat=True)) == [hours]
    assert Agreement.objects.get(name="Silver").versions.get().effective_at == later
    assert [event.kind for event in stream("agreement", gold.pk)] == ["agreement_changed"]
    with pytest.raises(Conflict):
        switch_on(viewer(lead), row.pk, later, "", now=NOW)


def test_it_switches_a_matrix_on_at_once_only(lead: User, gold: Agreement) -> None:
    cells = [[1, 2, 3], [2, 2, 4], [3, 4, 5]]
    row = tried(lead, {"matrix": {**DEFAULT_MATRIX, "cells": cells}})
    with pytest.raises(Invalid):
        switch_on(viewer(lead), row.pk, NOW + timedelta(hours=1), "", now=NOW)
    switch_on(viewer(lead), row.pk, None, "", now=NOW)
    assert body_of("priority_matrix")[1]["cells"] == cells


def test_it_ends_an_agreement(lead: User, gold: Agreement) -> None:
    row = tried(lead, {"agreements": {str(gold.pk): {"is_ended": True}}})
    switch_on(viewer(lead), row.pk, None, "", now=NOW)
    assert gold.versions.order_by("-version")[0].is_ended


def test_it_is_refused_when_the_real_ones_have_newer_versions(lead: User, gold: Agreement) -> None:
    row = tried(lead, {"agreements": {str(gold.pk): {"body": body(gold, minutes=120)}}})
    new_version(gold, *body(gold, minutes=60)["targets"], at=NOW)
    with pytest.raises(Conflict, match="Gold"):
        switch_on(viewer(lead), row.pk, None, "", now=NOW)
    change_what_if(viewer(lead), row.pk, {"draft": row.draft | {"matrix": dict(DEFAULT_MATRIX)}}, now=NOW)
    assert WhatIf.objects.get(pk=row.pk).base["agreements"] == {str(gold.pk): 1}  # still what it was copied from
    matrix = tried(lead, {"matrix": dict(DEFAULT_MATRIX)})
    save_policy(viewer(lead), "priority_matrix", DEFAULT_MATRIX, note="", expected_version=0, now=NOW)
    with pytest.raises(Conflict):
        switch_on(viewer(lead), matrix.pk, None, "", now=NOW)


def test_it_is_not_switched_on_before_it_was_run_or_in_the_past(lead: User, gold: Agreement) -> None:
    row = what_if(lead, {"agreements": {str(gold.pk): {"body": body(gold)}}})
    with pytest.raises(Refused):
        switch_on(viewer(lead), row.pk, None, "", now=NOW)
    with pytest.raises(Invalid):
        switch_on(viewer(lead), row.pk, NOW - timedelta(seconds=1), "", now=NOW)
    with pytest.raises(Refused):
        switch_on(viewer(lead), tried(lead, {}).pk, None, "", now=NOW)


def test_it_belongs_to_its_author(lead: User, gold: Agreement) -> None:
    row = tried(lead, {})
    other, agent = person("admin"), person("agent")
    with pytest.raises(NotFound):
        start_what_if(viewer(other), row.pk, now=NOW)
    with pytest.raises(NotPermitted):
        create_what_if(viewer(agent), {"name": "x", **MARCH}, now=NOW)
    assert not what_ifs_of(viewer(agent)).exists()
    leader = person("team_lead")
    own = tried(leader, {"agreements": {str(gold.pk): {"body": body(gold)}}})
    with pytest.raises(NotPermitted):
        switch_on(viewer(leader), own.pk, None, "", now=NOW)


def test_it_counts_who_would_be_paged(lead: User) -> None:
    called = policy(lead, exhausted=lead)
    steps = [{"percent": 90, "actions": [{"do": "escalate", "policy_id": called.pk}, {"do": "raise_priority"}]}]
    made = agreement(promise("resolution", 60, calendar(), "all"))
    in_status("in_progress", lead)
    row = tried(lead, {"agreements": {str(made.pk): {"body": body(made, thresholds=steps)}}})
    assert {one["key"]: one["after"] for one in row.result["told"]} == {f"policy:{called.pk}": 1, "raise_priority": 1}
    assert row.rows.get().told_after == 2


@pytest.mark.shared
def test_it_shows_no_difference_on_the_real_log_and_counts_a_stricter_promise(lead: User, tmp_path: Path) -> None:
    bring_in(beginning(tmp_path, 4000))
    hours = calendar(at=datetime(2016, 1, 1, tzinfo=UTC))
    told = [{"percent": 75, "actions": [{"do": "warn_assignee"}, {"do": "tell_lead"}]}]
    targets = [
        promise("resolution", 480 * p, hours, f"P{p}", when={"priorities": [p]}, pauses=["requester"], thresholds=told)
        for p in (1, 2, 3, 4)
    ]
    made = agreement(*targets, at=datetime(2016, 1, 1, tzinfo=UTC))
    march = {"first": date(2016, 2, 29), "end": date(2016, 4, 1)}
    same = {"agreements": {str(made.pk): {"body": body(made)}}, "matrix": dict(DEFAULT_MATRIX)}
    row = tried(lead, same, **march)
    assert row.total > 300 and nothing_differs(row.result) and not row.rows.exists()
    strict = {"targets": [one | {"minutes": one["minutes"] // 4} for one in targets]}
    row = tried(lead, {"agreements": {str(made.pk): {"body": strict}}}, **march)
    before, after = (sum(one[side]["breached"] for one in row.result["outcomes"]) for side in ("before", "after"))
    assert before < after and row.result["turned"] == after - before == row.rows.filter(is_turned=True).count()


def test_every_refusal_is_a_sentence(lead: User, gold: Agreement) -> None:
    row = what_if(lead, {})
    with pytest.raises(AllclearError) as no:
        switch_on(viewer(lead), row.pk, None, "", now=NOW)
    assert no.value.message.endswith(".")
