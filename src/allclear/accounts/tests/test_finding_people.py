"""A caller is found by whatever they say: any part of the name, any writing of a number, the place, the company."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allclear.accounts.finding import cores_of, find_people, is_number
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.testing import organisation, person

pytestmark = pytest.mark.django_db


def names(agent_id: int, text: str) -> list[str]:
    return [user.name for user in find_people(viewer_for(agent_id), text)]


@pytest.mark.parametrize(
    "typed",
    [
        "moreau", "clai", "Moreau Claire", "c.moreau@", "CLAIRE  MOREAU", "room 4.12", "moreau lyon", "acme",
        "claire acme", "Moraeu", "clarie", "moreua claire",
        "+33 4 72 00 11 22", "0033472001122", "04 72 00 11 22", "472001122",
        "4.72.00.11.22", "(04) 7200-1122", "+33 (0)4 72001122", "001122", "33472001122", "06 12 34 56 78",
        "+33612345678",
    ],
)  # fmt: skip
def test_it_finds_a_caller_by(typed: str) -> None:
    agent = person()
    person(
        Role.REQUESTER, name="Claire Moreau", email="c.moreau@acme.example", phone="+33 (0)4 72 00 11 22",
        mobile="0612345678", location="Lyon, room 4.12", organisation=organisation("Acme Industries"),
    )  # fmt: skip
    person(Role.REQUESTER, name="Bert Vogel", email="b.vogel@other.example", phone="+49 30 99887", location="Berlin")
    assert names(agent.pk, typed) == ["Claire Moreau"]


@pytest.mark.parametrize("stored", ["+49 30 123456", "030/123456", "0049-30-123456", "+49 (0)30 12 34 56", "30123456"])
@pytest.mark.parametrize("typed", ["+4930123456", "030 123456", "004930123456", "+49 (0) 30 123 456"])
def test_it_compares_nothing_but_the_digits(stored: str, typed: str) -> None:
    agent = person()
    person(Role.REQUESTER, name="Ida Holm", phone=stored)
    assert names(agent.pk, typed) == ["Ida Holm"]


@pytest.mark.parametrize("typed", ["muller", "mueller", "Müller", "SOREN", "søren"])
def test_it_reads_umlauts_and_accents_in_any_writing(typed: str) -> None:
    agent = person()
    person(Role.REQUESTER, name="Søren Müller")
    assert names(agent.pk, typed) == ["Søren Müller"]


def test_it_puts_who_was_probably_meant_first() -> None:
    agent = person()
    for name in ("Susanna Berg", "Hans Annan", "Anna Zorn"):
        person(Role.REQUESTER, name=name, email=None)
    assert names(agent.pk, "anna") == ["Anna Zorn", "Hans Annan", "Susanna Berg"]


def test_it_guesses_only_when_nobody_has_that_name_and_never_wildly() -> None:
    agent = person()
    person(Role.REQUESTER, name="Jonas Petersen")
    assert names(agent.pk, "jnoas") == ["Jonas Petersen"]
    assert names(agent.pk, "Petterson") == ["Jonas Petersen"]
    assert names(agent.pk, "walter") == []
    person(Role.REQUESTER, name="Jnoas Ek")
    assert names(agent.pk, "jnoas") == ["Jnoas Ek"]


def test_it_knows_nobody_of_other_customers_by_any_way() -> None:
    mine, other = organisation("Mine"), organisation("Other House")
    agent = person(serves=[mine])
    person(
        Role.REQUESTER, name="Zelda Foreign", organisation=other, phone="+49 30 5551234", email="zf@other.example",
        location="Room 77",
    )  # fmt: skip
    for typed in ("zelda", "zeldaa", "foriegn", "5551234", "zf@", "room 77", "other house"):
        assert names(agent.pk, typed) == [], typed


def test_a_requester_finds_themself_at_most() -> None:
    reporter = person(Role.REQUESTER, name="Rita Holm")
    person(Role.REQUESTER, name="Rita Other")
    assert names(reporter.pk, "rita") == ["Rita Holm"]


def test_it_leaves_out_who_is_gone_and_reads_wildcards_as_letters() -> None:
    agent = person()
    person(Role.REQUESTER, name="Gone Person", is_active=False)
    for typed in ("gone", "%%", "__", "\\", "'; --", " "):
        assert names(agent.pk, typed) == [], typed


def test_it_asks_the_database_a_few_times_only() -> None:
    agent = person(serves=[organisation()])
    viewer = viewer_for(agent.pk)
    for typed in ("claire moreau lyon", "Moraeu", "+49 30 1234"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            find_people(viewer, typed)
        assert len(queries) <= 9, typed


def test_it_knows_numbers_from_names() -> None:
    assert is_number("+49 30 12")
    assert not is_number("room 412")
    assert cores_of("12") == ()
