"""What the browser's own code says, in the reader's language: one small script a language, fetched once and kept.

The texts are those that frontend/src marks with `gettext` and `ngettext`. English needs no script: it is in the code.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog


@cache
def script(language: str) -> str:
    """The script of a language; empty when nothing is translated. frontend/src/words.ts reads what it leaves."""
    view = JavaScriptCatalog()
    view.translation = DjangoTranslation(
        language, domain="djangojs", localedirs=[str(path) for path in settings.LOCALE_PATHS]
    )
    catalogue = view.get_catalog()
    if not catalogue:
        return ""
    with translation.override(language):
        days = [str(WEEKDAYS_ABBR[number]) for number in range(7)]
        months = [str(MONTHS_3[number]).title() for number in range(1, 13)]
    words = json.dumps({"catalogue": catalogue, "days": days, "months": months}, separators=(",", ":"))
    plural = view.get_plural() or "n != 1"
    return f"globalThis.allclearWords={words};allclearWords.plural=(n)=>Number({plural});"


@cache
def _digest(language: str) -> str:
    return hashlib.sha256(script(language).encode()).hexdigest()[:12]


def address(language: str) -> str:
    """Where the script of the language is; empty when it has none. The address changes with the words."""
    if language not in dict(settings.LANGUAGES) or not script(language):
        return ""
    return reverse("browser_words", args=[language, _digest(language)])


def serve(request: HttpRequest, language: str, digest: str) -> HttpResponse:
    """The script. A page made before the words changed gets the new ones, and keeps them under no old name."""
    if not address(language):
        raise Http404
    response = HttpResponse(script(language), content_type="text/javascript; charset=utf-8")
    is_current = digest == _digest(language)
    response["Cache-Control"] = "public, max-age=31536000, immutable" if is_current else "no-cache"
    return response
