"""Tags of the page of an incident: `{% load incident_page %}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from allclear.web import prose as words

from . import _icons

if TYPE_CHECKING:
    from allclear.web.incidents.facts import Fact

register = template.Library()
prose: Callable[[str], SafeString] = register.filter(words.prose)
is_long: Callable[[str], bool] = register.filter(words.is_long)


@register.simple_tag
def change(fact: Fact | str | None) -> SafeString:
    """The pencil that turns a fact into its form; nothing for who may not change it."""
    if not fact or isinstance(fact, str) or not fact.url:
        return SafeString("")
    return format_html(
        '<button class="fact-change" type="button" hx-get="{}" hx-target="#{}" hx-swap="outerHTML"'
        ' aria-label="{}" title="{}">{}</button>',
        fact.url,
        fact.place,
        _("Change: {field}").format(field=fact.label),
        _("Change (E)"),
        _icons.icon_html("pencil", ""),
    )
