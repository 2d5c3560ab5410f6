"""What a hit shows: its title and the best piece of its texts with the words marked, and in which texts they stand.

Marks are spans of a plain text: whoever shows them escapes the text as any other, so no text can bring markup along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from allclear.incidents.search.asked import Question
from allclear.incidents.search.parts import Part
from allclear.incidents.search.words import Stems, Token, folded, stems, tokens

_AROUND = 70  # characters before the first word of a piece
_LENGTH = 220  # characters of a piece
_MOST_READ = 20_000  # characters of a text in which words are looked for
_MOST_WHERE = 3


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with the words that were looked for: `spans` are (start, end) in `text`."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The text in pieces, each with whether it is marked."""
        at = 0
        for start, end in self.spans:
            if start > at:
                yield self.text[at:start], False
            yield self.text[start:end], True
            at = end
        if at < len(self.text):
            yield self.text[at:], False


@dataclass(frozen=True, slots=True)
class Where:
    """A text in which words were found: its kind, and when it was written (replies, notes)."""

    kind: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """`snippet` is a piece of the text `snippet_of`; None when all was found in number and title."""

    title: Marked
    number: Marked
    snippet: Marked | None
    snippet_of: Where | None
    where: tuple[Where, ...]


class Marker:
    """Marks the words of one question. It knows the stems of all texts of a page, which are read in one query."""

    def __init__(self, question: Question, texts: Sequence[str]) -> None:
        self._forms: frozenset[str] = frozenset()
        wanted = question.wanted
        asked = {word for term in wanted for word in (*term.words, *term.others)}
        found = {token.word for text in texts for token in tokens(folded(text[:_MOST_READ]))}
        self._known: Mapping[str, Stems] = stems(asked | found)
        self._forms = frozenset(form for word in asked for form in self._known[word].forms)
        self._prefixes = tuple(term.words[-1] for term in wanted if term.is_prefix)

    def mark(self, text: str) -> Marked:
        text = folded(text)
        hits = [token for token in tokens(text[:_MOST_READ]) if self._is_hit(token)]
        return Marked(text, tuple((token.start, token.end) for token in hits))

    def _is_hit(self, token: Token) -> bool:
        known = self._known.get(token.word)
        if known and not self._forms.isdisjoint(known.forms):
            return True
        return bool(self._prefixes) and token.word.startswith(self._prefixes)


def shown(title: str, number: str, parts: Sequence[Part], marker: Marker) -> Shown:
    """Choose what to show of one hit. `parts` are those that the reader may see."""
    marked = [(part, marker.mark(part.text)) for part in parts]
    hits = [(part, text) for part, text in marked if text.spans]
    where = list(dict.fromkeys(Where(part.kind, part.at) for part, _ in hits))
    bodies = [(part, text) for part, text in hits if part.kind not in ("title", "number")]
    best = max(bodies, key=_worth, default=None)
    return Shown(
        marker.mark(title),
        marker.mark(number),
        _piece(best[1]) if best else None,
        Where(best[0].kind, best[0].at) if best else None,
        tuple(sorted(where, key=lambda w: w.kind not in ("title", "number"))[:_MOST_WHERE]),
    )


def _worth(found: tuple[Part, Marked]) -> tuple[int, int, float]:
    """The most different words; then long texts before names, newer ones before older ones."""
    part, text = found
    words = {text.text[start:end].casefold() for start, end in text.spans}
    return len(words), part.at is not None, part.at.timestamp() if part.at else 0.0


def _piece(marked: Marked) -> Marked:
    """The stretch of the text with the most marked words, cut at words, on one line."""
    text = marked.text
    starts = [start for start, _ in marked.spans]
    first = max(starts, key=lambda s: sum(s <= other < s + _LENGTH - _AROUND for other in starts))
    begin = max(0, first - _AROUND)
    if begin:
        begin = text.find(" ", begin, first) + 1 or begin
    end = min(len(text), begin + _LENGTH)
    if end < len(text):
        end = max(text.rfind(" ", first + 1, end), next(e for s, e in marked.spans if s == first))
    before, after = ("… " if begin else ""), (" …" if end < len(text) else "")
    inside = tuple(
        (start - begin + len(before), stop - begin + len(before))
        for start, stop in marked.spans
        if begin <= start and stop <= end
    )
    flat = "".join(" " if c in "\n\t\r" else c for c in text[begin:end])  # as long as before: the spans still fit
    return Marked(f"{before}{flat}{after}", inside)
