"""Words of people as HTML: lines and paragraphs kept, links, quotes and blocks of code; nothing else is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from django.utils.html import format_html, format_html_join, urlize
from django.utils.safestring import SafeString, mark_safe

_FENCE = re.compile(r"^```[^\n`]*\n(.*?)(?:\n)?^```[ \t]*$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"^>+ ?")
FOLDED = 14  # lines; longer texts are folded
_WIDE = 90  # characters that fill a line


def prose(text: str) -> SafeString:
    """The text as it was meant. Everything is escaped first; only what stands here becomes an element."""
    text = text.replace("\r\n", "\n").strip("\n")
    return format_html_join("", "{}", ((part,) for part in _parts(text)))


def _parts(text: str) -> Iterator[SafeString]:
    end = 0
    for found in _FENCE.finditer(text):
        yield from _quotes(text[end : found.start()])
        yield format_html('<pre class="code" tabindex="0" dir="ltr"><code>{}</code></pre>', found[1])
        end = found.end()
    yield from _quotes(text[end:])


def _quotes(text: str) -> Iterator[SafeString]:
    for is_quote, lines in groupby(text.split("\n"), key=lambda line: line.startswith(">")):
        block = "\n".join(_QUOTED.sub("", line, count=1) if is_quote else line for line in lines)
        said = format_html_join("", "{}", ((part,) for part in _paragraphs(block)))
        if said:
            yield format_html("<blockquote>{}</blockquote>", said) if is_quote else said


def _paragraphs(text: str) -> Iterator[SafeString]:
    for block in re.split(r"\n{2,}", text):
        if block.strip("\n"):
            linked = urlize(block.strip("\n"), nofollow=True, autoescape=True)
            lines = linked.replace("\n", "<br>")
            yield format_html("<p>{}</p>", mark_safe(lines))  # noqa: S308 - urlize escaped it; only <br> was added


def is_long(text: str) -> bool:
    """Whether it would push everything else off the screen."""
    return sum(1 + len(line) // _WIDE for line in text.splitlines()) > FOLDED
