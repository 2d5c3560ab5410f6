"""What nobody may write into the rules about alerts although it can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from allclear.domain.alerts.rule_bodies import DEFAULT_RULES
from allclear.domain.alerts.rule_checks import check_rules
from allclear.kernel.errors import Invalid

FULL: Mapping[str, Any] = {
    "rules": [
        {
            "key": "a", "name": "Name", "action": "open", "is_active": True, "mode": "live",
            "when": "severity:critical",
            "integration_ids": [1], "expires_at": None, "wait_minutes": 5, "on_clear": "note",
            "trend": {
                "kind": "rate", "within_minutes": 5, "count": 2, "by": ["ci"], "value": "detail.free",
                "per_minute": 1.5, "threshold": 2,
            },
            "group": {"by": ["label.x"], "within_minutes": 5, "topology": False},
            "incident": {
                "title": "{title}", "service_id": 1, "ci_from": "source", "category_id": 1, "team_id": 1,
                "impact": 1, "urgency": 1, "by_severity": {"critical": {"impact": 1, "urgency": 1}},
            },
        }
    ],
    "storm": {"incidents": 10, "within_minutes": 5},
    "flapping": {"changes": 6, "within_minutes": 60},
    "keep": {"deliveries_days": 30, "events_days": 400},
}  # fmt: skip


def rule(**more: Any) -> Mapping[str, Any]:
    return {"rules": [{"key": "a", "name": "Name", **more}]}


def test_every_field_that_is_read_may_be_written() -> None:
    for body in (FULL, DEFAULT_RULES, {}):
        check_rules(1, body)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"rule": []}, "rule"),
        (rule(wait_minute=5), "rules.0.wait_minute"),
        (rule(group={"by": ["ci"], "within": 5}), "rules.0.group.within"),
        (rule(incident={"titel": "x"}), "rules.0.incident.titel"),
        (rule(incident={"by_severity": {"error": {"impakt": 1}}}), "rules.0.incident.by_severity.error.impakt"),
        (rule(trend={"kind": "count", "count": 2, "within_minutes": 0}), "rules.0.trend.within_minutes"),
        ({"storm": {"within_minutes": 0}}, "storm.within_minutes"),
        ({"flapping": {"within_minutes": 0}}, "flapping.within_minutes"),
        ({"rules": [{"key": "a", "name": "Disk"}, {"key": "b", "name": "disk"}]}, "rules.1.name"),
        (rule(when="nothing:x"), "rules.0.when"),
    ],
)
def test_what_nothing_reads_or_never_happens_is_named_by_its_place(body: Mapping[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as error:
        check_rules(1, body)
    assert list(error.value.fields) == [place]
