"""What a filter text says: a small frozen tree, and its canonical text."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from enum import StrEnum


class Op(StrEnum):
    """How a term compares. `IS` takes several values, any of which fits; `SPAN` takes two, both included."""

    IS = ":"
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    SPAN = ".."


@dataclass(frozen=True, slots=True)
class Term:
    """`field:value`. `at` is where it begins in the text as typed; it plays no part when trees are compared."""

    field: str
    op: Op
    values: tuple[str, ...]
    at: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Words:
    """What the search looks for, as typed, with its quotes."""

    text: str
    at: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts; without any part: everything."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


Node = Term | Words | Not | And | Or
EVERYTHING = And()
_PLAIN = re.compile(r'(?![<>])[^\s"(),]+')


def both(parts: list[Node]) -> Node:
    """All of these as one flat tree; words side by side are looked for together."""
    flat: list[Node] = []
    for part in parts:
        for one in part.parts if isinstance(part, And) else (part,):
            last = flat[-1] if flat else None
            if isinstance(one, Words) and isinstance(last, Words):
                flat[-1] = Words(f"{last.text} {one.text}", last.at)
            else:
                flat.append(one)
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(parts: list[Node]) -> Node:
    """Any of these as one flat tree."""
    flat = [one for part in parts for one in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def opposite(part: Node) -> Node:
    return part.part if isinstance(part, Not) else Not(part)


def to_text(node: Node) -> str:
    """The canonical text: read again, it gives the same tree."""
    if isinstance(node, Term):
        return f"{node.field}:{_values(node)}"
    if isinstance(node, Words):
        return node.text
    if isinstance(node, Not):
        inner = to_text(node.part)
        is_one = isinstance(node.part, Term) or (isinstance(node.part, Words) and not re.search(r"\s|^-", inner))
        return f"-{inner}" if is_one else f"-({inner})"
    if isinstance(node, Or):
        return " OR ".join(map(to_text, node.parts))
    return " ".join(f"({to_text(part)})" if isinstance(part, Or) else to_text(part) for part in node.parts)


def _values(term: Term) -> str:
    if term.op is Op.SPAN:
        return "..".join(map(quoted, term.values))
    return ("" if term.op is Op.IS else term.op) + ",".join(map(quoted, term.values))


def quoted(value: str) -> str:
    """A value as it must be typed: in quotes when it has blanks or signs that mean something."""
    if _PLAIN.fullmatch(value) and ".." not in value and not value.startswith(".") and not value.endswith("."):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
