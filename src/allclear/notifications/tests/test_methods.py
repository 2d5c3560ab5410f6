"""Contact methods: who may add and change them, the code that confirms one, and what a bad one needs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.kernel.errors import Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.models import Event
from allclear.notifications.actions import methods, outbox
from allclear.notifications.actions.methods import CODE_LIVES, MOST_TRIES
from allclear.notifications.models import ContactMethod, Notification
from allclear.testing import T0, contact, person

pytestmark = pytest.mark.django_db
ADDRESS = {"email": "ana@example.org"}
MINUTE = timedelta(minutes=1)


def as_(user: User) -> Viewer:
    return viewer_for(user.pk)


def added(user: User, **more: Any) -> ContactMethod:
    values = {"kind": "email", "address": ADDRESS, **more}
    return methods.add_method(as_(user), values, now=T0)


def newest_code() -> str:
    """What the newest message with a code says."""
    row = Notification.objects.filter(kind="code").order_by("-pk")[0]
    return str(row.message["subject"]).split()[0]


@pytest.fixture
def ana() -> User:
    return person(name="Ana")


def test_it_works_once_its_owner_has_typed_the_code(ana: User) -> None:
    row = added(ana)
    assert not row.is_working
    assert Notification.objects.get().method_id == row.pk
    code = newest_code()
    done = methods.confirm_method(as_(ana), row.pk, f" {code[:3]} {code[3:]} ", now=T0 + MINUTE)
    assert done.is_working
    kinds = Event.objects.filter(stream_type="contact_method", stream_id=row.pk).order_by("position")
    assert list(kinds.values_list("kind", flat=True)) == ["contact_method_added", "contact_method_confirmed"]


def test_the_event_log_never_says_the_address(ana: User) -> None:
    row = added(ana, name="Work")
    methods.remove_method(as_(ana), row.pk, now=T0)
    told = str(list(Event.objects.filter(stream_type="contact_method").values_list("data", flat=True)))
    assert "ana@example.org" not in told
    assert "Work" not in told


def test_five_wrong_codes_and_even_the_right_one_is_worthless(ana: User) -> None:
    row, code = added(ana), newest_code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(MOST_TRIES):
        with pytest.raises(Invalid, match="not the code"):
            methods.confirm_method(as_(ana), row.pk, wrong, now=T0)
    with pytest.raises(Invalid, match="Too many wrong codes"):
        methods.confirm_method(as_(ana), row.pk, code, now=T0)
    row.refresh_from_db()
    assert row.verified_at is None


def test_a_code_is_good_for_a_quarter_of_an_hour(ana: User) -> None:
    row, code = added(ana), newest_code()
    with pytest.raises(Invalid, match="no longer good"):
        methods.confirm_method(as_(ana), row.pk, code, now=T0 + CODE_LIVES + timedelta(seconds=1))
    assert methods.confirm_method(as_(ana), row.pk, code, now=T0 + CODE_LIVES).is_working


def test_a_code_is_good_once(ana: User) -> None:
    row, code = added(ana), newest_code()
    methods.confirm_method(as_(ana), row.pk, code, now=T0)
    with pytest.raises(Invalid, match="no longer good"):
        methods.confirm_method(as_(ana), row.pk, code, now=T0)


def test_a_second_code_kills_the_first_and_gives_five_tries_again(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter([111_111, 222_222])
    monkeypatch.setattr("secrets.randbelow", lambda _most: next(codes))
    row = added(ana)
    for _ in range(MOST_TRIES):
        with pytest.raises(Invalid):
            methods.confirm_method(as_(ana), row.pk, "333333", now=T0)
    methods.send_code(as_(ana), row.pk, now=T0)
    with pytest.raises(Invalid, match="not the code"):
        methods.confirm_method(as_(ana), row.pk, "111111", now=T0)
    assert methods.confirm_method(as_(ana), row.pk, "222222", now=T0).is_working


def test_the_code_of_one_address_confirms_no_other(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.randbelow", lambda _most: 111_111)
    one, two = added(ana), added(ana, address={"email": "two@example.org"})
    ContactMethod.objects.filter(pk=two.pk).update(code_sha256=ContactMethod.objects.get(pk=one.pk).code_sha256)
    with pytest.raises(Invalid):
        methods.confirm_method(as_(ana), two.pk, "111111", now=T0)


def test_the_message_with_a_code_forgets_it_when_it_was_taken(ana: User) -> None:
    added(ana)
    row, code = Notification.objects.get(), newest_code()
    outbox.accepted(row, at=T0, took=timedelta(), reference="", said="")
    row.refresh_from_db()
    assert code not in str(row.message)


def test_an_administrator_changes_those_of_others_and_an_outsider_learns_nothing(ana: User) -> None:
    row, admin, other = added(ana), person("admin"), person()
    code = newest_code()
    for verb in (methods.send_code, methods.test_method, methods.mend_method, methods.remove_method):
        with pytest.raises(NotFound):
            verb(as_(other), row.pk, now=T0)
    with pytest.raises(NotFound):
        methods.confirm_method(as_(other), row.pk, code, now=T0)
    with pytest.raises(NotPermitted):
        methods.methods_of(as_(other), ana.pk)
    with pytest.raises(NotPermitted):
        added(other, user_id=ana.pk)
    assert methods.confirm_method(as_(admin), row.pk, code, now=T0).is_working
    theirs = added(admin, user_id=ana.pk, address={"email": "second@example.org"})
    assert theirs.user_id == ana.pk
    methods.remove_method(as_(admin), theirs.pk, now=T0)
    assert set(ana.contact_methods.all()) == {row}


def test_it_is_renamed_and_switched_off_but_keeps_its_address(ana: User) -> None:
    row = contact(ana)
    changed = methods.change_method(as_(ana), row.pk, {"name": "Home", "is_enabled": False}, now=T0)
    assert (changed.name, changed.is_working) == ("Home", False)
    with pytest.raises(Invalid, match="has to be confirmed"):
        methods.change_method(as_(ana), row.pk, {"address": ADDRESS}, now=T0)


def test_the_same_address_is_refused_twice_in_words(ana: User) -> None:
    added(ana)
    with pytest.raises(Invalid) as caught:
        added(ana)
    assert "already" in caught.value.fields["address"]
    added(person())  # for somebody else it is another one


def test_there_is_an_end_to_adding(ana: User) -> None:
    for _ in range(methods.MOST_METHODS):
        contact(ana)
    with pytest.raises(Refused, match="remove one first"):
        added(ana)


def test_it_refuses_a_kind_that_is_not_there(ana: User) -> None:
    with pytest.raises(Invalid) as caught:
        added(ana, kind="pigeon")
    assert "email" in caught.value.fields["kind"]


def test_who_is_no_staff_makes_our_server_call_no_address_of_their_choice() -> None:
    with pytest.raises(NotPermitted):
        added(person("requester"), kind="webhook", address={"url": "http://10.0.0.1/"})
    assert added(person("requester")).kind == "email"


def test_what_was_sent_stays_in_the_record_when_its_address_is_removed(ana: User) -> None:
    row = added(ana)
    methods.remove_method(as_(ana), row.pk, now=T0)
    assert Notification.objects.get().method_id is None


def test_a_test_needs_a_confirmed_address_and_mends_a_bad_one(ana: User) -> None:
    with pytest.raises(Refused, match="Confirm"):
        methods.test_method(as_(ana), added(ana).pk, now=T0)
    row = contact(ana)
    outbox.bad_address(row.pk, at=T0, reason="No such mailbox")
    key = methods.test_method(as_(ana), row.pk, now=T0)
    row.refresh_from_db()
    assert row.is_working
    assert Notification.objects.get(key=key).kind == "test"


def test_a_bad_address_works_again_when_its_owner_says_so(ana: User) -> None:
    row = contact(ana)
    outbox.bad_address(row.pk, at=T0, reason="No such mailbox")
    outbox.bad_address(row.pk, at=T0 + MINUTE, reason="Another reason")
    row.refresh_from_db()
    assert (row.is_working, row.bad_since, row.bad_reason) == (False, T0, "No such mailbox")
    assert methods.mend_method(as_(ana), row.pk, now=T0).is_working
    events = Event.objects.filter(stream_type="contact_method")
    methods.mend_method(as_(ana), row.pk, now=T0)
    assert events.count() == 1  # nothing was bad any more


def test_a_browser_that_subscribes_again_is_switched_on_again(ana: User) -> None:
    subscription = {"endpoint": "https://push.example.org/1", "keys": {"p256dh": "a", "auth": "b"}}
    row = methods.add_push(as_(ana), subscription, "Firefox", now=T0)
    assert row.is_working
    outbox.bad_address(row.pk, at=T0, reason="Gone")
    methods.change_method(as_(ana), row.pk, {"is_enabled": False}, now=T0)
    again = methods.add_push(as_(ana), {**subscription, "keys": {"p256dh": "c", "auth": "d"}}, "Firefox", now=T0)
    assert (again.pk, again.is_working) == (row.pk, True)
    assert ContactMethod.objects.get().address["keys"]["p256dh"] == "c"
