"""Reports from a shell."""

from __future__ import annotations

import pytest

from allclear.catalog.actions import seed_defaults
from allclear.testing import T0, logged, person, service

from .test_groups import Run, run

__all__ = ["run"]
pytestmark = pytest.mark.django_db


def test_it_prints_the_share_of_each_channel(run: Run) -> None:
    seed_defaults(T0)
    agent, mail = person("agent", email="rosa@example.org"), service("Mail")
    for minute, channel in ((0, "phone"), (1, "phone"), (2, "email")):
        logged(agent, at=minute, channel=channel, service_id=mail.pk)
    days = ("--from", "2026-03-02", "--to", "2026-03-03")
    told = run("report", "channels", *days, "--as", "rosa@example.org", "--json").json
    assert [(line["channel"], line["count"], line["share"]) for line in told["channels"]] == [
        ("phone", 2, 66.7), ("email", 1, 33.3),
    ]  # fmt: skip
    assert (told["total"], told["before"]["total"]) == (3, 0)
    words = run("report", "channels", *days, "--service", "Mail").out
    assert "3 incidents from 2026-03-02" in words
    assert "66.7" in words
    refused = run("report", "channels", "--from", "soon")
    assert (refused.code, "'soon' is no day" in refused.err) == (1, True)
