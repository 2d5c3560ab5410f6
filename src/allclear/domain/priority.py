"""Priority from impact and urgency (ITIL 4, incident management practice: 'prioritisation'), and severity bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allclear.domain.trace import Step, Trace
from allclear.kernel.errors import Invalid
from allclear.kernel.words import marked, say


@dataclass(frozen=True, slots=True)
class Level:
    """One row or column of the matrix; 1 is the highest. `criteria` says in words when it applies."""

    value: int
    name: str
    criteria: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A named severity with written criteria; `is_major` bands count as major incidents."""

    key: str
    name: str
    criteria: str
    is_major: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """A version of the priority matrix: n x n with n 3 or 4, cells give 1 (most critical) to 5."""

    version: int
    impacts: Sequence[Level]
    urgencies: Sequence[Level]
    cells: Mapping[tuple[int, int], int]
    bands: Sequence[Band]
    band_of_priority: Mapping[int, str]
    vip_raises_urgency: bool = False

    @property
    def size(self) -> int:
        return len(self.impacts)

    @property
    def middle(self) -> int:
        """The level taken when nobody says one: the lower middle of the scale."""
        return (self.size + 2) // 2

    def nearest(self, *wishes: int | None) -> int:
        """The first level that is given, or the lowest there is: it may have been written for a larger matrix.

        0 when none is given.
        """
        return min(next(filter(None, wishes), 0), self.size)

    def impact(self, value: int) -> Level:
        return _level(self.impacts, value, "impact")

    def urgency(self, value: int) -> Level:
        return _level(self.urgencies, value, "urgency")

    def band(self, key: str) -> Band:
        for band in self.bands:
            if band.key == key:
                return band
        names = ", ".join(b.key for b in self.bands)
        raise Invalid(
            {"severity": say("There is no severity band “{key}”; choose one of {names}.", key=key, names=names)}
        )


_NOT_ON_MATRIX = {
    "impact": marked("Impact {value} is not on this matrix; choose 1 to {highest}."),
    "urgency": marked("Urgency {value} is not on this matrix; choose 1 to {highest}."),
}


def _level(levels: Sequence[Level], value: int, field: str) -> Level:
    for level in levels:
        if level.value == value:
            return level
    one = _NOT_ON_MATRIX[field]
    raise Invalid({field: say(one, value=value, highest=len(levels))})


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an incident's weight is: the inputs as used, the priority (1..5), the severity band and why."""

    impact: int
    urgency: int
    priority: int
    severity: str
    trace: Trace


_BY_HAND = marked("chosen by hand; {criteria}")
_SUGGESTED = marked("suggested by P{priority}; {criteria}")


def assess(matrix: Matrix, impact: int, urgency: int, *, is_vip: bool = False, severity: str = "") -> Assessment:
    """Priority 1..5 for an impact and an urgency.

    A VIP requester raises the urgency one level where the matrix says so. A severity that is given by hand wins
    over the one that the priority suggests.

    >>> assess(default_matrix(), 2, 1).priority
    2
    """
    effect, haste = matrix.impact(impact), matrix.urgency(urgency)
    steps = [
        Step(say("Impact is {level}", level=say(effect.name)), say(effect.criteria)),
        Step(say("Urgency is {level}", level=say(haste.name)), say(haste.criteria)),
    ]
    used = urgency
    if is_vip and matrix.vip_raises_urgency and urgency > 1:
        used = urgency - 1
        haste = matrix.urgency(used)
        raised = say("Urgency raised to {level}", level=say(haste.name))
        steps.append(Step(raised, say("The requester is a VIP."), matched=True))
    priority = matrix.cells[(impact, used)]
    band = matrix.band(severity or matrix.band_of_priority[priority])
    template = _BY_HAND if severity else _SUGGESTED
    chosen = say(template, priority=priority, criteria=say(band.criteria))
    steps.append(Step(say("Severity is {band}", band=say(band.name)), chosen))
    summary = say(
        "P{priority} because impact is {impact} and urgency is {urgency}",
        priority=priority,
        impact=say(effect.name),
        urgency=say(haste.name),
    )
    return Assessment(impact, used, priority, band.key, Trace("priority_matrix", summary, matrix.version, tuple(steps)))


