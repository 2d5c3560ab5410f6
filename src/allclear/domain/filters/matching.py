"""Which record a typed name means: the whole name first, then the only one that begins so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_BREAK = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Named:
    """A record that can be named: by `#key`, its `label`, or any of `also` (an address, a path).

    `keys` are what the name stands for: itself, and all below it in a tree.
    """

    key: int
    label: str
    keys: frozenset[int] = frozenset()
    also: tuple[str, ...] = ()
    detail: str = ""  # tells it from others of the same name

    @property
    def meant(self) -> frozenset[int]:
        return self.keys or frozenset({self.key})


def slug(text: str) -> str:
    """A name without case, blanks and signs: "Network / VPN" is `network-vpn`."""
    return _BREAK.sub("-", text.casefold()).strip("-")


def best(text: str, known: Iterable[Named]) -> Sequence[Named]:
    """Those that the text may mean, of the best kind of match only: more than one is not clear enough."""
    records = list(known)
    if text.startswith("#") and text[1:].isdecimal():
        return [one for one in records if str(one.key) == text[1:]]
    plain, wanted = text.casefold().strip(), slug(text)
    if exact := [one for one in records if plain in (one.label.casefold(), *map(str.casefold, one.also))]:
        return exact
    if not wanted:
        return []
    names = [(one, [slug(name) for name in (one.label, *one.also)]) for one in records]
    if same := [one for one, slugs in names if wanted in slugs]:
        return same
    if begun := [one for one, slugs in names if any(s.startswith(wanted) for s in slugs)]:
        return begun
    return [one for one, slugs in names if any(f"-{wanted}" in f"-{s}" for s in slugs)]


def typed(record: Named, others: Iterable[Named]) -> str:
    """The shortest text that means this record and no other: its slug, else its address, else its key."""
    records = list(others)
    for text in (slug(record.label), *record.also):
        if text and [one.key for one in best(text, records)] == [record.key]:
            return text
    return f"#{record.key}"
