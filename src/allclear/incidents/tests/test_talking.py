"""Public replies, internal notes and files, and what a word sets going."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from allclear.domain.terms import HoldReason
from allclear.incidents import actions, blobs
from allclear.incidents.models import Attachment, Incident, InternalNote, PublicReply
from allclear.incidents.tests.world import World, world
from allclear.incidents.texts import clean, plain
from allclear.kernel.errors import Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.events import stream
from allclear.kernel.ids import sha256
from allclear.testing import instant, logged

pytestmark = pytest.mark.django_db


def fresh(row: Incident) -> Incident:
    return Incident.objects.get(pk=row.pk)


def test_it_keeps_replies_and_notes_in_tables_of_their_own_and_out_of_the_events() -> None:
    w = world()
    actions.reply_publicly(w.as_("agent", 40), w.row.pk, "We are on it")
    actions.add_note(w.as_("agent", 41), w.row.pk, "vpn-gw-2 fails over")
    assert (PublicReply.objects.get().body, InternalNote.objects.get().body) == ("We are on it", "vpn-gw-2 fails over")
    reply, note = stream("incident", w.row.pk)[-2:]
    assert reply.data["entry"] == str(PublicReply.objects.get().pk)
    assert reply.data["sha256"] == sha256("We are on it")
    assert "vpn-gw-2" not in str(note.data)


def test_it_acknowledges_with_the_first_public_word_of_staff() -> None:
    w = world("new")
    actions.add_note(w.as_("mate", 40), w.row.pk, "Looking")
    assert fresh(w.row).acknowledged_at is None
    actions.reply_publicly(w.as_("requester", 41), w.row.pk, "Any news?")
    assert fresh(w.row).acknowledged_at is None
    actions.reply_publicly(w.as_("mate", 42), w.row.pk, "We are on it")
    row = fresh(w.row)
    assert (row.acknowledged_at, row.acknowledged_by_id, row.status) == (instant(42), w.mate.pk, "new")
    actions.reply_publicly(w.as_("agent", 43), w.row.pk, "Still on it")
    assert fresh(w.row).acknowledged_at == instant(42)


def test_it_keeps_the_acknowledgement_when_it_is_assigned_on() -> None:
    w = world("new")
    actions.acknowledge_incident(w.as_("mate", 40), w.row.pk)
    actions.assign_incident(w.as_("agent", 41), w.row.pk, assignee_id=w.agent.pk)
    actions.hand_over_incident(w.as_("agent", 42), w.row.pk, team_id=w.desk.pk, reason="Theirs")
    actions.accept_handover(w.as_("mate", 43), w.row.pk)
    row = fresh(w.row)
    assert (row.acknowledged_at, row.acknowledged_by_id) == (instant(40), w.mate.pk)
    assert (row.team_id, row.assignee_id, row.status, row.reassignment_count) == (
        w.desk.pk, w.mate.pk, "assigned", 1,
    )  # fmt: skip


def test_it_goes_on_when_the_requester_answers_what_was_asked() -> None:
    w = world()
    actions.hold_incident(w.as_("agent", 31), w.row.pk, reason=HoldReason.REQUESTER, until=instant(9999))
    actions.reply_publicly(w.as_("agent", 32), w.row.pk, "Which site?")
    assert fresh(w.row).status == "on_hold"
    actions.reply_publicly(w.as_("requester", 40), w.row.pk, "Oslo")
    row = fresh(w.row)
    assert (row.status, row.hold_reason, row.hold_until, row.assignee_id) == ("in_progress", "", None, w.agent.pk)


def test_it_waits_on_when_the_requester_speaks_about_another_wait() -> None:
    w = world("on_hold")  # for evidence
    actions.reply_publicly(w.as_("requester", 40), w.row.pk, "Any news?")
    assert fresh(w.row).status == "on_hold"


def test_it_hears_staff_as_requesters_when_it_is_about_their_own() -> None:
    w = world()
    own = logged(w.agent, requester_id=w.mate.pk, assignee_id=w.agent.pk)
    actions.hold_incident(w.as_("agent", 31), own.pk, reason=HoldReason.REQUESTER)
    actions.reply_publicly(w.as_("mate", 40), own.pk, "It is the laptop")
    assert fresh(own).status == "in_progress"
    assert PublicReply.objects.get().by_requester is True


@pytest.mark.parametrize("body", ["", "  \n ", "\x00\x07", "\u200b\u2060"])
def test_it_refuses_empty_words(body: str) -> None:
    w = world()
    for verb in (actions.reply_publicly, actions.add_note):
        with pytest.raises(Invalid, match="Write something"):
            verb(w.as_("agent"), w.row.pk, body)


def test_it_replies_to_nothing_that_is_closed() -> None:
    w = world("closed")
    with pytest.raises(Refused, match="Reopen it, or log a new incident"):
        actions.reply_publicly(w.as_("agent", 40), w.row.pk, "Too late")
    assert actions.add_note(w.as_("agent", 40), w.row.pk, "For the record").events


CLEANED = [
    ("  VPN drops \r\n since\rnoon ", "VPN drops \n since\nnoon"),
    ("null\x00bell\x07", "nullbell"),
    ("lie\u202eexe.txt", "lieexe.txt"),
    ("half \ud800 pair", "half  pair"),
    ("tab\tstays", "tab\tstays"),
    ("Ünïcödé 漢字 🙂", "Ünïcödé 漢字 🙂"),
    ("\u200b", ""),
]


@pytest.mark.parametrize(("text", "expected"), CLEANED)
def test_it_cleans_texts(text: str, expected: str) -> None:
    assert plain(text) == expected
    assert clean(text, "body") == expected


def test_it_says_how_long_a_text_may_be() -> None:
    assert clean("x" * 250, "title", limit=250)
    with pytest.raises(Invalid) as invalid:
        clean("x" * 100_001, "body")
    assert invalid.value.fields == {"body": "This is 100,001 characters long; at most 100,000 fit."}


def test_it_keeps_a_title_in_one_line() -> None:
    w = world()
    row = logged(w.agent, title="VPN \n drops\tand\u2028returns", tasks=["Call\nback"])
    assert (row.title, row.tasks.get().title) == ("VPN drops and returns", "Call back")


# files


def attach(w: World, who: str = "agent", name: str = "log.txt", data: bytes = b"line", **more: bool) -> Attachment:
    actions.attach_file(w.as_(who, 40), w.row.pk, name=name, chunks=[data], **more)
    return Attachment.objects.get(name=name)


def test_it_keeps_one_copy_of_the_same_bytes() -> None:
    w = world()
    first, second = attach(w), attach(w, name="again.txt", is_public=True)
    assert first.sha256 == second.sha256 == sha256(b"line")
    assert blobs.existing_path(first.sha256).read_bytes() == b"line"
    assert (first.is_public, second.is_public, first.size, first.content_type) == (False, True, 4, "text/plain")
    assert stream("incident", w.row.pk)[-1].data["sha256"] == first.sha256


def test_it_makes_files_of_requesters_public() -> None:
    assert attach(world(), "requester").is_public is True


@pytest.mark.parametrize("name", ["setup.exe", "x.EXE", "run.ps1", "macro.js"])
def test_it_takes_no_programs(name: str) -> None:
    with pytest.raises(Invalid, match="can run as programs"):
        attach(world(), name=name)


@pytest.mark.parametrize("name", ["", "..", "/", "\x00"])
def test_it_needs_a_name_for_a_file(name: str) -> None:
    with pytest.raises(Invalid, match="needs a name"):
        attach(world(), name=name)


def test_it_keeps_only_the_name_of_a_path() -> None:
    w = world()
    actions.attach_file(w.as_("agent"), w.row.pk, name="C:\\Users\\me\\..\\log.txt", chunks=[b"x"])
    assert Attachment.objects.get().name == "log.txt"


def test_it_leaves_nothing_behind_of_what_is_empty_or_too_large(tmp_path: Path, settings: Any) -> None:
    settings.BLOBS = tmp_path / "blobs"
    for chunks, words in (([], "empty"), ([b"x" * 600, b"y" * 600], "larger than 0 MB")):
        with pytest.raises(Invalid, match=words):
            blobs.write(chunks, limit=1000)
    assert list((tmp_path / "blobs").iterdir()) == []


def test_it_writes_no_bytes_for_somebody_who_may_not() -> None:
    w = world()

    def chunks() -> list[bytes]:
        pytest.fail("the upload was read")

    class Lazy:
        def __iter__(self) -> object:
            return iter(chunks())

    for who, error in (("auditor", NotPermitted), ("colleague", NotFound), ("outsider", NotFound)):
        with pytest.raises(error):
            actions.attach_file(w.as_(who), w.row.pk, name="a.txt", chunks=Lazy())  # type: ignore[arg-type]  # never read


def test_it_says_when_the_disk_has_lost_a_file() -> None:
    with pytest.raises(NotFound, match="backup"):
        blobs.existing_path("0" * 64)
    assert Path(settings.BLOBS).name == "blobs"
