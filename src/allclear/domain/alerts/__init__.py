"""Rules about alerts: keys, folding of events, matching, grouping, suppression, trends, noise. Pure."""

from allclear.domain.alerts.event import (
    LONGEST_KEY,
    LONGEST_TITLE,
    Action,
    Event,
    Image,
    KeyKind,
    Link,
    Severity,
    as_data,
    event_from,
)
from allclear.domain.alerts.keys import fingerprint, stored_key

__all__ = [
    "LONGEST_KEY", "LONGEST_TITLE", "Action", "Event", "Image", "KeyKind", "Link", "Severity", "as_data", "event_from",
    "fingerprint", "stored_key",
]  # fmt: skip
