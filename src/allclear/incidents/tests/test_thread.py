"""The timeline as it is read: bundles, what is new, and how much of a long one is on the page."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from allclear.incidents import actions
from allclear.incidents.actions import desk
from allclear.incidents.looks import NEVER, Read, Unread, unread_of
from allclear.incidents.tests.world import World, world
from allclear.incidents.thread import AT_FIRST, MORE, NEWEST, Thread, Wish, thread_of
from allclear.incidents.timeline import INTERNAL, PUBLIC, SYSTEM, Entry
from allclear.testing import T0, instant

ME, OTHER = 1, 2


def _entry(position: int, kind: str = PUBLIC, event: str = "replied", actor_id: int | None = OTHER) -> Entry:
    actor = "Bo Berg" if actor_id else ""
    return Entry(str(position), kind, event, T0, T0, actor, f"{event} {position}", actor_id=actor_id)


def _thread(entries: Sequence[Entry], wish: Wish = Wish(), read: int = 0) -> Thread:  # noqa: B008 - a frozen value
    return thread_of(entries, wish, read=Read(read, T0) if read else None, reader_id=ME)


def _shape(thread: Thread) -> list[str]:
    return [f"{i.kind} {i.entries[0].id}-{i.entries[-1].id}" if i.entries else i.kind for i in thread.items]


QUIET = [_entry(n, SYSTEM, "task_added") for n in range(2, 6)]


def test_it_bundles_quiet_steps_and_leaves_words_and_loud_steps_alone() -> None:
    entries = [_entry(1), *QUIET, _entry(6, SYSTEM, "held"), _entry(7, SYSTEM, "edited"), _entry(8, INTERNAL, "noted")]
    assert _shape(_thread(entries)) == ["entry 1-1", "bundle 2-5", "entry 6-6", "entry 7-7", "entry 8-8"]


def test_it_calls_a_bundle_automatic_only_when_nobody_did_any_of_it() -> None:
    done = [_entry(n, SYSTEM, "prioritised", None) for n in range(10, 14)]
    assert _thread(done).items[0].is_automatic
    assert not _thread([*done, _entry(14, SYSTEM, "edited")]).items[0].is_automatic


def test_it_marks_what_others_did_since_and_breaks_the_bundle_there() -> None:
    thread = _thread([_entry(1), *QUIET, _entry(6)], read=3)
    assert _shape(thread)[1:4] == ["entry 2-2", "entry 3-3", "new"]
    assert [entry.position for entry in thread.new] == [4, 5, 6]


def test_it_does_not_call_new_what_the_reader_did() -> None:
    assert not _thread([_entry(1), _entry(2, actor_id=ME)], read=1).new
    thread = _thread([_entry(1), _entry(2, actor_id=ME), _entry(3)], read=1)
    assert _shape(thread) == ["entry 1-1", "entry 2-2", "new", "entry 3-3"]


def test_it_marks_nothing_for_who_never_looked() -> None:
    assert not _thread([_entry(1), _entry(2)]).new


def test_it_shows_the_newest_first_when_asked() -> None:
    assert _shape(_thread([_entry(1), _entry(2)], Wish(order=NEWEST), read=1)) == ["entry 2-2", "new", "entry 1-1"]


def test_it_brings_a_long_one_piece_by_piece() -> None:
    entries = [_entry(n) for n in range(1, 301)]
    first = _thread(entries)
    assert (len(first.items), first.earlier, first.items[0].entry.position) == (AT_FIRST, 300 - AT_FIRST, 241)
    more = _thread(entries, Wish(begins_at=first.earlier_from))
    assert (len(more.items), more.begins_at) == (AT_FIRST + MORE, 141)
    every = _thread(entries, Wish(begins_at=1))
    assert (len(every.items), every.earlier, every.begins_at) == (300, 0, 0)


def test_it_has_only_what_was_asked_for_in_a_long_one_but_counts_all() -> None:
    entries = [_entry(n, PUBLIC if n % 10 else INTERNAL) for n in range(1, 301)]
    thread = _thread(entries, Wish(show=INTERNAL))
    assert {item.entry.kind for item in thread.items} == {INTERNAL}
    assert thread.counts == {"all": 300, "public": 270, "internal": 30, "system": 0}


def test_it_reaches_back_to_what_is_new() -> None:
    entries = [_entry(n) for n in range(1, 201)]
    assert _thread(entries, read=100).items[0].kind == "new"
    assert len(_thread([_entry(n) for n in range(1, 1001)], read=5).items) <= AT_FIRST + MORE + 1


def _looked(company: World, name: str) -> None:
    company.row.refresh_from_db()
    desk.look_at(company.as_(name).viewer, company.row.pk, company.row.version, instant(31))


def _unread(company: World, name: str) -> Unread:
    return unread_of(company.as_(name).viewer, [company.row.pk, company.second.pk])[company.row.pk]


@pytest.mark.django_db
def test_it_counts_what_others_did_since_one_looked() -> None:
    company = world()
    assert _unread(company, "agent") == NEVER
    _looked(company, "agent")
    assert _unread(company, "agent") == Unread(0, was_opened=True)
    actions.add_note(company.as_("agent", 40), company.row.pk, "Mine")
    actions.add_note(company.as_("mate", 41), company.row.pk, "Of a colleague")
    actions.reply_publicly(company.as_("mate", 42), company.row.pk, "To the requester")
    assert _unread(company, "agent") == Unread(2, was_opened=True)


@pytest.mark.django_db
def test_it_never_counts_what_is_among_staff_for_a_requester() -> None:
    company = world()
    _looked(company, "requester")
    actions.add_note(company.as_("mate", 41), company.row.pk, "Among us")
    actions.add_task(company.as_("mate", 42), company.row.pk, title="Also among us")
    assert _unread(company, "requester").count == 0
    actions.reply_publicly(company.as_("mate", 43), company.row.pk, "To you")
    assert _unread(company, "requester").count == 1


@pytest.mark.django_db
def test_it_needs_one_query_for_a_page_of_rows(django_assert_num_queries: pytest.FixtureRequest) -> None:
    company = world()
    viewer = company.as_("agent").viewer
    with django_assert_num_queries(1):  # type: ignore[operator]  # the fixture of pytest-django
        unread_of(viewer, range(1, 101))
