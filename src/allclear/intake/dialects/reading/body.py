"""Bytes to values: JSON, forms and plain text, in whatever charset and however careless."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

import orjson

from allclear.intake.dialects.base import Received, Unreadable
from allclear.kernel.words import say

MOST_LEVELS = 64  # lists and objects in each other: deeper ones break whoever reads them next
_MOST_FIELDS = 1000
_AS_ZERO, _DIGITS = bytes.maketrans(b"123456789", b"000000000"), b"0" * 19
_HUGE = re.compile(rb"[:\[,\s](?:-\d|\d\d)\d{18}")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
         (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip


def json_of(received: Received) -> Any:
    """The body's JSON. Of a name that stands twice in one object, the last one counts."""
    if not received.body.strip():
        raise Unreadable(say("The body is empty. Send a JSON document."))
    return json_in(received.body, received.headers.get("content-type", ""))


def json_in(raw: bytes | str, content_type: str = "") -> Any:
    """What a JSON document says. Control characters, NaN and halves of surrogates, which JSON forbids, are borne."""
    try:
        value = orjson.loads(raw)
        if _has_huge(raw):  # read as the nearest float: two ids would be one
            value = _careless(raw if isinstance(raw, str) else raw.decode())
    except orjson.JSONDecodeError:
        value = _careless(raw if isinstance(raw, str) else _decoded(raw, content_type))
    brackets = ("[", "{") if isinstance(raw, str) else (b"[", b"{")
    if sum(map(raw.count, brackets)) > MOST_LEVELS and _depth(value) > MOST_LEVELS:  # type: ignore[arg-type]
        raise _too_deep()
    return value


def form_of(received: Received) -> dict[str, str]:
    """The fields of an HTML form's body; the last one of a name counts."""
    try:
        pairs = parse_qsl(text_of(received), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Unreadable(say("The form has more than {count} fields. Send fewer.", count=_MOST_FIELDS)) from error
    return dict(pairs)


def text_of(received: Received) -> str:
    """The body as text."""
    return _decoded(received.body, received.headers.get("content-type", ""))


def is_form(received: Received) -> bool:
    """Whether the body is a form. `curl -d` calls JSON one, too, and no form begins with a bracket."""
    if received.body.lstrip()[:1] in (b"{", b"["):
        return False
    return received.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded")


def _decoded(raw: bytes, content_type: str) -> str:
    charset = next((name for mark, name in _BOMS if raw.startswith(mark)), None) or _charset(content_type)
    try:
        return raw.decode(charset, "replace").removeprefix("\ufeff")
    except (LookupError, ValueError):  # a charset that nobody knows, or one that is none of texts
        return raw.decode("utf-8", "replace")


def _charset(content_type: str) -> str:
    head = Message()
    head["Content-Type"] = " ".join(content_type.split())
    named = head.get_param("charset")
    return named if isinstance(named, str) and named else "utf-8"


def _has_huge(raw: bytes | str) -> bool:
    """Whether there is an integer that 64 bits do not hold. Nearly always told by a look for so many digits."""
    found = raw if isinstance(raw, bytes) else raw.encode()
    return _DIGITS in found.translate(_AS_ZERO) and bool(_HUGE.search(found))


def _careless(text: str) -> Any:
    """As JSON's own readers in other languages take it: slower, and only where the strict one gave up."""
    try:
        value = json.loads(text, strict=False, parse_constant=str, parse_int=_number, parse_float=_number)
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        reason = say("The body is no JSON: it breaks at line {line}, column {column}. Send valid JSON.", **where)
        raise Unreadable(reason) from error
    except RecursionError as error:
        raise _too_deep() from error
    return _whole(value) if _depth(value) <= MOST_LEVELS else value


def _number(digits: str) -> int | float | str:
    """Numbers that no 64 bits hold stay texts."""
    if digits.lstrip("-").isdigit():
        return int(digits) if len(digits) <= 18 else digits
    value = float(digits)
    return value if math.isfinite(value) else digits


def _whole(value: Any) -> Any:
    """Without halves of surrogates, which no database stores."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, Mapping):
        return {_whole(name): _whole(item) for name, item in value.items()}
    return value


def _depth(value: Any) -> int:
    """How many lists and objects stand in each other; counted no further than is needed."""
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        if depth > MOST_LEVELS:
            break
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def _too_deep() -> Unreadable:
    reason = say(
        "The body has more than {count} lists and objects in each other. Send a flatter one.", count=MOST_LEVELS
    )
    return Unreadable(reason)
