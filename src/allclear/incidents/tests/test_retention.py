"""Words are erased when the policy says so, never before, and the history stays whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.catalog.policies import body_of, in_force, save_policy
from allclear.domain.incident import fold
from allclear.domain.retention import due as due_parts
from allclear.domain.terms import Role
from allclear.incidents import actions, blobs, retention
from allclear.incidents.actions import Outcome, Request
from allclear.incidents.gather import gather
from allclear.incidents.models import Attachment, Content, Incident, InternalNote, PublicReply, Task
from allclear.incidents.queries import IncidentFilter
from allclear.incidents.report import report_of
from allclear.incidents.verify import verify_projections
from allclear.incidents.words import words_of
from allclear.kernel.errors import Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.events import stream
from allclear.testing import (
    T0,
    category,
    in_status,
    logged,
    organisation,
    person,
    request_as,
    resolution,
    security_class,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = T0 + 400 * DAY
SECRET = "Zanzibar"


@pytest.fixture(autouse=True)
def disk(settings: Any, tmp_path: Path) -> Path:
    settings.BLOBS = tmp_path
    return tmp_path


def keep(*rules: dict[str, Any], **keep_days: int | None) -> None:
    """Put a retention policy in force."""
    body = {"rules": list(rules), "keep_days": keep_days}
    save_policy(SYSTEM_VIEWER, "retention", body, note="", expected_version=body_of("retention")[0], now=T0)


def talkative(agent: User, requester: User | None = None) -> Incident:
    """A closed incident with every kind of words in it."""
    asked = requester or person("requester")
    row = logged(agent, title=f"{SECRET} drops", description=f"{SECRET} again", requester_id=asked.pk)
    actions.add_task(request_as(agent, 1), row.pk, title=f"Ask {SECRET}")
    task = Task.objects.get(incident=row)
    actions.reply_publicly(request_as(agent, 2), row.pk, f"{SECRET} is on it")
    actions.add_note(request_as(agent, 3), row.pk, f"Never trust {SECRET}")
    attach(agent, row, SECRET.encode())
    actions.finish_task(request_as(agent, 5), row.pk, str(task.pk))
    close(agent, row)
    return row


def attach(agent: User, row: Incident, data: bytes, name: str = f"{SECRET}.txt") -> Attachment:
    actions.attach_file(request_as(agent, 4), row.pk, name=name, chunks=[data], is_public=True)
    file = Attachment.objects.filter(incident=row).latest("created_at", "id")
    os.utime(blobs.path_of(file.sha256), (0, 0))  # uploaded long ago
    return file


def close(agent: User, row: Incident) -> None:
    actions.accept_incident(request_as(agent, 6), row.pk)
    actions.resolve_incident(request_as(agent, 7), row.pk, resolution(f"Restarted {SECRET}"))
    actions.close_incident(request_as(agent, 8), row.pk)
    row.refresh_from_db()


def erase(row: Incident, now: datetime = LATER) -> Any:
    outcome = actions.erase_texts(Request(SYSTEM_VIEWER, now), row.pk)
    row.refresh_from_db()
    return outcome


def everywhere(row: Incident) -> str:
    """All that the tables hold of an incident, as one text."""
    models: Iterable[Any] = (Content, PublicReply, InternalNote, Attachment, Task)
    rows = [value for model in models for value in model.objects.filter(incident=row).values()]
    events = [(e.data, e.trace, e.cause) for e in stream("incident", row.pk)]
    return f"{rows} {events} {Incident.objects.filter(pk=row.pk).values()}"


def test_it_empties_every_word_and_keeps_the_history(django_capture_on_commit_callbacks: Any) -> None:
    agent = person()
    row = talkative(agent)
    keep(texts=365, replies=365, notes=365, files=365)
    path = blobs.path_of(Attachment.objects.get(incident=row).sha256)
    before = [event.kind for event in stream("incident", row.pk)]
    assert SECRET in everywhere(row)
    with django_capture_on_commit_callbacks(execute=True):
        (event,) = erase(row).events
    assert SECRET not in everywhere(row)
    assert not path.exists()
    assert [e.kind for e in stream("incident", row.pk)] == [*before, "texts_erased"]
    assert event.data["because"] == "retention"
    assert {part: event.data["erased"][part] for part in ("replies", "notes", "files")} == {
        "replies": 1,
        "notes": 1,
        "files": 1,
    }
    assert event.data["erased"]["texts"] == Content.objects.filter(incident=row).exclude(erased_at=None).count() >= 4
    assert event.trace[0]["rule"] == "retention"
    assert (row.title, row.erased_at) == ("[erased]", LATER)
    assert verify_projections().differences == []
    assert fold(row.pk, stream("incident", row.pk)).erased_at == LATER


def test_it_erases_only_the_parts_whose_time_is_over() -> None:
    row = talkative(person())
    keep(notes=30, texts=500)
    assert set(erase(row).events[0].data["erased"]) == {"notes"}
    assert row.title == f"{SECRET} drops"
    assert PublicReply.objects.get(incident=row).body == f"{SECRET} is on it"
    assert InternalNote.objects.get(incident=row).body == ""
    assert set(erase(row, T0 + 600 * DAY).events[0].data["erased"]) == {"texts"}
    assert verify_projections().differences == []


def test_it_says_where_a_text_was_that_it_was_erased_and_why() -> None:
    agent = person()
    row = talkative(agent)
    keep(texts=365, replies=365)
    erase(row)
    words = words_of(row, internal=True)
    assert words.slot("description") == "[Erased on 6 April 2027 under the retention rules.]"
    report = report_of(row, viewer_for(agent.pk), LATER)
    assert report["description"] == words.slot("description")
    assert any("Erased under the retention rules" in line["what"] for line in report["timeline"])
    assert gather(row, viewer_for(agent.pk)).sources.words.slot("resolution").startswith("[Erased on")


def test_it_no_longer_finds_what_was_erased() -> None:
    agent = person()
    row = talkative(agent)
    viewer = viewer_for(agent.pk)

    def found() -> list[int]:
        rows = IncidentFilter(q=SECRET).apply(Incident.objects.visible_to(viewer), viewer)
        return list(rows.values_list("pk", flat=True))

    assert found() == [row.pk]
    keep(texts=365, replies=365, notes=365, files=365)
    erase(row)
    assert found() == []


def test_it_keeps_bytes_that_another_incident_refers_to(django_capture_on_commit_callbacks: Any) -> None:
    agent = person()
    row, other = talkative(agent), logged(agent)
    shared = attach(agent, other, SECRET.encode(), "same.txt")
    keep(files=365)
    with django_capture_on_commit_callbacks(execute=True):
        erase(row)
    assert blobs.existing_path(shared.sha256).read_bytes() == SECRET.encode()
    assert Attachment.objects.get(incident=row).name == "[erased]"
    assert Attachment.objects.get(incident=other).name == "same.txt"


def test_it_leaves_bytes_alone_that_somebody_uploads_just_now() -> None:
    sha256, _ = blobs.write([b"fresh"])
    assert blobs.remove_unused([sha256], set()) == 0
    assert blobs.existing_path(sha256).read_bytes() == b"fresh"
    os.utime(blobs.path_of(sha256), (0, 0))
    assert blobs.remove_unused([sha256], {sha256}) == 0
    assert blobs.remove_unused([sha256], set()) == 1
    with pytest.raises(NotFound):
        blobs.existing_path(sha256)


def test_it_erases_nothing_that_is_not_due() -> None:
    row = talkative(person())
    with pytest.raises(Refused) as refused:
        erase(row)
    assert refused.value.code == "not_due"
    keep(texts=365)
    for young, now in ((row, T0 + 300 * DAY), (in_status("resolved"), LATER), (in_status("new"), LATER)):
        with pytest.raises(Refused):
            erase(young, now)
    assert Content.objects.exclude(erased_at=None).count() == 0


def test_it_does_nothing_a_second_time() -> None:
    row = talkative(person())
    keep(texts=365)
    erase(row)
    assert erase(row, LATER + DAY).events == ()
    assert row.erased_at == LATER


def test_it_stops_at_a_legal_hold_until_it_is_lifted() -> None:
    manager, row = person(Role.INCIDENT_MANAGER), talkative(person())
    keep(texts=365)
    actions.place_retention_hold(request_as(manager, 20), row.pk, reason="Court case 7")
    row.refresh_from_db()
    assert row.retention_hold_by_id == manager.pk
    with pytest.raises(Refused):
        erase(row)
    assert not retention.due(in_force().retention, LATER).exists()
    assert retention.preview(SYSTEM_VIEWER, in_force().retention, LATER).held == 1
    again = actions.place_retention_hold(request_as(manager, 21), row.pk, reason="Twice")
    assert again.events == ()
    assert not Content.objects.filter(body="Twice").exists()
    actions.lift_retention_hold(request_as(manager, 22), row.pk, reason="It is decided")
    assert erase(row).events
    assert verify_projections().differences == []


def test_it_wants_a_reason_for_a_legal_hold() -> None:
    manager, row = person(Role.INCIDENT_MANAGER), logged()
    with pytest.raises(Invalid):
        actions.place_retention_hold(request_as(manager, 1), row.pk, reason="  ")
    actions.place_retention_hold(request_as(manager, 1), row.pk, reason="Order 9")
    with pytest.raises(Invalid):
        actions.lift_retention_hold(request_as(manager, 2), row.pk, reason="")


@pytest.mark.parametrize("role", list(Role))
def test_it_lets_only_those_with_the_right_hold_and_erase(role: Role) -> None:
    somebody = person(role)
    row = talkative(person(), somebody)
    keep(texts=1)
    may_hold, may_erase = role in (Role.ADMIN, Role.INCIDENT_MANAGER), role == Role.ADMIN
    acts: list[tuple[bool, Callable[[], Outcome]]] = [
        (may_hold, lambda: actions.place_retention_hold(request_as(somebody, 20), row.pk, reason="Case")),
        (may_hold, lambda: actions.lift_retention_hold(request_as(somebody, 21), row.pk, reason="Over")),
        (may_erase, lambda: actions.erase_texts(request_as(somebody, LATER), row.pk)),
    ]
    for may, act in acts:
        if may:
            assert act().events
        else:
            with pytest.raises(NotPermitted):
                act()


def test_it_previews_what_the_viewer_may_see_and_changes_nothing() -> None:
    admin, agent = person(Role.ADMIN), person()
    talkative(agent)
    hidden = talkative(agent)
    Incident.objects.filter(pk=hidden.pk).update(security_class=security_class())
    keep(texts=365, notes=365)
    before = [everywhere(row) for row in Incident.objects.order_by("pk")]
    seen = retention.preview(viewer_for(admin.pk), in_force().retention, LATER)
    assert (seen.incidents, [(str(p.part), p.incidents) for p in seen.parts]) == (1, [("texts", 1), ("notes", 1)])
    assert retention.preview(SYSTEM_VIEWER, in_force().retention, LATER).incidents == 2
    assert [everywhere(row) for row in Incident.objects.order_by("pk")] == before
    with pytest.raises(NotPermitted):
        retention.preview(viewer_for(person("requester").pk), in_force().retention, LATER)


def test_it_finds_in_the_tables_exactly_what_the_rule_says() -> None:
    agent, customer = person(), organisation()
    part_of = organisation(parent=customer)
    software = category(base_class="software")
    below = category(parent=software)
    rows = [
        in_status("closed", agent, organisation_id=part_of.pk),
        in_status("closed", agent, category_id=below.pk),
        in_status("cancelled", agent, category_id=category(base_class="security").pk),
        in_status("closed", agent, kind="service_request"),
        in_status("closed", agent, impact=1, urgency=1),
        in_status("resolved", agent),
        in_status("new", agent),
    ]
    policies: list[list[dict[str, Any]]] = [
        [{"name": "Customer", "organisation_ids": [customer.pk], "keep_days": {"texts": 5}}],
        [{"name": "Software", "base_classes": ["software"], "keep_days": {}}, {"name": "R", "keep_days": {"texts": 5}}],
        [{"name": "Below", "category_ids": [software.pk], "keep_days": {"texts": 5}}],
        [{"name": "Wishes", "kinds": ["service_request"], "keep_days": {"texts": 5}}],
        [{"name": "Grave", "priorities": [1], "keep_days": {}}, {"name": "R", "keep_days": {"texts": 5}}],
    ]
    for rules in policies:
        keep(*rules, texts=200)
        policy = in_force().retention
        for now in (T0 + 4 * DAY, T0 + 6 * DAY, LATER):
            wanted = {row.pk for row in rows if due_parts(policy, retention.facts_of(_fresh(row)), now)}
            assert set(retention.due(policy, now).values_list("pk", flat=True)) == wanted, (rules, now)


def _fresh(row: Incident) -> Incident:
    row.refresh_from_db()
    return row
