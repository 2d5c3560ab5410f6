"""Drafts: kept for their writer, on every device, until they are sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER, Viewer
from allclear.accounts.queries import viewer_for
from allclear.incidents import actions
from allclear.incidents.actions import desk
from allclear.incidents.models import Draft, Incident, InternalNote, Look, PublicReply
from allclear.kernel.errors import Conflict, Invalid, NotPermitted
from allclear.kernel.ids import new_id
from allclear.kernel.models import Event
from allclear.testing import instant, logged, person, request_as, security_class

pytestmark = pytest.mark.django_db
KEY = "incident:INC1:note"


@pytest.fixture
def ines() -> Viewer:
    return viewer_for(person(name="Ines").pk)


def _keep(viewer: Viewer, text: str, revision: int = 0, *, key: str = KEY, at: int = 0, number: str = "") -> Draft:
    return desk.save_draft(viewer, key, {"body": text}, now=instant(at), revision=revision, number=number)


def test_it_keeps_the_newest_text(ines: Viewer) -> None:
    first = _keep(ines, "The gate")
    second = _keep(ines, "The gateway", first.revision, at=1)
    assert [(d.fields, d.revision) for d in desk.drafts_of(ines)] == [({"body": "The gateway"}, 2)]
    assert second.updated_at == instant(1)


def test_it_does_not_let_an_older_device_overwrite_a_newer_text(ines: Viewer) -> None:
    _keep(ines, "from the desk", _keep(ines, "from").revision)
    with pytest.raises(Conflict) as caught:
        _keep(ines, "from the phone", 1)
    assert caught.value.extra["draft"]["fields"] == {"body": "from the desk"}
    assert desk.drafts_of(ines)[0].fields == {"body": "from the desk"}
    assert _keep(ines, "from the desk", 1).revision == 3, "the same text from both is no conflict"


def test_it_shows_drafts_to_their_writer_only(ines: Viewer) -> None:
    _keep(ines, "mine")
    omar = viewer_for(person(name="Omar").pk)
    assert desk.drafts_of(omar) == []
    assert desk.drop_drafts(omar, KEY) == 0
    assert desk.drop_drafts(ines, KEY) == 1
    with pytest.raises(NotPermitted):
        _keep(SYSTEM_VIEWER, "nobody's")


def test_it_hides_a_draft_whose_incident_went_out_of_sight(ines: Viewer) -> None:
    row = logged()
    _keep(ines, "about it", number=row.number)
    assert len(desk.drafts_of(ines)) == 1
    Incident.objects.filter(pk=row.pk).update(security_class=security_class(name="Secret"))
    assert desk.drafts_of(ines) == []


@pytest.mark.parametrize(
    ("key", "text"), [("", "x"), ("k" * 121, "x"), ("a\nb", "x"), (KEY, "x" * desk.LONGEST), (KEY, "nul \0")]
)
def test_it_refuses_what_cannot_be_kept(ines: Viewer, key: str, text: str) -> None:
    with pytest.raises(Invalid):
        _keep(ines, text, key=key)
    assert not Draft.objects.exists()


def test_it_keeps_no_more_than_a_person_can_use_and_forgets_old_ones(
    ines: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MOST", 3)
    for n in range(5):
        _keep(ines, f"text {n}", key=f"log:{n}", at=n)
    assert [d.fields["body"] for d in desk.drafts_of(ines)] == ["text 4", "text 3", "text 2"]
    assert desk.forget_old_drafts(instant(3) + desk.KEPT) == 1
    assert desk.forget_old_drafts(instant(5) + desk.KEPT + timedelta(days=1)) == 2


def test_it_never_looks_back(ines: Viewer) -> None:
    row = logged()
    for version, at in ((3, 1), (2, 2)):
        desk.look_at(ines, row.pk, version, instant(at))
    look = Look.objects.get()
    assert (look.version, look.seen_at) == (3, instant(2))


@pytest.mark.parametrize(("verb", "kind"), [(actions.add_note, InternalNote), (actions.reply_publicly, PublicReply)])
def test_it_takes_a_text_that_is_sent_twice_once(verb: object, kind: type[InternalNote] | type[PublicReply]) -> None:
    user = person()
    row, text_id = logged(user), new_id()
    before = Event.objects.count()
    for _ in range(2):
        verb(request_as(user, 5), row.pk, "Same words", text_id=text_id)  # type: ignore[operator]  # a verb
    assert kind.objects.count() == 1
    assert Event.objects.filter(kind__in=("noted", "replied")).count() == 1
    assert Event.objects.count() == before + 1
    with pytest.raises(Invalid):
        verb(request_as(person(), 6), row.pk, "Other words", text_id=text_id)  # type: ignore[operator]  # a verb
