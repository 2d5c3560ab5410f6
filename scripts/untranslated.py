"""Look for words in templates that are not marked for translation.

Every text between tags, every attribute that is read out or shown, and every text given to a tag stands inside
`translate`, `blocktranslate`, `_("...")` or a variable. Exits with 1 and names the lines when one does not.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = ("styleguide.html", "components/guide/", "templates/api/")  # read by those who write screens or programs
SHOWN = {"aria-label", "title", "placeholder", "alt", "label", "data-label", "aria-description", "data-confirm"}
SILENT = {"kbd", "code", "pre", "script", "style", "svg"}
NAMES = re.compile(r"\b(Allclear|CSV|JSON|PDF|API|SHA-256|VIP|URL|P[1-5]?|kB|MB)\b")
LETTERS = re.compile(r"[^\W\d_]{2,}")

BLOCK = re.compile(r"\{%-?\s*blocktrans(?:late)?\b.*?\{%-?\s*endblocktrans(?:late)?\s*-?%\}", re.S)
COMMENT = re.compile(r"\{%\s*comment\b.*?\{%\s*endcomment\s*%\}|\{#.*?#\}|<!--.*?-->", re.S)
TAG = re.compile(r"\{%\s*(\w+)(.*?)%\}", re.S)
VARIABLE = re.compile(r"\{\{(.*?)\}\}", re.S)
MARKED = re.compile(r"""_\((?:"[^"]*"|'[^']*')\)""")
FALLBACK = re.compile(r"""\|(?:default|default_if_none|yesno|add):(?:"([^"]*)"|'([^']*)')""")
LITERAL = re.compile(r"""(?<![=!<>]\s)(?<![:(\w])["']([^"']*)["']""")
PLAIN_TAGS = {
    "translate", "trans", "url", "load", "include", "extends", "static", "vite_asset", "if", "elif", "block",
    "endblock", "with", "ifchanged", "regroup", "query", "now",
}  # fmt: skip
SENTENCE = re.compile(r"^[A-Z][a-z]+|[a-z]{2,} [a-z]{2,}")


def blank(match: re.Match[str]) -> str:
    """Nothing, on as many lines."""
    return "\n" * match.group(0).count("\n")


class Reader(HTMLParser):
    """Collects the words that stand in the page as they are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.inside: list[str] = []
        self.found: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.inside.append(tag)
        for name, value in attrs:
            if name in SHOWN and value:
                self._note(value)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            before = data[: len(data) - len(data.lstrip())]
            self._note(data, before.count("\n"))

    def _note(self, words: str, lines_before: int = 0) -> None:
        if LETTERS.search(NAMES.sub("", words)):
            self.found.append((self.getpos()[0] + lines_before, " ".join(words.split())))


def untranslated(text: str) -> list[tuple[int, str]]:
    """Line and words of everything in a template that is shown in English to everybody."""
    text = BLOCK.sub(blank, COMMENT.sub(blank, text))
    found = list(_given_to_tags(text))
    reader = Reader()
    reader.feed(VARIABLE.sub(blank, TAG.sub(blank, text)))
    reader.close()
    return sorted(found + reader.found)


def _given_to_tags(text: str) -> Iterator[tuple[int, str]]:
    """Literal texts in the arguments of tags and behind filters such as `default`."""
    for match in [*TAG.finditer(text), *VARIABLE.finditer(text)]:
        line = text.count("\n", 0, match.start()) + 1
        inner = MARKED.sub("", match.group(0))
        for filtered in FALLBACK.finditer(inner):
            words = filtered.group(1) or filtered.group(2) or ""
            if SENTENCE.search(words):
                yield line, words
        if match.re is TAG and match.group(1) not in PLAIN_TAGS:
            for words in LITERAL.findall(MARKED.sub("", match.group(2))):
                if SENTENCE.search(NAMES.sub("", words)) and not words.startswith(("#", "/", ".")):
                    yield line, words


def main(paths: list[str]) -> int:
    given = [Path(p) for p in paths] or sorted((ROOT / "src").rglob("*.html"))
    wrong = 0
    for path in given:
        if any(part in str(path) for part in SKIPPED):
            continue
        for line, words in untranslated(path.read_text("utf-8")):
            print(f"{path.resolve().relative_to(ROOT)}:{line}: not marked for translation: {words[:80]!r}")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
