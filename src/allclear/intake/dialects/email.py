"""A mail as an alert: its subject says what is wrong; words in it say that it is over."""

from __future__ import annotations

from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from allclear.domain.alerts import Event, KeyKind, Severity
from allclear.domain.alerts.kinds import Option, OptionKind, Step
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.reading import finished, instant, severity_of
from allclear.intake.dialects.reading.patterns import first_match, problem_of
from allclear.intake.dialects.reading.subjects import RESOLVED, action_in, bare, key_in, severity_in
from allclear.intake.mail import MOST_BYTES, text_in
from allclear.kernel.words import marked, say

OPTIONS = (
    Option("key", marked("Key"), marked("A regular expression that finds in the subject, else in the text, what names "
           "the condition; its first group counts. Where it finds nothing, the subject without its words for “over” "
           "and “how bad” is the key.")),
    Option("resolved_words", marked("Words for: it is over"), marked("One a line; looked for in the subject."),
           OptionKind.LINES, RESOLVED),
    Option("severity", marked("Severity"), marked("A regular expression that finds the word for how bad it is; "
           "empty: any usual word in the subject.")),
    Option("source", marked("Source"), marked("A regular expression that finds what is sick; empty: the sender.")),
)  # fmt: skip


def read(raw: bytes, options: Mapping[str, Any]) -> Event:
    """The event that a mail is. Raises `Unreadable`."""
    try:
        mail = message_from_bytes(raw, policy=policy.default)
        subject = _clean(str(mail.get("Subject", "")))
        senders = getaddresses([_clean(str(mail.get("From", "")))])
        text, sent_at, name = _clean(text_in(mail, whole=True)), _sent_at(mail), _clean(str(mail.get("Message-ID", "")))
        is_mail = bool(mail.keys())
    except Exception as error:  # broken heads raise whatever the parser stumbles over
        raise Unreadable(say("The mail cannot be read: its head is broken.")) from error
    if not is_mail or not (subject or text.strip()):
        raise Unreadable(say("This is no mail, or one that says nothing: it has neither a subject nor a text."))
    title = bare(subject) or next(line for line in text.splitlines() if line.strip())
    words = [str(word) for word in options.get("resolved_words", RESOLVED) or ()]
    sender = senders[0][1] if senders else ""
    where = f"{title}\n{text}"
    given = first_match(str(options.get("key") or ""), where)
    return finished(
        action_in(title, words),
        given or key_in(title, words),
        title,
        key_kind=KeyKind.GIVEN if given else KeyKind.DERIVED,
        severity=_severity(title, where, options),
        description=text,
        source=first_match(str(options.get("source") or ""), where) or sender,
        labels={name: value for name, value in (("from", sender), ("subject", title[:500])) if value},
        occurred_at=sent_at,
        source_id=" ".join(name.split())[:998],
    )


def _read(received: Received) -> Reading:
    return Reading([read(received.body, received.options)], Answer(250, "OK"))


def _clean(text: str) -> str:
    """Without line ends of folded heads and halves of surrogates, which undecodable bytes become."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _sent_at(mail: EmailMessage) -> Any:
    try:
        return instant(parsedate_to_datetime(str(mail.get("Date", ""))).isoformat())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _severity(title: str, where: str, options: Mapping[str, Any]) -> Severity:
    if options.get("severity"):
        return severity_of(first_match(str(options["severity"]), where))
    return severity_of(severity_in(title))


def _problems(options: Mapping[str, Any]) -> dict[str, str]:
    names = ("key", "severity", "source")
    return {name: reason for name in names if (reason := problem_of(str(options.get(name) or "")))}


DIALECT = Dialect(
    kind="email",
    name=marked("E-mail"),
    read=_read,
    options=OPTIONS,
    problems=_problems,
    methods=(),
    longest=MOST_BYTES,
    setup=(
        Step(marked("Let the tool send its mails to this address:"), "alerts+{key}@{mail_domain}"),
        Step(marked("The subject is the title. A mail whose subject says that it is over ends the alert.")),
        Step(marked("Does the tool name the condition in its subject? Find it by a regular expression, such as:"),
             r"\[(TRIGGER-\d+)\]"),
    ),
)  # fmt: skip
