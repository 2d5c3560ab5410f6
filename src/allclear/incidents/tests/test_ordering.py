"""The order in SQL: what comes next agrees with the reason in words, and every page turns both ways."""

from __future__ import annotations

import pytest

from allclear.accounts.queries import viewer_for
from allclear.domain import next_best
from allclear.incidents.filters import context_for
from allclear.incidents.models import Incident
from allclear.incidents.ordering import group_counts, group_names, order_of, sort_names
from allclear.incidents.tests.test_filters import NOW, Office
from allclear.kernel.errors import Invalid
from allclear.testing import person

pytestmark = pytest.mark.django_db


def test_what_is_next_best_agrees_in_sql_and_in_words() -> None:
    office = Office()
    viewer = viewer_for(office.me.pk)
    context = context_for(viewer, NOW)
    order = order_of("next", viewer, NOW)
    rows = Incident.objects.visible_to(viewer)
    placed = order.apply(rows).annotate(points=order.keys[0].expression)
    found = [(row["id"], row["points"]) for row in placed.values("id", "points")]
    records = {row["id"]: row for row in rows.order_by().values()}
    assert found and [points for _, points in found] == [next_best.score(records[pk], context) for pk, _ in found]
    assert [points for _, points in found] == sorted((points for _, points in found), reverse=True)
    for pk, points in found:
        trace = next_best.reason(records[pk], context)
        assert points == sum(int(step.because.split()[0]) for step in trace.steps) and trace.summary
    assert len({points for _, points in found}) > 5


def test_every_order_turns_pages_both_ways_without_gaps() -> None:
    office = Office()
    viewer = viewer_for(office.me.pk)
    rows = Incident.objects.visible_to(viewer)
    for name in sort_names(viewer):
        for sort in (name, f"-{name}"):
            if sort in ("-critical", "-newest", "-oldest", "-next"):
                continue
            order = order_of(sort, viewer, NOW)
            whole = list(order.apply(rows).values_list("pk", flat=True))
            middle = order.place_of(rows, whole[120])
            assert middle is not None
            assert list(order.behind(rows, middle).values_list("pk", flat=True)) == whole[121:], sort
            back = list(order.behind(rows, middle, back=True).values_list("pk", flat=True))
            assert back == whole[119::-1], sort


def test_what_is_missing_comes_last_both_ways() -> None:
    office = Office()
    viewer = viewer_for(office.me.pk)
    rows = Incident.objects.visible_to(viewer)
    for sort in ("resolved", "-resolved", "team", "-team"):
        column = "resolved_at" if "resolved" in sort else "team_id"
        values = list(order_of(sort, viewer, NOW).apply(rows).values_list(column, flat=True))
        missing = values.count(None)
        assert missing and set(values[-missing:]) == {None} and None not in values[:-missing]


def test_groups_stand_together_in_order_and_are_counted() -> None:
    office = Office()
    viewer = viewer_for(office.me.pk)
    rows = Incident.objects.visible_to(viewer)
    for name in group_names(viewer):
        counted = group_counts(rows, name, viewer)
        assert sum(n for _, n in counted) == rows.count(), name
        assert len({value for value, _ in counted}) == len(counted), name
    teams = list(order_of("newest", viewer, NOW, group_by="team").apply(rows).values_list("team_id", flat=True))
    runs = [value for n, value in enumerate(teams) if n == 0 or value != teams[n - 1]]
    assert runs == [value for value, _ in group_counts(rows, "team", viewer)]


def test_it_refuses_what_cannot_be_sorted_or_is_not_for_them() -> None:
    agent, requester = viewer_for(person().pk), viewer_for(person("requester").pk)
    for viewer, sort in ((agent, "watcher"), (agent, "nonsense"), (requester, "supplier"), (requester, "updated")):
        with pytest.raises(Invalid, match="cannot be sorted"):
            order_of(sort, viewer, NOW)
    with pytest.raises(Invalid):
        order_of("newest", requester, NOW, group_by="severity")
