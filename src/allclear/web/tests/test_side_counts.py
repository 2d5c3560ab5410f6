"""The numbers of the side bar: new where counting is quick, the last known ones where it takes long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from allclear.accounts.permissions import Viewer
from allclear.incidents.views import Counted
from allclear.testing import T0, person
from allclear.web import side_counts as module
from allclear.web.side_counts import KEPT, Counts, side_counts

TEXTS = {0: "status:open"}
ANA, BEN = Viewer(1, "Ana"), Viewer(2, "Ben")


class Slow:
    """Counts that take as long as the test says, each call one more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number, self.takes, self.clock = 0, 100.0, 0.0  # longer than tests wait
        monkeypatch.setattr("allclear.web.side_counts.time.perf_counter", lambda: self.clock)
        monkeypatch.setattr("allclear.web.side_counts.views.counts", self)

    def __call__(self, viewer: Viewer, texts: Mapping[int, str], now: Any) -> Mapping[int, Counted]:
        self.clock += self.takes
        self.number += 1
        return {0: Counted(self.number)}


def test_quick_counts_are_always_new(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, counts = Slow(monkeypatch), Counts()
    slow.takes = 0.001
    assert [counts.soon(ANA, TEXTS, T0) for _ in range(2)] == [({0: Counted(1)}, True), ({0: Counted(2)}, True)]


def test_slow_counts_are_the_last_known_until_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, counts = Slow(monkeypatch), Counts()
    assert counts.soon(ANA, TEXTS, T0) == ({0: Counted(1)}, True)
    assert counts.soon(ANA, TEXTS, T0) == ({0: Counted(1)}, False)
    assert counts.now(ANA, TEXTS, T0) == {0: Counted(2)}
    assert counts.soon(ANA, TEXTS, T0) == ({0: Counted(2)}, False)
    assert counts.soon(ANA, TEXTS, T0 + KEPT + timedelta(seconds=1)) == ({}, False)
    slow.takes = 0.001
    counts.now(ANA, TEXTS, T0)
    assert counts.soon(ANA, TEXTS, T0) == ({0: Counted(4)}, True)


def test_nobody_sees_the_numbers_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    Slow(monkeypatch)
    counts = Counts()
    counts.now(ANA, TEXTS, T0)
    assert counts.soon(BEN, TEXTS, T0) == ({}, False)


@pytest.mark.django_db
def test_a_page_that_did_not_wait_asks_for_the_numbers(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = person()
    client.force_login(ana)
    assert "data-counts-old" not in client.get(reverse("incidents:queue")).content.decode()
    monkeypatch.setattr(module, "LONG", -1.0)
    side_counts.forget()
    html = client.get(reverse("incidents:queue")).content.decode()
    assert "data-counts-old" in html and '<span class="nav-count" id="count-open"></span>' in html
    assert client.get(reverse("incidents:live_counts")).json()["open"] == "0"
    assert '<span class="nav-count" id="count-open">0</span>' in client.get(reverse("incidents:queue")).content.decode()
