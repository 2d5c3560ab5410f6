"""The tags screens are made of: `{% load allclear_ui %}`. docs/frontend.md shows each one in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from allclear.kernel.clock import now as read_clock
from allclear.web.browser_words import address as words_address
from allclear.web.said import localised

from . import _forms, _icons, _words
from ._kept import kept

register = template.Library()

PRIORITIES = {
    1: gettext_lazy("critical"),
    2: gettext_lazy("high"),
    3: gettext_lazy("moderate"),
    4: gettext_lazy("low"),
    5: gettext_lazy("planning"),
}
STATUSES = {
    "new": gettext_lazy("New"),
    "assigned": gettext_lazy("Assigned"),
    "in_progress": gettext_lazy("In progress"),
    "on_hold": gettext_lazy("On hold"),
    "resolved": gettext_lazy("Resolved"),
    "closed": gettext_lazy("Closed"),
    "cancelled": gettext_lazy("Cancelled"),
}


def _now(context: Context) -> datetime:
    given = context.get("now")
    return given if isinstance(given, datetime) else read_clock()


def _cookie(context: Context, name: str, allowed: Iterable[str], default: str) -> str:
    request = getattr(context, "request", None) or context.get("request")
    value = request.COOKIES.get(name, "") if request is not None else ""
    return value if value in allowed else default


@register.filter
def address(text: str) -> SafeString:
    """An e-mail address, which breaks behind its @ if it has to."""
    return format_html_join(SafeString("@<wbr>"), "{}", ((part,) for part in text.split("@")))


@register.filter
def said(text: str) -> str:
    """`{{ error.message|said }}`: what a rule or verb said in English, in the reader's language."""
    return localised(text)


