"""Allclear: incident management from the first alert to the all clear."""

__version__ = "0.1.0"
