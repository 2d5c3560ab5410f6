"""What the caller is told of their shifts: the reminder before each, and changes of the schedule."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.api.http import answer, seen_version, viewer_of
from allclear.api.own import me
from allclear.api.schemas import Shape, Strict
from allclear.kernel import clock
from allclear.kernel.events import position_of
from allclear.notifications.actions.nouns import RULES
from allclear.notifications.actions.preferences import ShiftNotices, set_shift_notices, shift_notices_of
from allclear.notifications.models import LONGEST_REMINDER


class ShiftNoticesShape(Shape):
    """`remind_minutes` before each shift you are reminded of it; 0: never."""

    remind_minutes: int
    tells_own_changes: bool


class ShiftNoticesBody(Strict):
    remind_minutes: Annotated[int, Field(ge=0, le=LONGEST_REMINDER)] = 24 * 60
    tells_own_changes: bool = False


@me.get("/shift-notices", ShiftNoticesShape, errors=(401,))
def read_shift_notices(request: HttpRequest) -> HttpResponse:
    """Read what you are told of your shifts."""
    key = viewer_of(request).user_id or 0
    return _shift_notices(key, shift_notices_of(key))


@me.post("/shift-notices", ShiftNoticesShape, versioned=True)
def choose_shift_notices(request: HttpRequest, payload: ShiftNoticesBody) -> HttpResponse:
    """Choose how long before a shift you are reminded, and whether you hear of changes that you made yourself."""
    viewer, wanted = viewer_of(request), ShiftNotices(**payload.model_dump())
    key, seen = viewer.user_id or 0, seen_version(request)
    return _shift_notices(key, set_shift_notices(viewer, key, wanted, clock.now(), expected_version=seen))


def _shift_notices(user_id: int, found: ShiftNotices) -> HttpResponse:
    return answer(asdict(found), version=position_of(RULES.stream, user_id))
