"""The German interface from end to end: an agent who chose German walks the main job and meets no English word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from allclear.accounts.models import User
from allclear.catalog.models import Code, Question
from allclear.incidents.models import Incident
from allclear.testing import PASSWORD, category, person, service, team
from tests.browser.conftest import PATIENCE
from tests.languages.conftest import script

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# English words that no German text has; names, titles and texts of this test are German.
ENGLISH = re.compile(
    r"\b(the|and|of|with|your|you|this|that|from|for|not|yet|nobody|are|has|was logged|it is"
    r"|Log incident|Log out|Log in|Save|Cancel|Close|Back|Edit|Add|Assign|Assigned|Accept|Hold|Resume|Resolve|Resolved"
    r"|Verify|Verified|Reopen|Closed|Cancelled|New|Open|In progress|On hold|Reply|Send|Note|Timeline|Requester|Assignee"
    r"|Category|Priority|Impact|Urgency|Channel|Search|Queue|Filter by|Settings|People|Tasks|Files|Watchers|Similar"
    r"|Report|Closure report|Completeness|Times|Cause|Resolution|Description|More|Nothing|None|Yes|No)\b"
)

# What can be seen, and what is only said: names, hints, placeholders.
SEEN = """() => {
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.closest("script, style, template, noscript, [lang=en]")) continue;
    if (parent.closest(".chip-field, .chip-value")) continue; // the filter language is one for everybody
    if (parent.checkVisibility()) texts.push(walker.currentNode.textContent);
  }
  for (const element of document.body.querySelectorAll("[aria-label], [title], [placeholder], [data-key-label]")) {
    if (!element.checkVisibility()) continue;
    for (const name of ["aria-label", "title", "placeholder", "data-key-label"]) {
      texts.push(element.getAttribute(name) ?? "");
    }
  }
  return [...new Set(texts.map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean))];
}"""


@pytest.fixture(scope="session")
def catalogues() -> ModuleType:
    """The real translations, compiled as `make` does it."""
    messages = script("messages")
    messages.compile_all()
    return messages


@pytest.fixture(scope="session")
def english(catalogues: ModuleType) -> frozenset[str]:
    """Every English text that says something else in German; a single letter may be that of a key."""
    found: set[str] = set()
    same: set[str] = set()
    for domain in ("django", "djangojs"):
        for message in catalogues.stored("de", domain):
            for text in message.id if isinstance(message.id, (tuple, list)) else filter(None, [message.id]):
                (same if text in catalogues._forms(message) else found).add(text)
    return frozenset(text for text in found - same if len(text) > 1)


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, catalogues: ModuleType) -> Iterator[Page]:
    """A browser that asks for German, as the one of somebody who is not logged in yet."""
    context: BrowserContext = browser.new_context(base_url=live_server.url, locale="de-DE", viewport=WIDE)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


WIDE: Any = {"width": 1360, "height": 900}


@pytest.fixture
def agent(live_server: LiveServer) -> User:
    """An agent who chose German, with a team, a requester, a category that asks, a service and codes."""
    Code.objects.create(list="resolution", key="fixed", name="Behoben")
    Code.objects.create(list="cause", key="change", name="Fehlerhafte Einspielung")
    anna = person(
        "agent", name="Anna Berg", password=PASSWORD, email="anna@example.org", language="de", time_zone="Europe/Berlin"
    )
    person("requester", name="Klara Moor", email="klara@example.org")
    network = team(anna, name="Netzwerk")
    remote = category("Fernzugriff")
    Question.objects.create(category=remote, text="Seit wann bricht es ab?", is_required=True)
    service("VPN für alle", owner_team=network)
    return anna


def assert_german(page: Page, english: frozenset[str]) -> None:
    """No text of the page is an English one that has a translation, and none has an English word."""
    page.wait_for_load_state("networkidle")
    assert page.locator("html").get_attribute("lang") == "de"
    seen = page.evaluate(SEEN)
    assert len(seen) > 5, "the page is empty"
    untranslated = [text for text in seen if text in english]
    assert not untranslated, f"{page.url} says in English: {untranslated}"
    mixed = [text for text in seen if ENGLISH.search(text)]
    assert not mixed, f"{page.url} has English words: {mixed}"


def verb(page: Page, name: str) -> None:
    page.locator("#incident").get_by_role("button", name=name, exact=True).first.click()


def dialog(page: Page, name: str, title: str, english: frozenset[str]) -> Any:
    """Open a verb's dialog, and look at its words."""
    verb(page, name)
    shown = page.locator("#dialog")
    expect(shown).to_be_visible()
    expect(shown.get_by_role("heading").first).to_contain_text(title)
    assert_german(page, english)
    return shown


def send(page: Page, button: str) -> None:
    page.locator("#dialog").get_by_role("button", name=button).last.click()
    expect(page.locator("#dialog")).not_to_be_visible()


def choose(page: Page, label: str, typed: str) -> None:
    page.get_by_role("combobox", name=re.compile(label)).first.fill(typed)
    page.get_by_role("option", name=re.compile(typed)).first.click()


