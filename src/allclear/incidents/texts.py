"""Free texts: cleaned, limited, and turned into content rows with a reference that events may carry."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from allclear.domain.incident import TextRef
from allclear.domain.terms import Slot
from allclear.incidents.models import Content
from allclear.kernel.errors import Invalid
from allclear.kernel.ids import new_id, sha256
from allclear.kernel.words import say

LIMITS = {str(Slot.TITLE): 250, "task": 250}
LONGEST = 100_000  # characters of any other text


def clean(text: str, field_name: str, *, limit: int = LONGEST) -> str:
    """The text as `plain` gives it; refuses what is longer than `limit` characters."""
    kept = plain(text)
    if len(kept) > limit:
        long, most = f"{len(kept):,}", f"{limit:,}"
        text = say("This is {length} characters long; at most {limit} fit.", length=long, limit=most)
        raise Invalid({field_name: text})
    return kept


def plain(text: str) -> str:
    """The text without control characters, lone surrogates and outer blanks; empty when nothing of it can be seen.

    PostgreSQL cannot store null characters and surrogates; bidirectional overrides could make a text lie about itself.
    """
    if text.isascii() and text.isprintable():  # most texts, a hundred times as fast
        return text.strip()
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        c for c in lines if c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _BIDI)
    ).strip()
    return kept if any(unicodedata.category(c)[0] not in "ZC" for c in kept) else ""


_BIDI = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


@dataclass(slots=True)
class Texts:
    """The texts of one command: `add` gives the reference, `save` writes the rows once the incident has a key."""

    now: datetime
    rows: list[Content] = field(default_factory=list)
    saved: list[Content] = field(default_factory=list)

    def add(self, slot: str, text: str | None, *, field_name: str = "") -> TextRef | None:
        """A reference to the text, or None when it is empty."""
        body = clean(text or "", field_name or slot, limit=LIMITS.get(slot, LONGEST))
        if slot in LIMITS:  # one line
            body = " ".join(body.split())
        if not body:
            return None
        row = Content(id=new_id(), slot=slot, body=body, sha256=sha256(body), created_at=self.now)
        self.rows.append(row)
        return TextRef(str(row.id), row.sha256)

    def drop(self, slots: Collection[str]) -> None:
        """Forget texts of these slots: they say what is stored already."""
        self.rows = [row for row in self.rows if row.slot not in slots]

    def body(self, ref: TextRef | None) -> str:
        """The words behind a reference that was added here; empty for another one."""
        return next((row.body for row in (*self.rows, *self.saved) if ref and str(row.id) == ref.id), "")

    def save(self, incident_id: int) -> None:
        for row in self.rows:
            row.incident_id = incident_id
        Content.objects.bulk_create(self.rows)
        self.saved += self.rows
        self.rows = []
