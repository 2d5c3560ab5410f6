"""JMESPath with bounds, so that no expression can hold the intake up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jmespath.exceptions import IncompleteExpressionError, JMESPathError
from jmespath.parser import Parser
from jmespath.visitor import TreeInterpreter

from allclear.kernel.words import say

LONGEST = 1000  # characters of an expression
MOST_STEPS = 20_000  # nodes visited for one result
MOST_ITEMS = 10_000  # of a list on the way
LONGEST_RESULT = 200_000  # characters of a text on the way
MOST_MADE = 200  # places of the lists and objects that an expression makes, multiplied: each may hold the whole body
_BROKEN = (ValueError, TypeError, RecursionError, ArithmeticError, AttributeError, KeyError)  # as the library fails


class BadExpression(Exception):
    """`reason` says in words what is wrong with it, or with what it was asked of."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def compiled(expression: str) -> Mapping[str, Any]:
    """The expression's tree. Raises `BadExpression`."""
    tree, reason = _compiled(expression)
    if tree is None:
        raise BadExpression(reason)
    return tree


def found(expression: str, value: Any) -> Any:
    """What the expression finds in the value; None for an empty expression. Raises `BadExpression`."""
    if not expression:
        return None
    try:
        return _Bounded().visit(compiled(expression), value)
    except _BROKEN as error:
        raise BadExpression(say("It fails on this body: {reason}", reason=_first_line(error))) from error


@lru_cache(maxsize=2048)
def _compiled(expression: str) -> tuple[Mapping[str, Any] | None, str]:
    if len(expression) > LONGEST:
        return None, say("It has more than {count} characters. Shorten it.", count=LONGEST)
    try:
        tree = Parser().parse(expression).parsed
        made = _made(tree)
    except _BROKEN as error:
        return None, _fault(expression, error)
    if made > MOST_MADE:
        return None, say("It makes lists and objects in too many places. Make it simpler.")
    return tree, ""


def _fault(expression: str, error: Exception) -> str:
    """Where the library stumbled, for people."""
    at = getattr(error, "lex_position", getattr(error, "lexer_position", None))
    if isinstance(error, IncompleteExpressionError) or (at is not None and at >= len(expression)):
        return say("It is no JMESPath expression: it breaks off. Write the rest of it.")
    if at is None:
        return say("It is no JMESPath expression: {reason}", reason=_first_line(error))
    return say("It is no JMESPath expression: something is wrong at character {number}.", number=at + 1)


def _made(tree: Mapping[str, Any]) -> int:
    """How often the body may stand in the result, at most."""
    children = [child for child in tree.get("children", ()) if isinstance(child, Mapping)]
    inside = math.prod(_made(child) for child in children)
    is_made = tree["type"] in ("multi_select_list", "multi_select_dict")
    return min(inside * (len(children) if is_made else 1), 10 * MOST_MADE)


class _Bounded(TreeInterpreter):
    """Gives up where there is too much to do."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise BadExpression(say("It takes too many steps on this body. Make it simpler."))
        result = super().visit(node, *args, **kwargs)
        if isinstance(result, list) and len(result) > MOST_ITEMS:
            raise BadExpression(say("It makes a list of more than {count} entries.", count=MOST_ITEMS))
        if isinstance(result, str) and len(result) > LONGEST_RESULT:
            raise BadExpression(say("It makes a text of more than {count} characters.", count=LONGEST_RESULT))
        return result


def _first_line(error: Exception) -> str:
    text = str(error) if isinstance(error, JMESPathError) else f"{type(error).__name__} {error}"
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)[:300]
