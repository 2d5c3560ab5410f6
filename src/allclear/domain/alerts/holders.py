"""Silences, maintenance windows and inhibitions as rules see them, and whether one of them fits an alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from allclear.domain.alerts.facts import AlertFacts, AlertFilter
from allclear.domain.alerts.maintenance import Window, running
from allclear.domain.alerts.matchers import Matchers, first_misfit
from allclear.kernel.words import say

LOOK_AGAIN = timedelta(minutes=5)  # at alerts that another inhibits, should its end have been missed
Equal = tuple[str, ...]  # what the labels that must be the same have in them


class Means(StrEnum):
    """By what an alert is kept quiet."""

    SILENCE = "silence"
    MAINTENANCE = "maintenance"
    INHIBITION = "inhibition"


@dataclass(frozen=True, slots=True)
class Silence:
    """Fits alerts whose labels meet all matchers; of one integration, if it names one."""

    id: int
    name: str
    matchers: Matchers
    starts_at: datetime
    ends_at: datetime
    integration_id: int | None = None
    is_live: bool = True


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Fits alerts about these services and items; with dependents, also about what stands on them."""

    id: int
    name: str
    window: Window
    service_ids: frozenset[int] = frozenset()
    ci_ids: frozenset[int] = frozenset()
    with_dependents: bool = True
    is_live: bool = True


@dataclass(frozen=True, slots=True)
class Cause:
    """An open alert that keeps others quiet. `is_effect`: it fits the other side of the inhibition too."""

    alert_id: int
    title: str
    is_effect: bool = False


@dataclass(frozen=True, slots=True)
class Inhibition:
    """Fits alerts of `effect` while an alert of `cause` is open that has the same labels `equal`.

    `causes` are those that are open now, by what their labels have in them. An alert that fits both sides is not kept
    quiet by another that does, nor by itself (as in Alertmanager): else two could silence each other.
    """

    id: int
    name: str
    cause: AlertFilter
    effect: AlertFilter
    expires_at: datetime
    equal: tuple[str, ...] = ()
    causes: Mapping[Equal, tuple[Cause, ...]] = field(default_factory=dict)
    is_live: bool = True


Holder = Silence | Maintenance | Inhibition


@dataclass(frozen=True, slots=True)
class Finding:
    """About one of them: until when it fits (None: it does not), and because of what."""

    because: str
    until: datetime | None = None
    cause_id: int | None = None


def kind_of(one: Holder) -> Means:
    if isinstance(one, Silence):
        return Means.SILENCE
    return Means.MAINTENANCE if isinstance(one, Maintenance) else Means.INHIBITION


def find(one: Holder, facts: AlertFacts, now: datetime) -> Finding:
    """Whether it fits the alert now, and on what that depends."""
    if isinstance(one, Silence):
        return _by_silence(one, facts, now)
    return _by_window(one, facts, now) if isinstance(one, Maintenance) else _by_inhibition(one, facts, now)


def labels_of(facts: AlertFacts) -> Mapping[str, str]:
    """What matchers look at: the labels, and by these names what every alert has, unless a label is called so."""
    own = {"title": facts.title, "source": facts.source, "severity": facts.severity}
    return own | {"integration": facts.integration_name} | dict(facts.labels)


def fits_silence(one: Silence, facts: AlertFacts) -> str:
    """Empty when the alert fits, whatever the time; else on what it fails."""
    if one.integration_id is not None and one.integration_id != facts.integration_id:
        return say("It is for another integration.")
    labels = labels_of(facts)
    misfit = first_misfit(one.matchers, labels)
    if misfit is None:
        return ""
    return say("{matcher} does not fit: it is {value}.", matcher=str(misfit), value=_shown(labels.get(misfit.name, "")))


def fits_scope(one: Maintenance, facts: AlertFacts) -> str:
    """The same for a window: empty when the alert is about one of its services or items."""
    services = {facts.service_id, *(facts.lower_service_ids if one.with_dependents else ())}
    items = {facts.ci_id, *(facts.lower_ci_ids if one.with_dependents else ())}
    if one.service_ids & services or one.ci_ids & items:
        return ""
    if facts.service_id is None and facts.ci_id is None:
        return say("The alert names no service and no configuration item.")
    return say("The alert is about none of its services and items, and about nothing that stands on them.")


def fits_effect(one: Inhibition, facts: AlertFacts) -> str:
    """The same for an inhibition: empty when the alert is of those that it may keep quiet."""
    unmet = one.effect.unmet(facts.record())
    return say("{condition} does not fit.", condition=unmet.text) if unmet else ""


def equal_of(one: Inhibition, facts: AlertFacts) -> Equal:
    """What must be the same in cause and effect; a label that is not there is the empty text."""
    labels = labels_of(facts)
    return tuple(labels.get(name, "") for name in one.equal)


def _by_silence(one: Silence, facts: AlertFacts, now: datetime) -> Finding:
    if not one.starts_at <= now < one.ends_at:
        return Finding(say("It is not in force at this time."))
    failed = fits_silence(one, facts)
    return Finding(failed) if failed else Finding(say("All of its matchers fit."), one.ends_at)


def _by_window(one: Maintenance, facts: AlertFacts, now: datetime) -> Finding:
    time = running(one.window, now)
    if time is None:
        return Finding(say("It is not in force at this time."))
    failed = fits_scope(one, facts)
    return Finding(failed) if failed else Finding(say("It covers what the alert is about."), time.end)


def _by_inhibition(one: Inhibition, facts: AlertFacts, now: datetime) -> Finding:
    if now >= one.expires_at:
        return Finding(say("It is not in force at this time."))
    if failed := fits_effect(one, facts):
        return Finding(failed)
    is_cause = one.cause.fits(facts)
    for cause in one.causes.get(equal_of(one, facts), ()):
        if cause.alert_id != facts.alert_id and not (is_cause and cause.is_effect):
            because = say("This alert is open: {title}", title=cause.title)
            return Finding(because, min(one.expires_at, now + LOOK_AGAIN), cause.alert_id)
    if not one.equal:
        return Finding(say("No alert is open that fits {cause}.", cause=one.cause.text))
    names = ", ".join(one.equal)
    return Finding(
        say("No alert is open that fits {cause} and has the same {labels}.", cause=one.cause.text, labels=names)
    )


def _shown(text: str) -> str:
    return f"\u201c{text[:80]}\u201d" if text else say("empty")
