"""A swap as screens show it: who asked whom, and what this person may answer."""

from __future__ import annotations

from dataclasses import dataclass

from allclear.accounts.permissions import Viewer
from allclear.oncall.models import Swap
from allclear.oncall.queries import members_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A swap, and the answers that are offered to the viewer."""

    swap: Swap
    may_take: bool
    may_refuse: bool
    may_withdraw: bool


def asked_of(swap: Swap, viewer: Viewer) -> Asked:
    """What the verbs of swaps would let this person do; they look again when it is done."""
    is_mine = viewer.user_id in (swap.beneficiary_id, swap.benefactor_id)
    may_take = (
        swap.state == "open"
        and viewer.may("oncall.own")
        and viewer.user_id != swap.beneficiary_id
        and swap.asked_id in (None, viewer.user_id)
        and viewer.user_id in members_of(swap.schedule)
    )
    may_withdraw = swap.state in ("open", "taken") and (is_mine or viewer.may("oncall.change"))
    return Asked(swap, may_take, may_take and swap.asked_id is not None, may_withdraw)
