"""A mail server or a program that hangs, refuses, is slow or hangs up: no other message waits, and none is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from allclear.engine.deliver import SHARE, WORKERS
from allclear.kernel import clock
from allclear.notifications.actions import outbox
from allclear.notifications.channels.base import Message
from allclear.notifications.messages import as_data
from allclear.notifications.models import Attempt, ContactMethod, Notification, Webhook
from allclear.notifications.tests.conftest import use_mail_server
from allclear.notifications.tests.peers import free_port, mail_server, web_server
from allclear.testing import contact, person
from tests.paging.going import Going, page, pages
from tests.paging.sinks import Mail, Sinks, sinks

pytestmark = [pytest.mark.django_db(transaction=True)]
MANY = 50
MOST_TRIES = 8  # of a mail, as docs/paging.md says


@pytest.fixture
def there(settings: Settings) -> Iterator[Sinks]:
    with sinks() as found:
        use_mail_server(settings, found.mail_port)
        yield found


def mailboxes(count: int = MANY) -> list[ContactMethod]:
    """Of people who can be reached by nothing else: a page that fails stays with its mailbox."""
    return [contact(person()) for _ in range(count)]


def browsers(there: Sinks, count: int = MANY) -> list[ContactMethod]:
    user = person()
    return [contact(user, "push", **there.browser(f"b{n}")) for n in range(count)]


def state_of(methods: list[ContactMethod]) -> set[str]:
    return set(Notification.objects.filter(method__in=methods).values_list("state", flat=True))


def test_a_mail_server_that_hangs_holds_up_neither_browsers_nor_programs(there: Sinks, going: Going) -> None:
    there.mail.mood = "hang"
    mailed = mailboxes()
    pages(*mailed)
    going.until(lambda: there.mail.hanging == WORKERS, "every thread of e-mail hangs")
    others = [*browsers(there), contact(person(), "webhook", **there.program("display"))]
    pages(*others)
    going.until(lambda: len(there.web.got) == len(others), "all the others")
    assert there.mail.hanging == WORKERS  # not one of them was let go
    assert there.mail.got == []
    assert len({one.to for one in there.came()}) == len(others)
    going.until(lambda: state_of(others) == {"accepted"}, "it is written down")
    there.mail.mood = ""
    going.deliverer.wait()
    going.ahead = timedelta(minutes=5)
    going.until(lambda: state_of(mailed) == {"accepted"}, "the mails, once the server takes them")
    assert_each_once(there, mailed)


def assert_each_once(there: Sinks, mailed: list[ContactMethod]) -> None:
    assert Counter(mail["To"] for mail in there.mail.got) == Counter(one.address["email"] for one in mailed)


def test_what_waits_in_an_engine_behind_mails_that_hang_is_not_sent_by_two(there: Sinks, going: Going) -> None:
    """Its lease ends while it waits: another engine takes it over, and the first one lets it go."""
    there.mail.mood = "hang"
    mailed = mailboxes(5 * WORKERS)
    pages(*mailed)
    going.until(lambda: there.mail.hanging == WORKERS, "every thread of e-mail hangs")
    other = Going()
    other.ahead = timedelta(seconds=61)
    other.until(lambda: there.mail.hanging == 2 * WORKERS, "those of the other engine as well")
    there.mail.mood = ""
    for engine in (going, other):
        engine.deliverer.wait()
    other.ahead = timedelta(minutes=5)
    other.until(lambda: state_of(mailed) == {"accepted"}, "the mails, once the server takes them")
    other.deliverer.finish()
    assert_each_once(there, mailed)


def test_a_program_that_hangs_holds_up_no_other_program(there: Sinks, going: Going) -> None:
    over = threading.Event()
    with web_server() as dead:
        dead.before = lambda: bool(over.wait(60)) and None
        hook = Webhook.objects.create(name="Dead", address=there.program("dead") | {"url": dead.url})
        now = clock.now()
        message = as_data(Message("", "P1", "The core switch is down", now))
        many = [outbox.Draft(f"dead:{n}", "webhook", "page", message, now, webhook_id=hook.pk) for n in range(MANY)]
        outbox.queue(many, now=now)
        going.until(lambda: len(dead.got) == SHARE, "it has all the threads that it gets")
        good = [contact(person(), "webhook", **there.program(f"p{n}")) for n in range(10)]
        pages(*good, *mailboxes(5), *browsers(there, 5))
        going.until(lambda: len(there.web.got) == 15, "all other programs, and browsers")
        going.until(lambda: len(there.mail.got) == 5, "mails")
        assert len(dead.got) == SHARE  # nothing was let go meanwhile
        over.set()
        to_dead = Notification.objects.filter(webhook=hook)
        going.until(lambda: not to_dead.exclude(state="accepted").exists(), "what hung, when it is well again")
    assert {call.headers["webhook-id"] for call in dead.got} == {draft.key for draft in many}


@pytest.mark.parametrize("mood", ["421 Not now", "451 Try later"])
def test_what_is_refused_for_now_comes_when_the_server_is_well_again(mood: str, there: Sinks, going: Going) -> None:
    there.mail.mood = mood
    mailed, pushed = mailboxes(8), browsers(there, 8)
    pages(*mailed, *pushed)
    going.until(lambda: Attempt.objects.filter(is_accepted=False).count() == 8, "each was tried once")
    going.until(lambda: state_of(pushed) == {"accepted"}, "browsers")
    assert there.mail.got == []
    assert not Attempt.objects.filter(is_permanent=True).exists()
    there.mail.mood = ""
    going.ahead = timedelta(minutes=1)
    going.until(lambda: state_of(mailed) == {"accepted"}, "mails")
    assert len(there.mail.got) == 8


def test_a_server_that_is_not_there_gets_everything_when_it_comes(settings: Settings, going: Going) -> None:
    port, room = free_port(), Mail()
    use_mail_server(settings, port)
    mailed = mailboxes(8)
    pages(*mailed)
    going.until(lambda: Attempt.objects.filter(said__contains="does not answer").count() == 8, "each was tried once")
    with mail_server(room, port):
        going.ahead = timedelta(minutes=1)
        going.until(lambda: state_of(mailed) == {"accepted"}, "mails")
    assert len(room.got) == 8


def test_a_slow_server_gets_each_mail_once_and_browsers_do_not_wait_for_it(there: Sinks, going: Going) -> None:
    there.mail.mood = "slow"
    mailed, pushed = mailboxes(30), browsers(there, 30)
    pages(*mailed)
    going.until(lambda: there.mail.offered, "the first mail is on its way")
    pages(*pushed)
    going.until(lambda: len(there.web.got) == 30, "browsers")
    going.until(lambda: state_of(mailed) == {"accepted"}, "mails")
    assert len(there.mail.got) == len({mail["Message-ID"] for mail in there.mail.got}) == 30


def test_a_mail_that_is_not_answered_after_its_text_is_sent_again_under_the_same_name(
    there: Sinks, going: Going
) -> None:
    there.mail.mood = "drop"
    (mailed,) = mailboxes(1)
    pages(mailed)
    going.until(lambda: Attempt.objects.count() == 1, "the first try")
    going.ahead = timedelta(minutes=11)  # longer than the longest wait between two tries
    going.until(lambda: state_of([mailed]) == {"failed"}, "it is given up")
    going.look()
    assert len(there.mail.offered) == MOST_TRIES
    assert len({mail["Message-ID"] for mail in there.mail.offered}) == 1
    mailed.refresh_from_db()
    assert mailed.is_working  # the server is to blame, not the address


def test_a_mail_that_is_dropped_once_comes_once_more_and_then_never_again(there: Sinks, going: Going) -> None:
    there.mail.mood = "drop"
    (mailed,) = mailboxes(1)
    pages(mailed)
    going.until(lambda: Attempt.objects.count() == 1, "the first try")
    there.mail.mood = ""
    for _ in range(4):
        going.ahead += timedelta(minutes=11)
        going.until(lambda: state_of([mailed]) == {"accepted"}, "the second try")
    assert len(there.mail.offered) == 2
    assert len({mail["Message-ID"] for mail in there.mail.offered}) == 1


def test_a_refusal_for_good_goes_on_to_the_next_method_and_marks_the_address(there: Sinks, going: Going) -> None:
    user = person()
    bad = contact(user, email="unknown@example.org")
    good = contact(user, "push", **there.browser("phone"))
    outbox.queue([page(bad)], now=clock.now())
    going.until(lambda: len(there.web.got) == 1, "the browser instead")
    bad.refresh_from_db()
    assert "No such mailbox" in bad.bad_reason
    going.until(lambda: state_of([good]) == {"accepted"}, "it is written down")
    assert state_of([bad]) == {"failed"}
