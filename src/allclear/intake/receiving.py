"""Every mail that comes in: once, whatever it is, with a line that says how it was read and what came of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from allclear.intake import replies
from allclear.intake.alert_mail import alert_key, take
from allclear.intake.mail import Mail, key_of, read, recipients_in
from allclear.kernel.errors import AllclearError, Invalid
from allclear.kernel.words import say
from allclear.notifications import addresses, sending
from allclear.notifications.actions.received import note_arrival, note_outcome
from allclear.notifications.addresses import Purpose
from allclear.notifications.models import Notification, ReceivedMail

log = logging.getLogger(__name__)


@dataclass
class Outcome:
    """How it was read, in the words of `ReceivedMail`, and what came of it."""

    kind: str
    text: str
    verb: str = ""
    user_id: int | None = None
    escalation_id: int | None = None
    notification_id: int | None = None


def receive(raw: bytes, now: datetime, *, recipients: Sequence[str] = (), envelope_from: str | None = None) -> Outcome:
    """Read one mail and do what it asks for. The same one again does nothing.

    What is wrong with it is an outcome in words. Raises `TooMany` and what the database raises: then nothing was done,
    and the mail server should try again.
    """
    if keys := [key for address in recipients or recipients_in(raw) if (key := alert_key(address))]:
        taken = take(raw, keys, now, envelope_from)
        recipients = [address for address in recipients if not alert_key(address)]
        if not recipients:
            return _alert(taken)
    key = key_of(raw)
    with transaction.atomic():
        row, is_new = note_arrival(key, raw, now)
        if not is_new:
            return Outcome(row.kind, say("This mail was read already: {outcome}", outcome=row.outcome), row.verb)
        outcome = _read(row, raw, recipients, envelope_from, now)
        read_as = ("kind", "verb", "user_id", "escalation_id", "notification_id")
        note_outcome(row, outcome.text, **{name: getattr(outcome, name) for name in read_as})
    log.info("Mail %s from %s: %s, %s", key[:12], row.sender or "nobody", outcome.kind, outcome.text)
    return outcome


def _alert(taken: int) -> Outcome:
    if not taken:
        return Outcome("unknown", say("No integration that is on has this address."))
    return Outcome("alert", say("It is kept as what an integration sent."))


def _read(
    row: ReceivedMail, raw: bytes, recipients: Sequence[str], envelope_from: str | None, now: datetime
) -> Outcome:
    try:
        mail = read(raw, recipients, envelope_from)
    except Invalid as error:
        return Outcome("broken", next(iter(error.fields.values())))
    row.sender = mail.sender
    if mail.report is not None:
        return _bounced(mail, now)
    if mail.automatic:
        return Outcome("automatic", say("No person wrote it ({reason}), so nothing was done.", reason=mail.automatic))
    token = next((token for purpose, token in mail.addresses if purpose is Purpose.PAGE), None)
    if token is None:
        return Outcome("unknown", say("It is to none of our addresses for answers."))
    return _answered(row, mail, token, now)


def _answered(row: ReceivedMail, mail: Mail, token: str, now: datetime) -> Outcome:
    try:
        asked = addresses.read_reply(token, now)
        user = replies.person_of(asked)
    except AllclearError as error:
        return Outcome("unknown", error.message)
    found = Outcome("answer", "", user_id=user.pk, escalation_id=asked.escalation_id)
    try:
        with transaction.atomic():
            verb, found.text = replies.act(asked, user, mail.text, now)
            found.verb = str(verb)
    except AllclearError as error:
        found.text = next(iter(error.fields.values())) if isinstance(error, Invalid) else error.message
    replies.tell_back(f"answer:{row.pk}", asked, user, found.text, now)
    return found


def _bounced(mail: Mail, now: datetime) -> Outcome:
    """What came back is known by the address that it came back to, or by its Message-ID, which nobody can guess."""
    assert mail.report is not None
    token = next((token for purpose, token in mail.addresses if purpose is Purpose.BOUNCE), None)
    try:
        pk = addresses.read_bounce(token) if token else None
    except AllclearError:
        pk = None
    if pk is None and mail.report.original_id:
        known = Notification.objects.filter(reference=mail.report.original_id, merged_into=None)
        pk = known.values_list("pk", flat=True).first()
    row = Notification.objects.filter(pk=pk or 0).first()
    if row is None:
        return Outcome("unknown", say("It reports of a mail that we did not send, or that is forgotten."))
    said = say("Came back: {reason}", reason=mail.report.said)
    if not sending.bounced(row.pk, said, at=now, blames_address=mail.report.blames_address):
        said = say("It changes nothing any more: {reason}", reason=mail.report.said)
    return Outcome("bounce", said, user_id=row.user_id, escalation_id=row.escalation_id, notification_id=row.pk)
