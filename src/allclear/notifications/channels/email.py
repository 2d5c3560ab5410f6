"""E-mail over SMTP: one thread an incident, marked as automatic so that nobody's absence note answers it (RFC 3834)."""

from __future__ import annotations

import re
import smtplib
from email.headerregistry import Address as Mailbox
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.utils import translation

from allclear.kernel.errors import ChannelError, Invalid
from allclear.kernel.localised import localised
from allclear.kernel.words import say
from allclear.notifications.addresses import mark
from allclear.notifications.channels.base import ANSWER_SECONDS, Address, Message, Receipt


class Email:
    kind = "email"

    def check(self, address: Address) -> Address:
        email = str(address.get("email", "")).strip()
        try:
            validate_email(email)
        except ValidationError:
            raise Invalid({"address": say("Write an e-mail address, such as name@example.org.")}) from None
        return {"email": email}

    def send(self, address: Address, message: Message) -> Receipt:
        if not settings.EMAIL_HOST:
            raise ChannelError(say("No mail server is set: name one in ALLCLEAR_SMTP_URL and start again."))
        mail = _mail(str(address["email"]), message)
        try:
            with get_connection(timeout=ANSWER_SECONDS) as connection:
                connection.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()), (0, b""))
            raise _refused(code, said, blames_address=True) from error
        except smtplib.SMTPAuthenticationError as error:
            raise ChannelError(
                say("The mail server does not accept our log-in: {reason}", reason=_words(error.smtp_error))
            ) from error
        except smtplib.SMTPDataError as error:
            raise _refused(error.smtp_code, error.smtp_error, blames_address=False) from error
        except smtplib.SMTPResponseException as error:  # it wants nothing from us: that mends itself, or a person does
            raise ChannelError(_sentence(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelError(
                say("The mail server does not answer: {reason}", reason=str(error) or type(error).__name__)
            ) from error
        return Receipt(mail.extra_headers["Message-ID"])


def _mail(to: str, message: Message) -> EmailMessage:
    domain = urlsplit(settings.BASE_URL).hostname or "localhost"
    headers = {
        "From": settings.DEFAULT_FROM_EMAIL,
        "Message-ID": f"<{_atom(message.key)}.{mark(message.key)}@{domain}>",
        "Date": message.at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",  # what Exchange listens to instead
        "List-Id": f"Allclear <notifications.{domain}>",
        "Content-Language": message.language,
    }
    if message.thread:
        root = f"<{_atom(message.thread)}@{domain}>"
        headers |= {"In-Reply-To": root, "References": root}
    if message.is_page:
        headers |= {"Importance": "high", "X-Priority": "1"}
    if message.reply_to:
        headers["Reply-To"] = message.reply_to
    subject = " ".join(message.subject.split())  # a line break would begin another header
    envelope_from = message.bounce_to or settings.DEFAULT_FROM_EMAIL
    return EmailMessage(subject, _body(message), envelope_from, [to], headers=headers)


def _body(message: Message) -> str:
    parts = [message.text]
    with translation.override(message.language):
        if message.ack_url:
            parts.append(localised(say("Acknowledge: {url}", url=message.ack_url)))
        if message.reply_to:
            parts.append(localised(say("Or answer this mail: ack, next, snooze 30. Other words become a note.")))
        if message.url:
            parts.append(localised(say("Open: {url}", url=message.url)))
    return "\n\n".join(parts) + "\n"


def _atom(key: str) -> str:
    """A key as the left part of a Message-ID, which knows no colons (RFC 5322, 3.6.4)."""
    return re.sub(r"[^A-Za-z0-9.]+|\.(?=\.)", "-", key).strip(".")


def _refused(code: int, said: Any, *, blames_address: bool) -> ChannelError:
    """5xx is for good (RFC 5321, 4.2.1), everything else may pass."""
    return ChannelError(_sentence(code, said), permanent=500 <= code < 600, blames_address=blames_address)


def _sentence(code: int, said: Any) -> str:
    return say("The mail server refused it: {code} {reason}", code=code, reason=_words(said))


def _words(said: Any) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def sender(text: str) -> str:
    """The address that mail comes from, as a header; for settings. Raises `SystemExit` in words."""
    name, _, rest = text.rpartition("<")
    try:
        return str(Mailbox(name.strip() or "Allclear", addr_spec=rest.rstrip("> ")))
    except Exception:
        raise SystemExit(f"ALLCLEAR_MAIL_FROM={text!r} is no address: write Allclear <allclear@example.org>.") from None