def test_an_agent_who_chose_german_meets_no_english_word(agent: User, page: Page, english: frozenset[str]) -> None:
    log_in(page, agent, english)
    log_it(page, english)
    work_on_it(page, english)
    end_it(page, english)
    read_the_report(page, english)


def log_in(page: Page, agent: User, english: frozenset[str]) -> None:
    """A wrong password first: the refusal is German too. Then the empty queue."""
    page.goto("/account/login/")
    assert_german(page, english)
    page.get_by_label("E-Mail-Adresse").fill(agent.email or "")
    page.get_by_label("Passwort", exact=True).fill("falsch geraten")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_text("Diese Adresse und dieses Passwort gehören nicht zusammen.")).to_be_visible()
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    page.wait_for_url("**/incidents/**")
    expect(page.get_by_text("Noch keine Störung")).to_be_visible()
    assert_german(page, english)


def log_it(page: Page, english: frozenset[str]) -> None:
    page.get_by_role("link", name="Störung erfassen").first.click()
    page.wait_for_url("**/incidents/new/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Störung erfassen")
    page.get_by_role("button", name="Störung erfassen").last.click()
    expect(page.get_by_text("Bitte füllen Sie dies aus.").first).to_be_visible()
    assert_german(page, english)

    page.get_by_label(re.compile("Was funktioniert nicht")).fill("VPN bricht alle paar Minuten ab")
    choose(page, "Wer meldet", "Klara")
    choose(page, "Kategorie", "Fernzugriff")
    page.get_by_label("Seit wann bricht es ab?").fill("Seit heute Morgen")
    choose(page, "Service", "VPN")
    assert_german(page, english)
    page.get_by_role("button", name="Störung erfassen").last.click()
    page.wait_for_url(re.compile(r"/incidents/INC\d+/"))
    assert_german(page, english)


def work_on_it(page: Page, english: frozenset[str]) -> None:
    """The page of the incident, a verb, a refusal of the rules in words, and putting it on hold."""
    number = Incident.objects.get().number
    page.goto(f"/incidents/{number}/")
    expect(page.get_by_role("heading", name="Verlauf")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("erfasst")
    assert_german(page, english)

    shown = dialog(page, "Zuweisen", "zuweisen", english)
    shown.get_by_label("Team").first.select_option(label="Netzwerk (Stufe 1)")
    choose(page, "^Person", "Anna")
    send(page, "Zuweisen")
    expect(page.locator("#incident .page-head")).to_contain_text("Zugewiesen")
    verb(page, "Annehmen")
    expect(page.locator("#incident .page-head")).to_contain_text("In Bearbeitung")
    assert_german(page, english)

    shown = dialog(page, "Zurückstellen", "zurückstellen", english)
    shown.get_by_role("radio", name="Den Melder").check()
    shown.get_by_label(re.compile("^Bis")).fill("2020-01-01T10:00")
    shown.get_by_role("button", name="Zurückstellen").last.click()
    expect(shown).to_contain_text("Wählen Sie einen Zeitpunkt in der Zukunft")
    assert_german(page, english)
    shown.get_by_label(re.compile("^Bis")).fill("")
    send(page, "Zurückstellen")
    expect(page.locator(".timeline")).to_contain_text("hat zurückgestellt, wartet auf den Melder")
    assert_german(page, english)


def end_it(page: Page, english: frozenset[str]) -> None:
    shown = dialog(page, "Lösen", "lösen", english)
    shown.get_by_label("Wie sie gelöst wurde").select_option(label="Behoben")
    shown.get_by_label("Was getan wurde").fill("Den Wechsel zurückgenommen.")
    send(page, "Lösen")
    expect(page.locator("#incident .page-head")).to_contain_text("Gelöst")
    assert_german(page, english)

    shown = dialog(page, "Prüfen", "prüfen", english)
    shown.get_by_label("Wie geprüft wurde").fill("Klara arbeitet wieder.")
    send(page, "Speichern")
    expect(page.locator(".timeline")).to_contain_text("hat geprüft, dass es geht")
    assert_german(page, english)
    dialog(page, "Schließen", "schließen", english)
    send(page, "Schließen")
    expect(page.locator("#incident .page-head")).to_contain_text("Geschlossen")
    assert_german(page, english)


def read_the_report(page: Page, english: frozenset[str]) -> None:
    """The closure report, a search that finds it, and what an agent sees besides."""
    page.get_by_role("link", name="Bericht", exact=True).first.click()
    page.wait_for_url("**/report/")
    main = page.locator("main")
    for words in ("Was geschah", "Verlauf", "Vollständigkeit", "Behoben", "Klara arbeitet wieder."):
        expect(main).to_contain_text(words)
    assert_german(page, english)

    page.locator(".topbar input[type=search]").fill("zurückgenommen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("VPN bricht"))).to_be_visible()
    assert_german(page, english)

    for address in ("/profile/", "/incidents/?view=open", "/help/keys/", "/nowhere/"):
        page.goto(address)
        assert_german(page, english)
