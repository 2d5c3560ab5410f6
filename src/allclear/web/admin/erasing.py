"""Erase what is held about a person: what it would empty first, then the word that says it is meant."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from allclear.accounts.models import User
from allclear.accounts.queries import people_visible_to
from allclear.incidents.actions import forget_person
from allclear.incidents.actions.forget import Holding, held_about, why_not
from allclear.web.http import Page, signed_in
from allclear.web.records import RecordForm, attempt, found
from allclear.web.said import localised


class EraseForm(RecordForm):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        help_text=gettext_lazy("Kept for good in the log, so do not name the person: for example “asked by letter”."),
    )
    typed = forms.CharField(
        label=gettext_lazy("Type the person's name to confirm"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name

    def clean_typed(self) -> str:
        typed = " ".join(self.cleaned_data["typed"].split())
        if typed.casefold() != " ".join(self.name.split()).casefold():
            raise forms.ValidationError(_("This is not the name of this person. Type: %(name)s") % {"name": self.name})
        return typed


@signed_in
def erase(request: Page, pk: int) -> HttpResponse:
    """GET shows what would be emptied, POST empties it for good."""
    request.viewer.require("accounts.erase")
    row = found(people_visible_to(request.viewer), pk, "person")
    form = EraseForm(request.POST if request.method == "POST" else None, name=row.name)
    if request.method == "POST":

        def verb(values: dict[str, Any], _seen: int | None) -> tuple[User, Holding]:
            return forget_person(request.viewer, pk, reason=values["reason"], now=request.now)

        done = attempt(form, verb)
        if done is not None:
            words = _("Erased. In the records they are “{name}” from now on.")
            messages.success(request, words.format(name=done[0].name))
            return redirect("admin_area:person", pk)
    obstacle = why_not(pk)
    context = {
        "form": form,
        "row": row,
        "lines": _lines(held_about(request.viewer, pk)),
        "obstacle": localised(obstacle) if obstacle else "",
        "pseudonym": _("Former user {number}").format(number=pk),
        "back": reverse("admin_area:person", args=[pk]),
        "back_label": row.name,
    }
    return render(request, "admin_area/person_erase.html", context, status=form.http_status)


def _lines(held: Holding) -> list[str]:
    """What they wrote as requester, in words; empty when nothing is there."""
    counted = [
        (held.texts, ngettext("{count} text of a report", "{count} texts of reports", held.texts)),
        (held.replies, ngettext("{count} reply", "{count} replies", held.replies)),
        (held.files, ngettext("{count} file", "{count} files", held.files)),
    ]
    return [text.format(count=f"{count:,}") for count, text in counted if count]
