"""Setting up a source of alerts: what a form keeps, and what the pages say of what was sent."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from allclear import testing
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions import fold
from allclear.alerts.actions.integrations import add_integration
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.models import Integration, MaintenanceWindow
from allclear.domain.alerts.event import Action, Event
from allclear.kernel import clock
from tests.web.screens import as_

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return as_(testing.person("admin"))


@pytest.fixture
def jobs() -> Integration:
    values = {"kind": "json", "name": "Jobs", "options": {"split": "items", "title": "name"}}
    return add_integration(SYSTEM_VIEWER, values, now=clock.now())[0]


def sends(row: Integration, *names: str) -> int:
    events = [Event(Action.TRIGGER, name, name) for name in names]
    (pk,) = store_here([Arrival(row.pk, "json", clock.now(), "POST /webhooks/…ab12", b"{}", 202, events=events)])
    fold.fold(clock.now())
    return pk


def test_a_form_with_an_error_keeps_the_sample_and_the_body_that_was_tried(admin: Client, jobs: Integration) -> None:
    pk = sends(jobs, "Load")
    wrong = {"name": "", "events_per_minute": "1", "sample": '{"what": "<b>"}', "delivery": str(pk)}
    new = admin.post(reverse("alerts:integration_add", args=["json"]), wrong)
    assert new.status_code == 422
    assert "{&quot;what&quot;: &quot;&lt;b&gt;&quot;}</textarea>" in new.content.decode()
    old = admin.post(reverse("alerts:integration_edit", args=[jobs.pk]), wrong)
    assert f'<option value="{pk}" selected>' in old.content.decode()


def test_a_key_that_was_made_is_not_made_again_by_a_reload(admin: Client, jobs: Integration) -> None:
    made = admin.post(reverse("alerts:integration_key", args=[jobs.pk]), {"grace_hours": "0"})
    assert f'data-reload="/alerts/integrations/{jobs.pk}/"' in made.content.decode()


def test_a_message_of_many_events_says_how_many_it_speaks_of(admin: Client, jobs: Integration) -> None:
    pk = sends(jobs, *(f"Job {n} failed" for n in range(30)))
    listed = admin.get(f"/alerts/integrations/{jobs.pk}/").content.decode()
    assert "30 events; of the first 20: 20 × Opened an alert" in listed
    assert "and 27 more" in listed
    assert "and 10 more" in admin.get(reverse("alerts:delivery", args=[pk])).content.decode()


def test_the_preview_says_in_words_what_an_event_does(admin: Client) -> None:
    given = {"option_title": "name", "option_status": "state", "option_resolved_words": "ok"}
    for state, words in (("bad", "fires"), ("ok", "is over")):
        sample = json.dumps({"name": "Load", "state": state})
        text = admin.post(reverse("alerts:integration_preview", args=["json"]), given | {"sample": sample})
        assert f" {words}</span>" in text.content.decode()


def test_a_window_without_services_that_repeats_for_ever_is_told_both_at_once(admin: Client) -> None:
    form = {"name": "Patches", "starts_at": "2031-03-03T02:00", "ends_at": "2031-03-03T04:00", "way": "weekly"}
    answer = admin.post(reverse("alerts:window_add"), form | {"time_zone": "Europe/Berlin"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert '<a href="#f-services">Choose at least one service' in text
    assert '<a href="#f-until">Say until when it repeats' in text


def test_the_history_of_a_window_tells_its_times_by_the_clock_of_the_reader(admin: Client) -> None:
    form = {
        "name": "Patches", "starts_at": "2031-03-03T02:00", "ends_at": "2031-03-03T04:00", "way": "weekly",
        "until": "2031-04-28", "time_zone": "Europe/Berlin", "services": testing.service("Mail").pk,
    }  # fmt: skip
    assert admin.post(reverse("alerts:window_add"), form).status_code == 302
    row = MaintenanceWindow.objects.get()
    admin.post(reverse("alerts:window_cancel", args=[row.pk]), {"start": "2031-03-10T01:00:00+00:00"})
    text = admin.get(reverse("alerts:window", args=[row.pk])).content.decode()
    assert "+00:00</" not in text
    assert "left out" in text
