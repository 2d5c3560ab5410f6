"""From a time as typed to the test of a column."""

from __future__ import annotations

from allclear.domain.filters.ast import Op
from allclear.domain.filters.leaves import Compare
from allclear.domain.filters.times import Stretch


def upper(time: Stretch) -> Op:
    return Op.AT_MOST if time.is_point else Op.LESS


def beyond(column: str, op: Op, time: Stretch, *, ahead: bool) -> Compare:
    """Beyond a time. A span counts from now, so more than 7d is earlier than 7 days ago, or later than in 7 days."""
    if time.is_point and time.low == time.high and not ahead:
        turned = {Op.MORE: Op.LESS, Op.LESS: Op.MORE, Op.AT_LEAST: Op.AT_MOST, Op.AT_MOST: Op.AT_LEAST}
        return Compare(column, turned[op], time.low)
    if op in (Op.MORE, Op.AT_MOST) and not time.is_point:
        return Compare(column, Op.AT_LEAST if op is Op.MORE else Op.LESS, time.high)
    return Compare(column, op, time.low)
