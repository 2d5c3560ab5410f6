"""Taking back on the screen: the button of the toast, and under "More"."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.urls import reverse

from allclear.incidents import actions
from allclear.incidents.tests.world import World, world
from allclear.kernel.clock import set_clock
from allclear.testing import instant
from tests.web.screens import HTMX, as_, do, kinds, page

pytestmark = pytest.mark.django_db


def _held(w: World) -> str:
    """Put it on hold on the screen; where the toast's button sends."""
    html = do(w.agent, w.row, "hold", headers=HTMX, reason="change").content.decode()
    found = re.search(r'class="toast-undo"[^>]*hx-post="([^"]+)"', html)
    assert found
    return unescape(found[1])


def test_it_offers_the_way_back_in_the_toast_and_takes_it() -> None:
    w = world()
    url = _held(w)
    here = {**HTMX, "HX-Current-URL": f"http://testserver{reverse('incidents:detail', args=[w.row.number])}"}
    response = as_(w.agent).post(url, headers=here)
    html = response.content.decode()
    assert response.status_code == 200
    assert "Taken back" in html
    assert "took back: put on hold" in html
    assert response["HX-Retarget"] == "#incident"
    assert kinds(w.row)[-1] == "undone"


def test_it_tells_in_a_toast_why_it_cannot_go_back() -> None:
    w = world()
    url = _held(w)
    w.row.refresh_from_db()
    actions.resume_incident(w.as_("mate", w.row.last_progress_at or 41), w.row.pk)
    response = as_(w.agent).post(url, headers=HTMX)
    assert response.status_code == 204
    assert "Others have changed the same since" in response["HX-Trigger"]
    assert kinds(w.row)[-1] == "resumed"


def test_it_stands_under_more_as_long_as_it_can_be_taken_back() -> None:
    with set_clock(instant(40)):
        w = world()
        _held(w)
        assert "Undo: Hold" in page(w.agent, w.row)
        assert "Undo:" not in page(w.mate, w.row)
    with set_clock(instant(51)):
        assert "Undo:" not in page(w.agent, w.row)


def test_it_offers_no_way_back_for_what_went_out() -> None:
    w = world()
    url = reverse("incidents:reply", args=[w.row.number])
    html = as_(w.agent).post(url, {"body": "We are on it"}, headers=HTMX).content.decode()
    assert "toast-undo" not in html


def test_it_works_without_script_and_refuses_a_broken_address() -> None:
    w = world()
    url = _held(w)
    assert as_(w.agent).post(url).status_code == 302
    assert kinds(w.row)[-1] == "undone"
    assert as_(w.agent).post(url.split("=")[0] + "=x").status_code == 404
