"""What may keep alerts quiet now, read for the rules in few queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q

from allclear.alerts import models
from allclear.alerts.directory import AlertNames
from allclear.alerts.filters import condition
from allclear.alerts.seen import seen
from allclear.domain.alerts.facts import AlertFilter, alert_filter
from allclear.domain.alerts.holders import Cause, Equal, Inhibition, Maintenance, Silence, equal_of
from allclear.domain.alerts.maintenance import Window
from allclear.domain.alerts.matchers import matchers_from
from allclear.domain.alerts.quiet import Quiet
from allclear.domain.filters import AllOf, FilterError
from allclear.kernel.errors import Invalid
from allclear.kernel.generation import CachedBy

MOST_CAUSES = 3  # kept for the same labels: one is enough, the others serve alerts that are cause and effect


def load(now: datetime) -> Quiet:
    """All silences, windows and inhibitions of the day, in force or in shadow, with the open alerts that inhibit.

    What was read is kept until a record changes or an alert that inhibits may be over (`release_caused`). Open alerts
    are read once for each instant: whoever decides about many, one transaction after the other, works on what was open
    when the round began.
    """
    return replace(_of_day.get(now.astimezone(UTC).date()), inhibitions=_inhibitions.get(now))


def silence_of(row: models.Silence) -> Silence:
    """A silence as the rules see it."""
    return Silence(
        row.pk or 0, row.comment, matchers_from(row.matchers), row.starts_at, row.ends_at, row.integration_id,
        is_live=row.mode == models.LIVE,
    )  # fmt: skip


def window_of(row: models.MaintenanceWindow) -> Window:
    """When a maintenance window is in force."""
    return Window(row.starts_at, row.ends_at, row.time_zone, row.repeats, row.until, frozenset(row.left_out))


def maintenance_of(row: models.MaintenanceWindow) -> Maintenance:
    """A maintenance window as the rules see it."""
    return Maintenance(
        row.pk,
        row.name,
        window_of(row),
        frozenset(one.pk for one in row.services.all()),
        frozenset(one.pk for one in row.cis.all()),
        row.with_dependents,
        is_live=row.mode == models.LIVE,
    )


def inhibition_of(row: models.Inhibition) -> Inhibition:
    """An inhibition as the rules see it, without its causes. Raises `FilterError` when a name is not known any more."""
    return Inhibition(
        row.pk or 0,
        row.name,
        filter_of(row.cause),
        filter_of(row.effect),
        row.expires_at,
        tuple(row.equal),
        is_live=row.mode == models.LIVE,
    )


def filter_of(text: str) -> AlertFilter:
    """A filter of alerts, with the names that it uses looked up now."""
    return alert_filter(text, AlertNames())


def _load_day(day: date) -> Quiet:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = begin + timedelta(days=1)
    silences = models.Silence.objects.filter(ends_at__gt=begin, starts_at__lt=end).order_by("-ends_at", "pk")
    is_over = Q(repeats="", ends_at__lte=begin) | Q(until__lte=begin)
    windows = models.MaintenanceWindow.objects.filter(starts_at__lt=end).exclude(is_over).order_by("pk")
    inhibitions = models.Inhibition.objects.filter(expires_at__gt=begin).order_by("pk")
    return Quiet(
        tuple(silence_of(row) for row in silences),
        tuple(map(maintenance_of, windows.prefetch_related("services", "cis"))),
        tuple(_readable(inhibitions)),
    )


_of_day: CachedBy[date, Quiet] = CachedBy(_load_day, at_most=2)


def _load_inhibitions(now: datetime) -> tuple[Inhibition, ...]:
    known = _of_day.get(now.astimezone(UTC).date()).inhibitions
    return tuple(_with_causes(one) for one in known if now < one.expires_at)


_inhibitions: CachedBy[datetime, tuple[Inhibition, ...]] = CachedBy(_load_inhibitions, at_most=2)


def _readable(rows: Iterable[models.Inhibition]) -> Iterable[Inhibition]:
    """Those whose names are all known. One that names what is gone keeps nothing quiet: rather a page too many."""
    for row in rows:
        try:
            yield inhibition_of(row)
        except (FilterError, Invalid):
            continue


def _with_causes(one: Inhibition) -> Inhibition:
    """The inhibition with the alerts of its cause that are open."""
    causes: dict[Equal, tuple[Cause, ...]] = {}
    rows = models.Alert.objects.open().filter(condition_of(one.cause)).order_by("pk")
    for facts in seen(rows):
        _keep(causes, equal_of(one, facts), Cause(facts.alert_id, facts.title, is_effect=one.effect.fits(facts)))
    return replace(one, causes=causes)


def condition_of(filter_: AlertFilter) -> Q:
    """The same filter over the table."""
    return condition(AllOf(tuple(part.tree for part in filter_.conditions)))


def _keep(causes: dict[Equal, tuple[Cause, ...]], key: Equal, cause: Cause) -> None:
    """Of many causes with the same labels a few, and of these those first that inhibit everything of the effect."""
    known = causes.get(key, ())
    if not cause.is_effect:
        causes[key] = (cause, *known)[:MOST_CAUSES]
    elif len(known) < MOST_CAUSES:
        causes[key] = (*known, cause)
