"""The sentences around one kind of plain record, each whole, for other languages bend the noun in each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Sentences:
    """What screens say about one kind of record. `many` gives "{count} services" for a number, with its placeholder."""

    many: Callable[[int], str]
    add: StrOrPromise = ""
    about: StrOrPromise = ""
    missing: StrOrPromise = ""
    none_yet: StrOrPromise = ""
    delete: StrOrPromise = ""

    def counted(self, number: int) -> str:
        """ "1,234 services", with the separators of the reader's language."""
        return self.many(number).format(count=grouped(number))

    def part(self, first: int, last: int, total: int) -> str:
        """Which rows of how many a page shows."""
        return _("{first} to {last} of {counted}").format(
            first=grouped(first), last=grouped(last), counted=self.counted(total)
        )


def grouped(number: int) -> str:
    """A number for people: 1,234 in English, 1.234 in German."""
    return number_format(number, force_grouping=True)


NOUNS: Mapping[str, Sentences] = {
    "service": Sentences(
        lambda n: ngettext("{count} service", "{count} services", n),
        add=gettext_lazy("Add service"),
        about=gettext_lazy("About this service"),
        missing=gettext_lazy("There is no such service, or you may not see it."),
        none_yet=gettext_lazy("No services yet"),
    ),
    "configuration item": Sentences(
        lambda n: ngettext("{count} configuration item", "{count} configuration items", n),
        add=gettext_lazy("Add configuration item"),
        about=gettext_lazy("About this configuration item"),
        missing=gettext_lazy("There is no such configuration item, or you may not see it."),
        none_yet=gettext_lazy("No configuration items yet"),
    ),
    "category": Sentences(
        lambda n: ngettext("{count} category", "{count} categories", n),
        add=gettext_lazy("Add category"),
        about=gettext_lazy("About this category"),
        missing=gettext_lazy("There is no such category, or you may not see it."),
        none_yet=gettext_lazy("No categories yet"),
    ),
    "question": Sentences(
        lambda n: ngettext("{count} question", "{count} questions", n),
        add=gettext_lazy("Add question"),
        about=gettext_lazy("About this question"),
        missing=gettext_lazy("There is no such question, or you may not see it."),
        none_yet=gettext_lazy("No questions yet"),
    ),
    "team": Sentences(
        lambda n: ngettext("{count} team", "{count} teams", n),
        add=gettext_lazy("Add team"),
        about=gettext_lazy("About this team"),
        missing=gettext_lazy("There is no such team, or you may not see it."),
        none_yet=gettext_lazy("No teams yet"),
    ),
    "person": Sentences(
        lambda n: ngettext("{count} person", "{count} people", n),
        add=gettext_lazy("Add person"),
        about=gettext_lazy("About this person"),
        missing=gettext_lazy("There is no such person, or you may not see it."),
        none_yet=gettext_lazy("No people yet"),
    ),
    "organisation": Sentences(
        lambda n: ngettext("{count} organisation", "{count} organisations", n),
        add=gettext_lazy("Add organisation"),
        about=gettext_lazy("About this organisation"),
        missing=gettext_lazy("There is no such organisation, or you may not see it."),
        none_yet=gettext_lazy("No organisations yet"),
    ),
    "skill": Sentences(
        lambda n: ngettext("{count} skill", "{count} skills", n),
        add=gettext_lazy("Add skill"),
        about=gettext_lazy("About this skill"),
        missing=gettext_lazy("There is no such skill, or you may not see it."),
        none_yet=gettext_lazy("No skills yet"),
        delete=gettext_lazy("Delete skill"),
    ),
    "security class": Sentences(
        lambda n: ngettext("{count} security class", "{count} security classes", n),
        add=gettext_lazy("Add security class"),
        about=gettext_lazy("About this security class"),
        missing=gettext_lazy("There is no such security class, or you may not see it."),
        none_yet=gettext_lazy("No security classes yet"),
        delete=gettext_lazy("Delete security class"),
    ),
    "template": Sentences(
        lambda n: ngettext("{count} template", "{count} templates", n),
        add=gettext_lazy("Add template"),
        about=gettext_lazy("About this template"),
        missing=gettext_lazy("There is no such template, or you may not see it."),
        none_yet=gettext_lazy("No templates yet"),
    ),
    "code": Sentences(
        lambda n: ngettext("{count} code", "{count} codes", n),
        add=gettext_lazy("Add code"),
        about=gettext_lazy("About this code"),
        missing=gettext_lazy("There is no such code, or you may not see it."),
        none_yet=gettext_lazy("No codes yet"),
    ),
    "custom field": Sentences(
        lambda n: ngettext("{count} custom field", "{count} custom fields", n),
        add=gettext_lazy("Add custom field"),
        about=gettext_lazy("About this custom field"),
        missing=gettext_lazy("There is no such custom field, or you may not see it."),
        none_yet=gettext_lazy("No custom fields yet"),
    ),
    "notification": Sentences(
        lambda n: ngettext("{count} notification", "{count} notifications", n),
        none_yet=gettext_lazy("Nothing was sent"),
    ),
    "schedule": Sentences(
        lambda n: ngettext("{count} schedule", "{count} schedules", n),
        add=gettext_lazy("Add schedule"),
        about=gettext_lazy("About this schedule"),
        missing=gettext_lazy("There is no such schedule, or you may not see it."),
        none_yet=gettext_lazy("No schedules yet"),
    ),
    "escalation policy": Sentences(
        lambda n: ngettext("{count} escalation policy", "{count} escalation policies", n),
        add=gettext_lazy("Add escalation policy"),
        about=gettext_lazy("About this escalation policy"),
        missing=gettext_lazy("There is no such escalation policy."),
        none_yet=gettext_lazy("No escalation policies yet"),
    ),
    "agreement": Sentences(
        lambda n: ngettext("{count} agreement", "{count} agreements", n),
        add=gettext_lazy("Add agreement"),
        about=gettext_lazy("About this agreement"),
        missing=gettext_lazy("There is no such agreement."),
        none_yet=gettext_lazy("No agreements yet"),
    ),
    "heartbeat": Sentences(
        lambda n: ngettext("{count} heartbeat", "{count} heartbeats", n),
        add=gettext_lazy("Add heartbeat"),
        about=gettext_lazy("About this heartbeat"),
        missing=gettext_lazy("There is no such heartbeat."),
        none_yet=gettext_lazy("No heartbeats yet"),
    ),
    "web-hook": Sentences(
        lambda n: ngettext("{count} web-hook", "{count} web-hooks", n),
        add=gettext_lazy("Add web-hook"),
        about=gettext_lazy("About this web-hook"),
        missing=gettext_lazy("There is no such web-hook."),
        none_yet=gettext_lazy("No web-hooks yet"),
    ),
    "gateway": Sentences(
        lambda n: ngettext("{count} gateway", "{count} gateways", n),
        add=gettext_lazy("Add gateway"),
        about=gettext_lazy("About this gateway"),
        missing=gettext_lazy("There is no such gateway."),
        none_yet=gettext_lazy("No gateways yet"),
    ),
    "business calendar": Sentences(
        lambda n: ngettext("{count} business calendar", "{count} business calendars", n),
        add=gettext_lazy("Add business calendar"),
        about=gettext_lazy("About this business calendar"),
        missing=gettext_lazy("There is no such business calendar."),
        none_yet=gettext_lazy("No business calendars yet"),
        delete=gettext_lazy("Delete this calendar"),
    ),
    "version": Sentences(lambda n: ngettext("{count} version", "{count} versions", n)),
}
