"""`Idempotency-Key`: a POST that is sent twice, by accident or because no answer came, does its work once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from allclear.api.http import viewer_of
from allclear.api.models import IdempotentAnswer
from allclear.kernel import clock
from allclear.kernel.errors import Invalid

KEPT_FOR = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_HEADERS = ("ETag", "Location", "Content-Type")
_INSERT = """
INSERT INTO api_idempotent_answer AS kept (user_id, key, request_sha256, status, headers, body, created_at)
VALUES (%(user)s, %(key)s, %(sha256)s, 0, '{}', '', %(now)s)
ON CONFLICT (user_id, key) DO UPDATE SET request_sha256 = excluded.request_sha256, created_at = excluded.created_at
    WHERE kept.created_at < %(oldest)s
RETURNING id
"""
_KEEP = "UPDATE api_idempotent_answer SET status = %s, headers = %s, body = %s WHERE id = %s"
_FORGET = """
DELETE FROM api_idempotent_answer WHERE id IN (
    SELECT id FROM api_idempotent_answer WHERE created_at < %s ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED
)
"""
_CLEAN_EVERY = 100
View = Callable[..., HttpResponse]


def once(view: View) -> View:
    """Run the view at most once for a person's key, and repeat its answer to those who ask again.

    1. Insert the key; one who comes at the same time waits here until this transaction ends.
    2. The key was there: the same request gets the kept answer, another one is refused.
    3. Run the view and keep its answer, in the same transaction. A refusal rolls back and leaves no trace.
    """

    @wraps(view)
    def wrapped(http: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = key_of(http)
        if key is None:
            return view(http, *args, **kwargs)
        user_id, asked = viewer_of(http).user_id or 0, _sha256(http)
        with transaction.atomic():
            kept_id = _insert(user_id, key, asked, clock.now())
            if kept_id is None:
                return _replay(IdempotentAnswer.objects.get(user_id=user_id, key=key), asked)
            response = view(http, *args, **kwargs)
            _keep(kept_id, response)
            if kept_id % _CLEAN_EVERY == 0:  # so that the table needs no job of its own
                forget_old_answers(clock.now())
        return response

    return wrapped


def key_of(http: HttpRequest) -> str | None:
    """The key that came with the request."""
    key = http.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Invalid({"Idempotency-Key": "Use 1 to 200 visible ASCII characters, best a random UUID."})
    return key


def forget_old_answers(now: datetime) -> int:
    """Delete answers that are past their day, at most a thousand; gives how many. Those in use just now wait."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [now - KEPT_FOR])
        deleted: int = cursor.rowcount
    return deleted


def _insert(user_id: int, key: str, sha256: str, now: datetime) -> int | None:
    """The key of the new row; None when the key is taken. An answer past its day gives way."""
    values: dict[str, Any] = {"user": user_id, "key": key, "sha256": sha256, "now": now, "oldest": now - KEPT_FOR}
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        row = cursor.fetchone()
    return row[0] if row else None


def _keep(kept_id: int, response: HttpResponse) -> None:
    """Store the answer; `kept_body` stands in for one with a secret that must not be stored."""
    headers = {name: response[name] for name in _HEADERS if name in response}
    body = getattr(response, "kept_body", response.content)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [response.status_code, json.dumps(headers), body, kept_id])


def _replay(kept: IdempotentAnswer, asked: str) -> HttpResponse:
    if kept.request_sha256 != asked:
        raise Invalid(
            {"Idempotency-Key": "This key came with another request already. Use a new key for each new request."}
        )
    response = HttpResponse(bytes(kept.body), status=kept.status)
    for name, value in kept.headers.items():
        response[name] = value
    response["Idempotent-Replay"] = "true"
    return response


def _sha256(http: HttpRequest) -> str:
    """Of method, address and body. A raw upload has said its own digest, for its body is read only once."""
    body = getattr(http, "body_sha256", "")
    if not body:
        body = _of_form(http) if http.content_type == "multipart/form-data" else hashlib.sha256(http.body).hexdigest()
    return hashlib.sha256(f"{http.method} {http.get_full_path()} {body}".encode()).hexdigest()


def _of_form(http: HttpRequest) -> str:
    """Of a form's fields and files, whatever the boundary between them was."""
    digest = hashlib.sha256(repr(sorted(http.POST.lists())).encode())
    for name, files in sorted(http.FILES.lists()):
        for file in files:
            digest.update(f"\0{name}\0{file.name}\0".encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()
