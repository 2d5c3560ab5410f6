"""What happens when something happens: every subscriber of incident events, in one list, at a glance.

A subscriber runs inside the verb's transaction, after the events are written; it gets the row, the state, the new
events and the request.
"""

from __future__ import annotations

from allclear.incidents.actions import run


def connect() -> None:
    """Fill the list of subscribers. Called once when the program starts; safe to call twice."""
    run.SUBSCRIBERS[:] = []
