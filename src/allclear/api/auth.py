"""Who calls: a program by its token, or a person by their session."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.errors import AuthenticationError, HttpError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_of
from allclear.accounts.tokens import bearer
from allclear.kernel import clock


class ByToken(HttpBearer):
    """`Authorization: Bearer alc_...`. A header that is there must be right: no session stands in for it."""

    openapi_bearerFormat = "alc_..."  # noqa: N815 - OpenAPI's own spelling

    def __call__(self, request: HttpRequest) -> Viewer | None:
        if not request.headers.get("Authorization"):
            return None
        found: Viewer | None = super().__call__(request)
        if found is None:
            raise AuthenticationError
        return found

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:
        found = bearer(token.strip(), clock.now())
        if found is None:
            return None
        request.token_id = found.token_id  # type: ignore[attr-defined]  # for the cause of events
        return found.viewer


class BySession(APIKeyCookie):
    """A browser that is logged in; what changes something needs the CSRF token as `X-CSRFToken`."""

    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> Viewer | None:
        user: Any = getattr(request, "user", None)  # a lazy one; none when the sessions' middleware was skipped
        if user is None or not user.is_authenticated or not user.is_active:
            return None
        if check_csrf(request):
            raise HttpError(403, "Send the CSRF token of this page as X-CSRFToken, or use an API token.")
        return viewer_of(user)

    def authenticate(self, request: HttpRequest, key: str | None) -> Viewer | None:
        raise NotImplementedError  # the session's middleware has read the cookie; `__call__` does the work


AUTH = [ByToken(), BySession()]
