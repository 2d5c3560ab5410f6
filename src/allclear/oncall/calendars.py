"""Reading a calendar from its address."""

from __future__ import annotations

from urllib.parse import urlsplit

from allclear.kernel.errors import Invalid
from allclear.kernel.words import say
from allclear.oncall.importing import MOST_BYTES

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 15.0
_CHUNK = 65_536


def checked_url(url: str) -> str:
    """An address that can be read; `webcal:` is what calendars call https. Raises `Invalid`."""
    url = url.strip()
    if url.startswith("webcal:"):
        url = "https:" + url.removeprefix("webcal:")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > 1000:
        raise Invalid({"url": say("Write the whole address, such as https://example.org/on-call.ics.")})
    return url


def fetch(url: str) -> bytes:
    """The calendar's text. Raises `Invalid` with what the other side said."""
    import requests  # late: a web process that reads no calendar does without it

    host = urlsplit(url).hostname or url
    try:
        with requests.get(url, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), stream=True) as answer:
            if answer.status_code != 200:
                text = say("{host} answered {status} instead of a calendar.", host=host, status=answer.status_code)
                raise Invalid({"url": text})
            content = b""
            for chunk in answer.iter_content(_CHUNK):
                content += chunk
                if len(content) > MOST_BYTES:
                    raise Invalid({"url": say("The calendar is larger than two megabytes.")})
            return content
    except (requests.RequestException, OSError) as error:
        text = say("{host} does not answer: {reason}", host=host, reason=type(error).__name__)
        raise Invalid({"url": text}) from None
