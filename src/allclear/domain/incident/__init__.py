"""The core of an incident: `decide` turns a command into events, `evolve` turns events into a state. Both are pure."""

from allclear.domain.incident.decide import Decision, decide
from allclear.domain.incident.evolve import evolve, fold
from allclear.domain.incident.state import IncidentState, TaskState, TextRef

__all__ = ["Decision", "IncidentState", "TaskState", "TextRef", "decide", "evolve", "fold"]
