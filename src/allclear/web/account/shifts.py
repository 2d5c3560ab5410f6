"""Choosing what a person is told of their shifts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.notifications.actions.preferences import ShiftNotices, set_shift_notices
from allclear.web.account import told
from allclear.web.account.shift_forms import form_for
from allclear.web.http import Page, signed_in
from allclear.web.records import attempt


@signed_in
def choose(request: Page, pk: int | None = None) -> HttpResponseBase:
    return _choose(request, pk)


@require_POST
def _choose(request: Page, pk: int | None) -> HttpResponse:
    user = told.whose(request, pk)
    form = form_for(user.pk, request.POST, is_own=user.pk == request.viewer.user_id)

    def verb(values: dict[str, Any], seen: int | None) -> ShiftNotices:
        return set_shift_notices(request.viewer, user.pk, ShiftNotices(**values), request.now, expected_version=seen)

    if attempt(form, verb) is None:
        return told.page(request, user, shifts=form)
    messages.success(request, _("It is saved."))
    return redirect(told.told_url(request, user.pk) + "#shifts")
