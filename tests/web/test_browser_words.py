"""The texts of the browser's own code: served once a language, and in step with what the server says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils import translation

from allclear.web import browser_words
from allclear.web.templatetags import _words

FRONT = Path(__file__).resolve().parents[2] / "frontend" / "src"
MARKED = re.compile(r'\bn?gettext\("([^"]+)"')


@pytest.fixture
def few_words(settings: Any, tmp_path: Path) -> Iterator[None]:
    """German with two texts in it, so that the test hangs on no real translation."""
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog(locale="de", domain="djangojs", fuzzy=False)
    catalogue.add("just now", "eben")
    catalogue.add(("{count} result", "{count} results"), ("{count} Treffer", "{count} Treffer!"))
    with (folder / "djangojs.mo").open("wb") as file:
        write_mo(file, catalogue)
    settings.LOCALE_PATHS = [tmp_path]
    _forget()
    yield
    _forget()


def _forget() -> None:
    browser_words.script.cache_clear()
    browser_words._digest.cache_clear()


@pytest.mark.django_db
def test_it_serves_the_words_of_a_language_for_good(few_words: None) -> None:
    url = browser_words.address("de")
    response = Client().get(url)
    body = response.content.decode()
    assert response["Content-Type"].startswith("text/javascript")
    assert "immutable" in response["Cache-Control"]
    assert '"just now":"eben"' in body
    assert '"{count} result":["{count} Treffer","{count} Treffer!"]' in body
    assert '"days":["Mo","Di"' in body
    assert "plural=(n)=>Number(" in body


@pytest.mark.django_db
def test_it_keeps_no_new_words_under_an_old_address(few_words: None) -> None:
    old = browser_words.address("de").replace(browser_words._digest("de"), "0123456789ab")
    assert Client().get(old)["Cache-Control"] == "no-cache"


@pytest.mark.django_db
def test_it_sends_english_pages_no_words(few_words: None) -> None:
    page = Client().get("/welcome/").content.decode()
    assert "/words/" not in page
    assert Client().get("/words/en.0123456789ab.js").status_code == 404
    assert Client().get("/words/xx.0123456789ab.js").status_code == 404


@pytest.mark.django_db
def test_it_names_the_words_in_the_page_of_that_language(few_words: None) -> None:
    page = Client().get("/welcome/", headers={"Accept-Language": "de"}).content.decode()
    assert f'<script src="{browser_words.address("de")}"></script>' in page


def test_it_knows_every_relative_time_in_the_browser_too() -> None:
    marked = set(MARKED.findall((FRONT / "clock.ts").read_text("utf-8")))
    with translation.override(None):
        said = {many(2) for table in (_words.AGO, _words.AHEAD, _words.SPAN) for many in table.values()}
    assert said | {"just now", "in a moment", "a moment", "{time} late", "D j M, H:i"} <= marked


def _stored(language: str, domain: str) -> Catalog:
    with (settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file, locale=language, domain=domain)


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES if code != "en"])
def test_it_translates_a_text_alike_on_server_and_in_browser(language: str) -> None:
    server, browser = _stored(language, "django"), _stored(language, "djangojs")
    both = [(m, server.get(m.id)) for m in browser if m.id and server.get(m.id)]
    differing = [m.id for m, other in both if m.string and other and other.string and m.string != other.string]
    assert differing == []
