"""Pieces of HTML that come again row after row: made once for the same values in the same language."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.utils.translation import get_language

Values = ParamSpec("Values")
Made = TypeVar("Made")
_all: list[Any] = []


def kept(make: Callable[Values, Made]) -> Callable[Values, Made]:
    """For functions of plain values only. A text that is safe and one that is not are different values."""

    def make_in(_language: str | None, *args: Any, **kwargs: Any) -> Made:
        return make(*args, **kwargs)

    in_language: Any = lru_cache(maxsize=4096, typed=True)(make_in)

    @wraps(make)
    def wrapper(*args: Values.args, **kwargs: Values.kwargs) -> Made:
        made: Made = in_language(get_language(), *args, **kwargs)
        return made

    _all.append(in_language)
    return wrapper


def forget_all() -> None:
    """Forget every piece. For tests, which bring catalogues of their own."""
    for one in _all:
        one.cache_clear()
