"""What a person is found by, in one writing: small letters without accents, and the bare digits of the numbers.

The expressions stand in indexes too; PostgreSQL uses these only for the same expression, so they are written once.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models import CharField, Func

_SMALL: Final = "àáâãäåāăąçćčďđèéêëēęěğìíîïīłľñńňòóôõöøōőŕřśşšťţùúûüūůűýÿźżž"
_PLAIN: Final = "aaaaaaaaacccddeeeeeeegiiiiillnnnoooooooorrsssttuuuuuuuyyzzz"
ACCENTED: Final = _SMALL + _SMALL.upper()  # not every collation of a database knows the small form of each letter
PLAIN: Final = _PLAIN + _PLAIN
_FOLDING: Final = str.maketrans(ACCENTED, PLAIN)


def folded(text: str) -> str:
    """As the index has it: "Søren Ågård" is "soren agard"."""
    return " ".join(text.lower().translate(_FOLDING).split())


def _bare(column: str) -> Func:
    return Func(column, template=r"regexp_replace(replace(%(expressions)s, '(0)', ''), '\D', '', 'g')")


def _text(*parts: Any, template: str) -> Func:
    # in alphabetical order, as migrations write it: Django compares the two in order
    return Func(*parts, arg_joiner=" || ' ' || ", output_field=CharField(), template=template)


_EMAIL = Func("email", template="coalesce(%(expressions)s, '')")
LOOKED_THROUGH: Final = _text(
    "name", _EMAIL, "location", template=f"translate(lower(%(expressions)s), '{ACCENTED}', '{PLAIN}')"
)
NUMBERS: Final = _text(_bare("phone"), _bare("mobile"), template="(%(expressions)s)")
