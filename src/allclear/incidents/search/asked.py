"""What somebody typed, understood: words, "phrases", prefix*, -not, one OR another.

Words stand for themselves and their stems, in every language at once. OR joins its two neighbours; all else is joined
by "and". A word with dots or dashes in it (10.0.0.1, web-01) is a phrase of its parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from allclear.incidents.search.words import Stems, stems, words_in

LONGEST_ASKED = 500  # characters
MOST_TERMS = 24  # more are not looked at
_PIECE = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)(?P<end>"?)|(?P<word>\S+))')
_SHORTEST_PREFIX = 2  # letters: fewer would be found everywhere


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand side by side. `others` are words that count too: what was meant, or what contains the word."""

    words: tuple[str, ...]
    is_phrase: bool = False
    is_prefix: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One of these, or, with `is_not`, none of them."""

    terms: tuple[Term, ...]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """All of these clauses. Without any it asks nothing."""

    clauses: tuple[Clause, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.clauses)

    @property
    def wanted(self) -> list[Term]:
        """The terms that have to be there, without those that must not."""
        return [term for clause in self.clauses if not clause.is_not for term in clause.terms]

    def words(self) -> set[str]:
        return {word for clause in self.clauses for term in clause.terms for word in (*term.words, *term.others)}

    def with_terms(self, change: Callable[[Term], Term]) -> Question:
        """The same question with each wanted term changed."""
        return Question(
            tuple(c if c.is_not else replace(c, terms=tuple(change(term) for term in c.terms)) for c in self.clauses)
        )


def understand(text: str, *, is_typing: bool = False) -> Question:
    """Read what was typed. While somebody `is_typing` the last word may be a beginning."""
    text = text.replace("\0", " ")[:LONGEST_ASKED]
    clauses: list[Clause] = []
    joins = False
    for piece in list(_PIECE.finditer(text))[:MOST_TERMS]:
        word = piece["word"]
        if word in ("OR", "|") and not piece["minus"]:
            joins = bool(clauses) and not clauses[-1].is_not
            continue
        term = _term(piece)
        if term is None:
            continue
        if is_typing and piece.end() == len(text) and word and len(term.words[-1]) > _SHORTEST_PREFIX:
            term = replace(term, is_prefix=True)
        if joins and not piece["minus"]:
            clauses[-1] = replace(clauses[-1], terms=(*clauses[-1].terms, term))
        else:
            clauses.append(Clause((term,), is_not=bool(piece["minus"])))
        joins = False
    return Question(_telling(clauses))


def _term(piece: re.Match[str]) -> Term | None:
    words = tuple(words_in(piece["phrase"] if piece["word"] is None else piece["word"]))
    if not words:
        return None
    is_prefix = bool(piece["word"] and piece["word"].endswith("*")) and len(words[-1]) >= _SHORTEST_PREFIX
    return Term(words, is_phrase=piece["word"] is None, is_prefix=is_prefix)


def _telling(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """Without words such as "the" and "der", unless nothing else was asked: a text need not have them."""
    known = stems(word for clause in clauses for term in clause.terms for word in term.words)

    def tells(clause: Clause) -> bool:
        plain = [t for t in clause.terms if len(t.words) == 1 and not t.is_phrase and not t.is_prefix]
        return clause.is_not or len(plain) < len(clause.terms) or any(not known[t.words[0]].is_stop for t in plain)

    telling = tuple(clause for clause in clauses if tells(clause))
    return telling if any(not clause.is_not for clause in telling) else tuple(clauses)


def compiled(question: Question, weights: str) -> str:
    """The question in PostgreSQL's notation. Every word carries the weights by which it may be found, also a forbidden
    one: what a reader may not see must not decide what they see.
    """
    known = stems(question.words())
    return " & ".join(_clause(clause, known, weights) for clause in question.clauses)


def _clause(clause: Clause, known: Mapping[str, Stems], weights: str) -> str:
    alternatives = either(_compiled(term, known, weights) for term in clause.terms)
    return f"!{alternatives}" if clause.is_not else alternatives


def _compiled(term: Term, known: Mapping[str, Stems], weights: str) -> str:
    *first, last = term.words
    parts = [either(lexeme(form, weights) for form in known[word].forms) for word in first]
    ends = [lexeme(form, weights) for form in known[last].forms]
    if term.is_prefix:
        ends = [*ends[1:], f"'{last}':*{weights}"]
    if term.others:
        ends += [lexeme(form, weights) for word in term.others for form in known[word].forms]
    return f"({' <-> '.join([*parts, either(ends)])})"


def lexeme(form: str, weights: str) -> str:
    """One form of a word: letters and digits only, so it needs no escape."""
    return f"'{form}':{weights}"


def either(parts: Iterable[str]) -> str:
    return f"({' | '.join(dict.fromkeys(parts))})"
