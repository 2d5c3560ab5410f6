"""What the hot path asks of others, on a thread: certificates of signatures, and the address that confirms a topic.

The dialect has checked whose the URL is; here it is held to https, to a size, and to no way elsewhere.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import Any
from urllib.request import HTTPRedirectHandler, build_opener

_SLOWEST = 5.0  # seconds
_LONGEST = 256 * 1024
_MOST = 32  # certificates that are kept
_log = logging.getLogger(__name__)
_kept: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()


class _Straight(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = build_opener(_Straight)


def fetch(url: str) -> bytes:
    """What a URL gives, kept for the next time. Raises `OSError`."""
    with _lock:
        if url in _kept:
            _kept.move_to_end(url)
            return _kept[url]
    found = _got(url)
    with _lock:
        _kept[url] = found
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return found


def confirm(url: str) -> None:
    """Visit it once; what goes wrong is logged, the source asks again by itself."""
    try:
        _got(url)
    except OSError as error:
        _log.warning("A topic could not be confirmed: %s", error)


def _got(url: str) -> bytes:
    if not url.startswith("https://"):
        raise OSError("only https is asked")
    with _opener.open(url, timeout=_SLOWEST) as answer:
        body: bytes = answer.read(_LONGEST + 1)
    if len(body) > _LONGEST:
        raise OSError("it is too long")
    return body
