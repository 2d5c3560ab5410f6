"""What stands on what: services and configuration items, and everything below or above one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

SERVICE, CI = "service", "ci"


class Node(NamedTuple):
    """A service or a configuration item."""

    kind: str
    id: int


Edge = tuple[Node, Node]  # upper, lower


@dataclass(frozen=True, slots=True)
class Topology:
    """The direct edges, both ways. Circles are no harm: each node is reached once."""

    below: Mapping[Node, frozenset[Node]] = field(default_factory=dict)
    above: Mapping[Node, frozenset[Node]] = field(default_factory=dict)

    def stands_on(self, *nodes: Node) -> frozenset[Node]:
        """All that these stand on, directly or not, and they themselves."""
        return _reached(nodes, self.below)

    def carries(self, *nodes: Node) -> frozenset[Node]:
        """All that stands on these, directly or not, and they themselves."""
        return _reached(nodes, self.above)


def topology_of(edges: Iterable[Edge]) -> Topology:
    """The topology of `(upper, lower)` pairs."""
    below: dict[Node, set[Node]] = {}
    above: dict[Node, set[Node]] = {}
    for upper, lower in edges:
        below.setdefault(upper, set()).add(lower)
        above.setdefault(lower, set()).add(upper)
    return Topology(_frozen(below), _frozen(above))


def _frozen(found: Mapping[Node, set[Node]]) -> dict[Node, frozenset[Node]]:
    return {node: frozenset(nodes) for node, nodes in found.items()}


def _reached(nodes: Iterable[Node], edges: Mapping[Node, frozenset[Node]]) -> frozenset[Node]:
    found = set(nodes)
    waiting = list(found)
    while waiting:
        new = edges.get(waiting.pop(), frozenset()) - found
        found |= new
        waiting += new
    return frozenset(found)
