"""The forms of a legal hold."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from allclear.web.incidents.forms.base import VerbForm
from allclear.web.incidents.forms.fields import area


class PlaceHoldForm(VerbForm):
    reason = forms.CharField(
        label=_("Why it must be kept"),
        widget=area(),
        help_text=_("Which case, which order. Nothing of the incident is erased until the hold is lifted."),
    )


class LiftHoldForm(VerbForm):
    reason = forms.CharField(
        label=_("Why it need not be kept any longer"),
        widget=area(),
        help_text=_("What is due under the retention rules goes with the next nightly run."),
    )
