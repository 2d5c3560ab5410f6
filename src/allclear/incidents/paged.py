""" "Why was I (not) paged?": for each person who might have been, what they got, or why they got nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from allclear.accounts.models import Membership, User
from allclear.accounts.permissions import Viewer
from allclear.domain import escalation as rules
from allclear.domain.notifying import Why
from allclear.incidents import paging_words
from allclear.incidents.models import Incident
from allclear.incidents.paging import KIND
from allclear.kernel.localised import localised
from allclear.notifications.models import Notification
from allclear.oncall.facts import facts_for
from allclear.oncall.models import Escalation
from allclear.oncall.reading import Paged
from allclear.oncall.subjects import SUBJECTS, Standing
from allclear.oncall.why import whys_paged


@dataclass(frozen=True, slots=True)
class Answer:
    """One person: the pages they got, and why there is none, or what holds one up."""

    user: User
    sent: Sequence[Notification]
    reasons: Sequence[str]
    is_viewer: bool


def people_of(row: Incident, paged: Paged, viewer: Viewer, now: datetime) -> list[Answer]:
    """Those who were paged, those whom a policy names, the team that has it, and whoever asks; the paged ones first."""
    standing = SUBJECTS[KIND].stand(row.pk) if KIND in SUBJECTS else Standing(row.is_open, row.priority)
    keys = {person for entry in paged.entries for person in entry.people}
    keys |= {person for one in paged.escalations[:5] for person in _named(one, standing, now)}
    if row.team_id:
        keys |= set(Membership.objects.filter(team=row.team_id, user__is_active=True).values_list("user_id", flat=True))
    keys |= {viewer.user_id or 0}
    users = list(User.objects.filter(pk__in=keys).order_by("name"))
    whys = whys_paged(users, KIND, row.pk, now)
    nobody = [] if paged.escalations else [paging_words.why_nobody(row)]
    found = [_answer(user, paged, nobody or _reasons(whys[user.pk], now), viewer) for user in users]
    return sorted(found, key=lambda answer: (not answer.is_viewer, not answer.sent))


def _named(one: Escalation, standing: Standing, now: datetime) -> set[int]:
    facts = facts_for(rules.state_from(one.state).policy, standing, now)
    return {person for group in facts.people.values() for person in group}


def _answer(user: User, paged: Paged, reasons: Sequence[str], viewer: Viewer) -> Answer:
    """Of a page that was sent the list says all; what may be added is what holds one back."""
    sent = [one for one in paged.sent if one.user_id == user.pk and one.kind == "page"]
    is_arrived = any(one.state not in ("queued", "failed", "cancelled") for one in sent)
    more = reasons[1:] if sent else reasons  # the first one tells of the messages themselves
    return Answer(user, sent, [] if is_arrived else more, user.pk == viewer.user_id)


def _reasons(why: Why, now: datetime) -> list[str]:
    return [_here(localised(reason), now) for reason in why.reasons]


def _here(text: str, now: datetime) -> str:
    """Rules tell instants in UTC; here they follow the viewer's clock."""

    def local(found: re.Match[str]) -> str:
        return paging_words.at_words(datetime.fromisoformat(found[1]).replace(tzinfo=UTC), now)

    return re.sub(r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC", local, text)
