"""One's own page: facts, password, keys for programs, teams and skills."""

from __future__ import annotations

import zoneinfo
from datetime import timedelta
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from allclear.accounts.actions import change_profile, set_password
from allclear.accounts.actions.nouns import PROFILE, USER
from allclear.accounts.models import ApiToken, Membership, User
from allclear.accounts.tokens import issue_token, revoke_token
from allclear.domain.terms import label
from allclear.kernel.events import position_of
from allclear.web.account.entrance import PASSWORD_HELP
from allclear.web.http import Page, signed_in
from allclear.web.records import RecordForm, attempt
from allclear.web.said import localised

SCOPE_WORDS = {
    "read": gettext_lazy("Read: look at what you may see"),
    "write": gettext_lazy("Write: log incidents and work on them"),
    "admin": gettext_lazy("Administration: people, catalogue, policies"),
    "all": gettext_lazy("All of these, and what comes later"),
}
LIFE = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("a year")),
    ("", gettext_lazy("never; revoke it when it is not needed")),
]


@cache
def time_zones() -> list[str]:
    """The zones that people choose from: the places of the world and UTC."""
    return ["UTC", *sorted(z for z in zoneinfo.available_timezones() if "/" in z and not z.startswith("Etc/"))]


class ProfileForm(RecordForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    phone = forms.CharField(
        label=gettext_lazy("Phone"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "tel"})
    )
    mobile = forms.CharField(
        label=gettext_lazy("Mobile"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "tel"})
    )
    location = forms.CharField(
        label=gettext_lazy("Location"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Where to find you: site, building, room."),
    )
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Type a few letters of the next large city. All times are shown in this zone."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=settings.LANGUAGES,
        help_text=gettext_lazy("Of the screens. The API and the command line speak English."),
    )


class TokenForm(RecordForm):
    name = forms.CharField(
        label=gettext_lazy("Used by"),
        max_length=80,
        help_text=gettext_lazy("The program or script, so that you know it again."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("May do"), choices=list(SCOPE_WORDS.items()), widget=forms.CheckboxSelectMultiple
    )
    life = forms.ChoiceField(label=gettext_lazy("Works for"), choices=LIFE, required=False, initial="90")


class PasswordForm(RecordForm):
    current = forms.CharField(
        label=gettext_lazy("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("The new password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    user: User

    def clean(self) -> None:
        given = self.cleaned_data
        if given.get("current") and not self.user.check_password(given["current"]):
            self.add_error("current", _("This is not your current password."))
        if given.get("again") and given.get("password") != given["again"]:
            self.add_error("again", _("The two passwords differ. Type the same one twice."))


@never_cache
@signed_in
def show(request: Page) -> HttpResponse:
    """My profile: what I may change of myself, and what others say about me."""
    user = _me(request)
    initial = {name: getattr(user, name) for name in PROFILE} | {"version": position_of(USER.stream, user.pk)}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        saved = attempt(
            form, lambda values, seen: change_profile(request.viewer, values, now=request.now, expected_version=seen)
        )
        if saved is not None:
            messages.success(request, _("Your profile is saved."))
            return redirect("account_area:profile")
    return render(request, "account_area/profile.html", _context(request, user, form), status=form.http_status)


def _me(request: Page) -> User:
    return User.objects.select_related("organisation").get(pk=request.viewer.user_id or 0)


def _context(request: Page, user: User, form: ProfileForm, **more: Any) -> dict[str, Any]:
    tokens = ApiToken.objects.filter(user=user)
    context = {
        "form": form,
        "user_row": user,
        "zones": time_zones(),
        "memberships": Membership.objects.filter(user=user).select_related("team").order_by("team__name"),
        "skills": user.skills.all(),
        "roles": [localised(label(role)) for role in user.roles],
        "tokens": [(token, _state(token, request)) for token in tokens],
        "may_token": request.viewer.may("token.own"),
    }
    return context | more


def _state(token: ApiToken, request: Page) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at and token.expires_at <= request.now else ""


@never_cache
@signed_in
def add_token(request: Page) -> HttpResponse:
    """Make a key; its text is on this one answer and nowhere else."""
    request.viewer.require("token.own")
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":

        def verb(values: dict[str, Any], _seen: int | None) -> tuple[ApiToken, str]:
            until = request.now + timedelta(days=int(values["life"])) if values["life"] else None
            return issue_token(request.viewer, _me(request), values["name"], values["scopes"], until, request.now)

        made = attempt(form, verb)
        if made is not None:
            token, plain = made
            return render(request, "account_area/token_made.html", {"token": token, "plain": plain})
    context = {"form": form, "back": reverse("account_area:profile"), "back_label": _("Your profile")}
    return render(request, "account_area/token_add.html", context, status=form.http_status)


@signed_in
def revoke(request: Page, pk: int) -> HttpResponseBase:
    """End a key at once."""
    return _revoke(request, pk)


@require_POST
def _revoke(request: Page, pk: int) -> HttpResponse:
    token = revoke_token(request.viewer, pk, request.now)
    messages.success(request, _("The token for {name} no longer works.").format(name=token.name))
    return redirect("account_area:profile")


@never_cache
@sensitive_post_parameters("current", "password", "again")
@signed_in
def password(request: Page) -> HttpResponse:
    """Choose a new password; log-ins on other devices end."""
    user = _me(request)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    form.user = user
    if request.method == "POST":
        changed = attempt(
            form, lambda values, __: set_password(request.viewer, user.pk, values["password"], now=request.now)
        )
        if changed is not None:
            update_session_auth_hash(request, changed)
            messages.success(request, _("Your password is changed. You are logged out on your other devices."))
            return redirect("account_area:profile")
    context = {"form": form, "back": reverse("account_area:profile"), "back_label": _("Your profile")}
    return render(request, "account_area/password.html", context, status=form.http_status)
