"""How far a message is known to have come. One table says what may follow what."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from allclear.kernel.errors import Refused
from allclear.kernel.words import marked, say


class Evidence(StrEnum):
    QUEUED = "queued"
    HANDED_OVER = "handed_over"  # given to the channel; it has not answered yet
    ACCEPTED = "accepted"  # the provider took it
    DELIVERED = "delivered"  # it is on the device, or in the mailbox
    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"  # the person answered this very message
    FAILED = "failed"  # given up
    CANCELLED = "cancelled"  # no longer needed before it was handed over


_SEEN = frozenset({Evidence.DELIVERED, Evidence.OPENED, Evidence.ACKNOWLEDGED})
TRANSITIONS: Mapping[Evidence, frozenset[Evidence]] = {
    Evidence.QUEUED: frozenset({Evidence.HANDED_OVER, Evidence.FAILED, Evidence.CANCELLED}),
    # Back to the queue: the attempt failed, and there is another.
    Evidence.HANDED_OVER: frozenset({Evidence.QUEUED, Evidence.ACCEPTED, Evidence.FAILED}) | _SEEN,
    Evidence.ACCEPTED: _SEEN | {Evidence.FAILED},  # it bounced later
    Evidence.DELIVERED: _SEEN - {Evidence.DELIVERED},
    Evidence.OPENED: frozenset({Evidence.ACKNOWLEDGED}),
    Evidence.ACKNOWLEDGED: frozenset(),
    Evidence.FAILED: _SEEN,  # a provider that gave no answer in time may have sent it all the same
    Evidence.CANCELLED: frozenset(),
}

NAMES: Mapping[Evidence, str] = {
    Evidence.QUEUED: marked("queued"),
    Evidence.HANDED_OVER: marked("handed over"),
    Evidence.ACCEPTED: marked("accepted by the provider"),
    Evidence.DELIVERED: marked("delivered"),
    Evidence.OPENED: marked("opened"),
    Evidence.ACKNOWLEDGED: marked("acknowledged"),
    Evidence.FAILED: marked("failed"),
    Evidence.CANCELLED: marked("cancelled"),
}


def has_arrived(evidence: Evidence) -> bool:
    """Whether it is known to have reached the person's device or mailbox."""
    return evidence in _SEEN


def is_allowed(current: Evidence, following: Evidence) -> bool:
    return following in TRANSITIONS[current]


def require(current: Evidence, following: Evidence) -> None:
    """Raise `Refused` when the table has no such transition."""
    if not is_allowed(current, following):
        text = say(
            "A message that is {current} does not become {following}.",
            current=say(NAMES[current]),
            following=say(NAMES[following]),
        )
        raise Refused(text, code=f"{following}_when_{current}")


def heard(current: Evidence, news: Evidence) -> Evidence:
    """What is known after a receipt. Receipts come late, twice and out of order: none takes back what is known."""
    return news if news is not Evidence.QUEUED and is_allowed(current, news) else current
