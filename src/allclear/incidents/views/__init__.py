"""Reads of saved views: whose they are, what belongs to each, and how many."""

from allclear.incidents.views.counting import MOST_COUNTED, Counted, counts
from allclear.incidents.views.reading import Shown, incidents_of, pinned, shown, visible_to

__all__ = ["MOST_COUNTED", "Counted", "Shown", "counts", "incidents_of", "pinned", "shown", "visible_to"]
