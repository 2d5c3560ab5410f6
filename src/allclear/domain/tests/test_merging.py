"""Laws of the three-way merge: nobody's change is ever lost without a person choosing so."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.merging import three_way

NAMES = ("team", "place", "until", "impact")
scalars = st.integers(0, 3)
sets = st.frozensets(st.integers(0, 5), max_size=4)
sides = st.fixed_dictionaries(dict.fromkeys(NAMES, scalars))
GROUP = (frozenset({"team", "impact"}),)


def test_it_keeps_what_only_others_changed_and_applies_what_only_i_changed() -> None:
    base = {"team": 1, "place": "Oslo", "text": "a"}
    merged = three_way(base, {"team": 2, "place": "Oslo", "text": "a"}, {"team": 1, "place": "Berlin", "text": "a"})
    assert merged.values == {"team": 2, "place": "Berlin", "text": "a"}
    assert (set(merged.mine), set(merged.theirs)) == ({"team"}, {"place"})
    assert not merged.clashes


def test_it_lets_two_who_say_the_same_agree() -> None:
    merged = three_way({"team": 1}, {"team": 2}, {"team": 2})
    assert (dict(merged.values), set(merged.agreed)) == ({"team": 2}, {"team"})
    assert not merged.clashes


def test_it_asks_a_person_where_both_changed_a_field_to_something_else() -> None:
    (clash,) = three_way({"team": 1}, {"team": 2}, {"team": 3}).clashes
    assert (clash.name, clash.base, clash.mine, clash.theirs) == ("team", 1, 2, 3)


def test_it_mixes_no_halves_of_one_decision() -> None:
    merged = three_way({"team": 1, "impact": 1}, {"team": 2, "impact": 1}, {"team": 1, "impact": 2}, together=GROUP)
    assert {clash.name for clash in merged.clashes} == {"team", "impact"}
    assert three_way(
        {"team": 1, "impact": 1}, {"team": 1, "impact": 1}, {"team": 1, "impact": 2}, together=GROUP
    ).theirs


def test_it_merges_mappings_key_by_key() -> None:
    base = {"custom": {"vendor": "A", "floor": 1}}
    merged = three_way(base, {"custom": {"vendor": "B", "floor": 1}}, {"custom": {"vendor": "A", "floor": 2}})
    assert merged.values == {"custom": {"vendor": "B", "floor": 2}}
    assert (set(merged.mine), set(merged.theirs)) == ({"custom.vendor"}, {"custom.floor"})


@given(sides, sides, sides)
def test_it_never_overwrites_a_change_of_others_unseen(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    merged = three_way(base, mine, theirs, together=GROUP)
    clashing = {clash.name for clash in merged.clashes}
    for name in NAMES:
        if theirs[name] not in (base[name], mine[name]) and name not in clashing:
            assert merged.values[name] == theirs[name]


@given(sides, sides, sides)
def test_it_never_drops_a_change_of_mine_unseen(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    merged = three_way(base, mine, theirs, together=GROUP)
    clashing = {clash.name for clash in merged.clashes}
    for name in NAMES:
        if mine[name] != base[name] and name not in clashing:
            assert merged.values[name] == mine[name]


@given(sides, sides, sides)
def test_it_comes_to_the_same_whoever_saves_first(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    one, other = three_way(base, mine, theirs, together=GROUP), three_way(base, theirs, mine, together=GROUP)
    assert {clash.name for clash in one.clashes} == {clash.name for clash in other.clashes}
    if not one.clashes:
        assert one.values == other.values


@given(sets, sets, sets)
def test_it_merges_sets_without_a_clash_and_in_any_order(
    base: frozenset[int], mine: frozenset[int], theirs: frozenset[int]
) -> None:
    merged = three_way({"cis": base}, {"cis": mine}, {"cis": theirs})
    other = three_way({"cis": base}, {"cis": theirs}, {"cis": mine})
    assert merged.clashes == ()
    assert merged.values == other.values
    assert merged.values["cis"] >= (mine - base) | (theirs - base)
    assert not merged.values["cis"] & ((base - mine) | (base - theirs))


@given(sides, sides)
def test_it_changes_nothing_when_nobody_else_did(base: dict[str, Any], mine: dict[str, Any]) -> None:
    merged = three_way(base, mine, base, together=GROUP)
    assert (merged.values, merged.theirs, merged.clashes) == (mine, frozenset(), ())
