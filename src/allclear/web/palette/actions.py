"""What the palette can do on any page. The script does it: with the buttons of the page, or by a small request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from allclear.accounts.permissions import Viewer

GROUP = _("Actions")


@dataclass(frozen=True, slots=True)
class Action:
    """`does` is understood by frontend/src/palette-acts.ts. `key`: what to press instead."""

    label: StrOrPromise
    does: str
    icon: str
    words: StrOrPromise = ""
    key: str = ""

    @property
    def also(self) -> str:
        """More words to find it by, the English ones among them."""
        with override("en"):
            english = f"{self.label} {self.words}"
        return f"{self.words} {english}".strip()


ACTIONS = [
    Action(_("Light theme"), "theme:light", "sun", _("bright mode appearance colours")),
    Action(_("Dark theme"), "theme:dark", "moon", _("night mode appearance colours")),
    Action(_("Theme of the system"), "theme:system", "monitor", _("automatic mode appearance colours")),
    Action(_("Show exact times, or relative ones again"), "times", "clock", _("absolute date hours")),
    Action(_("Switch single-letter keys on or off"), "letters", "keyboard", _("shortcuts screen reader")),
    Action(_("Show the keys of this page"), "keys", "keyboard", _("shortcuts help"), "?"),
    Action(_("Copy the address of this page"), "copy", "link", _("link url share")),
    Action(_("Print this page"), "print", "printer", _("paper pdf")),
    Action(_("Log out"), "log-out", "log-out", _("sign out leave quit")),
]


def actions_for(viewer: Viewer) -> Iterator[Action]:
    """All actions, and one for each language but the reader's own, in its own words."""
    for code, _name in settings.LANGUAGES:
        if code != viewer.language:
            own = get_language_info(code)["name_local"]
            with override(code):
                words = str(_("language"))
            yield Action(own[:1].upper() + own[1:], f"language:{code}", "globe", f"{words} {_('language')} {code}")
    yield from ACTIONS
