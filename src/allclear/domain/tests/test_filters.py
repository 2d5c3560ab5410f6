"""The filter language: what a text reads as, what it means, and what it says when it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.filters import (
    FIELDS,
    And,
    Context,
    FilterError,
    Named,
    Node,
    Not,
    Op,
    Or,
    Term,
    Words,
    best,
    holds,
    nearest,
    read,
    schema_of,
    settle,
    to_text,
    typed,
)  # fmt: skip

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
PEOPLE = [
    Named(1, "Ana Lind", also=("ana@example.org",), detail="ana@example.org"),
    Named(2, "Ana Lopez", also=("lopez@example.org",), detail="lopez@example.org"),
    Named(3, "Bo Berg", also=("bo@example.org",), detail="bo@example.org"),
]
TEAMS = [Named(10, "Network"), Named(11, "Network Operations"), Named(12, "Desk")]


class Book:
    """A directory of a few names."""

    def find(self, refers: str, text: str) -> Sequence[Named]:
        return best(text, {"person": PEOPLE, "team": TEAMS}.get(refers, []))

    def near(self, refers: str, text: str) -> Sequence[str]:
        return nearest(text, [one.label for one in {"person": PEOPLE, "team": TEAMS}.get(refers, [])])


STAFF, REQUESTER = schema_of(FIELDS, internal=True), schema_of(FIELDS, internal=False)


def fits(text: str, record: dict[str, Any], *, zone: str = "UTC", now: datetime = NOW) -> bool:
    context = Context(now, zone, me=1, my_teams=frozenset({10}), major_bands=frozenset({"critical"}))
    return holds(settle(read(text), STAFF, context, Book()), record, lambda words, row: words in row["title"])


def wrong(text: str, schema: Any = STAFF) -> FilterError:
    with pytest.raises(FilterError) as caught:
        settle(read(text), schema, Context(NOW), Book())
    return caught.value


def at(**ago: float) -> datetime:
    return NOW - timedelta(**ago)


def test_it_reads_fields_and_words() -> None:
    assert read("priority:1 status:new,assigned opened:>7d paper jam") == And(
        (
            Term("priority", Op.IS, ("1",)),
            Term("status", Op.IS, ("new", "assigned")),
            Term("opened", Op.MORE, ("7d",)),
            Words("paper jam"),
        )
    )


def test_it_reads_not_or_and_parentheses() -> None:
    vpn, mail, desk = Words("vpn"), Words("mail"), Term("team", Op.IS, ("desk",))
    assert read("vpn OR mail team:desk") == Or((vpn, And((mail, desk))))
    assert read("(vpn OR mail) -team:desk") == And((Or((vpn, mail)), Not(desk)))
    assert read("NOT (vpn OR mail)") == read("-(vpn OR mail)") == Not(Or((vpn, mail)))


def test_it_reads_quotes_ranges_and_signs_within_words() -> None:
    assert read('assignee:"Ana \\"A\\" Lind"') == Term("assignee", Op.IS, ('Ana "A" Lind',))
    assert read("opened:2026-01-01..2026-02-01") == Term("opened", Op.SPAN, ("2026-01-01", "2026-02-01"))
    assert read('"http://x (y)" vpn-gw-2 10:30') == Words('"http://x (y)" vpn-gw-2 10:30')


def test_nothing_typed_asks_for_everything() -> None:
    assert read("  ") == And() and to_text(read("")) == "" and fits("", {})


_plain = st.text(max_size=12).filter(lambda text: "\0" not in text)
_names = st.from_regex(r"[a-z][a-z0-9_-]{0,8}(\.[a-z0-9_-]{1,5})?", fullmatch=True)
_terms = st.one_of(
    st.builds(Term, _names, st.just(Op.IS), st.lists(_plain, min_size=1, max_size=3, unique=True).map(tuple)),
    st.builds(Term, _names, st.sampled_from([Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST]), st.tuples(_plain)),
    st.builds(Term, _names, st.just(Op.SPAN), st.tuples(_plain, _plain)),
)
_words = st.from_regex(r"[a-zé0-9][a-zé0-9,._-]{0,8}", fullmatch=True).map(Words)
_nodes: st.SearchStrategy[Node] = st.recursive(
    st.one_of(_terms, _words),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=8,
)


@given(_nodes)
def test_its_canonical_text_reads_as_the_same_tree(node: Node) -> None:
    tree = read(to_text(node))  # flat, without double negation
    assert read(to_text(tree)) == tree


@given(_terms)
def test_every_value_survives_being_printed(term: Term) -> None:
    assert read(to_text(term)) == term


@given(st.text(alphabet=st.characters() | st.sampled_from('()":<>.,- \\'), max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        tree = read(text)
    except FilterError as error:
        assert str(error)[-1] in ".?" and 0 <= error.at <= len(text)
    else:
        assert read(to_text(tree)) == tree


def test_huge_and_deep_texts_are_refused() -> None:
    assert "2000" in str(wrong("x" * 2001))
    assert "parentheses" in str(wrong("(" * 900 + "x" + ")" * 900))
    assert read("-" * 1999 + "x") in (Words("x"), Not(Words("x")))
    assert "Null" in str(wrong("a\0b"))


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("printer statsu:open", 8, "Did you mean status"),
        ("vpn nonsense:1", 4, "There is no field nonsense"),
        ("status:opne", 0, "Did you mean open"),
        ("priority:high", 0, "priority is a number"),
        ("opened:7x", 0, "is no time"),
        ("opened:2026-02-31", 0, "no day of the calendar"),
        ("opened:yesterdya", 0, "Did you mean yesterday"),
        ("priority:3..1", 0, "ends before it begins"),
        ("title:>x", 0, "has no order"),
        ("impending:maybe", 0, "yes or no"),
        ("is:stale", 0, "Did you mean stalled"),
        ("has:wrokaround", 0, "Did you mean workaround"),
        ("team:netwrok", 0, "Did you mean Network"),
        ("assignee:ana", 0, "Ana Lind (ana@example.org), Ana Lopez"),
        ('say "hello', 4, "not closed"),
        ("(vpn", 0, "not closed"),
        ("vpn)", 3, "closes nothing"),
        ("status:", 7, "Write a value here"),
        ("vpn OR", 6, "missing"),
    ],
)
def test_every_error_says_where_and_what_to_write(text: str, position: int, says: str) -> None:
    error = wrong(text)
    assert (error.at, says in error.fields["filter"]) == (position, True), error.fields


def test_a_requester_cannot_name_what_is_for_staff() -> None:
    assert "no field supplier" in str(wrong("supplier:acme", REQUESTER))
    assert "no is stalled" in str(wrong("is:stalled", REQUESTER))
    assert "no has diagnosis" in str(wrong("has:diagnosis", REQUESTER))


def test_a_missing_value_fits_no_value_and_every_opposite() -> None:
    nothing: dict[str, Any] = {"priority": None, "title": "", "ci_ids": [], "status": "new"}
    for text in ("priority:1", "priority:<=5", "assignee:bo", "opened:>7d"):
        assert not fits(text, nothing) and fits(f"-{text}", nothing)
    assert fits("priority:none ci:none -priority:any title:none", nothing)


def test_it_compares_numbers_and_choices() -> None:
    row = {"priority": 2, "status": "in_progress", "kind": "incident"}
    assert fits("priority:1..2 priority:>1 priority:<=P2 status:open status:in-progress kind:inc", row)
    assert not fits("priority:>2", row) and not fits("status:ended", row)


def test_a_span_is_that_long_ago_and_more_is_older() -> None:
    row = {"logged_at": at(days=3)}
    assert fits("opened:>2d opened:<4d opened:7d opened:4d..2d opened:2d..4d", row)
    assert not fits("opened:>4d", row) and not fits("opened:2d", row)


def test_a_span_of_what_is_to_come_lies_ahead() -> None:
    soon, late = {"hold_until": at(hours=-1)}, {"hold_until": at(days=-3)}
    assert fits("hold-until:<2h hold-until:2h", soon) and not fits("hold-until:<2h", late)
    assert fits("hold-until:>2d", late)


def test_days_are_those_of_the_viewers_zone() -> None:
    late = {"logged_at": datetime(2026, 3, 3, 23, 30, tzinfo=UTC)}
    assert fits("opened:yesterday opened:2026-03-03 opened:<today", late)
    assert fits("opened:today opened:2026-03-04 opened:>=2026-03-04", late, zone="Europe/Berlin")
    assert not fits("opened:>2026-03-03", late) and fits("opened:<=2026-03-03", late)


@pytest.mark.parametrize(
    ("word", "low", "high"),
    [
        ("this-week", (2026, 3, 2), (2026, 3, 9)),
        ("last-week", (2026, 2, 23), (2026, 3, 2)),
        ("this-month", (2026, 3, 1), (2026, 4, 1)),
        ("last-month", (2026, 2, 1), (2026, 3, 1)),
        ("last-year", (2025, 1, 1), (2026, 1, 1)),
        ("2025", (2025, 1, 1), (2026, 1, 1)),
        ("2025-12", (2025, 12, 1), (2026, 1, 1)),
    ],
)
def test_words_of_the_calendar_begin_and_end_at_midnight(
    word: str, low: tuple[int, int, int], high: tuple[int, int, int]
) -> None:
    first, behind = datetime(*low, tzinfo=UTC), datetime(*high, tzinfo=UTC)
    instant = timedelta(microseconds=1)
    assert fits(f"opened:{word}", {"logged_at": first}) and fits(f"opened:{word}", {"logged_at": behind - instant})
    assert not fits(f"opened:{word}", {"logged_at": first - instant}) and not fits(
        f"opened:{word}", {"logged_at": behind}
    )


def test_a_month_ago_of_the_31st_is_the_last_of_the_month_before() -> None:
    now = datetime(2026, 3, 31, 9, tzinfo=UTC)
    assert fits("opened:>1mo", {"logged_at": datetime(2026, 2, 28, 8, 59, tzinfo=UTC)}, now=now)
    assert not fits("opened:>1mo", {"logged_at": datetime(2026, 2, 28, 9, 1, tzinfo=UTC)}, now=now)
    assert fits("opened:<1y", {"logged_at": datetime(2025, 12, 31, tzinfo=UTC)}, now=now)


def test_me_and_mine_are_the_viewers() -> None:
    assert fits("assignee:me team:mine is:mine", {"assignee_id": 1, "team_id": 10})
    assert not fits("assignee:me", {"assignee_id": 2}) and fits("assignee:none", {"assignee_id": None})


def test_a_name_may_be_shortened_while_it_is_clear() -> None:
    assert [one.key for one in best("network", TEAMS)] == [10]  # the whole name wins over a beginning
    assert [one.key for one in best("network-op", TEAMS)] == [11]
    assert [one.key for one in best("berg", PEOPLE)] == [3]
    assert [one.key for one in best("LOPEZ@example.org", PEOPLE)] == [2]
    assert [one.key for one in best("#12", TEAMS)] == [12]
    assert [one.key for one in best("ana", PEOPLE)] == [1, 2]
    assert best("", TEAMS) == best("-", TEAMS) == []
    assert [typed(one, TEAMS) for one in TEAMS] == ["network", "network-operations", "desk"]


def test_marks_stand_for_what_the_policies_say() -> None:
    still = {"status": "new", "last_progress_at": at(days=4), "logged_at": at(days=20), "severity": "critical"}
    assert fits("is:stalled is:ageing is:major is:open is:unassigned", still)
    waiting = still | {"status": "on_hold", "hold_until": at(days=-1)}
    assert not fits("is:stalled", waiting) and not fits("is:stalled", still | {"status": "closed"})


def test_words_are_for_the_search() -> None:
    assert fits("printer -vpn", {"title": "The printer"}) and not fits("-printer", {"title": "The printer"})
    assert fits("title:PRINT", {"title": "The printer"})
