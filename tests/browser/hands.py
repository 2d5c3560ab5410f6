"""What a person without a mouse does: Tab until it is there, type, choose; and can they see where they are?"""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

# What a screen reader would say, more or less: the labels, the aria-label, or the text.
_NAME = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return "";
  const ids = (e.getAttribute("aria-labelledby") ?? "").split(" ");
  const parts = [...ids.map((id) => document.getElementById(id)), ...(e.labels ?? []), e];
  const texts = [e.getAttribute("aria-label"), ...parts.map((part) => part?.textContent)];
  return texts.join(" ").replace(/\\s+/g, " ").trim();
}"""

# Empty when the focus is somewhere that can be seen; else what is wrong.
_TROUBLE = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return "the focus is nowhere";
  const what = e.outerHTML.slice(0, 120);
  const box = e.getBoundingClientRect();
  if (box.width < 1 || box.height < 1) return "the focus is on something without size: " + what;
  const isOut = box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth;
  if (isOut) return "out of sight: " + what;
  const shows = (part) => ["", "::after"].some((which) => {
    const style = getComputedStyle(part, which);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  });
  const parts = [e, e.parentElement, e.parentElement?.parentElement].filter(Boolean);
  if (!parts.some(shows)) return "nothing shows the focus on: " + what;
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const isIts = !top || e.contains(top) || top.contains(e) || e.labels?.[0]?.contains(top);
  if (isIts || top.closest("label")?.contains(e)) return "";
  return "something covers it: " + what + " is under " + top.outerHTML.slice(0, 120);
}"""


def assert_focus_is_seen(page: Page) -> None:
    trouble = page.evaluate(_TROUBLE)
    assert not trouble, trouble


def tab_to(page: Page, name: str, *, most: int = 120, back: bool = False) -> None:
    """Press Tab until something of this name has the focus; the focus is seen at every step."""
    wanted = re.compile(name, re.IGNORECASE)
    seen: list[str] = []
    for _ in range(most):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        said = page.evaluate(_NAME)
        if page.evaluate("document.activeElement !== document.body"):
            assert_focus_is_seen(page)
        if wanted.search(said):
            return
        seen.append(said[:40])
    raise AssertionError(f"Tab never came to {name!r}, only to {seen}")


def choose(page: Page, name: str, typed: str, option: str) -> None:
    """Find somebody or something as one types, and take it with Enter."""
    tab_to(page, name)
    page.keyboard.type(typed)
    expect(page.get_by_role("option", name=re.compile(option)).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    for _ in range(10):
        active = page.evaluate(
            "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.textContent ?? ''"
        )
        if re.search(option, active):
            break
        page.keyboard.press("ArrowUp" if active else "ArrowDown")
    page.keyboard.press("Enter")


def pick(page: Page, name: str, begins: str) -> None:
    """Choose in a list by typing how the choice begins."""
    tab_to(page, name)
    page.keyboard.type(begins)
    chosen = page.evaluate("document.activeElement.selectedOptions?.[0]?.textContent ?? ''")
    assert begins.lower() in chosen.lower(), f"{name} says {chosen!r}"


def palette(page: Page, typed: str, option: str) -> None:
    """Open the commands, type, and take what is first, which has to be this one."""
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    assert_focus_is_seen(page)
    page.keyboard.type(typed)
    expect(page.locator("#palette [aria-selected=true]")).to_contain_text(re.compile(option))
    page.keyboard.press("Enter")
