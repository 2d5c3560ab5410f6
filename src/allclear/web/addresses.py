"""Addresses of screens that not every installation has."""

from __future__ import annotations

from functools import cache

from django.urls import NoReverseMatch, reverse


@cache
def address_of(name: str) -> str:
    """The address of a screen; empty when this installation has none of that name. Kept: every page asks for many."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
