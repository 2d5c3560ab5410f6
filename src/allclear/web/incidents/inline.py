"""A fact turned into its form where it stands: a part of a verb's form, sent to the same address as the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget

from allclear.kernel.errors import NotFound
from allclear.web.incidents.forms.base import VerbForm

WEIGHT = ("impact", "urgency", "severity", "reason")
OWNERS = ("team", "assignee", "reason")
EDITED = (
    "title", "description", "diagnosis", "service", "requester", "on_behalf_of", "organisation", "location",
    "channel", "occurred_at", "detected_at", "is_impending", "predicted_impact_at", "cause_code", "security_class",
)  # fmt: skip
# a fact on the page: the verb that changes it, and the fields of its form
FACTS: Mapping[str, tuple[str, Sequence[str]]] = {
    "category": ("categorise", ("category",)),
    "weight": ("prioritise", WEIGHT),
    "owner": ("assign", OWNERS),
    "ci_ids": ("edit", ("ci_ids", "ci_add")),
    **{name: ("edit", (name,)) for name in EDITED},
}
OWN = "custom."  # the company's own fields begin with it
# what the place is on the page: a part of a list of facts, a line of the times, or a block of its own
STANDS_IN = {"title": "block", "description": "block", "diagnosis": "block", "requester": "block"} | {
    "on_behalf_of": "block", "occurred_at": "times", "detected_at": "times",
}  # fmt: skip
TEXTS = frozenset({"description", "diagnosis", "weight", "owner"})  # Enter makes a new line in a text of theirs


def verb_of(fact: str) -> str:
    """The verb that changes a fact; empty when there is none."""
    return "edit" if fact.startswith(OWN) else FACTS.get(fact, ("", ()))[0]


def asked_in(request: HttpRequest) -> str:
    """The fact whose form is asked for or sent; empty: the whole form, in the dialog."""
    return request.GET.get("fact", "")


def narrowing(request: HttpRequest, verb: str) -> Mapping[str, Any]:
    """What narrows the verb's form to the fact that is asked for; raises `NotFound` when the verb has no such fact."""
    fact = asked_in(request)
    if not fact:
        return {}
    if verb_of(fact) != verb:
        raise NotFound(_("This cannot be changed here. Reload the page, or use the verb “Edit”."))
    return {"only": (fact,) if fact.startswith(OWN) else FACTS[fact][1]}


def address(request: HttpRequest) -> str:
    """Where the form sends to: the verb's address, and which fact it is."""
    fact = asked_in(request)
    return f"{request.path}?fact={quote(fact)}" if fact else request.path


def dom_id(fact: str) -> str:
    """The id of a fact's place on the page."""
    return "fact-" + "".join(c if c.isalnum() else "-" for c in fact)


def context(form: VerbForm, fact: str, number: str) -> dict[str, Any]:
    """What the form in place needs besides the context of the dialog."""
    place = dom_id(fact)
    form.auto_id = f"{place}-%s"  # a dialog may open above it
    return {
        "place": place,
        "stands_in": STANDS_IN.get(fact, "list"),
        "is_single": len(form.visible_fields()) <= 1,
        "enter_saves": fact not in TEXTS,
        "draft": f"incident:{number}:{fact}",
    }


def in_place(response: HttpResponse, fact: str) -> HttpResponse:
    """Swap the answer in where the fact stands."""
    return reswap(retarget(response, f"#{dom_id(fact)}"), "outerHTML")
