"""Search over incidents: number, title, texts, replies, notes, names, in several languages, with typing errors.

`words_q` narrows any list, `find` and `answer` give ranked hits, `alike` finds what is probably the same, and
`reindex` makes the index say what stands in the incidents. Notes and other texts for staff are found by staff only.
"""

from __future__ import annotations

from allclear.incidents.search.alike import Similar, alike
from allclear.incidents.search.finding import Answer, Hit, answer, find
from allclear.incidents.search.index import add, keep, put, reindex, reindex_all, reindex_missing
from allclear.incidents.search.narrowing import words_q

__all__ = [
    "Answer",
    "Hit",
    "Similar",
    "add",
    "alike",
    "answer",
    "find",
    "keep",
    "put",
    "reindex",
    "reindex_all",
    "reindex_missing",
    "words_q",
]
