"""The form of a re-base."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from allclear.web.incidents.forms.base import VerbForm
from allclear.web.incidents.forms.fields import area


class RebaseForm(VerbForm):
    reason = forms.CharField(
        label=_("Why today's agreements shall apply"),
        widget=area(),
        help_text=_("The clocks are counted anew from the start. What has been told already stays told."),
    )
