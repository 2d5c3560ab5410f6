"""What is held about a person is erased when they ask for it, and what happened stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from allclear.accounts.models import ApiToken, User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.actions import Request
from allclear.incidents.actions import forget as module
from allclear.incidents.actions.forget import Holding, held_about, why_not
from allclear.incidents.models import Attachment, Incident, InternalNote, PublicReply
from allclear.incidents.models.desk import Draft
from allclear.incidents.verify import verify_projections
from allclear.incidents.words import words_of
from allclear.kernel.errors import Invalid, NotPermitted, Refused
from allclear.kernel.models import Event
from allclear.testing import T0, instant, logged, person, request_as, resolution, security_class, team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def disk(settings: Any, tmp_path: Path) -> None:
    settings.BLOBS = tmp_path


def requester() -> User:
    return person(
        "requester", name="Rita Roe", email="rita@example.org", phone="+49 30 1", mobile="+49 170 2", location="Room 7"
    )


def report_of(rita: User, agent: User) -> Incident:
    """A closed incident that Rita reported and talked about."""
    row = logged(rita, title="Rita cannot print", description="I am Rita, room 7", requester_id=rita.pk)
    actions.accept_incident(request_as(agent, 1), row.pk)
    actions.reply_publicly(request_as(agent, 2), row.pk, "Which printer?")
    actions.reply_publicly(request_as(rita, 3), row.pk, "The one of Rita")
    actions.attach_file(request_as(rita, 4), row.pk, name="rita.txt", chunks=[b"Rita"])
    actions.add_note(request_as(agent, 5), row.pk, "Paper jam")
    actions.resolve_incident(request_as(agent, 6), row.pk, resolution())
    actions.verify_incident(request_as(rita, 7), row.pk, is_effective=True, note="Thanks, Rita")
    actions.close_incident(request_as(agent, 8), row.pk)
    row.refresh_from_db()
    return row


def forget(admin: User, who: User, reason: str = "Asked by letter") -> tuple[User, Holding]:
    return actions.forget_person(viewer_for(admin.pk), who.pk, reason=reason, now=instant(100))


def test_it_empties_who_they_are_and_what_they_wrote_as_requester() -> None:
    admin, rita, agent = person(Role.ADMIN), requester(), person()
    row = report_of(rita, agent)
    Draft.objects.create(user=rita, key="log", fields={"title": "Rita"}, updated_at=T0)
    ApiToken.objects.create(user=rita, name="Phone of Rita", prefix="x", sha256="y", created_at=T0)
    held = held_about(viewer_for(admin.pk), rita.pk)
    assert (held.incidents, held.replies, held.files) == (1, 1, 1)
    user, told = forget(admin, rita)
    assert told == held
    assert (user.name, user.email, user.phone, user.mobile, user.location) == (
        f"Former user {rita.pk}", None, "", "", "",
    )  # fmt: skip
    assert (user.is_active, user.roles, user.has_usable_password()) == (False, ["requester"], False)
    assert not ApiToken.objects.exists()
    assert not Draft.objects.exists()
    words = words_of(Incident.objects.get(pk=row.pk), internal=True)
    for slot in ("title", "description", "verification"):
        assert words.slot(slot) == "[Erased on 2 March 2026 on request of the person.]"
    assert words.slot("resolution") == "Rolled the change back"
    assert sorted(PublicReply.objects.values_list("body", flat=True)) == ["", "Which printer?"]
    assert InternalNote.objects.get().body == "Paper jam"
    assert Attachment.objects.get().name == "[erased]"
    assert verify_projections().differences == []


def test_it_leaves_no_trace_of_the_person_in_any_event() -> None:
    admin, rita = person(Role.ADMIN), requester()
    report_of(rita, person())
    forget(admin, rita)
    told = str(list(Event.objects.values_list("data", "trace", "cause")))
    for value in ("Rita", "rita", "+49"):
        assert value not in told
    event = Event.objects.get(kind="user_erased")
    assert (event.actor_id, event.data) == (admin.pk, {"changes": {"reason": [None, "Asked by letter"]}})


def test_it_says_what_stands_in_the_way() -> None:
    admin, manager, rita = person(Role.ADMIN), person(Role.INCIDENT_MANAGER), requester()
    row = report_of(rita, person())
    still = logged(rita, requester_id=rita.pk)
    assert why_not(rita.pk).startswith("1 incident of theirs has not ended")
    with pytest.raises(Refused):
        forget(admin, rita)
    actions.cancel_incident(request_as(person(), 20), still.pk, reason="Wrong")
    actions.place_retention_hold(request_as(manager, 21), row.pk, reason="Court case")
    assert why_not(rita.pk).startswith("A legal hold keeps 1 incident")
    with pytest.raises(Refused):
        forget(admin, rita)
    rita.refresh_from_db()
    assert rita.name == "Rita Roe"
    actions.lift_retention_hold(request_as(manager, 22), row.pk, reason="Over")
    assert why_not(rita.pk) == ""
    forget(admin, rita)


def test_it_refuses_oneself_the_last_administrator_and_no_reason() -> None:
    admin, other = person(Role.ADMIN), person(Role.ADMIN)
    with pytest.raises(Refused) as refused:
        forget(admin, admin)
    assert refused.value.code == "erase_self"
    with pytest.raises(Invalid):
        forget(admin, other, reason=" ")
    forget(admin, other)
    with pytest.raises(Refused) as refused:
        actions.forget_person(SYSTEM_VIEWER, admin.pk, reason="Leaves", now=T0)
    assert refused.value.code == "last_administrator"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_it_lets_only_administrators(role: Role) -> None:
    somebody, rita = person(role), requester()
    with pytest.raises(NotPermitted):
        forget(somebody, rita)
    with pytest.raises(NotPermitted):
        held_about(viewer_for(somebody.pk), rita.pk)


def test_it_reaches_what_the_administrator_may_not_see_and_counts_only_what_they_may() -> None:
    admin, rita, agent = person(Role.ADMIN), requester(), person()
    row = report_of(rita, agent)
    Incident.objects.filter(pk=row.pk).update(security_class=security_class())
    assert forget(admin, rita)[1] == Holding()
    assert words_of(Incident.objects.get(pk=row.pk), internal=True).slot("title").startswith("[Erased on")


def test_it_goes_on_where_it_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    admin, rita, agent = person(Role.ADMIN), requester(), person()
    rows = [report_of(rita, agent), report_of(rita, agent)]
    done: list[int] = []
    real = module._forget_in

    def killed(request: Request, incident_id: int, user_id: int) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(incident_id)
        real(request, incident_id, user_id)

    monkeypatch.setattr(module, "_forget_in", killed)
    with pytest.raises(KeyboardInterrupt):
        forget(admin, rita)
    monkeypatch.undo()
    rita.refresh_from_db()
    assert rita.name == "Rita Roe", "the person comes last"
    forget(admin, rita)
    kinds = Event.objects.filter(stream_type="incident", kind="texts_erased").values_list("stream_id", flat=True)
    assert sorted(kinds) == sorted(row.pk for row in rows)
    assert verify_projections().differences == []


def test_it_takes_staff_out_of_their_teams_and_keeps_their_work() -> None:
    admin, agent = person(Role.ADMIN), person(name="Sam Staff")
    team(agent, name="Network")
    report_of(requester(), agent)
    user, _ = forget(admin, agent)
    assert not user.memberships.exists()
    assert PublicReply.objects.filter(author=user).get().body == "Which printer?"
