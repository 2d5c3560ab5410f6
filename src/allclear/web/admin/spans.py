"""The spans of the retention policy in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from allclear.domain.retention import Part, Retention, days_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PARTS: dict[Part, StrOrPromise] = {
    Part.TEXTS: gettext_lazy("Texts"),
    Part.REPLIES: gettext_lazy("Public replies"),
    Part.NOTES: gettext_lazy("Internal notes"),
    Part.FILES: gettext_lazy("Files"),
}


def span_lines(policy: Retention) -> list[tuple[StrOrPromise, str]]:
    """The general spans, part by part."""
    return [(PARTS[Part(part)], span_words(days)) for part, days in days_of(policy.keep).items()]


def span_words(days: Any) -> str:
    """One span; None keeps for ever."""
    if days is None:
        return _("kept for ever")
    return ngettext("{days} day after the end", "{days} days after the end", days).format(days=days)
