"""What is wrong with a filter text, where, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from allclear.kernel.errors import Invalid


class FilterError(Invalid):
    """A sentence for people. `at` counts characters from the start of the text; `near` are better words."""

    def __init__(self, sentence: str, at: int = 0, near: Iterable[str] = ()) -> None:
        super().__init__({"filter": sentence})
        self.at = at
        self.near = tuple(near)
        self.extra = {"position": at, "near": list(self.near)}


def nearest(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """What may have been meant: beginnings first, then what is spelt alike."""
    names = list(dict.fromkeys(known))
    begun = [name for name in names if len(word) > 1 and name.startswith(word.lower())]
    alike = difflib.get_close_matches(word.lower()[:60], names, n=limit, cutoff=0.6)
    return list(dict.fromkeys([*begun, *alike]))[:limit]
