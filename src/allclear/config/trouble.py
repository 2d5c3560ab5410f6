"""The one error of a set-up that cannot work."""

from __future__ import annotations


class Trouble(Exception):
    """Something on this machine stops Allclear; the message is a sentence that says what to do about it."""
