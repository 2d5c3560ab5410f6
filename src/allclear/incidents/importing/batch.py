"""One transaction of an import: what is new of a few hundred incidents."""

from __future__ import annotations

from datetime import datetime

from allclear.domain.incident import IncidentState
from allclear.incidents import search
from allclear.incidents.importing import store
from allclear.incidents.importing.cells import Problem, SourceRow
from allclear.incidents.importing.clocks import reckon
from allclear.incidents.importing.history import Story, Teller
from allclear.incidents.importing.report import Tally
from allclear.incidents.models import ImportRun
from allclear.kernel.generation import held_still
from allclear.kernel.words import say


def write(batch: dict[str, list[SourceRow]], teller: Teller, run: ImportRun, now: datetime, tally: Tally) -> None:
    """Write what is new in these incidents. Runs in one transaction: each incident's rows are in, or none."""
    there = store.known(run.source, list(batch))
    last = store.last_imported_at(run.source, list(there)) if there else {}
    numbers = store.free_numbers(number for number in batch if number not in there)
    ids = iter(store.reserve_ids(len(batch) - len(there)))
    new: dict[str, Story] = {}
    grown: dict[str, Story] = {}
    hashes: dict[str, list[str]] = {}
    for number, rows in batch.items():
        known = there.get(number)
        fresh, held = _not_in_yet(rows, known.hashes if known else [])
        tally.known += len(rows) - len(fresh)
        if not fresh:
            tally.incidents_known += 1
            continue
        if known and (why := _refusal(known, fresh, last[number])):
            tally.rejected += [Problem(row.line, number, "", "", why) for row in fresh]
            tally.incidents_rejected.add(number)
            continue
        blank = IncidentState(id=next(ids)) if not known else known.state
        story = teller.tell(blank, fresh, numbers.get(number, ""), now)
        (grown if known else new)[number] = story
        hashes[number] = held
        tally.imported += len(fresh) - story.unchanged
        tally.unchanged += story.unchanged
    stories = [*new.values(), *grown.values()]
    with held_still():  # agreements and trees are looked at for every row
        promises = reckon(stories, [story.state.id for story in grown.values()], now)
        store.write_new(new, promises.beside)
        for number, story in grown.items():
            store.write_changed(there[number].row, story, promises.beside[story.state.id])
        promises.write()
    store.write_texts(stories)
    tally.events = store.write_events(stories, run.pk, now)
    search.reindex([story.state.id for story in stories])
    store.write_hashes(run.source, {k: hashes[k] for k in new}, {k: hashes[k] for k in grown})
    tally.incidents_new, tally.incidents_grown = len(new), len(grown)


def _not_in_yet(rows: list[SourceRow], known: list[str]) -> tuple[list[SourceRow], list[str]]:
    """The rows that are not in, and the hashes of all rows once they are. A row that stands twice counts once."""
    held = dict.fromkeys(known)
    fresh = []
    for row in rows:
        if row.hash not in held:
            held[row.hash] = None
            fresh.append(row)
    return fresh, list(held)


def _refusal(known: store.Known, fresh: list[SourceRow], last: datetime) -> str:
    """Why new rows of an incident that is here cannot be added; empty when they can."""
    if known.is_touched:
        return say("This incident was worked on here since it was imported; the source's later rows are left out.")
    if oldest := next((row for row in fresh if row.at < last), None):
        return (
            f"Line {oldest.line} is older than rows of this incident that are in already, and is not one of them. "
            "Was the first import made with another mapping? Import under another --source, or correct the mapping."
        )
    return ""
