"""Jobs that report by themselves: when the next report is due, and what it means that none comes.

A report that a job has finished is due every `Period`, or each time a cron expression names by the wall clock of a
zone; after that the `grace` runs, and then the heartbeat is down. A report that a run has begun puts that off: the run
may last for `max_run` (without it for the grace). A failure is down at once. Only a success brings it up again.
Nothing is due before the first report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from allclear.domain.moments import moment, span_words
from allclear.domain.oncall.wallclock import is_zone
from allclear.kernel.words import Said, say

SHORTEST, LONGEST = timedelta(seconds=10), timedelta(days=366)
MOST_RUNS = 20  # that are not finished; the oldest is forgotten


class ReportKind(StrEnum):
    """What a report says."""

    SUCCESS = "success"
    START = "start"
    FAIL = "fail"
    LOG = "log"  # words only: changes nothing


class HeartbeatState(StrEnum):
    """How a heartbeat stands."""

    NEW = "new"  # no report yet
    UP = "up"
    STARTED = "started"  # a run has begun and may still last
    LATE = "late"  # due, and the grace runs
    DOWN = "down"
    PAUSED = "paused"


class Why(StrEnum):
    """Why a heartbeat is down."""

    LATE = "late"
    TOO_LONG = "too_long"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Period:
    """So long after the last report."""

    every: timedelta


@dataclass(frozen=True, slots=True)
class Cron:
    """At the times of a cron expression (five fields, or six with seconds first), by the wall clock of a zone."""

    expression: str
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed: the schedule, how late a report may come, how long a run may last (None: for the grace)."""

    schedule: Period | Cron
    grace: timedelta
    max_run: timedelta | None = None

    @property
    def allowed_run(self) -> timedelta:
        return self.max_run or self.grace


@dataclass(frozen=True, slots=True)
class Ping:
    """One report. `run` pairs the beginning of a run with its end; `exit_status` other than 0 is a failure."""

    kind: ReportKind
    at: datetime
    run: str = ""
    exit_status: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """`counted_from`: what the next report is reckoned from. `runs`: those that have begun, by their names."""

    counted_from: datetime | None = None
    last_ping_at: datetime | None = None
    runs: Mapping[str, datetime] = field(default_factory=dict)
    down: Why | None = None
    down_since: datetime | None = None
    is_paused: bool = False
    last_run: timedelta | None = None  # how long the last one lasted that told both ends


def problems(schedule: Period | Cron, grace: timedelta, max_run: timedelta | None) -> dict[str, Said]:
    """What is wrong with a plan, by field, in words; empty when nothing is."""
    wrong: dict[str, Said] = {}
    if isinstance(schedule, Period):
        if not SHORTEST <= schedule.every <= LONGEST:
            wrong["period"] = say("Choose a span of 10 seconds to 366 days.")
    else:
        if not is_zone(schedule.zone):
            wrong["time_zone"] = say(
                "There is no time zone “{name}”. Choose one such as Europe/Berlin.", name=schedule.zone
            )
        elif reason := _cron_problem(schedule):
            wrong["cron"] = reason
    if not timedelta(seconds=1) <= grace <= LONGEST:
        wrong["grace"] = say("Choose a span of 1 second to 366 days.")
    if max_run is not None and not timedelta(seconds=1) <= max_run <= LONGEST:
        wrong["max_run"] = say("Choose a span of 1 second to 366 days.")
    return wrong


def _cron_problem(schedule: Cron) -> Said | None:
    try:
        next_due(schedule, datetime(2026, 1, 1, tzinfo=UTC))
    except (CronSimError, StopIteration) as error:
        reason = str(error) or "it names no time that ever comes"
        return say("This is no cron expression ({reason}); write one such as 30 2 * * 1-5.", reason=reason)
    return None


def next_due(schedule: Period | Cron, after: datetime) -> datetime:
    """The first time a report is due after this instant.

    A wall time that the clock skips is due at the first instant after the gap, one that it shows twice only once
    (unless the expression names every hour).

    >>> next_due(Cron("30 2 * * *", "Europe/Berlin"), datetime(2026, 3, 28, 12, tzinfo=UTC)).isoformat()
    '2026-03-29T01:00:00+00:00'
    """
    if isinstance(schedule, Period):
        return after + schedule.every
    found = next(CronSim(schedule.expression, after.astimezone(ZoneInfo(schedule.zone))))
    return found.astimezone(UTC)


def expected_at(plan: Plan, state: State) -> datetime | None:
    """When the next report is due; None while none is awaited."""
    if state.is_paused or state.counted_from is None:
        return None
    return next_due(plan.schedule, state.counted_from)


