"""A filter of alerts as a sentence: `severity:critical -label.env:dev` is "severity is critical and env is not dev"."""

from __future__ import annotations

from functools import reduce

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.domain.filters import And, FilterError, Node, Not, Op, Or, Term, Words, read

_COMPARED = {
    Op.LESS: gettext_lazy("{field} is below {value}"),
    Op.AT_MOST: gettext_lazy("{field} is at most {value}"),
    Op.MORE: gettext_lazy("{field} is above {value}"),
    Op.AT_LEAST: gettext_lazy("{field} is at least {value}"),
}
_NOT_COMPARED = {
    Op.LESS: gettext_lazy("{field} is not below {value}"),
    Op.AT_MOST: gettext_lazy("{field} is not at most {value}"),
    Op.MORE: gettext_lazy("{field} is not above {value}"),
    Op.AT_LEAST: gettext_lazy("{field} is not at least {value}"),
}
_FIELDS = {
    "severity": gettext_lazy("severity"),
    "status": gettext_lazy("status"),
    "title": gettext_lazy("title"),
    "description": gettext_lazy("description"),
    "source": gettext_lazy("source"),
    "integration": gettext_lazy("integration"),
    "kind": gettext_lazy("kind of integration"),
    "service": gettext_lazy("service"),
    "ci": gettext_lazy("configuration item"),
    "key": gettext_lazy("key"),
    "count": gettext_lazy("number of events"),
    "flapping": gettext_lazy("flapping"),
}


def in_words(text: str) -> str:
    """The filter as words; its own text where it cannot be read, and empty where it fits every alert."""
    try:
        return _said(read(text))
    except FilterError:
        return text


def _said(node: Node) -> str:
    if isinstance(node, Not):
        return _denied(node.part)
    if isinstance(node, Term):
        return _term(node, is_not=False)
    if isinstance(node, Words):
        return _("it says {words}").format(words=f"“{node.text}”")
    if isinstance(node, Or):
        return either([_said(part) for part in node.parts])
    return both([f"({_said(part)})" if isinstance(part, Or) else _said(part) for part in node.parts])


def _denied(node: Node) -> str:
    if isinstance(node, Term):
        return _term(node, is_not=True)
    if isinstance(node, Words):
        return _("it does not say {words}").format(words=f"“{node.text}”")
    return _("it is not so that {condition}").format(condition=f"({_said(node)})")


def _term(term: Term, *, is_not: bool) -> str:
    field = field_words(term.field)
    if term.op is Op.SPAN:
        text = _("{field} is not from {low} to {high}") if is_not else _("{field} is from {low} to {high}")
        return text.format(field=field, low=term.values[0], high=term.values[1])
    if term.op is not Op.IS:
        return (_NOT_COMPARED if is_not else _COMPARED)[term.op].format(field=field, value=term.values[0])
    if term.values in (("none",), ("any",)):
        is_given = (term.values == ("any",)) is not is_not
        return (_("{field} is given") if is_given else _("{field} is not given")).format(field=field)
    values = either(list(term.values))
    if term.field in ("title", "description"):
        text = _("{field} does not say {value}") if is_not else _("{field} says {value}")
    else:
        text = _("{field} is not {value}") if is_not else _("{field} is {value}")
    return text.format(field=field, value=values)


def field_words(name: str) -> str:
    """What a field is called: a label or detail by its own name."""
    known = _FIELDS.get(name.lower())
    return str(known) if known else name.partition(".")[2] or name


def both(parts: list[str]) -> str:
    """ "one and two"; empty without parts."""
    return reduce(lambda one, more: _("{one} and {more}").format(one=one, more=more), parts) if parts else ""


def either(parts: list[str]) -> str:
    """ "one or two"; empty without parts."""
    return reduce(lambda one, other: _("{one} or {other}").format(one=one, other=other), parts) if parts else ""


def is_everything(text: str) -> bool:
    """Whether the filter asks nothing."""
    try:
        return read(text) == And()
    except FilterError:
        return False
