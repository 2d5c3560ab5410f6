"""What two versions of a policy differ in, in words."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from allclear.catalog.policies import DEFAULTS
from allclear.testing import category
from allclear.web.admin.matrix import resized
from allclear.web.admin.versions import differences


def test_a_changed_cell_is_named_by_its_levels() -> None:
    old: dict[str, Any] = deepcopy(dict(DEFAULTS["priority_matrix"]))
    new = deepcopy(old)
    new["cells"][0][2] = 2
    new["vip_raises_urgency"] = False
    assert differences("priority_matrix", old, new, {}) == [
        ("Impact High, urgency Low", "P3", "P2"),
        ("A VIP raises the urgency", "yes", "no"),
    ]
    assert differences("priority_matrix", old, old, {}) == []
    assert differences("priority_matrix", None, new, {}) == []


def test_a_larger_matrix_names_what_came() -> None:
    old: dict[str, Any] = deepcopy(dict(DEFAULTS["priority_matrix"]))
    moved = differences("priority_matrix", old, resized(old, 4), {})
    assert ("Impact Extensive, urgency Extensive", "–", "P1") in moved
    assert ("Impact Extensive: when", "–", "empty") in moved


@pytest.mark.django_db
def test_rules_are_told_by_name_with_their_order() -> None:
    vpn = category("VPN")
    one, two = {"name": "VPN", "team_id": 1, "category_ids": [vpn.pk]}, {"name": "All", "team_id": 2}
    old = {"rules": [one, two], "fallback_team_id": None}
    new = {"rules": [two, {**one, "team_id": 2, "words": ["vpn", "tunnel"]}], "fallback_team_id": 1}
    assert differences("routing", old, new, {1: "Network", 2: "Desk"}) == [
        ("Order of the rules", "VPN, All", "All, VPN"),
        ("Rule VPN: team", "Network", "Desk"),
        ("What no rule matches", "nobody", "Network"),
        ("Rule VPN: words", "–", "vpn, tunnel"),
    ]
    assert ("Rule VPN: category", "VPN", "–") in differences("routing", old, {"rules": [two]}, {})


def test_the_lifecycle_is_told_number_by_number() -> None:
    old = DEFAULTS["lifecycle"]
    assert differences("lifecycle", old, {**old, "close_after_days": 2}, {}) == [("close after days", "5.0", "2")]
