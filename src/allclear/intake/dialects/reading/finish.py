"""The last step of every dialect: an event that is fit to be kept, whatever the source sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from allclear.domain.alerts import LONGEST_TITLE, Action, Event, Image, KeyKind, Link, Severity

LONGEST_DESCRIPTION = 20_000  # characters; longer ones are cut, the payload keeps them
LONGEST_SOURCE = 500
LONGEST_URL = 2000
MOST_LINKS = 20


def finished(
    action: Action,
    key: str,
    title: str = "",
    *,
    key_kind: KeyKind = KeyKind.GIVEN,
    severity: Severity = Severity.UNKNOWN,
    description: str = "",
    source: str = "",
    labels: Mapping[str, str] | None = None,
    details: Mapping[str, Any] | None = None,
    links: Iterable[Link] = (),
    images: Iterable[Image] = (),
    occurred_at: datetime | None = None,
    source_id: str = "",
) -> Event:
    """Cut to length; links of the web only, each once; what fires has a title."""
    title = " ".join(title.split())
    if not title and action is Action.TRIGGER:
        title = " ".join(description.split()) or key
    shown = {link.href.strip(): link for link in links if is_web(link.href)}
    return Event(
        action=action,
        key=key,
        title=_cut(title, LONGEST_TITLE),
        key_kind=key_kind,
        severity=severity,
        description="" if description.strip() == title else _cut(description.strip(), LONGEST_DESCRIPTION),
        source=_cut(source.strip(), LONGEST_SOURCE),
        labels=dict(labels or {}),
        details={name: value for name, value in (details or {}).items() if value not in (None, "", [], {})},
        links=tuple(Link(href, link.text.strip()[:200]) for href, link in shown.items())[:MOST_LINKS],
        images=tuple(
            Image(image.src.strip(), image.alt.strip()[:200], image.href.strip() if is_web(image.href) else "")
            for image in images
            if is_web(image.src)
        )[:MOST_LINKS],
        occurred_at=occurred_at,
        source_id=source_id,
    )


def is_web(url: str) -> bool:
    """Whether it is a link that a reader may follow: of http or https, never a script."""
    return bool(url) and len(url) <= LONGEST_URL and url.strip().lower().startswith(("https://", "http://"))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
