"""Alerts that a source names by an id of ours."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from allclear.alerts.actions import receive
from allclear.alerts.actions.fold import fold
from allclear.alerts.models import Alert, AlertEvent, Integration
from allclear.alerts.verify import verify_alerts
from allclear.domain.alerts import Action, Event
from allclear.testing import fires, instant, integration

pytestmark = pytest.mark.django_db


def sends(source: Integration, event: Event, request: UUID | None = None) -> None:
    arrival = receive.Arrival(
        source.pk, "opsgenie", instant(0), "POST", b"{}", 202, events=[event], request_id=request or uuid4()
    )
    receive.store_here([arrival])


def closes(name: str, kind: str = "id") -> Event:
    return Event(Action.RESOLVE, name, details={"identifier_type": kind})


@pytest.mark.parametrize("is_folded_between", [True, False])
@pytest.mark.parametrize("key", ["disk@web1", "k" * 600])
def test_it_finds_an_alert_by_the_request_that_created_it(is_folded_between: bool, key: str) -> None:
    source, request = integration("opsgenie"), uuid4()
    sends(source, fires(key), request)
    if is_folded_between:
        fold(instant(0))
    sends(source, closes(str(request).upper()))
    fold(instant(1))
    assert Alert.objects.get().status == "resolved"
    assert verify_alerts().is_clean


@pytest.mark.parametrize("kind", ["id", "tiny"])
def test_it_finds_an_alert_by_its_number(kind: str) -> None:
    source = integration("opsgenie")
    sends(source, fires("disk@web1"))
    fold(instant(0))
    sends(source, closes(str(Alert.objects.get().pk), kind))
    fold(instant(1))
    assert Alert.objects.get().status == "resolved"


@pytest.mark.parametrize("name", ["disk@web1", "999999999", "9" * 30, str(UUID(int=0)), "x" * 36])
def test_it_leaves_what_no_id_of_ours_is(name: str) -> None:
    source = integration("opsgenie")
    sends(source, fires("disk@web1"))
    sends(source, closes(name))
    fold(instant(0))
    is_its_own_name = name == "disk@web1"
    assert (Alert.objects.get().status == "resolved") is is_its_own_name
    assert AlertEvent.objects.filter(outcome="unknown").exists() is not is_its_own_name


def test_it_finds_no_alert_of_another_source() -> None:
    request = uuid4()
    sends(integration("opsgenie"), fires("disk@web1"), request)
    fold(instant(0))
    stranger = integration("opsgenie")
    sends(stranger, closes(str(request)))
    sends(stranger, closes(str(Alert.objects.get().pk), "tiny"))
    fold(instant(1))
    assert Alert.objects.get().status == "firing"
