"""The words of service levels (ITIL 4, service level management; glossary: Agreement, OLA, UnderpinningContract)."""

from __future__ import annotations

from enum import StrEnum


class AgreementKind(StrEnum):
    SLA = "sla"  # with a customer: counts while the incident is open
    OLA = "ola"  # between teams: counts while the team holds it
    UC = "uc"  # underpinning contract: counts while it waits for the supplier


class Metric(StrEnum):
    RESPONSE = "response"  # until a human owns it (time to own)
    RESOLUTION = "resolution"  # until service is back (time to resolve)
    PROGRESS = "progress"  # since the last entry of a human; begins anew with each


class OnReopen(StrEnum):
    CONTINUE = "continue"  # the clock goes on; the time it was resolved does not count
    RESTART = "restart"  # a new run from nothing


class OnChange(StrEnum):
    """When another target applies in flight, such as after a change of priority."""

    FROM_START = "from_start"  # everything since the start is counted against the new target
    FROM_CHANGE = "from_change"  # the new target counts from the change on


class Do(StrEnum):
    """What a threshold does."""

    WARN_ASSIGNEE = "warn_assignee"  # and its team while nobody has it
    TELL_TEAM = "tell_team"
    TELL_LEAD = "tell_lead"  # hierarchical
    TELL_PERSON = "tell_person"
    ESCALATE = "escalate"  # begins an escalation policy
    HIGHER_TIER = "higher_tier"  # functional: to a team of a higher tier
    RAISE_PRIORITY = "raise_priority"  # by one


class Rule(StrEnum):
    """Why a span of a clock counts or does not."""

    COUNTS = "counts"
    HELD = "held"  # on hold for a reason that pauses; the mark says which
    OTHER_TEAM = "other_team"  # OLA: another team holds it
    NOT_WAITING = "not_waiting"  # UC: it does not wait for the supplier
    STOPPED = "stopped"  # answered or resolved
    VOID = "void"  # cancelled, merged, or no target applies any more


class Outcome(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"  # whether or not it still runs
    VOID = "void"  # neither: it does not matter any more
