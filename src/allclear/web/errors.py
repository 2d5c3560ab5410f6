"""Error pages in words, with the navigation around them while there is somebody who has logged in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.kernel.errors import AllclearError

TITLES = {
    400: gettext_lazy("The request could not be read"),
    403: gettext_lazy("You may not see or do this"),
    404: gettext_lazy("This page is not there"),
    405: gettext_lazy("Nothing was done"),
    409: gettext_lazy("This is not possible now"),
    422: gettext_lazy("This cannot be used"),
    500: gettext_lazy("Something went wrong on our side"),
}


def page(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """An error page; without somebody who has logged in it has no frame."""
    viewer = getattr(request, "viewer", None)
    context = {
        "title": TITLES.get(status, TITLES[400]),
        "error": {"message": message, "status": status},
        "icon": "search" if status == 404 else "circle-alert",
        "reference": getattr(request, "request_id", ""),
    }
    template = "errors/refused.html" if viewer else "errors/plain.html"
    return render(request, template, context, status=status)


def refused(request: HttpRequest, error: AllclearError) -> HttpResponse:
    """What a rule or a right refuses: as a page, or as a fragment for htmx."""
    if getattr(request, "htmx", False):
        response = render(request, "errors/fragment.html", {"error": error}, status=409)
        response["HX-Retarget"] = "#dialog-body"
        response["HX-Reswap"] = "innerHTML"
        return response
    return page(request, error.status, error.message)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 400, _("Go back, reload the page and try again. If you typed the address, check it."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403, _("Ask an administrator if you need the right for it."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404, _("It may have moved, or the address has a slip. Search for it, or begin at the queue."))


def only_a_button(request: HttpRequest, refusal: HttpResponse) -> HttpResponse:
    """A visit to an address that only buttons send to: after a log-in that had run out, or from the history."""
    answer = page(
        request, 405, _("This address belongs to a button. Go back to the page and press it there once more.")
    )
    answer.headers["Allow"] = refusal.headers.get("Allow", "POST")
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort: it must not need the database, which may be what is broken."""
    context: dict[str, Any] = {
        "title": TITLES[500],
        "error": {
            "message": _("It has been written to the log. Try again in a minute; nothing that was saved is lost.")
        },
        "reference": getattr(request, "request_id", ""),
    }
    try:
        return HttpResponseServerError(render_to_string("errors/plain.html", context))
    except Exception:  # whatever is broken, a sentence must still come out
        return HttpResponseServerError(_("Something went wrong on our side. Try again in a minute."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(
        request,
        403,
        _(
            "This form was open for too long, or was sent from another place. Go back, reload the page and send it"
            " again; texts that you typed are kept on this device."
        ),
    )
