"""The request as screens get it: with the viewer, the instant, and what htmx says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from allclear.accounts.permissions import Viewer
from allclear.incidents.actions import Request

P = ParamSpec("P")


class Page(HttpRequest):
    """A request of somebody who has logged in; `web.middleware.Surface` puts these attributes."""

    viewer: Viewer
    now: datetime
    htmx: HtmxDetails
    request_id: str


def signed_in(
    view: Callable[Concatenate[Page, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Only for people who have logged in; others go to the log-in page and come back."""

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if getattr(request, "viewer", None) is None:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)  # type: ignore[arg-type]  # Surface has put the attributes

    return wrapper


def acting(request: Page, version: int | None = None, *, merge: bool = False) -> Request:
    """The request for a verb; `version` is what the person had seen, `merge` lets what others did meanwhile stand."""
    return Request(request.viewer, request.now, version, {"request": request.request_id}, merge=merge)


def wants_fragment(request: Page) -> bool:
    """Whether htmx swaps a part: then a fragment is the answer, else the whole page."""
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request
