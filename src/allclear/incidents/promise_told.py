"""What thresholds do and did, in words: who was told, what was begun, how late; and what a breach costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.accounts.models import User
from allclear.accounts.queries import team_names
from allclear.domain.sla import Action, AgreementKind, Do, Metric, estimate
from allclear.incidents.models import FiredThreshold
from allclear.incidents.promise_words import exactly, span
from allclear.incidents.promised import Promise
from allclear.oncall.models import EscalationPolicy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_LATE = timedelta(minutes=1)  # `firing.LATE`: earlier is what an engine needs anyway
_PLANNED: Mapping[str, StrOrPromise] = {
    Do.WARN_ASSIGNEE: gettext_lazy("tell who has it"),
    Do.TELL_TEAM: gettext_lazy("tell the team"),
    Do.TELL_LEAD: gettext_lazy("tell the team's lead"),
    Do.TELL_PERSON: gettext_lazy("tell a person"),
    Do.ESCALATE: gettext_lazy("begin an escalation policy"),
    Do.HIGHER_TIER: gettext_lazy("move it to a higher tier"),
    Do.RAISE_PRIORITY: gettext_lazy("raise the priority"),
}


@dataclass(frozen=True, slots=True)
class People:
    """Names of those who were told, and of policies that were begun."""

    users: Mapping[int, str] = field(default_factory=dict)
    policies: Mapping[int, str] = field(default_factory=dict)


def names_for(firings: Iterable[FiredThreshold]) -> People:
    """The names that what they told needs; no query when there is nobody to name."""
    entries = [entry for row in firings for entry in row.told if isinstance(entry, dict)]
    users = {pk for entry in entries for pk in entry.get("user_ids") or ()} | {e.get("user_id") for e in entries}
    policies = {entry.get("policy_id") for entry in entries}
    return People(_named(User, users - {None}), _named(EscalationPolicy, policies - {None}))


def told(entries: Sequence[Any], people: People) -> str:
    """What a threshold did, as one phrase: whom it told, each once, and what it changed. Empty when it did nothing."""
    known = [one for one in entries if isinstance(one, dict)]
    keys = [pk for one in known for pk in (*(one.get("user_ids") or ()), one.get("user_id")) if pk]
    names = list(dict.fromkeys(people.users.get(pk) or _("somebody") for pk in keys))
    done = [_("told {names}").format(names=get_text_list(names, _("and")))] if names else []
    done += filter(None, (_changed(one, people) for one in known))
    nobody = [_("found nobody to tell")] if known and not done else []
    return ", ".join(done or nobody)


def _changed(entry: Mapping[str, Any], people: People) -> str:
    """What one entry changed; empty for one that told people."""
    do = entry.get("do")
    if do == Do.ESCALATE:
        return _("began “{policy}”").format(policy=people.policies.get(entry.get("policy_id") or 0, _("a policy")))
    if do == Do.HIGHER_TIER:
        return _("moved it to {team}").format(team=team_names.get().get(entry.get("team_id") or 0, _("another team")))
    return _("raised the priority") if do == Do.RAISE_PRIORITY else ""


def planned(actions: Iterable[Action]) -> str:
    """What a threshold that has not fired will do."""
    return ", ".join(dict.fromkeys(str(_PLANNED[one.do]) for one in actions))


def fired_words(row: FiredThreshold, zone: ZoneInfo) -> str:
    """When it fired, and how late when that is worth saying."""
    late = row.fired_at - row.due_at
    at = exactly(row.fired_at, zone)
    return _("{at}, {span} late").format(at=at, span=span(late)) if late > _LATE else at


def rebate(one: Promise) -> str:
    """The estimate of the penalty, where the agreement states one and the resolution was breached."""
    penalty = one.agreement.penalty
    if penalty is None or one.metric != Metric.RESOLUTION or one.kind == AgreementKind.OLA:
        return ""
    amount = estimate(penalty, one.used, one.duration)
    return f"{amount:.2f} {penalty.currency}" if amount else ""


def _named(model: Any, keys: set[Any]) -> Mapping[int, str]:
    return dict(model.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
