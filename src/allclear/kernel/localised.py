"""What rules and verbs said in English, in the language that is active: the reader's on screens, else English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext

from allclear.kernel.words import from_data, in_language


def localised(text: str) -> str:
    """The text in the reader's language; what has no translation stays English."""
    return in_language(text, gettext, ngettext)


def retold(data: Mapping[str, Any], name: str) -> str:
    """A stored text of a trace in the reader's language; English when it was stored without how it was made."""
    return localised(from_data(str(data.get(name) or ""), data.get("said", {}).get(name)))
