""" "Why was I (not) paged?": for each person who might have been, what they got, or why they got nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from allclear.accounts.models import Membership, User
from allclear.accounts.permissions import Viewer
from allclear.domain import escalation as rules
from allclear.incidents import paging_words
from allclear.incidents.models import Incident
from allclear.incidents.paging import KIND
from allclear.kernel.localised import localised
from allclear.notifications.models import Notification
from allclear.oncall.facts import facts_for
from allclear.oncall.models import Escalation
from allclear.oncall.reading import Paged
from allclear.oncall.subjects import SUBJECTS, Standing


@dataclass(frozen=True, slots=True)
class Answer:
    """One person: the pages they got, or the reasons why there is none."""

    user: User
    sent: Sequence[Notification]
    reasons: Sequence[str]
    is_viewer: bool


def people_of(row: Incident, paged: Paged, viewer: Viewer, now: datetime) -> list[Answer]:
    """Those who were paged, those whom a policy names, the team that has it, and whoever asks; the paged ones first."""
    standing = SUBJECTS[KIND].stand(row.pk) if KIND in SUBJECTS else Standing(row.is_open, row.priority)
    named = {one.pk: _named(one, standing, now) for one in paged.escalations[:5]}
    keys = {person for entry in paged.entries for person in entry.people} | set().union(*named.values())
    if row.team_id:
        keys |= set(Membership.objects.filter(team=row.team_id, user__is_active=True).values_list("user_id", flat=True))
    keys |= {viewer.user_id or 0}
    users = User.objects.filter(pk__in=keys).order_by("name")
    found = [_answer(user, row, paged, named, viewer, now) for user in users]
    return sorted(found, key=lambda answer: (not answer.is_viewer, not answer.sent))


def _named(one: Escalation, standing: Standing, now: datetime) -> set[int]:
    facts = facts_for(rules.state_from(one.state).policy, standing, now)
    return {person for group in facts.people.values() for person in group}


def _answer(
    user: User, row: Incident, paged: Paged, named: dict[int, set[int]], viewer: Viewer, now: datetime
) -> Answer:
    sent = [one for one in paged.sent if one.user_id == user.pk]
    reasons = []
    if not sent:
        reasons = [_why_not(user, one, paged, named, now) for one in paged.escalations if one.pk in named]
    if not paged.escalations:
        reasons = [paging_words.why_nobody(row)]
    return Answer(user, sent, list(dict.fromkeys(reasons)), user.pk == viewer.user_id)


def _why_not(user: User, one: Escalation, paged: Paged, named: dict[int, set[int]], now: datetime) -> str:
    policy, state = paging_words.title(one), rules.state_from(one.state)
    if any(entry.escalation_id == one.pk and user.pk in entry.people for entry in paged.entries):
        return _("{policy}: it was their turn, and they have no contact method that works.").format(policy=policy)
    if user.pk not in named[one.pk]:
        return _("{policy}: no step of it reaches them now.").format(policy=policy)
    if state.acknowledged_by:
        first = min(state.acknowledged_by, key=lambda person: state.acknowledged_by[person])
        return _("{policy}: {person} acknowledged at {at}, before it was their turn.").format(
            policy=policy,
            person=localised(paged.facts.person(first)),
            at=paging_words.at_words(state.acknowledged_by[first], now),
        )
    if state.is_stopped:
        return _("{policy}: it ended before it was their turn.").format(policy=policy)
    if state.is_running:
        return _("{policy}: it is not their turn yet.").format(policy=policy)
    return _("{policy}: when it was that step's turn, others stood behind it.").format(policy=policy)
