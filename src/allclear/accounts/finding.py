"""Find a person as one types: by name, address, place, organisation or number, in any writing; mistyped names too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from allclear.accounts.folding import LOOKED_THROUGH, NUMBERS, folded
from allclear.accounts.models import Organisation, User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import people_visible_to

FEWEST_DIGITS = 3  # an extension has as many
_MOST_WORDS = 6
_LOOKED_AT = 150  # matches that are put in order: whoever has more types on
_MOST_ORGANISATIONS = 50
_COMPARED = 60  # mistyped names that are looked at closely
_ALIKE = 0.3  # trigrams that the index asks for; what comes is compared letter by letter
_SAME = 0.72  # of the letters, in their order
# Calling codes of one and of two digits; all others have three (ITU-T E.164).
_ONE_DIGIT = frozenset({"1", "7"})
_TWO_DIGITS = frozenset(
    map(str, (20, 27, *range(30, 35), 36, *range(39, 42), *range(43, 50), *range(51, 59), *range(60, 67), 81, 82, 84,
              86, *range(90, 96), 98))
)  # fmt: skip


def find_people(viewer: Viewer, text: str, *, most: int = 12) -> list[User]:
    """Active people whom the viewer may know of, the likeliest first, with their organisations."""
    words = folded(text).split()[:_MOST_WORDS]
    if not words:
        return []
    rows: QuerySet[Any] = people_visible_to(viewer).filter(is_active=True).select_related("organisation")
    rows = rows.alias(looked_through=LOOKED_THROUGH, numbers=NUMBERS)
    wanted = _by_words(words)
    if cores := cores_of(text):
        wanted |= _any(Q(numbers__contains=core) for core in cores)
    some = rows.filter(wanted).order_by().values("pk")[:_LOOKED_AT]
    found = list(rows.filter(pk__in=some).order_by(_nearness(words), "name", "pk")[:most])
    return found or _mistyped(rows, words, most)


def is_number(text: str) -> bool:
    """Whether somebody types a telephone number rather than a name."""
    return bool(cores_of(text)) and not re.search(r"[^\W\d_]{2}", text)


def cores_of(text: str) -> Sequence[str]:
    """The digits by which a number is found, however it is written: without the country and without a leading zero."""
    plain = text.replace("(0)", "")
    digits = re.sub(r"\D", "", plain)
    if len(digits) < FEWEST_DIGITS or re.search(r"[^\W\d_]", text):
        return ()
    if plain.strip().startswith("+") or digits.startswith("00"):
        international = digits.removeprefix("00")
        return _long_enough(international, _national(international))
    if digits.startswith("0"):
        return _long_enough(digits, digits[1:])
    return _long_enough(digits, _national(digits) if len(digits) >= 10 else "")


def _national(digits: str) -> str:
    """Without the calling code of the country."""
    length = 1 if digits[:1] in _ONE_DIGIT else 2 if digits[:2] in _TWO_DIGITS else 3
    return digits[length:]


def _long_enough(*digits: str) -> Sequence[str]:
    return tuple(dict.fromkeys(d for d in digits if len(d) >= FEWEST_DIGITS))


def _by_words(words: Sequence[str]) -> Q:
    """Each word stands in the name, the address or the place, or the organisation has it."""
    wanted = Q()
    for word in words:
        one = _any(_stands_in(form) for form in _forms(word))
        if len(word) >= 3:
            known = Organisation.objects.filter(name__icontains=word).values_list("pk", flat=True)
            if keys := list(known[:_MOST_ORGANISATIONS]):
                one |= Q(organisation__in=keys)
        wanted &= one
    return wanted


def _stands_in(form: str) -> Q:
    """Two letters begin a word: the index knows no shorter part of one."""
    if len(form) < 3:
        return Q(looked_through__startswith=form) | Q(looked_through__contains=f" {form}")
    return Q(looked_through__contains=form)


def _forms(word: str) -> Sequence[str]:
    """A word, and the same with umlauts: who types "mueller" means Müller."""
    umlauts = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return tuple(dict.fromkeys((word, umlauts)))


def _any(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for condition in conditions:
        found |= condition
    return found


def _nearness(words: Sequence[str]) -> Case:
    """Names that begin with what was typed, then those with a word that does, then the rest."""
    return Case(
        When(looked_through__startswith=" ".join(words), then=Value(0)),
        When(looked_through__contains=f" {words[0]}", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def _mistyped(rows: QuerySet[Any], words: Sequence[str], most: int) -> list[User]:
    """Names that are almost what was typed: letters swapped, left out or added."""
    telling = [word for word in words if len(word) >= 4 and word.isalpha()]
    if not telling:
        return []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(_ALIKE)])
        for word in telling:
            swapped = _any(Q(looked_through__contains=form) for form in _swapped(word))
            rows = rows.filter(Q(looked_through__trigram_word_similar=word) | swapped)
        likeness = TrigramWordSimilarity(telling[0], F("looked_through"))
        candidates = list(rows.order_by(likeness.desc(), "pk")[:_COMPARED])
    scored = [(min(_sameness(word, user) for word in telling), user) for user in candidates]
    near = sorted(((score, user) for score, user in scored if score >= _SAME), key=lambda pair: -pair[0])
    return [user for _, user in near[:most]]


def _swapped(word: str) -> Iterable[str]:
    """With each two neighbours changed: in short words that leaves too little alike for trigrams."""
    return (
        {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)} if len(word) < 8 else ()
    )


def _sameness(word: str, user: User) -> float:
    parts = folded(f"{user.name} {user.email or ''}").replace("@", " ").replace(".", " ").split()
    return max((SequenceMatcher(None, word, part).ratio() for part in parts), default=0.0)
