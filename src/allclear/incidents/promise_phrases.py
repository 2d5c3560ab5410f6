"""What agreements wrote into the history, as sentences of the timeline: thresholds, and the move to newer versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.text import get_text_list
from django.utils.translation import gettext, gettext_lazy

from allclear.domain.sla import Do
from allclear.incidents.wording import span_words
from allclear.kernel.localised import retold
from allclear.kernel.models import Event

if TYPE_CHECKING:
    from allclear.incidents.timeline import Sources

_REACHED = {
    "response": gettext_lazy("{percent} % of the time to answer is used ({agreement})"),
    "resolution": gettext_lazy("{percent} % of the time to resolve is used ({agreement})"),
    "progress": gettext_lazy("{percent} % of the time without any progress is used ({agreement})"),
}
_BREACHED = {
    "response": gettext_lazy("The time to answer is over ({agreement})"),
    "resolution": gettext_lazy("The time to resolve is over ({agreement})"),
    "progress": gettext_lazy("No progress for as long as was agreed ({agreement})"),
}


def threshold(event: Event, sources: Sources) -> str:
    """What was reached, who was told of it, and how late when it was."""
    percent, metric = event.data.get("percent"), event.data.get("metric")
    words = (_BREACHED if percent == 100 else _REACHED).get(str(metric))
    if words is None:
        return retold(event.trace[0], "summary") if event.trace else gettext("A threshold was reached")
    agreement = event.data.get("agreement") or {}
    parts = [str(words).format(percent=percent, agreement=agreement.get("name", ""))]
    parts += _told(event.data.get("told"), sources)
    if late := event.data.get("late_seconds"):
        parts.append(gettext("{span} late").format(span=span_words(late)))
    return ", ".join(parts)


def _told(entries: Any, sources: Sources) -> list[str]:
    """Whom it told and what it began; entries that are not understood are left out."""
    known = [one for one in entries or () if isinstance(one, dict)]
    keys = dict.fromkeys(pk for one in known for pk in (*(one.get("user_ids") or ()), one.get("user_id")) if pk)
    found = []
    if keys:
        names = get_text_list([sources.names.person(pk) for pk in keys], gettext("and"))
        found.append(gettext("told {names}").format(names=names))
    does = {one.get("do"): one for one in known}
    if Do.ESCALATE in does:
        found.append(gettext("began an escalation policy"))
    if Do.HIGHER_TIER in does:
        team = sources.names.team(does[Do.HIGHER_TIER].get("team_id")) or gettext("another team")
        found.append(gettext("moved it to {team}").format(team=team))
    if Do.RAISE_PRIORITY in does:
        found.append(gettext("raised the priority"))
    return found


def rebased(event: Event, _: Sources) -> str:
    return gettext("let the agreements of now apply to it, counted from its start")
