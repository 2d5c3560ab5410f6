"""The words that somebody wrote themselves: without what they quote, and without their signature."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# "On Mon, 2 Mar 2026 at 10:00, Allclear <allclear@example.org> wrote:", over up to three lines
_ATTRIBUTION = re.compile(r"(?:on|am|el|le) \S.{4,250}(?:wrote|schrieb|escribió)\b.{0,120}:", re.I | re.S)
_SEPARATOR = re.compile(
    r"\s*(?:-{2,} ?(?:original message|original appointment|ursprüngliche nachricht|original-?nachricht|"
    r"weitergeleitete nachricht|forwarded message|mensaje original|mensaje reenviado) ?-{2,}|_{10,})\s*",
    re.I,
)
_FROM = re.compile(r"\W{0,2}(?:from|von|de)\W{0,2}:\W{0,2} ?\S.*", re.I)
_HEADER = re.compile(
    r"\W{0,2}(?:sent|gesendet|enviado(?: el)?|date|datum|fecha|to|an|para|subject|betreff|asunto)\W{0,2}:.*", re.I
)
_SIGNATURE = re.compile(
    r"--\s?|(?:sent from my|sent from mail for|get outlook for|von meinem .{1,30} gesendet|gesendet von|"
    r"gesendet mit der|"
    r"diese nachricht wurde von|holen sie sich outlook|outlook für|enviado desde|obtener outlook).*",
    re.I,
)
_CLOSING = re.compile(
    r"(?:mit freundlichen grüßen|mit freundlichem gruß|freundliche grüße|viele grüße|beste grüße|liebe grüße|lg|vg|mfg|"
    r"gruß|grüße|best regards|kind regards|regards|best|cheers|saludos|un saludo|"
    r"atentamente|saludos cordiales)[\s,.!]*",
    re.I,
)


def own_words(text: str) -> str:
    """Everything up to what is quoted or signed. Lines that begin with > are left out wherever they stand."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")
    kept: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        if _SEPARATOR.fullmatch(line) or _is_head(lines, number) or _SIGNATURE.fullmatch(line):
            break
        if _CLOSING.fullmatch(line) and any(kept):
            break
        if span := _attribution(lines, number):
            if not _is_quote_next(lines, number + span):
                break
            number += span
            continue
        if not line.startswith(">"):
            kept.append(lines[number].rstrip())
        number += 1
    return "\n".join(kept).strip()


def _attribution(lines: list[str], number: int) -> int:
    """How many lines from here on say whose words follow; 0 when none does."""
    for span in (1, 2, 3):
        if _ATTRIBUTION.fullmatch(" ".join(part.strip() for part in lines[number : number + span])):
            return span
    return 0


def _is_quote_next(lines: list[str], number: int) -> bool:
    following = next((line for line in lines[number:] if line.strip()), "")
    return following.lstrip().startswith(">")


def _is_head(lines: list[str], number: int) -> bool:
    """Outlook repeats the head of the mail that it answers."""
    after = [line.strip() for line in lines[number + 1 : number + 5]]
    return bool(_FROM.fullmatch(lines[number].strip())) and sum(bool(_HEADER.fullmatch(line)) for line in after) >= 2


_BREAKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "table", "hr", "pre"})
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"style", "script", "head", "title"})
_QUOTES = (
    "gmail_quote",
    "gmail_attr",
    "divrplyfwdmsg",
    "appendonsend",
    "moz-cite-prefix",
    "yahoo_quoted",
    "protonmail_quote",
)
_SIGNED = ("gmail_signature", "moz-signature", "ms-outlook-mobile-signature", "protonmail_signature")


class _Reader(HTMLParser):
    """The text of a mail in HTML, up to the mail that it quotes unless that is wanted too."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.whole = whole
        self.parts: list[str] = []
        self.is_over = False
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = " ".join(value or "" for name, value in attrs if name in ("class", "id")).casefold()
        if tag == "blockquote" or any(name in names for name in (*_QUOTES, *_SIGNED)):
            self.is_over = not self.whole
        self._silent += tag in _SILENT
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if tag in _BREAKS and tag != "br":
            self.parts.append("\n")
        if tag in _CELLS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.is_over and not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of_html(html: str, *, whole: bool = False) -> str:
    """HTML as lines of text, without the quoted mail at its end unless the whole is wanted."""
    reader = _Reader(whole=whole)
    reader.feed(html)
    reader.close()
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
