"""The timeline as somebody reads it: what they asked to see, what is new to them, and quiet steps in bundles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from allclear.incidents.looks import Read
from allclear.incidents.timeline import INTERNAL, PUBLIC, SYSTEM, Entry

ALL = "all"
SHOWS = (ALL, PUBLIC, INTERNAL, SYSTEM)
OLDEST, NEWEST = "oldest", "newest"
ORDERS = (OLDEST, NEWEST)
AT_FIRST = 60  # entries on the page
MORE = 100  # entries that "earlier" brings
_FEWEST = 3  # quiet steps that make a bundle
_BEGINNING = 3  # positions of what logging brings with it

# system steps that a reader must not miss: they stand alone
LOUD = frozenset({
    "logged", "held", "resumed", "resolved", "verified", "verification_failed", "closed", "closed_automatically",
    "reopened", "cancelled", "merged", "split", "converted", "handover_offered", "handover_accepted",
    "handover_refused", "handover_withdrawn", "handover_unanswered", "handed_over", "coordinator_called",
    "texts_erased", "retention_held", "retention_released", "paging",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What the reader asked for. `begins_at` is the position of the earliest entry they have loaded (0: the usual)."""

    show: str = ALL
    order: str = OLDEST
    begins_at: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the thread: one entry, a bundle of quiet ones, or the mark above what is new."""

    kind: Literal["entry", "bundle", "new"]
    entries: Sequence[Entry] = ()

    @property
    def entry(self) -> Entry:
        """The only entry, or the first of a bundle: it names the bundle as long as that grows."""
        return self.entries[0]

    @property
    def is_automatic(self) -> bool:
        """Whether the program did all of it."""
        return not any(entry.actor for entry in self.entries)

    @property
    def kinds(self) -> Sequence[str]:
        """What is in a bundle, each sentence once, in order."""
        return list(dict.fromkeys(entry.summary for entry in self.entries))


@dataclass(frozen=True, slots=True)
class Thread:
    """`counts` by kind, of the whole history. `earlier`: entries before `begins_at` that are not on the page."""

    items: Sequence[Item]
    counts: Mapping[str, int]
    wish: Wish
    begins_at: int
    earlier: int
    earlier_from: int
    is_partial: bool
    new: Sequence[Entry] = field(default=())
    read: Read | None = None

    @property
    def next_piece(self) -> int:
        """How many of the earlier entries one wish brings."""
        return min(MORE, self.earlier)


def thread_of(entries: Sequence[Entry], wish: Wish, *, read: Read | None, reader_id: int | None) -> Thread:
    """Only what was asked for is in a long thread; a short one has everything, and the page hides what is unasked."""
    new = [e for e in entries if read and e.position > read.version and e.actor_id != reader_id]
    is_partial = len(entries) > AT_FIRST
    asked = [e for e in entries if wish.show in (ALL, e.kind)] if is_partial else list(entries)
    start = _start(asked, wish.begins_at, new)
    shown = asked[start:]
    first_new = new[0].position if new else 0
    items = list(_items(shown, first_new))
    return Thread(
        items=items[::-1] if wish.order == NEWEST else items,
        counts={kind: sum(kind in (ALL, e.kind) for e in entries) for kind in SHOWS},
        wish=wish,
        begins_at=shown[0].position if shown and start else 0,
        earlier=start,
        earlier_from=asked[max(0, start - MORE)].position if start else 0,
        is_partial=is_partial,
        new=new,
        read=read,
    )


def _start(asked: Sequence[Entry], begins_at: int, new: Sequence[Entry]) -> int:
    """The index of the first entry on the page: what is new is always there, up to what one wish brings."""
    start = max(0, len(asked) - AT_FIRST)
    wanted = begins_at or (new[0].position if new else 0)
    if not wanted:
        return start
    found = next((i for i, e in enumerate(asked) if e.position >= wanted), start)
    return min(start, found) if begins_at else min(start, max(found, start - MORE))


def _items(entries: Iterable[Entry], first_new: int) -> Iterable[Item]:
    quiet: list[Entry] = []
    is_marked = not first_new
    for entry in entries:
        if not is_marked and entry.position >= first_new:
            yield from _bundled(quiet)
            quiet, is_marked = [], True
            yield Item("new")
        if _is_quiet(entry):
            quiet.append(entry)
            continue
        yield from _bundled(quiet)
        quiet = []
        yield Item("entry", (entry,))
    yield from _bundled(quiet)


def _is_quiet(entry: Entry) -> bool:
    is_first_decision = entry.position <= _BEGINNING and entry.trace  # how it was weighed and routed
    return entry.kind == SYSTEM and entry.event not in LOUD and not entry.attachment and not is_first_decision


def _bundled(quiet: Sequence[Entry]) -> Iterable[Item]:
    if len(quiet) >= _FEWEST:
        yield Item("bundle", tuple(quiet))
    else:
        yield from (Item("entry", (entry,)) for entry in quiet)
