"""Finished messages in the reader's language, as data for the outbox, and back for a channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation

from allclear.accounts.models import User
from allclear.kernel.localised import localised
from allclear.kernel.words import say
from allclear.notifications.channels.base import Message


def language_of(user: User | None) -> str:
    """The reader's language, if screens speak it."""
    language = user.language if user else ""
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def in_words_of(user: User | None, *texts: str) -> list[str]:
    """Sentences of rules and verbs in the language of their reader."""
    with translation.override(language_of(user)):
        return [localised(text) for text in texts]


def as_data(message: Message) -> dict[str, Any]:
    """What the outbox keeps of a message; the key and the instant are columns of their own."""
    return {
        "subject": message.subject,
        "text": message.text,
        "url": message.url,
        "ack_url": message.ack_url,
        "thread": message.thread,
        "language": message.language,
        "data": dict(message.data),
    }


def from_data(data: Mapping[str, Any], *, key: str, at: datetime, is_page: bool) -> Message:
    return Message(key=key, at=at, is_page=is_page, **data)


def code_message(user: User, key: str, code: str, now: datetime) -> dict[str, Any]:
    """The code that confirms an address."""
    subject, text = in_words_of(
        user,
        say("{code} confirms this address", code=code),
        say(
            "Type {code} in your Allclear profile within 15 minutes. If you did not ask for it, do nothing.", code=code
        ),
    )
    return as_data(Message(key, subject, text, now, language=language_of(user)))


def test_message(user: User | None, key: str, now: datetime) -> dict[str, Any]:
    """What the test button sends."""
    subject, text = in_words_of(
        user,
        say("Test from Allclear"),
        say("This contact method works: a page would reach you here. Nothing has happened, and nothing is to be done."),
    )
    return as_data(Message(key, subject, text, now, url=settings.BASE_URL, language=language_of(user)))
