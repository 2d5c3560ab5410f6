"""Coming in and going out: log-in, log-out, help, and the very first administrator."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from allclear.accounts.actions import first_administrator
from allclear.accounts.models import User
from allclear.catalog.actions import seed_defaults
from allclear.kernel.clock import now as read_clock
from allclear.web.records import RecordForm, attempt

_BACKEND = "allclear.web.backend.Backend"
_OPEN = (
    "/api/",
    "/static/",
    "/words/",
    "/healthz",
    "/-/",
    "/v2/",
    "/webhooks/",
    "/welcome/",
    "/sw.js",
    "/manifest.webmanifest",
)

PASSWORD_HELP = gettext_lazy("At least 10 characters; a sentence that only you would say is good.")


class WelcomeForm(RecordForm):
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("You log in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=PASSWORD_HELP,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("The password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> None:
        given = self.cleaned_data
        if given.get("again") and given.get("password") != given["again"]:
            self.add_error("again", _("The two passwords differ. Type the same one twice."))


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Make the first administrator. Closed for ever once there is anybody: the verb itself refuses."""
    if User.objects.exists():
        return redirect("account_login")
    form = WelcomeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        with transaction.atomic():
            now = read_clock()
            user = attempt(form, lambda v, __: first_administrator(v["email"], v["name"], v["password"], now))
            if user is not None:
                seed_defaults(now)
        if user is not None:
            login(request, user, backend=_BACKEND)
            return redirect("admin_area:index")
        if User.objects.exists():  # the other of two who began at once was quicker
            messages.error(request, _("Somebody else made the first administrator meanwhile. Log in, or ask them."))
            return redirect("account_login")
    return render(request, "account_area/welcome.html", {"form": form}, status=form.http_status)


@never_cache
def get_in(request: HttpRequest) -> HttpResponse:
    """What to do for somebody who has no log-in or has lost the password."""
    return render(request, "account_area/get_in.html")


@never_cache
def inactive(request: HttpRequest) -> HttpResponse:
    """The log-in of a person who was deactivated."""
    return render(request, "account_area/inactive.html", status=403)


class FirstStart:
    """Sends everybody to the welcome page while there is nobody; costs strangers one quick query, others nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(_OPEN) and not request.user.is_authenticated and not User.objects.exists():
            return HttpResponseRedirect(reverse("welcome"))
        return self.get_response(request)
