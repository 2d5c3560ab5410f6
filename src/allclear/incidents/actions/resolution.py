"""How an incident ended, as it is told and checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from allclear.catalog import queries as catalog
from allclear.catalog.models import Code
from allclear.domain.incident import commands as c
from allclear.domain.terms import Slot
from allclear.incidents.actions.run import Work
from allclear.incidents.values import wrong_amounts
from allclear.kernel.errors import Invalid
from allclear.kernel.words import joined, say


@dataclass(frozen=True, slots=True)
class Resolution:
    """How it ended: codes from the catalogue's lists, words, and what it cost."""

    resolution_code: str
    text: str
    cause_code: str = ""
    permanent_fix: str = ""
    harm: str = ""
    restored_at: datetime | None = None
    final_category_id: int | None = None
    cost: Decimal | None = None
    currency: str = ""
    downtime_minutes: int | None = None
    has_data_loss: bool = False


def check(resolution: Resolution) -> None:
    """Raise `Invalid` for a code or category that is not in the catalogue, and for impossible amounts."""
    wrong = wrong_codes(resolution_code=resolution.resolution_code, cause_code=resolution.cause_code)
    wrong |= wrong_amounts(resolution.cost, resolution.currency, resolution.downtime_minutes)
    category = resolution.final_category_id
    if category and ((node := catalog.category(category)) is None or not node.is_active):
        wrong["final_category"] = say("This category is not there any more; choose another.")
    if wrong:
        raise Invalid(wrong)


def wrong_codes(**given: str) -> dict[str, str]:
    """What is wrong with codes given as `resolution_code` or `cause_code`."""
    asked = {field: key for field, key in given.items() if key}
    if not asked:
        return {}
    known = list(Code.objects.filter(is_active=True).values_list("list", "key"))
    wrong: dict[str, str] = {}
    for field, key in asked.items():
        list_ = field.removesuffix("_code")
        if (list_, key) not in known:
            names = ", ".join(known_key for of, known_key in known if of == list_)
            hint = say("An administrator adds codes in the catalogue.")
            if names:
                hint = say("Choose one of {choices}.", choices=names)
            wrong[field] = joined((say("There is no code “{code}” in this list.", code=key), hint))
    return wrong


def command(work: Work, resolution: Resolution, cascaded_from: int | None = None) -> c.Resolve:
    """The command, with its texts added to the work."""
    texts = work.texts
    return c.Resolve(
        resolution_code=resolution.resolution_code,
        text=texts.add(Slot.RESOLUTION, resolution.text),
        cause_code=resolution.cause_code,
        permanent_fix=texts.add(Slot.PERMANENT_FIX, resolution.permanent_fix),
        harm=texts.add(Slot.HARM, resolution.harm),
        restored_at=resolution.restored_at,
        final_category_id=resolution.final_category_id,
        cost=resolution.cost,
        currency=resolution.currency.upper(),
        downtime_minutes=resolution.downtime_minutes,
        has_data_loss=resolution.has_data_loss,
        cascaded_from_id=cascaded_from,
    )
