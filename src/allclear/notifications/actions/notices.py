"""Messages of low urgency to one person: by their own rules, held by their quiet hours, collected in their digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allclear.accounts.models import User
from allclear.notifications.actions import outbox
from allclear.notifications.channels.base import Message
from allclear.notifications.messages import as_data, language_of
from allclear.notifications.models import Notification
from allclear.notifications.rules import plan_for


@dataclass(frozen=True, slots=True)
class Notice:
    """Finished words in the reader's language. `why` is the sentence that the evidence gives as their reason."""

    subject: str
    text: str
    url: str = ""
    thread: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


def tell(
    user: User,
    name: str,
    notice: Notice,
    *,
    now: datetime,
    subject_kind: str = "",
    subject_id: int | None = None,
    until: datetime | None = None,
) -> bool:
    """Queue it under a name that is used once for good; False when it was queued before, or the person wants none.

    `until`: from then on it is worth nothing, so that a later digest is not waited for.
    """
    if told_before([name]):  # their rules may have changed since
        return False
    drafts = []
    for number, one in enumerate(plan_for(user, is_page=False, priority=None, now=now, until=until)):
        key = _key(name, number)
        message = Message(key, notice.subject, notice.text, now, notice.url, thread=notice.thread,
                          language=language_of(user), data=notice.data)  # fmt: skip
        drafts.append(
            outbox.Draft(
                key=key,
                channel=one.kind,
                kind="notice",
                message=as_data(message),
                due_at=one.at,
                user_id=user.pk,
                method_id=one.method_id,
                subject_kind=subject_kind,
                subject_id=subject_id,
                why=[{"text": text} for text in (notice.why, one.why) if text],
            )
        )
    return outbox.queue(drafts, now=now) > 0


def told_before(names: Iterable[str]) -> set[str]:
    """Those of the names under which something was queued already."""
    keys = {_key(name, 0): name for name in names}
    return {keys[key] for key in Notification.objects.filter(key__in=keys).values_list("key", flat=True)}


def _key(name: str, number: int) -> str:
    return f"{name}:{number}"
