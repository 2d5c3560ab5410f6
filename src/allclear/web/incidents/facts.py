"""The facts of an incident as the page shows them: what stands there, and whether this person may change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext as _

from allclear.accounts.permissions import Viewer
from allclear.catalog.models import CustomField
from allclear.incidents.models import Incident
from allclear.incidents.names import Names
from allclear.incidents.panels import custom_words, every_fact
from allclear.incidents.values import custom_fields
from allclear.incidents.words import Words
from allclear.web.incidents import inline, offers
from allclear.web.incidents.verbs import VERBS


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact. `url` is where its form is; empty for a fact that this person cannot change just now."""

    name: str
    label: str
    value: str = ""
    url: str = ""

    @property
    def place(self) -> str:
        """The id of its place on the page."""
        return inline.dom_id(self.name)


class Editing:
    """Which facts this person may change just now, and where."""

    def __init__(self, row: Incident, viewer: Viewer, now: datetime) -> None:
        self._addresses = {
            name: reverse("incidents:verb", args=[row.number, name])
            for name in ("edit", "prioritise", "categorise", "assign")
            if offers.is_offered(name, VERBS[name], row, viewer, now)
        }
        self._may_classify = viewer.may("incident.classify")

    def url(self, fact: str) -> str:
        """The address of a fact's form; empty when the fact cannot be changed."""
        if fact == "security_class" and not self._may_classify:
            return ""
        address = self._addresses.get(inline.verb_of(fact), "")
        return f"{address}?fact={quote(fact)}" if address else ""

    def all(self) -> Mapping[str, Fact]:
        """Every fact that has its own place on the page, by name; for templates."""
        names: Mapping[str, str] = {
            "title": _("Title"), "description": _("Description"), "diagnosis": _("Diagnosis"),
            "service": _("Service"), "ci_ids": _("Configuration items"), "requester": _("Requester"),
            "on_behalf_of": _("On behalf of"), "owner": _("Team and assignee"), "weight": _("Weight"),
            "occurred_at": _("Occurred"), "detected_at": _("Detected"), "cause_code": _("Cause"),
        }  # fmt: skip
        return {name: Fact(name, words, "", self.url(name)) for name, words in names.items()}


# facts whose form is not called as they are, and in which order a card shows what panels know
_FORMS: Mapping[str, str] = {"impact": "weight", "urgency": "weight", "severity": "weight"}


def facts_of(row: Incident, names: Names, editing: Editing) -> list[Fact]:
    """What is known of it, and what could be, without what stands elsewhere on the page."""
    found = [
        Fact(name, words, value, editing.url(_FORMS.get(name, name))) for name, words, value in every_fact(row, names)
    ]
    impending = _("Yes, it has not happened yet") if row.is_impending else ""
    return [*found, Fact("is_impending", _("Impending"), impending, editing.url("is_impending"))]


def own_facts(row: Incident, editing: Editing) -> list[Fact]:
    """The company's own fields: those of its category, and what was said in others before."""
    offered = custom_fields(row.category_id)
    labels = {field.key: field.name for field in offered}
    asked = set(labels)
    if former := row.custom.keys() - asked:
        labels |= dict(CustomField.objects.filter(key__in=former).values_list("key", "name"))
    keys = [*(field.key for field in offered), *(key for key in row.custom if key not in asked)]
    return [
        Fact(
            f"{inline.OWN}{key}",
            labels.get(key, key),
            custom_words(row.custom[key]) if key in row.custom else "",
            editing.url(f"{inline.OWN}{key}") if key in asked else "",
        )
        for key in keys
    ]


def known(facts: Iterable[Fact]) -> list[Fact]:
    """Those that have a value."""
    return [fact for fact in facts if fact.value]


def unknown(facts: Iterable[Fact]) -> list[Fact]:
    """Those that nobody has said anything about and that this person could say."""
    return [fact for fact in facts if not fact.value and fact.url]


def unnamed(row: Incident, words: Words, editing: Editing) -> list[Fact]:
    """Those that get a place of their own on the page once something is said."""
    named = editing.all()
    empty = {
        "on_behalf_of": row.on_behalf_of_id is None,
        "diagnosis": not words.slot("diagnosis"),
        "description": not words.slot("description"),
        "cause_code": not row.cause_code,
    }
    return [named[name] for name, is_empty in empty.items() if is_empty]
