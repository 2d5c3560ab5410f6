"""From a step of an escalation to messages in the outbox: each person by their own rules, in their own language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from allclear.accounts.models import User
from allclear.domain import escalation as rules
from allclear.domain.moments import span_words
from allclear.domain.terms import Role
from allclear.domain.trace import Trace
from allclear.kernel.words import say
from allclear.notifications.actions import outbox
from allclear.notifications.channels.base import Message
from allclear.notifications.links import ack_url
from allclear.notifications.messages import as_data, in_words_of, language_of
from allclear.notifications.models import Webhook
from allclear.notifications.rules import Planned, plan_for
from allclear.oncall.models import Escalation
from allclear.oncall.subjects import SUBJECTS, Standing, Told


def queue_pages(
    row: Escalation, state: rules.State, action: rules.Page | rules.Exhausted, trace: Trace, now: datetime
) -> None:
    """Queue what this step sends. The keys name the step, so that it is never queued twice."""
    step = "end" if isinstance(action, rules.Exhausted) else f"{action.round}.{action.step}"
    name = f"escalation:{row.pk}:{state.beginnings}:{step}:{int(now.timestamp()) if step == 'end' else ''}"
    subject = SUBJECTS[row.subject_kind]
    standing = subject.stand(row.subject_id or 0)
    users = User.objects.in_bulk(list(action.people))
    drafts = []
    for user in (users[pk] for pk in action.people if pk in users):
        told = subject.tell(row.subject_id or 0, user)
        planned = plan_for(user, is_page=True, priority=standing.priority, now=now)
        drafts += [_draft(f"{name}:{user.pk}:{n}", row, user, one, told, standing, trace, now)
                   for n, one in enumerate(planned)]  # fmt: skip
    if action.webhooks:
        drafts += _to_programs(name, row, action.webhooks, standing, trace, now)
    outbox.queue(drafts, now=now)


def _draft(
    key: str, row: Escalation, user: User, one: Planned, told: Told, standing: Standing, trace: Trace, now: datetime
) -> outbox.Draft:
    (why,) = in_words_of(user, trace.summary)
    message = Message(
        key=key,
        subject=told.title,
        text="\n\n".join(filter(None, (_by_hand(row, told), *_missed(row, user), told.text, why))),
        at=now,
        url=told.url,
        ack_url=ack_url(row.pk, user.pk, now, one.method_id),
        thread=told.thread,
        is_page=True,
        language=language_of(user),
        data={**told.data, "escalation": row.pk},
    )
    return outbox.Draft(
        key=key,
        channel=one.kind,
        kind="page",
        message=as_data(message),
        due_at=one.at,
        user_id=user.pk,
        method_id=one.method_id,
        priority=standing.priority,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        escalation_id=row.pk,
        why=[trace.as_data(), {"text": one.why}],
    )


def _by_hand(row: Escalation, told: Told) -> str:
    """What the person wrote who paged by hand: it may tell of what it is about, so it has the same readers."""
    return "" if told.is_hidden else str(row.facts.get("text") or "")


def threshold_words(missed: Mapping[str, Any]) -> str:
    """Which threshold was missed: of the policy itself, or of an agreement, which brings its own sentence."""
    if "percent" in missed:
        return say(
            "{percent} % of the time of {agreement} are used.", percent=missed["percent"], agreement=missed["agreement"]
        )
    span = span_words(timedelta(minutes=int(missed["minutes"])))
    if missed["on"] == "response":
        return say("Nobody has acknowledged it for {span} after it was logged.", span=span)
    return say("It is not resolved {span} after it was logged.", span=span)


def _missed(row: Escalation, user: User | None) -> list[str]:
    missed = row.facts.get("threshold")
    return in_words_of(user, threshold_words(missed)) if missed else []


def _to_programs(
    name: str, row: Escalation, keys: Iterable[int], standing: Standing, trace: Trace, now: datetime
) -> Sequence[outbox.Draft]:
    told = SUBJECTS[row.subject_kind].tell(row.subject_id or 0, None)
    found = []
    for hook in Webhook.objects.filter(pk__in=list(keys)):
        key = f"{name}:hook:{hook.pk}"
        data: Mapping[str, Any] = {**told.data, "escalation": row.pk, "why": trace.summary}
        text = "\n\n".join(filter(None, (_by_hand(row, told), *_missed(row, None), told.text)))
        message = Message(key, told.title, text, now, url=told.url, thread=told.thread, is_page=True, data=data)
        found.append(
            outbox.Draft(
                key=key,
                channel="webhook",
                kind="page",
                message=as_data(message),
                due_at=now,
                webhook_id=hook.pk,
                priority=standing.priority,
                subject_kind=row.subject_kind,
                subject_id=row.subject_id,
                escalation_id=row.pk,
                why=[trace.as_data()],
            )
        )
    return found


def alarm(row: Escalation, problem: str, now: datetime) -> None:
    """Tell those who coordinate, once for each step, that paging itself does not work as it should."""
    row.alarmed_at = now
    row.save(update_fields=["alarmed_at"])
    tell_coordinators(
        f"alarm:{row.pk}:{int(now.timestamp())}",
        say("Paging stands still"),
        problem,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        now=now,
    )


def tell_coordinators(
    name: str, title: str, text: str, *, subject_kind: str, subject_id: int | None, now: datetime
) -> None:
    """Incident managers and administrators, by the rules they have for pages."""
    drafts = []
    people = User.objects.filter(is_active=True, roles__overlap=[Role.INCIDENT_MANAGER, Role.ADMIN]).order_by("pk")
    for user in people:
        said = in_words_of(user, title, text)
        for number, one in enumerate(plan_for(user, is_page=True, priority=1, now=now)):
            key = f"{name}:{user.pk}:{number}"
            message = Message(key, said[0], said[1], now, url=settings.BASE_URL, language=language_of(user))
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
                    why=[{"text": text}],
                )
            )
    outbox.queue(drafts, now=now)
