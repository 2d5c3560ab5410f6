"""Reports over the API."""

from __future__ import annotations

import pytest

from allclear import testing
from tests.api.client import Api, ok, problem

pytestmark = pytest.mark.django_db
PATH = "/reports/channels"


def test_it_counts_channels_beside_the_span_before() -> None:
    agent = testing.person("agent", time_zone="Europe/Berlin")
    for minute, channel in ((0, "phone"), (1, "phone"), (2, "email"), (-60 * 24, "phone")):
        testing.logged(agent, at=minute, channel=channel)
    body = ok(Api(agent).get(PATH, **{"from": "2026-03-02", "to": "2026-03-03"}))
    assert body == {
        "from": "2026-03-02",
        "to": "2026-03-03",
        "time_zone": "Europe/Berlin",
        "total": 3,
        "before": {"from": "2026-03-01", "to": "2026-03-02", "total": 1},
        "channels": [
            {"channel": "phone", "count": 2, "share": 66.7, "count_before": 1, "share_before": 100.0, "change": 1},
            {"channel": "email", "count": 1, "share": 33.3, "count_before": 0, "share_before": 0.0, "change": 1},
        ],
    }
    listed = ok(Api(agent).get("/incidents", channel="phone", logged_from="2026-03-01T23:00:00Z"))["items"]
    assert len(listed) == 2


def test_it_names_the_parameter_that_cannot_be_used() -> None:
    api = Api(testing.person("agent"))
    for query, field in (
        ({"from": "2026-03-03", "to": "2026-03-02"}, "to"),
        ({"from": "soon"}, "from"),
        ({"since": "2026-03-02"}, "since"),
        ({"kind": "wish"}, "kind"),
        ({"team": "x"}, "team"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "2026-01-01", "to": "9999-12-31"}, "to"),
    ):
        errors = problem(api.get(PATH, **query), 422)["errors"]
        assert [error["field"].split(".")[-1] for error in errors] == [field], query


def test_it_is_not_for_requesters() -> None:
    problem(Api(testing.person("requester")).get(PATH), 403, "not_permitted")
