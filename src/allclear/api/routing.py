"""Registering operations: every one documents its problems, every POST obeys `Idempotency-Key`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ninja import Router

from allclear.api.idempotency import once
from allclear.api.schemas import Problem

F = TypeVar("F", bound=Callable[..., Any])
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string", "example": '"3"'},
    "description": "The ETag as you read it. If somebody changed the record since: 409 with the changes.",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 200},
    "description": "The same key within 24 hours gets the same answer, and the work is done once.",
}
PREFER = {
    "name": "Prefer",
    "in": "header",
    "schema": {"type": "string", "example": "merge"},
    "description": "`merge`: fields that only others changed since `If-Match` stay theirs; 409 only where both changed"
    " the same, or where the verb is not safe any more.",
}
_WORDS = {
    401: "No token, or one that is not valid",
    403: "Not permitted",
    404: "Not there, or not for you to see",
    409: "Conflict with what happened since, or refused by a rule",
    422: "The input cannot be used; `errors` names the fields",
}


class Routes:
    """A ninja router whose operations all behave alike."""

    def __init__(self, tag: str) -> None:
        self.router = Router(tags=[tag])

    def get(self, path: str, shape: Any, *, errors: tuple[int, ...] = (401, 403, 404, 422)) -> Callable[[F], F]:
        return self._add("GET", path, {200: shape}, errors, [])

    def post(
        self, path: str, shape: Any, *, status: int = 200, versioned: bool = False, is_once: bool = True
    ) -> Callable[[F], F]:
        """A verb: `versioned` ones take `If-Match`. Not `is_once`: the view looks after the idempotency key itself."""
        headers = [IDEMPOTENCY_KEY, *([IF_MATCH, PREFER] if versioned else [])]
        return self._add("POST", path, {status: shape}, tuple(_WORDS), headers, once if is_once else None)

    def patch(self, path: str, shape: Any, *, versioned: bool = False) -> Callable[[F], F]:
        return self._add("PATCH", path, {200: shape}, tuple(_WORDS), [IF_MATCH, PREFER] if versioned else [])

    def delete(self, path: str, shape: Any, *, status: int = 200, versioned: bool = False) -> Callable[[F], F]:
        return self._add("DELETE", path, {status: shape}, tuple(_WORDS), [IF_MATCH] if versioned else [])

    def _add(
        self,
        method: str,
        path: str,
        shapes: dict[int, Any],
        errors: tuple[int, ...],
        headers: list[dict[str, Any]],
        around: Callable[[Any], Any] | None = None,
    ) -> Callable[[F], F]:
        def register(view: F) -> F:
            wrapped: Any = around(view) if around else view
            wrapped.__signature__ = inspect.signature(view, eval_str=True)  # the wrapper has other globals
            summary, _, more = (view.__doc__ or view.__name__).strip().partition("\n")
            self.router.add_api_operation(
                path,
                [method],
                wrapped,
                response={**shapes, **dict.fromkeys(errors, Problem)},
                operation_id=view.__name__,
                summary=summary.strip().rstrip("."),
                description="\n".join(line.strip() for line in more.strip().splitlines()),
                by_alias=True,  # the document names fields as they are sent
                openapi_extra={"parameters": headers} if headers else None,
            )
            return view

        return register
