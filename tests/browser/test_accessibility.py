"""Every page through axe-core (WCAG 2.2 AA, best practices): wide in the light theme, as a phone in the dark one.

Each page is loaded once and then turned: theme and width are matters of the style sheets alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from allclear.domain.terms import Role
from tests.browser.conftest import Quiet
from tests.rights.test_every_page import ROUTES, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).resolve().parent.parent.parent / "frontend/node_modules/axe-core/axe.min.js"
NO_PAGES = ("words/", "live/", "drafts/at/", "healthz", "-/", "webhooks/")  # answers for programs
LOOKS = {"light": {"width": 1360, "height": 900}, "dark": {"width": 390, "height": 844}}
RUN = """async (theme) => {
  document.documentElement.dataset.theme = theme;
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const turning = document.getAnimations().filter((one) => one instanceof CSSTransition);
  await Promise.allSettled(turning.map((one) => one.finished));
  return (await axe.run(document, {resultTypes: ['violations']})).violations;
}"""


def _pages(world: World, client: Client) -> list[str]:
    """Every address that answers this person with a whole page."""
    found = []
    for route in ROUTES:
        if route.startswith(NO_PAGES) or "logout" in route:
            continue
        address = world.address(route, world.own)
        response = client.get(address)
        is_whole = response.status_code == 200 and not response.streaming
        if is_whole and response.content[:60].lower().lstrip().startswith(b"<!doctype html"):
            found.append(address)
    return found


def _faults(page: Page, address: str, quiet: Quiet) -> list[str]:
    page.set_viewport_size(LOOKS["light"])
    page.goto(address)
    quiet.wait(page)
    found = []
    for theme, size in LOOKS.items():
        page.set_viewport_size(size)
        violations: list[dict[str, Any]] = page.evaluate(RUN, theme)
        found += [
            f"{address}, {theme}: {fault['id']} ({fault['help']}): {node['html'][:200]} {node['failureSummary'][:200]}"
            for fault in violations
            for node in fault["nodes"][:3]
        ]
    return found


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AGENT, Role.REQUESTER, None])
def test_it_finds_nothing_on_any_page(
    role: Role | None,
    browser: Browser,
    live_server: LiveServer,
    transactional_db: None,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.BLOBS = tmp_path
    world, client = World(), Client()
    context = browser.new_context(base_url=live_server.url)
    context.add_init_script(path=AXE)
    if role is not None:
        client.force_login(world.people[role])
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page, quiet = context.new_page(), Quiet(context)
    pages = _pages(world, client)
    assert len(pages) >= (50 if role == Role.ADMIN else 2), "the walk found too few pages"
    once = {fault.split(": ", 1)[1]: fault for address in pages for fault in _faults(page, address, quiet)}
    faults = list(once.values())  # the frame of the page is the same everywhere
    context.close()
    assert not faults, "\n".join(faults[:60])
