"""Change a filter text by its parts: show them one by one, take one away, add one by clicking a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allclear.domain.filters import And, FilterError, Node, Not, Op, Or, Term, Words, quoted, read, to_text
from allclear.domain.filters.ast import both, opposite


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a filter: its text, the text of all the others, and what a chip shows."""

    text: str
    rest: str
    flipped: str  # the text with this part turned into its opposite
    field: str = ""
    value: str = ""
    is_excluded: bool = False


def parts_of(text: str) -> list[Part]:
    """The parts that all have to fit, in order. Raises `FilterError`."""
    nodes = _nodes(read(text))
    found = []
    for n, node in enumerate(nodes):
        before, behind = nodes[:n], nodes[n + 1 :]
        found.append(_part(node, _text([*before, *behind]), _text([*before, opposite(node), *behind])))
    return found


def joined(text: str, more: str) -> str:
    """Both of them. Raises `FilterError` with the position in `more` when that is what cannot be read."""
    if not more.strip():
        return text
    added = read(more)
    return _text([*_nodes(read(text)), *_nodes(added)]) if text.strip() else more.strip()


def picked(text: str, value: str, *, excluded: bool = False) -> str:
    """The filter once somebody clicked a value: it takes the place of another of its field, or is left out."""
    term = read(value)
    if excluded:
        kept = [node for node in _nodes(read(text)) if node not in (term, opposite(term))]
        return _text([*kept, opposite(term)])
    kept = [node for node in _nodes(read(text)) if not _is_about(node, term) and node != opposite(term)]
    return _text([*kept, term])


def words(text: str) -> str:
    """Plain words as a filter text, whatever signs are in them."""
    text = text.strip()
    try:
        if text and isinstance(read(text), Words):
            return text
    except FilterError:
        pass
    return quoted(text) if text else ""


def _is_about(node: Node, term: Node) -> bool:
    return (
        isinstance(node, Term) and isinstance(term, Term) and node.field == term.field and Op.IS == node.op == term.op
    )


def _nodes(tree: Node) -> Sequence[Node]:
    return tree.parts if isinstance(tree, And) else (tree,)


def _text(nodes: Sequence[Node]) -> str:
    return to_text(both(list(nodes)))


def _part(node: Node, rest: str, flipped: str) -> Part:
    text = f"({to_text(node)})" if isinstance(node, Or) else to_text(node)
    plain = node.part if isinstance(node, Not) else node
    if isinstance(plain, Term):
        return Part(text, rest, flipped, plain.field, to_text(plain).partition(":")[2], isinstance(node, Not))
    return Part(text, rest, flipped, is_excluded=isinstance(node, Not))
