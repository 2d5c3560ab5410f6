"""Three-way merge of fields: what stood there when somebody began, what they want, what others made of it meanwhile.

A field that only one side changed takes that side's value; where both say the same, all agree. Only where both changed
it to different values a person has to choose. Sets merge member by member, mappings key by key (`custom.vendor`).

    three_way({"team": 1, "place": "Oslo"}, {"team": 2, "place": "Oslo"}, {"team": 1, "place": "Berlin"})
    -> values {"team": 2, "place": "Berlin"}, mine {"team"}, theirs {"place"}, no clash
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that both sides changed to different values, or that belongs to such a field."""

    name: str
    base: Any
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """`values` holds every field of mine as it should be now; in a clash it is mine, until somebody chooses.

    `mine` and `theirs` name what only that side changed, `agreed` what both changed to the same value.
    """

    values: Mapping[str, Any]
    mine: frozenset[str] = frozenset()
    theirs: frozenset[str] = frozenset()
    agreed: frozenset[str] = frozenset()
    clashes: tuple[Clash, ...] = ()


def three_way(
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    *,
    together: Collection[frozenset[str]] = (),
) -> Merged:
    """Merge the fields that `mine` names. Fields of one set in `together` are one decision: they never mix."""
    spread = _spread(base), _spread(mine), _spread(theirs)
    base_, mine_, theirs_ = spread
    sides = {name: _side(base_.get(name), mine_[name], theirs_.get(name)) for name in mine_}
    clashing = {name for name, side in sides.items() if side == "clash"}
    for group in together:
        clashing |= _mixed({name: side for name, side in sides.items() if name in group})
    values: dict[str, Any] = {}
    for name, side in sides.items():
        first, own, other = base_.get(name), mine_[name], theirs_.get(name)
        if _is_set(own):
            values[name] = _sets(first, own, other)
        else:
            values[name] = other if side == "theirs" and name not in clashing else own
    rest = {name: side for name, side in sides.items() if name not in clashing}
    clashes = tuple(
        Clash(name, base_.get(name), mine_[name], theirs_.get(name))
        for name in mine_
        if name in clashing and mine_[name] != theirs_.get(name)
    )
    return Merged(
        _gathered(values, mine),
        mine=frozenset(n for n, side in rest.items() if side in ("mine", "both")),
        theirs=frozenset(n for n, side in rest.items() if side in ("theirs", "both")),
        agreed=frozenset(n for n, side in rest.items() if side == "agreed"),
        clashes=clashes,
    )


def _side(base: Any, mine: Any, theirs: Any) -> str:
    """Who changed a field: nobody (empty), mine, theirs, agreed, both (a set, which merges), or clash."""
    if mine == theirs:
        return "agreed" if mine != base else ""
    if mine == base:
        return "theirs"
    if theirs == base:
        return "mine"
    return "both" if _is_set(mine) else "clash"


def _mixed(sides: Mapping[str, str]) -> set[str]:
    """Of fields that are one decision, those to choose among when both sides had a hand in it."""
    hands = set(sides.values())
    is_mixed = "clash" in hands or ("mine" in hands and "theirs" in hands)
    return {name for name, side in sides.items() if side in ("mine", "theirs", "clash")} if is_mixed else set()


def _is_set(value: Any) -> bool:
    return isinstance(value, (set, frozenset))


def _sets(base: Any, mine: Any, theirs: Any) -> frozenset[Any]:
    """What either side added is in, what either side removed is out."""
    first, own, other = frozenset(base or ()), frozenset(mine), frozenset(theirs or ())
    return (other | (own - first)) - (first - own)


def _spread(values: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings as one field for each key."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{key}": part for key, part in value.items()}
        else:
            flat[name] = value
    return flat


def _gathered(flat: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, Any]:
    """The other way round, for the fields of `like`."""
    return {
        name: {key: flat[f"{name}.{key}"] for key in value} if isinstance(value, Mapping) else flat[name]
        for name, value in like.items()
    }
