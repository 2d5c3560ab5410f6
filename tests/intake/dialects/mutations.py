"""Payloads broken in the ways that payloads break."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

WRONG: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", " ", "\x00", "\ud83d", "x" * 70_000, [], {}, [[]], [None], {"": ""},
    {"a": {"b": []}}, "0001-01-01T00:00:00Z", "javascript:alert(1)", "http://[::1", "\u202e",
]  # fmt: skip


def mutated(raw: bytes, rng: random.Random, count: int) -> Iterator[bytes]:
    """So many variants of a JSON document, and what is left of it when it is cut short."""
    value = json.loads(raw, strict=False)
    for _ in range(count):
        changed = copy.deepcopy(value)
        for _ in range(rng.randint(1, 3)):
            changed = _changed(changed, rng)
        yield json.dumps(changed).encode()
    for _ in range(3):
        yield raw[: rng.randrange(len(raw))]
        at = rng.randrange(len(raw))
        yield raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1 :]


def _changed(value: Any, rng: random.Random) -> Any:
    places = list(_places(value))
    if not places:
        return rng.choice(WRONG)
    holder, name = rng.choice(places)
    way = rng.randrange(6)
    if way == 0:
        del holder[name]
    elif way == 1:
        holder[name] = rng.choice(WRONG)
    elif way == 2:  # two change places
        other, its = rng.choice(places)
        if not _within(holder[name], other) and not _within(other[its], holder):
            holder[name], other[its] = other[its], holder[name]
    elif way == 3 and isinstance(holder, list):
        holder.extend([copy.deepcopy(holder[name])] * rng.randint(1, 5))
    elif way == 4:
        holder[name] = [holder[name]]
    else:
        holder[name] = str(holder[name])
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everything in it that can be replaced."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in list(items):
        yield value, name
        yield from _places(inner)


def _within(value: Any, holder: Any) -> bool:
    return value is holder or any(place is holder for place, _ in _places(value))