def matrix_from(version: int, body: Mapping[str, Any]) -> Matrix:
    """Read a stored policy body; raises `Invalid` with the place that is wrong."""
    impacts = [Level(int(v["value"]), v["name"], v.get("criteria", "")) for v in body["impacts"]]
    urgencies = [Level(int(v["value"]), v["name"], v.get("criteria", "")) for v in body["urgencies"]]
    size = len(impacts)
    wanted = list(range(1, size + 1))
    if size not in (3, 4) or [v.value for v in impacts] != wanted or [v.value for v in urgencies] != wanted:
        raise Invalid({"matrix": say("A matrix is 3 x 3 or 4 x 4, its levels numbered from 1, the highest.")})
    if len(body["cells"]) != size or any(len(row) != size for row in body["cells"]):
        raise Invalid({"cells": say("Give {size} rows of {size} priorities: one row for each impact.", size=size)})
    cells = {(i, u): int(p) for i, row in enumerate(body["cells"], 1) for u, p in enumerate(row, 1)}
    bands = [Band(b["key"], b["name"], b.get("criteria", ""), bool(b.get("is_major"))) for b in body["bands"]]
    of_priority = {int(p): key for p, key in body["band_of_priority"].items()}
    matrix = Matrix(version, impacts, urgencies, cells, bands, of_priority, bool(body.get("vip_raises_urgency")))
    _check(matrix)
    return matrix


def _check(matrix: Matrix) -> None:
    size = matrix.size
    if any(not 1 <= p <= 5 for p in matrix.cells.values()):
        raise Invalid({"cells": say("A priority is 1 to 5.")})
    if matrix.cells[(1, 1)] != 1:
        raise Invalid({"cells": say("Highest impact with highest urgency must give P1.")})
    lowest = max(matrix.cells.values())
    if matrix.cells[(size, size)] != lowest:
        raise Invalid({"cells": say("Lowest impact with lowest urgency must give the lowest priority of the matrix.")})
    for (i, u), p in matrix.cells.items():
        if (i < size and matrix.cells[(i + 1, u)] < p) or (u < size and matrix.cells[(i, u + 1)] < p):
            wrong = say(
                "Less impact or urgency may not give more priority (see row {row}, column {column}).", row=i, column=u
            )
            raise Invalid({"cells": wrong})
    for p in set(matrix.cells.values()):
        if p not in matrix.band_of_priority:
            raise Invalid({"band_of_priority": say("Say which severity band P{priority} suggests.", priority=p)})
        matrix.band(matrix.band_of_priority[p])


DEFAULT_MATRIX: Mapping[str, Any] = {
    "impacts": [
        {
            "value": 1,
            "name": marked("High"),
            "criteria": marked("A whole company or site, or a service that earns money, is affected."),
        },
        {"value": 2, "name": marked("Medium"), "criteria": marked("A team or several people are affected.")},
        {"value": 3, "name": marked("Low"), "criteria": marked("One person is affected.")},
    ],
    "urgencies": [
        {
            "value": 1,
            "name": marked("High"),
            "criteria": marked("Work has stopped, or the damage grows by the minute."),
        },
        {
            "value": 2,
            "name": marked("Medium"),
            "criteria": marked("Work is hampered; there is a way round for a while."),
        },
        {"value": 3, "name": marked("Low"), "criteria": marked("It can wait; nobody is held up.")},
    ],
    "cells": [[1, 2, 3], [2, 3, 4], [3, 4, 5]],
    "bands": [
        {
            "key": "serious",
            "name": marked("Serious"),
            "criteria": marked("Core business is interrupted or people, data or money are in danger."),
            "is_major": True,
        },
        {
            "key": "moderate",
            "name": marked("Moderate"),
            "criteria": marked("Important work is hampered; no lasting harm is expected."),
        },
        {"key": "minor", "name": marked("Minor"), "criteria": marked("An inconvenience with a way round.")},
    ],
    "band_of_priority": {"1": "serious", "2": "moderate", "3": "moderate", "4": "minor", "5": "minor"},
    "vip_raises_urgency": True,
}


def default_matrix() -> Matrix:
    """The 3 x 3 matrix that a new installation starts with."""
    return matrix_from(1, DEFAULT_MATRIX)
