"""Waiting for what a page and the server agree on a while later."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page

PATIENCE = 60.0  # seconds: generous, for machines with other work too
# A function, here and wherever one waits for a page: a plain expression may not be looked at twice under its policy.
_IS_KEPT = """(text) => Object.values(localStorage).some(
    (draft) => draft.includes(text) && draft.includes('"isDirty":false')
)"""


def until(page: Page, is_so: Callable[[], bool], what: str) -> None:
    """Look again and again while the page works; say what did not come when it does not."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, f"not in {PATIENCE:.0f} s: {what}"
        page.wait_for_timeout(25)


def until_kept(page: Page, text: str) -> None:
    """Until the server has the draft with this text in it, all of it, and the page knows."""
    page.wait_for_function(_IS_KEPT, arg=text, timeout=PATIENCE * 1_000)
