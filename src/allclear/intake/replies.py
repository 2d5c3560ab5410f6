"""An answer to a page, by mail: its first line is a verb, or all of it a note. What came of it goes back in words."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.domain.moments import span_words
from allclear.domain.notifying import Answer, Verb, answer_in
from allclear.incidents import actions
from allclear.incidents.acknowledging import acknowledge_from_page
from allclear.incidents.actions import Request
from allclear.incidents.paging import KIND
from allclear.kernel.errors import AllclearError, NotFound
from allclear.kernel.localised import localised
from allclear.kernel.words import joined, say
from allclear.notifications.actions import outbox
from allclear.notifications.channels.base import Message
from allclear.notifications.links import Asked
from allclear.notifications.messages import as_data, language_of
from allclear.notifications.models import ContactMethod, Notification
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation
from allclear.oncall.subjects import SUBJECTS

_ENDED = say("This has ended. Nothing is to be done.")
_CAUSE = {"rule": "mail"}


def person_of(asked: Asked) -> User:
    """Who answers. Raises `NotFound` for somebody who is not there any more."""
    user = User.objects.filter(pk=asked.user_id, is_active=True).first()
    if user is None:
        raise NotFound(say("Who was paged is not here any more."))
    return user


def act(asked: Asked, user: User, text: str, now: datetime) -> tuple[Verb, str]:
    """Do what the answer asks for; gives the verb and what came of it. What the person may not do raises, in words."""
    row = Escalation.objects.filter(pk=asked.escalation_id).first()
    if row is None:
        raise NotFound(say("What this page was about is not here any more."))
    answer = answer_in(text)
    said = [_verb(row, user, answer, now)]
    if answer.text:
        said.append(_note(row, user, answer.text, now))
    return answer.verb, joined([one for one in said if one])


def _verb(row: Escalation, user: User, answer: Answer, now: datetime) -> str:
    if answer.verb is Verb.NOTHING:
        return say("Your answer was empty. {ways}", ways=_WAYS)
    if answer.verb is Verb.NOTE:
        return ""
    if row.status == "stopped":
        return _ENDED
    if answer.verb is Verb.ACKNOWLEDGE:
        return _acknowledged(acknowledge_from_page(row, user, now))
    viewer = viewer_for(user.pk)
    if answer.verb is Verb.SNOOZE:
        escalating.snooze(viewer, row.pk, now + answer.span, now=now)
        return say("Snoozed for {span}: nobody is paged in this time.", span=span_words(answer.span))
    escalating.escalate_now(viewer, row.pk, now=now)
    return say("The next step was taken.")


_WAYS = say("Write ack to acknowledge, next for the next step, or snooze 30 for half an hour's quiet.")


def _acknowledged(row: Escalation) -> str:
    if row.status == "acknowledged":
        return say("You have acknowledged. Nobody else is paged.")
    if row.status == "stopped":
        return _ENDED
    return say("You have acknowledged. Others are still paged, for one is not enough here.")


def _note(row: Escalation, user: User, text: str, now: datetime) -> str:
    """Words for the record go to the incident; where there is none, what can be said is told."""
    if row.subject_kind != KIND or not row.subject_id:
        return say("Words cannot be kept here. {ways}", ways=_WAYS)
    try:
        actions.add_note(Request(viewer_for(user.pk), now, cause=_CAUSE), row.subject_id, text)
    except AllclearError as error:
        return say("Your words were not kept: {reason}", reason=error.message)
    return say("Your words are an internal note of the incident. Nobody has acknowledged by them.")


def tell_back(key: str, asked: Asked, user: User, text: str, now: datetime) -> None:
    """Say what came of an answer, to the address that was paged: whoever answers waits for it, whatever their rules."""
    sent = Notification.objects.filter(escalation_id=asked.escalation_id, user=user, channel="email", kind="page")
    page = sent.exclude(method=None).order_by("-queued_at", "-pk").first()
    methods = ContactMethod.objects.filter(user=user, kind="email", is_enabled=True, verified_at__isnull=False)
    method = page.method if page and page.method else methods.filter(bad_since=None).order_by("pk").first()
    row = Escalation.objects.filter(pk=asked.escalation_id).first()
    if method is None:
        return
    with translation.override(language_of(user)):
        about = SUBJECTS[row.subject_kind].tell(row.subject_id or 0, user) if row else None
        title = localised(say("Your answer: {about}", about=about.title)) if about else localised(say("Your answer"))
        message = Message(key, title, localised(text), now, about.url if about else "",
                          thread=about.thread if about else "", language=language_of(user))  # fmt: skip
    draft = outbox.Draft(
        key, method.kind, "notice", as_data(message), now, user_id=user.pk, method_id=method.pk,
        subject_kind=row.subject_kind if row else "", subject_id=row.subject_id if row else None,
        why=[{"text": say("They answered a page by mail.")}],
    )  # fmt: skip
    outbox.queue([draft], now=now)
