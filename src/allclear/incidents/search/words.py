"""From text to words, and from words to what the index holds of them.

Our own splitting instead of PostgreSQL's: it makes one file name of "printer/scanner" and a signed number of the end of
"web-01", and differs with the locale of the database. Stems come from PostgreSQL's dictionaries, of every language at
once, so nobody has to say in which language a text is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from django.db import connection

LANGUAGES = ("english", "german", "spanish")
LONGEST = 60  # characters of a word; the rest of a longer one is not looked at
_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_MOST_KNOWN = 100_000  # words whose stems a process remembers


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text and where it stands."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stems:
    """The forms under which a word is found. A stop word ("the", "der") says little: a question may leave it out."""

    forms: tuple[str, ...]
    is_stop: bool = False


def folded(text: str) -> str:
    """One spelling for what looks the same; positions in it are those that `tokens` gives."""
    return normalize("NFC", text)


def tokens(text: str) -> Iterator[Token]:
    """The words of a text that `folded` has made, in order, in lower case."""
    for found in _WORD.finditer(text):
        yield Token(found[0].casefold()[:LONGEST], found.start(), found.end())


def words_in(text: str) -> list[str]:
    return [token.word for token in tokens(folded(text))]


_known: dict[str, Stems] = {}
_EACH = ", ".join(f"ts_lexize('{language}_stem', w)" for language in LANGUAGES)
_LEXIZE = f"SELECT w, {_EACH} FROM unnest(%s::text[]) w"  # noqa: S608 - our own languages


def stems(words: Iterable[str]) -> Mapping[str, Stems]:
    """The stems of each of these words; one query for those that this process has not met yet."""
    asked = set(words)
    found = {word: known for word in asked if (known := _known.get(word))}
    fresh = {word: Stems((word,)) for word in asked - found.keys() if _DIGIT.search(word)}
    if unknown := sorted(asked - found.keys() - fresh.keys()):
        with connection.cursor() as cursor:
            cursor.execute(_LEXIZE, [unknown])
            fresh |= {word: _stems(word, by_language) for word, *by_language in cursor.fetchall()}
    if len(_known) + len(fresh) > _MOST_KNOWN:
        _known.clear()
    _known.update(fresh)
    return found | fresh


def _stems(word: str, by_language: Iterable[list[str] | None]) -> Stems:
    """A dictionary gives no stem at all for its stop words."""
    given = [found for found in by_language if found is not None]
    forms = dict.fromkeys([word, *(form for found in given for form in found)])
    return Stems(tuple(forms), is_stop=any(not found for found in given))
