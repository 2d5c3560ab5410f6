"""Whom and what a verb may name: nobody learns of another customer's people and things by trying keys."""

from __future__ import annotations

import pytest

from allclear.accounts.models import Organisation, User
from allclear.accounts.queries import viewer_of
from allclear.catalog.models import ConfigurationItem, Service
from allclear.incidents.actions import LogForm, Request, add_responder, edit_incident, log_incident, watch_incident
from allclear.kernel.clock import now
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.testing import organisation, person

pytestmark = pytest.mark.django_db


def asking(user: User) -> Request:
    return Request(viewer_of(user), now())


@pytest.fixture
def ours() -> Organisation:
    return Organisation.objects.create(name="Ours")


@pytest.fixture
def theirs() -> Organisation:
    return Organisation.objects.create(name="Theirs")


def test_a_requester_cannot_log_for_strangers_nor_on_their_things(ours: Organisation, theirs: Organisation) -> None:
    requester, stranger = person("requester", organisation=ours), person("requester", organisation=theirs)
    service = Service.objects.create(name="Their shop", organisation=theirs)
    item = ConfigurationItem.objects.create(name="their-server", organisation=theirs)
    for form in (
        LogForm(title="It is down", on_behalf_of_id=stranger.pk),
        LogForm(title="It is down", service_id=service.pk),
        LogForm(title="It is down", ci_ids=[item.pk]),
    ):
        with pytest.raises(Invalid, match=r"There is no .* with the key"):
            log_incident(asking(requester), form)


def test_a_requester_names_what_is_shared_or_their_own_customers(ours: Organisation) -> None:
    requester = person("requester", organisation=ours)
    for service in (Service.objects.create(name="Mail"), Service.objects.create(name="Our shop", organisation=ours)):
        form = LogForm(title="It is down", service_id=service.pk, on_behalf_of_id=requester.pk)
        row = log_incident(asking(requester), form).incident
        assert (row.service_id, row.organisation_id) == (service.pk, ours.pk)


def test_a_requester_leaves_tasks_to_the_desk(ours: Organisation) -> None:
    with pytest.raises(NotPermitted, match="leave tasks empty"):
        log_incident(asking(person("requester", organisation=ours)), LogForm(title="It is down", tasks=["Pay me"]))


def test_an_unknown_customer_is_answered_like_a_hidden_one(ours: Organisation, theirs: Organisation) -> None:
    requester = person("requester", organisation=ours)
    said = set()
    for pk in (theirs.pk, 987_654):
        with pytest.raises(NotPermitted) as refused:
            log_incident(asking(requester), LogForm(title="It is down", organisation_id=pk))
        said.add(refused.value.message)
    assert len(said) == 1


def test_staff_of_some_customers_name_only_what_they_may_know(ours: Organisation, theirs: Organisation) -> None:
    agent = person("agent")
    agent.serves.add(ours)
    stranger = person("requester", organisation=theirs)
    item = ConfigurationItem.objects.create(name="their-server", organisation=theirs)
    asked = asking(User.objects.get(pk=agent.pk))
    row = log_incident(asked, LogForm(title="It is down", organisation_id=ours.pk)).incident
    with pytest.raises(Invalid, match="no user with the key"):
        edit_incident(asked, row.pk, fields={"requester_id": stranger.pk})
    with pytest.raises(Invalid, match="configuration item"):
        edit_incident(asked, row.pk, ci_ids=[item.pk])
    with pytest.raises(Invalid):
        watch_incident(asked, row.pk, user_id=stranger.pk)
    colleague = person("agent")
    assert add_responder(asked, row.pk, colleague.pk).incident.responder_ids == [colleague.pk]


def test_what_an_incident_has_already_may_stay(ours: Organisation, theirs: Organisation) -> None:
    item = ConfigurationItem.objects.create(name="their-server", organisation=theirs)
    row = log_incident(asking(person("agent")), LogForm(title="It is down", ci_ids=[item.pk])).incident
    agent = person("agent")
    agent.serves.add(ours)
    edited = edit_incident(asking(agent), row.pk, fields={"location": "Room 4"}, ci_ids=[item.pk]).incident
    assert (edited.location, edited.ci_ids) == ("Room 4", [item.pk])


def test_a_part_of_a_customer_names_what_the_whole_customer_has(ours: Organisation) -> None:
    requester = person("requester", organisation=organisation("A store of ours", parent=ours))
    item = ConfigurationItem.objects.create(name="our-server", organisation=ours)
    row = log_incident(asking(requester), LogForm(title="It is down", ci_ids=[item.pk])).incident
    assert row.ci_ids == [item.pk]
