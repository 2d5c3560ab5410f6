"""Priority from impact and urgency, for each cell; and matrices that cannot be."""

from __future__ import annotations

import doctest
from copy import deepcopy
from typing import Any

import pytest

from allclear.domain import priority
from allclear.domain.priority import DEFAULT_MATRIX, assess, default_matrix, matrix_from
from allclear.kernel.errors import Invalid

THREE = [[1, 2, 3], [2, 3, 4], [3, 4, 5]]
FOUR = [[1, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [3, 4, 5, 5]]


def body(cells: list[list[int]], **more: Any) -> dict[str, Any]:
    size = len(cells)
    levels = [{"value": n, "name": f"Level {n}", "criteria": f"Criteria {n}"} for n in range(1, size + 1)]
    return {**deepcopy(dict(DEFAULT_MATRIX)), "impacts": levels, "urgencies": levels, "cells": cells, **more}


@pytest.mark.parametrize("cells", [THREE, FOUR], ids=["3x3", "4x4"])
def test_it_gives_the_priority_of_each_cell(cells: list[list[int]]) -> None:
    matrix = matrix_from(7, body(cells))
    for impact, row in enumerate(cells, start=1):
        for urgency, expected in enumerate(row, start=1):
            weight = assess(matrix, impact, urgency)
            assert (weight.priority, weight.impact, weight.urgency) == (expected, impact, urgency)
            assert weight.trace.version == 7
            assert weight.trace.summary == (
                f"P{expected} because impact is Level {impact} and urgency is Level {urgency}"
            )


def test_it_starts_with_a_matrix_that_passes_its_own_checks() -> None:
    cells = [[assess(default_matrix(), i, u).priority for u in (1, 2, 3)] for i in (1, 2, 3)]
    assert cells == THREE
    assert doctest.testmod(priority).failed == 0


@pytest.mark.parametrize(("cells", "middle"), [(THREE, 2), (FOUR, 3)], ids=["3x3", "4x4"])
def test_it_takes_the_lower_middle_when_nobody_says(cells: list[list[int]], middle: int) -> None:
    assert matrix_from(1, body(cells)).middle == middle


def test_it_brings_levels_of_a_larger_matrix_onto_this_one() -> None:
    matrix = default_matrix()
    assert [matrix.nearest(4), matrix.nearest(None, 2), matrix.nearest(None, None)] == [3, 2, 0]


def test_it_raises_the_urgency_of_a_vip_by_one_and_says_so() -> None:
    weight = assess(default_matrix(), 2, 2, is_vip=True)
    assert (weight.urgency, weight.priority) == (1, 2)
    assert [s.because for s in weight.trace.steps if s.matched] == ["The requester is a VIP."]
    assert assess(default_matrix(), 2, 1, is_vip=True).urgency == 1
    assert assess(matrix_from(1, body(THREE, vip_raises_urgency=False)), 2, 2, is_vip=True).urgency == 2


def test_it_suggests_the_band_of_the_priority_and_lets_a_choice_win() -> None:
    matrix = default_matrix()
    assert [assess(matrix, 1, 1).severity, assess(matrix, 3, 3).severity] == ["serious", "minor"]
    chosen = assess(matrix, 3, 3, severity="serious")
    assert (chosen.severity, chosen.priority) == ("serious", 5)
    assert chosen.trace.steps[-1].because.startswith("chosen by hand")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [((0, 1), "impact"), ((4, 1), "impact"), ((1, 4), "urgency"), ((1, -1), "urgency")],
)
def test_it_refuses_levels_that_are_not_on_the_matrix(arguments: tuple[int, int], field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        assess(default_matrix(), *arguments)
    assert "choose 1 to 3" in invalid.value.fields[field]


def test_it_refuses_a_severity_that_is_no_band() -> None:
    with pytest.raises(Invalid, match="choose one of serious, moderate, minor"):
        assess(default_matrix(), 1, 1, severity="awful")


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("two levels", body([[1, 2], [2, 3]]), "matrix"),
    ("five levels", body([[1, 1, 1, 1, 1]] * 5), "matrix"),
    ("levels from 2", body(THREE, impacts=[{"value": n, "name": "x"} for n in (2, 3, 4)]), "matrix"),
    ("too few rows", {**body(THREE), "cells": [[1, 2, 3]]}, "cells"),
    ("a short row", body([[1, 2, 3], [2, 3], [3, 4, 5]]), "cells"),
    ("priority 6", body([[1, 2, 3], [2, 3, 4], [3, 4, 6]]), "cells"),
    ("priority 0", body([[0, 2, 3], [2, 3, 4], [3, 4, 5]]), "cells"),
    ("the highest is not P1", body([[2, 2, 3], [2, 3, 4], [3, 4, 5]]), "cells"),
    ("the lowest is not lowest", body([[1, 2, 5], [2, 3, 4], [3, 4, 4]]), "cells"),
    ("less gives more", body([[1, 3, 2], [2, 3, 4], [3, 4, 5]]), "cells"),
    ("a priority without a band", body(THREE, band_of_priority={"1": "serious"}), "band_of_priority"),
    ("a band that is not there", body(THREE, band_of_priority=dict.fromkeys("12345", "awful")), "severity"),
]


@pytest.mark.parametrize(("wrong", "field"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_it_refuses_a_matrix_that_cannot_work(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        matrix_from(1, wrong)
    assert list(invalid.value.fields) == [field]
