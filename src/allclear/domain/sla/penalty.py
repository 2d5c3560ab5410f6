"""What breaches cost: the estimate of an agreement's penalty (R52)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from allclear.domain.sla.agreement import Penalty

_HOUR = timedelta(hours=1)


def estimate(penalty: Penalty, used: timedelta, duration: timedelta) -> Decimal:
    """The penalty for one clock that has used so much of its duration; working time counts, not the wall clock.

    >>> estimate(Penalty("EUR", Decimal(100), Decimal(10)), timedelta(hours=5, minutes=1), timedelta(hours=4))
    Decimal('120')
    """
    over = used - duration
    if over <= timedelta(0):
        return Decimal(0)
    hours = -(-over // _HOUR)  # each hour that has begun
    amount = penalty.per_breach + penalty.per_hour * hours
    return amount if penalty.cap is None else min(amount, penalty.cap)
