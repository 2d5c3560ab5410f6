"""The audit log says in words who changed what keeps alerts quiet and where they come from."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.integrations import new_key
from allclear.alerts.actions.maintenance import add_window
from allclear.alerts.actions.silences import add_silence, end_silence
from allclear.kernel.clock import now
from allclear.testing import T0, integration, person, service
from tests.web.screens import as_

pytestmark = pytest.mark.django_db


def log(noun: str) -> str:
    text = as_(person("auditor")).get(f"/admin/audit/?noun={noun}").content.decode()
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def test_it_names_a_silence_and_writes_its_matchers() -> None:
    moment, source = now(), integration()
    values = {
        "comment": "Disk is ordered", "matchers": 'a="b", c=~"d.*"', "integration_id": source.pk,
        "ends_at": moment + timedelta(days=1),
    }  # fmt: skip
    row = add_silence(SYSTEM_VIEWER, values, now=moment)
    end_silence(SYSTEM_VIEWER, row.pk, now=moment)
    said = log("silence")
    assert said.count("silence Disk is ordered") == 2
    assert 'matchers a="b", c=~"d.*"' in said
    assert f"integration {source.name}" in said


def test_it_names_what_a_maintenance_window_is_about() -> None:
    moment, shop = now(), service("Shop")
    values = {"name": "Patch night", "services": [shop.pk], "starts_at": moment, "ends_at": moment + timedelta(hours=1)}
    add_window(SYSTEM_VIEWER, values, now=moment)
    assert "maintenance window Patch night" in log("maintenance_window")
    assert "services added Shop" in log("maintenance_window")


def test_it_names_the_integration_of_a_new_key() -> None:
    source = integration()
    new_key(SYSTEM_VIEWER, source.pk, now=T0)
    assert f"integration {source.name}" in log("integration")