@register.simple_tag
def words_script() -> SafeString:
    """The script with what the browser's own code says in the page's language; nothing for English."""
    url = words_address(get_language() or "")
    return format_html('\n  <script src="{}"></script>', url) if url else SafeString("")


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The theme this device asked for: light, dark or system."""
    return _cookie(context, "theme", ("light", "dark", "system"), "system")


@register.simple_tag(takes_context=True)
def single_keys(context: Context) -> str:
    """Whether single-letter keys are on for this device."""
    return _cookie(context, "keys", ("on", "off"), "on")


@register.simple_tag(takes_context=True)
def this_instant(context: Context) -> datetime:
    """The page's one instant: the view's `now`, else the clock of the house."""
    return _now(context)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """`{% icon "siren" %}` or, when it stands alone, `{% icon "siren" "Major incident" %}`."""
    return _icons.icon_html(name, label)


@register.simple_tag
@kept
def priority(value: int | str | None) -> SafeString:
    """`{% priority incident.priority %}`: takes 1 to 5, "P1" to "P5" or None."""
    digits = str(value or "").lower().lstrip("p")
    if not digits.isdigit() or int(digits) not in PRIORITIES:
        return format_html('<span class="priority" data-priority="none" title="{0}">–</span>', _("No priority yet"))
    title = _("Priority {number}, {name}").format(number=digits, name=PRIORITIES[int(digits)])
    return format_html('<span class="priority" data-priority="{0}" title="{1}">P{0}</span>', int(digits), title)


@register.simple_tag
@kept
def status(value: str, label: str = "") -> SafeString:
    """`{% status incident.status "On hold: requester" %}`: a sign and a word."""
    words = label or STATUSES.get(value) or str(value).replace("_", " ").capitalize()
    return format_html('<span class="status" data-status="{}">{}{}</span>', value, _icons.status_shape(value), words)


@register.simple_tag
@kept
def badge(text: str, level: str = "") -> SafeString:
    """`{% badge "SEV1" "severity" %}`; levels: danger, warn, ok, severity, or none."""
    return format_html('<span class="badge" data-level="{}">{}</span>', level, text)


@register.simple_tag
def avatar(person: object, size: str = "") -> SafeString:
    """Initials in a circle, beside a name that says the same."""
    return _avatar(_words.initials(person), size)


@kept
def _avatar(initials: str, size: str) -> SafeString:
    return format_html(
        '<span class="avatar" data-size="{}" data-initials="{}" aria-hidden="true"></span>', size, initials
    )


@register.simple_tag
def person(who: object, detail: str = "", full: bool = False, empty: str = "") -> SafeString:
    """`{% person incident.assignee %}`; `full=True` for the whole name, `detail` for a second line."""
    name = _words.name_of(who)
    if not name:
        return format_html('<span class="muted small">{}</span>', empty or _("nobody yet"))
    return format_html(
        '<span class="person">{}<span class="person-name" title="{}">{}{}</span></span>',
        avatar(name),
        name,
        name if full else _words.short_name(who),
        format_html('<span class="person-detail">{}</span>', detail) if detail else "",
    )


_SAID: dict[str, Callable[[datetime, datetime], str]] = {
    "relative": lambda at, now: _words.relative_words((at - now).total_seconds()),
    "age": lambda at, now: _words.age_words((at - now).total_seconds()),
    "short": _words.short_words,
    "countdown": lambda at, now: _words.countdown_words((at - now).total_seconds()),
}


@register.simple_tag(takes_context=True)
def when(context: Context, at: datetime | None, style: str = "relative", empty: str = "") -> SafeString:
    """A point in time in the viewer's zone, the exact one on hover.

    Styles: relative ("5 min ago"), age ("5 min"), short ("14:05", "Mon 14:05", "3 Feb, 14:05"), exact, countdown.
    """
    if at is None:
        return format_html("{}", empty)
    return moment(at, _now(context), style)


def moment(at: datetime, now: datetime, style: str = "relative") -> SafeString:
    """The same for pieces that Python draws."""
    exact = _words.exact_words(at)
    words = exact if style == "exact" else _SAID[style](at, now)
    return format_html('<time datetime="{}" data-when="{}" title="{}">{}</time>', at.isoformat(), style, exact, words)


@register.filter
def inside(text: str) -> str:
    """`{{ action|inside }}`: a text that could begin a line, inside a sentence."""
    return _words.inside_sentence(str(text))


@register.simple_tag
def bar(value: float, maximum: float = 100, level: str = "ok", label: str = "") -> SafeString:
    """A thin bar; levels: ok, warn, breach, paused, plain. Without a label the words beside it must say the same."""
    voice = format_html('aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    shown = max(0.0, min(float(value), float(maximum)))
    return format_html(
        '<progress class="bar" data-level="{}" max="{}" value="{}" {}></progress>',
        level,
        f"{maximum:g}",
        f"{shown:g}",
        voice,
    )


@register.inclusion_tag("components/ledger.html")
def ledger(
    spans: Iterable[Mapping[str, Any]],
    marks: Iterable[Mapping[str, Any]] = (),
    axis: Iterable[Mapping[str, Any]] = (),
    label: str = "",
) -> dict[str, Any]:
    """The promise on one bar. Span: kind (counted, paused, closed, late), start, width (percent), label.

    Mark: kind (now, warn, breach), at (percent), label. Axis: at (percent), label, minor (not on a phone).
    """
    return {"spans": spans, "marks": marks, "axis": axis, "label": label}


@register.inclusion_tag("components/verb.html")
def verb(
    label: str,
    url: str,
    key: str = "",
    style: str = "",
    how: str = "dialog",
    icon: str = "",
    id: str = "",
    target: str = "",
    disabled: str = "",
    size: str = "",
) -> dict[str, Any]:
    """A button for a verb.

    `how`: "dialog" fetches the verb's form into the dialog, "post" sends at once (htmx, answer goes to `target`),
    "link" goes there. `style`: primary, danger, danger-solid, quiet. `disabled` is the reason why it cannot be used.
    """
    return {
        "label": label,
        "url": url,
        "key": key,
        "key_shown": key.replace("+", " ").upper() if len(key) == 1 else key.replace("+", " "),
        "style": style,
        "how": how,
        "icon": icon,
        "id": id or f"verb-{label.lower().replace(' ', '-')}",
        "target": target or "#main",
        "disabled": disabled,
        "size": size,
    }


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, help: str = "", draft: str = "", key: str = "") -> dict[str, Any]:
    """`{% field form.title %}`: label, control, help and errors of one field."""
    return {
        "field": bound,
        "control": _forms.render_control(bound, draft, key),
        "kind": _forms.kind_of(bound),
        "is_checkbox": _forms.is_checkbox(bound),
        "help": help or bound.help_text,
        "file_again": _forms.file_again(bound),
    }


@register.inclusion_tag("components/suggest.html")
def suggest(bound: BoundField, url: str, text: str = "", placeholder: str = "") -> dict[str, Any]:
    """A field whose value is one of thousands; `url` answers `?q=` with components/options.html.

    `text` is the name of the value the form begins with.
    """
    return {"field": bound, "url": url, "text": text, "placeholder": placeholder, "value": bound.value() or ""}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """All errors of a form on top of it; takes the focus. Renders nothing while there are none."""
    general, fields = _forms.summary(form)
    return {"general": general, "fields": fields, "count": len(general) + len(fields)}


@register.inclusion_tag("components/fields.html")
def fields(form: BaseForm, draft: str = "") -> dict[str, Any]:
    """The summary of errors and every field of a form, in its order."""
    return {"form": form, "draft": draft}


@register.inclusion_tag("components/why.html")
def why(trace: Iterable[object], label: str = "", float: bool = False) -> dict[str, Any]:
    """A decision explained: steps with `matched` (True, False, None), `text` and perhaps `detail`."""
    return {"trace": trace, "label": label or _("why?"), "float": float}
