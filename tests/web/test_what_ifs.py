"""The screens of what-ifs: make a draft, change it, run it, read what it found, switch it on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from allclear.accounts.models import Team, User
from allclear.engine import jobs
from allclear.incidents import actions
from allclear.kernel import clock
from allclear.reports.models import WhatIf
from allclear.slas.models import Agreement, AgreementVersion
from allclear.testing import agreement, calendar, codes, logged, person, promise, request_as, resolution, team
from tests.web.screens import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
URL = "/reports/what-ifs/"
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
MARCH = {"name": "Faster", "first": "2026-03-01", "until": "2026-03-31", "filter": ""}


@pytest.fixture
def manager() -> User:
    codes()
    found = person("incident_manager")
    team(found, name="Network")
    return found


@pytest.fixture
def gold(manager: User) -> Agreement:
    told = [{"percent": 50, "actions": [{"do": "tell_team"}]}]
    made = agreement(promise("resolution", 480, calendar("Office"), "all", thresholds=told), name="Gold")
    row = logged(manager, title="Printer jams", team_id=Team.objects.get(name="Network").pk)
    actions.resolve_incident(request_as(manager, 300), row.pk, resolution())
    return made


def get(user: User, address: str, status: int = 200) -> str:
    with clock.set_clock(NOW):
        response = as_(user).get(address)
    assert response.status_code == status
    return str(response.content.decode())


def post(user: User, address: str, status: int = 302, **said: Any) -> str:
    with clock.set_clock(NOW):
        response = as_(user).post(address, said)
    assert response.status_code == status, response.content.decode()[:2000]
    return str(response.content.decode())


def draft(user: User, gold: Agreement, minutes: str) -> WhatIf:
    """A what-if with a copy of the agreement in it, and other minutes."""
    post(user, URL, **MARCH)
    row = WhatIf.objects.get()
    address = f"{URL}{row.pk}/draft/"
    post(user, address, do="take", what=f"agreement:{gold.pk}")
    hours = gold.versions.get().body["targets"][0]["calendar_id"]
    said = {"minutes_0": minutes, "calendar_0": hours, "percents_0": "50, 90"}
    post(user, address, do="table", part=f"agreement:{gold.pk}", **said)
    row.refresh_from_db()
    return row


def ran(user: User, row: WhatIf) -> str:
    post(user, f"{URL}{row.pk}/run/")
    with clock.set_clock(NOW):
        jobs.run_what_if(row.pk)
    return get(user, f"{URL}{row.pk}/")


def test_it_goes_from_a_draft_to_what_it_would_have_changed_and_switches_it_on(manager: User, gold: Agreement) -> None:
    row = draft(manager, gold, "120")
    target = row.draft["agreements"][str(gold.pk)]["body"]["targets"][0]
    assert (target["minutes"], [one["percent"] for one in target["thresholds"]]) == (120, [50, 90])
    assert target["thresholds"][0]["actions"] == [{"do": "tell_team"}]  # what it did stays
    html = ran(manager, row)
    assert "Printer jams" in html and "All of Network" in html and "Resolution" in html
    assert "breached" in html and "2026-03" in html
    assert "Printer jams" in get(manager, f"{URL}{row.pk}/?show=turned")
    assert "Gold" in get(manager, f"{URL}{row.pk}/switch-on/")
    post(manager, f"{URL}{row.pk}/switch-on/", at="", note="Agreed")
    assert AgreementVersion.objects.get(agreement=gold, version=2).body["targets"][0]["minutes"] == 120
    again = post(manager, f"{URL}{row.pk}/switch-on/", 422, at="", note="")
    assert "newer version" in again


def test_it_says_in_words_that_nothing_differs(manager: User, gold: Agreement) -> None:
    post(manager, URL, **MARCH)
    html = ran(manager, WhatIf.objects.get())
    assert "It makes no difference." in html and "Incidents that change" not in html


def test_it_shows_how_far_a_run_is_and_cancels_it(manager: User, gold: Agreement) -> None:
    row = draft(manager, gold, "120")
    WhatIf.objects.filter(pk=row.pk).update(state="running", done=3, total=12)
    html = get(manager, f"{URL}{row.pk}/")
    assert "3 of 12 incidents played." in html and "every 2s" in html
    post(manager, f"{URL}{row.pk}/cancel/")
    assert "Stopping" in get(manager, f"{URL}{row.pk}/")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"do": "table", "minutes_0": "soon"}, "targets.0.minutes"),
        ({"do": "raw", "raw": "{"}, "This is no JSON"),
        ({"do": "raw", "raw": '{"targets": []}'}, "Add a target"),
        ({"do": "raw", "raw": "[]"}, "Write an object"),
    ],
)
def test_it_says_what_is_wrong_with_a_draft_and_keeps_the_one_before(
    manager: User, gold: Agreement, said: dict[str, str], words: str
) -> None:
    row = draft(manager, gold, "120")
    html = post(manager, f"{URL}{row.pk}/draft/", 422, part=f"agreement:{gold.pk}", **said)
    assert words in html
    assert WhatIf.objects.get().draft == row.draft


def test_it_takes_the_matrix_and_a_calendar_and_ends_an_agreement(manager: User, gold: Agreement) -> None:
    row = draft(manager, gold, "120")
    address = f"{URL}{row.pk}/draft/"
    hours = gold.versions.get().body["targets"][0]["calendar_id"]
    post(manager, address, do="take", what="matrix:matrix")
    post(manager, address, do="take", what=f"calendar:{hours}")
    post(manager, address, do="take", what="agreement:99999")
    post(manager, address, do="table", part="matrix:matrix", cell_1_1="2")
    post(manager, address, do="end", part=f"agreement:{gold.pk}")
    row.refresh_from_db()
    assert row.draft["matrix"]["cells"][1][1] == 2
    assert row.draft["agreements"] == {str(gold.pk): {"is_ended": True}}
    assert "Office" in get(manager, address)
    post(manager, address, do="drop", part="matrix:matrix")
    post(manager, address, do="drop", part=f"calendar:{hours}")
    row.refresh_from_db()
    assert row.draft.keys() == {"agreements"}


def test_it_is_for_its_author_and_for_nobody_else(manager: User, gold: Agreement) -> None:
    row = draft(manager, gold, "120")
    other = person("admin")
    for address in (f"{URL}{row.pk}/", f"{URL}{row.pk}/draft/", f"{URL}{row.pk}/switch-on/"):
        get(other, address, 404)
    agent = person("agent")
    assert "Faster" not in get(agent, URL) and "Make the draft" not in get(agent, URL)
    post(agent, URL, 403, **MARCH)
    post(manager, f"{URL}{row.pk}/delete/")
    assert not WhatIf.objects.exists()


def test_it_asks_for_days_that_make_a_span(manager: User) -> None:
    assert "The span must end" in post(manager, URL, 422, **{**MARCH, "until": "2026-02-01"})
    assert "filter" in post(manager, URL, 422, **{**MARCH, "filter": "nonsense:1"})
