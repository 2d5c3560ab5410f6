"""Keep what the search looks into: `reindex` is the one way, for verbs, imports, erasure and whoever writes texts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection, transaction

from allclear.domain.terms import OPEN
from allclear.incidents.models import Incident
from allclear.incidents.search import vocabulary
from allclear.incidents.search.parts import Part, Parts, of_new, read
from allclear.incidents.search.words import Stems, stems, words_in
from allclear.kernel.facts import NewEvent

BLOCK = 4096  # incidents whose words carry the same block
BATCH = 500  # incidents written at once
_MOST_WORDS = 30_000  # of one incident: PostgreSQL keeps at most a megabyte
_LAST_PLACE = 16_383  # where a word can stand: PostgreSQL knows no farther place
_MOST_PLACES = 255  # of one word
_GAP = 10  # places between two texts: no phrase reaches over
Progress = Callable[[int, int], None]  # incidents done, incidents in all

_FIELDS = frozenset({"requester_id", "on_behalf_of_id", "service_id", "organisation_id", "location"})
_WORDS = frozenset({"texts", "entry", "tasks", "attachment", "erased"})  # written, sent or erased
_WRITE = """
INSERT INTO incidents_search AS here (incident_id, is_open, words)
SELECT new.id, new.is_open, new.words::tsvector
  FROM unnest(%s::bigint[], %s::bool[], %s::text[]) new(id, is_open, words)
ON CONFLICT (incident_id) DO UPDATE SET is_open = EXCLUDED.is_open, words = EXCLUDED.words
 WHERE (here.is_open, here.words) IS DISTINCT FROM (EXCLUDED.is_open, EXCLUDED.words)
"""


def reindex(incident_ids: Collection[int]) -> None:
    """Make what is found say what stands in these incidents now. Safe to call at any time, again and again.

    Call it in the transaction that wrote, moved or erased the texts, once they are written.
    """
    ids = sorted(set(incident_ids))
    for start in range(0, len(ids), BATCH):
        _reindex(ids[start : start + BATCH])


def _reindex(ids: Sequence[int]) -> None:
    _put(read(ids), _held(ids))


def _put(found: Mapping[int, Parts], held: Collection[str]) -> None:
    """Write the words of these incidents; `held` are those by which they were found until now."""
    texts = _texts(found)
    everything = {word for parts in texts.values() for _, words in parts for word in words}
    known = stems(everything)
    if texts:
        _write(found, {pk: vector(pk, parts, known) for pk, parts in texts.items()})
    transaction.on_commit(lambda: vocabulary.learn(everything))
    if gone := set(held) - {form for word in everything for form in known[word].forms}:
        transaction.on_commit(lambda: vocabulary.forget(gone))


_Texts = Mapping[int, Sequence[tuple[str, Sequence[str]]]]  # weight and words of each part, by incident


def _texts(found: Mapping[int, Parts]) -> _Texts:
    words = cache(_words_of)  # many incidents may share a text
    return {pk: [(part.weight, words(part)) for part in parts.parts] for pk, parts in found.items()}


def vectors(found: Mapping[int, Parts]) -> Mapping[int, str]:
    """What should stand in the index for these incidents, in PostgreSQL's notation."""
    texts = _texts(found)
    known = stems({word for parts in texts.values() for _, words in parts for word in words})
    return {pk: vector(pk, parts, known) for pk, parts in texts.items()}


def _words_of(part: Part) -> list[str]:
    """A number is also found by its digits alone: 42 for INC0000042."""
    words = words_in(part.text)
    if part.kind == "number" and (digits := part.text.lstrip("".join(filter(str.isalpha, part.text))).lstrip("0")):
        words += words_in(digits)
    return words


def _write(found: Mapping[int, Parts], rows: Mapping[int, str]) -> None:
    ids = list(rows)
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [ids, [found[pk].is_open for pk in ids], [rows[pk] for pk in ids]])


def _held(ids: Sequence[int]) -> set[str]:
    """The words by which these incidents are found until now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT unnest(tsvector_to_array(words)) FROM incidents_search WHERE incident_id = ANY(%s)",
            [list(ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def block(incident_id: int) -> str:
    """The word that the incidents of one block carry; no text has a `#` in a word."""
    return f"#b{incident_id // BLOCK}"


def vector(incident_id: int, parts: Sequence[tuple[str, Sequence[str]]], known: Mapping[str, Stems]) -> str:
    """The words of one incident in PostgreSQL's notation: all forms of a word at its place, with the part's weight."""
    places: dict[str, list[str]] = {}
    place = 0
    for weight, words in parts:
        for word in words[: max(0, _MOST_WORDS - place)]:
            place = place + 1
            spot = f"{min(place, _LAST_PLACE)}{weight}"
            for form in known[word].forms:
                spots = places.setdefault(form, [])
                if len(spots) < _MOST_PLACES:
                    spots.append(spot)
        place += _GAP
    return " ".join([f"'{block(incident_id)}'", *(f"'{form}':{','.join(spots)}" for form, spots in places.items())])


def touches(events: Collection[NewEvent]) -> bool:
    """Whether these events may have changed what an incident is found by."""
    return any(_touches(event.data) for event in events)


def _touches(data: Mapping[str, Any]) -> bool:
    changes = data.get("changes", {})
    if _FIELDS & changes.keys() or _WORDS & data.keys():
        return True
    if any("ci_ids" in data.get(side, {}) for side in ("added", "removed")):
        return True
    before, after = changes.get("status", (None, None))
    return (before in OPEN) != (after in OPEN)


def keep(incident_id: int, events: Collection[NewEvent]) -> None:
    """What a verb calls once its rows are written."""
    if touches(events):
        reindex([incident_id])


def put(found: Mapping[int, Parts]) -> None:
    """New incidents whose texts the caller holds, many at once."""
    _put(found, ())


def add(row: Incident, texts: Collection[tuple[str, str]]) -> None:
    """An incident that is just being logged, with its texts (slot, words): nothing has to be read for it."""
    _put({row.pk: of_new(row, texts)}, ())


def reindex_missing(most: int = BATCH) -> int:
    """Incidents that the index does not know yet (from before an upgrade), the newest first; gives how many."""
    missing = Incident.objects.filter(found_by=None).order_by("-pk")
    with transaction.atomic():
        ids = list(missing.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:most])
        reindex(ids)
    return len(ids)


def reindex_all(progress: Progress = lambda done, total: None) -> int:
    """Every incident, the newest first, batch by batch; gives how many. May be stopped and begun again at any time."""
    total, done = Incident.objects.count(), 0
    for ids in _batches():
        with transaction.atomic():
            list(Incident.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
            reindex(ids)
        done += len(ids)
        progress(done, max(done, total))
    with transaction.atomic():
        vocabulary.sweep()
    return done


def _batches() -> Iterator[list[int]]:
    rows = Incident.objects.order_by("-pk").values_list("pk", flat=True)
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(pk__lt=batch[-1])[:BATCH])
