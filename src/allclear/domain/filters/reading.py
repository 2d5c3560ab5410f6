"""From a filter text to its tree. Every error is a sentence that says where, and what to write instead."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput
from lark.exceptions import VisitError

from allclear.domain.filters.ast import EVERYTHING, Node, Op, Term, Words, both, either, opposite
from allclear.domain.filters.errors import FilterError
from allclear.kernel.words import say

LONGEST = 2000  # characters
DEEPEST = 20  # parentheses within parentheses
MOST_VALUES = 100  # of one term
OWN_NAMES = ("label", "detail")  # fields of alerts whose second part is a name that the source gave

_GRAMMAR = r"""
start: [either]
?either: both (_OR both)*
both: part (_AND? part)*
?part: (MINUS | NOT) part -> opposite
     | "(" either ")"
     | FIELD COMPARE value -> compare
     | FIELD value DOTS value -> span
     | FIELD value (_COMMA value)* -> one_of
     | (WORD | QUOTED)     -> words
value: VALUE | QUOTED

FIELD: /[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_\/-]+)*:/
COMPARE.3: /[<>]=?/
DOTS.3: ".."
_COMMA.3: ","
_OR.3: /OR(?=[\s()]|$)/
_AND.3: /AND(?=[\s()]|$)/
NOT.3: /NOT(?=[\s()]|$)/
MINUS.2: /-(?=[^\s)-]|-\S)/
QUOTED: /"(?:[^"\\]|\\.)*"/s
VALUE: /(?![<>])(?:(?!\.\.)[^\s"(),])+/
WORD: /(?!\.\.)(?!(OR|AND|NOT)([\s()]|$))(?![A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_\/-]+)*:)[^\s"()]+/
%ignore /\s+/
"""


class _Tree(Transformer[Token, Any]):
    def start(self, found: list[Any]) -> Node:
        return found[0] or EVERYTHING

    def either(self, found: list[Any]) -> Node:
        return either(found)

    def both(self, found: list[Any]) -> Node:
        return both(found)

    def opposite(self, found: list[Any]) -> Node:
        return opposite(found[-1])

    def value(self, found: list[Token]) -> str:
        return _unquoted(found[0])

    def compare(self, found: list[Any]) -> Term:
        name, sign, value = found
        return Term(_name(name), Op(str(sign)), (value,), name.start_pos or 0)

    def span(self, found: list[Any]) -> Term:
        name, low, _, high = found
        return Term(_name(name), Op.SPAN, (low, high), name.start_pos or 0)

    def one_of(self, found: list[Any]) -> Term:
        name, *values = found
        at = name.start_pos or 0
        if len(values) > MOST_VALUES:
            raise FilterError(say("Name at most {limit} values at once.", limit=MOST_VALUES), at)
        return Term(_name(name), Op.IS, tuple(dict.fromkeys(values)), at)

    def words(self, found: list[Token]) -> Words:
        return Words(str(found[0]), found[0].start_pos or 0)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_Tree(), maybe_placeholders=True)


@lru_cache(maxsize=1024)  # the side bar asks the same ones for each page
def read(text: str) -> Node:
    """The tree of a filter text; nothing typed asks for everything.

    Raises `FilterError` (an `Invalid`), which has the position.
    """
    if "\0" in text:
        raise FilterError(say("Null characters cannot be searched for; leave them out."), text.index("\0"))
    if len(text) > LONGEST:
        raise FilterError(say("A filter has at most {limit} characters; shorten it.", limit=LONGEST), LONGEST)
    _check_quotes_and_depth(text)
    try:
        found: Node = _parser().parse(text)  # type: ignore[assignment]  # the transformer's own type
    except VisitError as error:
        raise error.orig_exc from None
    except UnexpectedInput as error:
        raise _in_words(text, error) from None
    return found


def _check_quotes_and_depth(text: str) -> None:
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: "_" * len(found[0]), text, flags=re.DOTALL)
    if (at := bare.find('"')) >= 0:
        raise FilterError(say('The quotation mark is not closed; add another " behind the words.'), at)
    depth = 0
    for at, sign in enumerate(bare):
        depth += (sign == "(") - (sign == ")")
        if depth > DEEPEST:
            raise FilterError(say("There are too many parentheses within each other; write it more simply."), at)
        if depth < 0:
            raise FilterError(say("This parenthesis closes nothing; take it away or open one before."), at)
    if depth:
        raise FilterError(say("A parenthesis is not closed; add ) at its end."), bare.rindex("("))


def _in_words(text: str, error: UnexpectedInput) -> FilterError:
    at = min(max(error.pos_in_stream if error.pos_in_stream is not None else 0, 0), len(text))
    if isinstance(error, UnexpectedCharacters):
        wanted, last = set(error.allowed or ()), text[:at].rstrip()[-1:]
    else:
        token = getattr(error, "token", None)
        at = len(text) if token is None or token.type == "$END" else at
        wanted, last = set(error.accepts or error.expected or ()), text[:at].rstrip()[-1:]  # type: ignore[attr-defined]
    if "VALUE" in wanted and "FIELD" not in wanted:
        said = say('Write a value here, for example {example}, or "two words" in quotes.', example=_example(text[:at]))
    elif last in ("(", "") or at >= len(text):
        said = say("Something is missing here: write what to look for, such as {example}.", example="status:open")
    else:
        said = say("{sign} is not understood here; put what you look for in quotes.", sign=text[at : at + 1])
    return FilterError(said, at)


def _example(before: str) -> str:
    name = re.search(r"([\w.-]+):[^:]*$", before)
    return f"{name[1]}:none" if name else "status:open"


def _name(token: Token) -> str:
    """Names are in lower case, but for a label's or a detail's own name: there sources tell Host from host."""
    kind, dot, own = str(token).removesuffix(":").partition(".")
    return f"{kind.lower()}{dot}{own if kind.lower() in OWN_NAMES else own.lower()}"


def _unquoted(token: Token) -> str:
    if token.type != "QUOTED":
        return str(token)
    return re.sub(r"\\(.)", r"\1", str(token)[1:-1], flags=re.DOTALL)
