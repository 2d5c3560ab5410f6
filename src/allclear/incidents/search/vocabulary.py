"""Every word that stands in some incident. It helps to find what was meant; alone it shows nobody anything.

What it suggests is only shown when the reader then finds something that they may see.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection

_LONGEST, _SHORTEST = 40, 3  # characters
_MOST_LEARNT = 50_000
_learnt: set[str] = set()  # words that this process knows to be there


def forget_known() -> None:
    """For tests: the database is another one than before."""
    _learnt.clear()


def _is_word(word: str) -> bool:
    """Numbers and codes are no words: nobody mistypes them into each other."""
    return _SHORTEST <= len(word) <= _LONGEST and word.isalpha()


def learn(words: Collection[str]) -> None:
    """Remember new words. Called after the commit, so that no verb waits for another's word."""
    fresh = sorted({word for word in words if word not in _learnt and _is_word(word)})
    if not fresh:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_search_word (word) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [fresh]
        )
    if len(_learnt) > _MOST_LEARNT:
        _learnt.clear()
    _learnt.update(fresh)


def forget(words: Collection[str]) -> None:
    """Drop those of these words that stand nowhere any more: what was erased is not kept here either."""
    gone = sorted(word for word in words if _is_word(word))
    _learnt.difference_update(gone)
    if gone:
        with connection.cursor() as cursor:
            cursor.execute(f"{_DROP} AND known.word = ANY(%s)", [gone])


def sweep() -> None:
    """Drop every word that stands nowhere any more."""
    _learnt.clear()
    with connection.cursor() as cursor:
        cursor.execute(_DROP)


# A word that stands everywhere is found in the small index of what is open; only for others all incidents are asked.
_DROP = (
    "DELETE FROM incidents_search_word known WHERE NOT EXISTS"
    " (SELECT FROM incidents_search found WHERE found.is_open AND found.words @@ quote_literal(known.word)::tsquery)"
    " AND NOT EXISTS (SELECT FROM incidents_search found WHERE found.words @@ quote_literal(known.word)::tsquery)"
)


def near(words: Collection[str], most: int = 3) -> Mapping[str, Sequence[str]]:
    """For words that stand nowhere: those that look most alike, the most alike first."""
    asked = [word for word in words if _is_word(word)]
    return _pairs(_NEAR, [asked, most]) if asked else {}


_NEAR = """
SELECT asked.word, alike.word
  FROM unnest(%s::text[]) asked(word)
 CROSS JOIN LATERAL (SELECT known.word FROM incidents_search_word known
                      WHERE known.word %% asked.word AND known.word <> asked.word
                      ORDER BY similarity(known.word, asked.word) DESC,
                               abs(length(known.word) - length(asked.word)), known.word LIMIT %s) alike
 WHERE NOT EXISTS (SELECT FROM incidents_search_word known WHERE known.word = asked.word)
"""


def containing(words: Collection[str], most: int = 40) -> Mapping[str, Sequence[str]]:
    """Words that have these as a part, such as Netzwerkdrucker for Drucker; the shortest first."""
    asked = [word for word in words if _is_word(word)]
    return _pairs(_CONTAINING, [asked, most]) if asked else {}


_CONTAINING = """
SELECT asked.word, longer.word
  FROM unnest(%s::text[]) asked(word)
 CROSS JOIN LATERAL (SELECT known.word FROM incidents_search_word known
                      WHERE known.word LIKE '%%' || asked.word || '%%' AND known.word <> asked.word
                      ORDER BY length(known.word), known.word LIMIT %s) longer
"""


def _pairs(statement: str, parameters: list[Any]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        for asked, word in cursor.fetchall():
            found.setdefault(asked, []).append(word)
    return found