def deadline(plan: Plan, state: State) -> datetime | None:
    """The instant at which it goes down when nothing comes; None when nothing is awaited, or it is down already.

    A run that began in time has ended by then, so a job that begins again and again and never ends is missed too.
    """
    if state.is_paused or state.down is not None:
        return None
    expected = expected_at(plan, state)
    latest = None if expected is None else expected + plan.grace
    if not state.runs:
        return latest
    run_ends = min(state.runs.values()) + plan.allowed_run
    return run_ends if latest is None else min(run_ends, latest + plan.allowed_run)


def lateness(plan: Plan, since: datetime, at: datetime) -> timedelta:
    """How long after it was due a report came, when the one before it came at `since`; zero when it was in time."""
    return max(timedelta(), at - next_due(plan.schedule, since))


def evolve(state: State, ping: Ping) -> State:
    """What a report changes. One that comes while the heartbeat is paused only tells that something came."""
    seen = replace(state, last_ping_at=max(filter(None, (state.last_ping_at, ping.at))))
    if state.is_paused or ping.kind is ReportKind.LOG:
        return seen
    if ping.kind is ReportKind.START:
        return replace(seen, runs=_begun(state.runs, ping), counted_from=state.counted_from or ping.at)
    name = _ended(state.runs, ping.run)
    begun = state.runs.get(name) if name is not None else None
    seen = replace(
        seen,
        runs={run: at for run, at in state.runs.items() if run != name},
        counted_from=max(filter(None, (state.counted_from, ping.at))),
        last_run=ping.at - begun if begun and begun <= ping.at else None,
    )
    if ping.kind is ReportKind.FAIL or ping.exit_status:
        return _down(seen, Why.FAILED, ping.at)
    return replace(seen, down=None, down_since=None)


def _begun(runs: Mapping[str, datetime], ping: Ping) -> dict[str, datetime]:
    all_runs = {**runs, ping.run: ping.at}
    newest = sorted(all_runs.items(), key=lambda pair: pair[1])[-MOST_RUNS:]
    return dict(newest)


def _ended(runs: Mapping[str, datetime], run: str) -> str | None:
    """The run that a report ends: its own; one without a name ends the oldest."""
    if run in runs or run:
        return run if run in runs else None
    return min(runs, key=lambda name: runs[name]) if runs else None


def _down(state: State, why: Why, at: datetime) -> State:
    return replace(state, down=why, down_since=state.down_since or at)


def passed(plan: Plan, state: State, now: datetime) -> State:
    """As it stands when time has passed: down when the deadline is over. The run that lasted too long is forgotten."""
    due = deadline(plan, state)
    if due is None or now < due:
        return state
    kept = {name: at for name, at in state.runs.items() if at + plan.allowed_run > now}
    if len(kept) == len(state.runs):
        return _down(state, Why.LATE, due)
    return _down(replace(state, runs=kept), Why.TOO_LONG, due)


def paused(state: State) -> State:
    """Nothing is awaited until somebody resumes it."""
    return replace(state, is_paused=True, runs={}, down=None, down_since=None)


def resumed(state: State, now: datetime) -> State:
    """Awaited again, reckoned from now; one that never reported waits for its first report as before."""
    return replace(state, is_paused=False, counted_from=now if state.counted_from else None)


def replanned(state: State, now: datetime) -> State:
    """Under a new plan the wait begins anew: nobody shall be late for what was agreed a moment ago."""
    return replace(state, counted_from=now if state.counted_from else None)


def standing(plan: Plan, state: State, now: datetime) -> HeartbeatState:
    """How it stands at this instant."""
    if state.is_paused:
        return HeartbeatState.PAUSED
    state = passed(plan, state, now)
    if state.down is not None:
        return HeartbeatState.DOWN
    if state.runs:
        return HeartbeatState.STARTED
    expected = expected_at(plan, state)
    if expected is None:
        return HeartbeatState.NEW
    return HeartbeatState.LATE if now >= expected else HeartbeatState.UP


def why_down(plan: Plan, state: State, name: str) -> Said:
    """One sentence for the alert."""
    if state.down is Why.FAILED:
        return say("{name} reports that it failed", name=name)
    if state.down is Why.TOO_LONG:
        return say("{name} runs longer than {span}", name=name, span=span_words(plan.allowed_run))
    if state.runs:
        return say("{name} began a run, but reported no end in time", name=name)
    if state.last_ping_at is None:
        return say("{name} has not reported in time", name=name)
    return say("{name} has not reported since {moment}", name=name, moment=moment(state.last_ping_at))
