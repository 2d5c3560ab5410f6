"""The palette answers with what the viewer may see and nothing else, quickly and in few queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.models import Look, SavedView
from allclear.incidents.tests.world import world
from allclear.testing import T0, ci, logged, organisation, person, request_as, security_class, service, team
from allclear.web.palette.actions import ACTIONS
from allclear.web.palette.places import FOR_ALL, FOR_REQUESTERS, FOR_STAFF, letters_for, places_for
from tests.web.screens import HTMX, as_

pytestmark = pytest.mark.django_db


def ask(user: User, q: str = "", **more: str) -> str:
    response = as_(user).get(reverse("palette:answer"), {"q": q, **more}, headers=HTMX)
    assert response.status_code == 200
    return str(response.content.decode())


def test_it_finds_every_kind_of_record_by_name() -> None:
    company = world()
    network = service("Zebra access")
    things = [network, ci("zebra-gw-1"), team(name="Zebra crossing"), person(name="Zoe Zebra", teams=[company.desk])]
    view = SavedView.objects.create(owner=company.agent, name="Zebra things", filter="zebra")
    row = logged(company.agent, title="Zebra printer jams")
    html = ask(company.agent, "zebra")
    for thing in things:
        assert str(thing) in html
    assert f"/incidents/{row.number}/" in html
    assert f"?view={view.pk}" in html


def test_it_finds_people_in_any_writing_and_what_is_mistyped(django_capture_on_commit_callbacks: Any) -> None:
    company = world()
    person(name="Søren Ågård")
    with django_capture_on_commit_callbacks(execute=True):
        row = logged(company.agent, title="Outlook connection resets")
    assert "Søren Ågård" in ask(company.agent, "@soren")
    assert row.number in ask(company.agent, "conection")
    service("Warehouse control")
    assert "Warehouse control" in ask(company.agent, "warehose")


@pytest.mark.parametrize("typed", ["INC", "digits", "#digits", "short"])
def test_it_finds_an_incident_by_its_number(typed: str) -> None:
    company = world()
    digits = company.row.number.removeprefix("INC")
    text = {"INC": company.row.number.lower(), "digits": digits, "#digits": f"#{digits}", "short": digits.lstrip("0")}
    assert company.row.title in ask(company.agent, text[typed])


def test_signs_narrow_what_is_looked_for() -> None:
    company = world()
    person(name="Vera Vpnova")
    row = logged(company.agent, title="Vpnova drops")
    assert row.number in ask(company.agent, "#vpnova")
    assert "Vera" not in ask(company.agent, "#vpnova")
    assert "Vera" in ask(company.agent, "@vpnova")
    assert row.number not in ask(company.agent, "@vpnova")


@pytest.mark.parametrize("role", list(Role))
def test_it_never_lists_what_the_viewer_may_not_see(role: Role) -> None:
    keeper = person("team_lead")
    secret = logged(keeper, title="Quartzite is missing", description="quartzite")
    class_ = security_class(keeper)
    actions.edit_incident(request_as(keeper, 5), secret.pk, fields={"security_class_id": class_.pk})
    SavedView.objects.create(owner=keeper, name="Quartzite", filter="quartzite")
    viewer = person(role)
    Look.objects.create(user=viewer, incident=secret, version=1, seen_at=T0)  # saw it before it was classified
    view = SavedView.objects.get(name="Quartzite")
    for q in ("quartzite", "#quartzite", secret.number, "", "quartzit"):
        html = ask(viewer, q, kept=f"view:{view.pk},incident:{secret.pk}")
        assert "Quartzite" not in html
        assert f"/{secret.number}/" not in html
    assert secret.title in ask(keeper, "quartzite")


def test_a_requester_finds_only_their_own_incidents() -> None:
    company = world()
    company.row.refresh_from_db()
    service("Remote Holm service")
    other = logged(company.agent, title="Holm printer of somebody else")
    assert company.row.number in ask(company.requester, company.row.title.split()[0])
    html = ask(company.requester, "holm")
    assert other.number not in html
    for hidden in ("Rita Holm", "Remote Holm", "Network", company.agent.name):
        assert f'data-label="{hidden}' not in html
    kept = f"person:{company.agent.pk},team:{company.network.pk},service:1"
    assert "role=option" not in ask(company.requester, "", kept=kept).replace('"', "")


def test_staff_of_one_customer_find_no_people_and_things_of_another() -> None:
    company = world()
    foreign = organisation("Elsewhere")
    service("Quince mail", organisation=foreign)
    ci("quince-gw", organisation=foreign)
    person("requester", name="Quince Adler", organisation=foreign)
    narrow = person(serves=[company.acme])
    assert "uince" not in ask(narrow, "quince")
    assert "Quince Adler" in ask(company.agent, "quince")


def test_it_shows_what_was_looked_at_last_but_not_the_page_on_screen() -> None:
    company = world()
    for minutes, row in enumerate((company.row, company.second)):
        Look.objects.create(user=company.agent, incident=row, version=1, seen_at=T0.replace(minute=minutes))
    html = ask(company.agent, "", at="/incidents/")
    assert html.index(company.second.number) < html.index(company.row.number)
    assert company.row.number not in ask(company.agent, "", at=f"/incidents/{company.row.number}/")


def test_it_says_again_what_was_chosen_on_this_device_as_it_is_called_now() -> None:
    company = world()
    chosen = service("Old name")
    chosen.name = "New name"
    chosen.save()
    html = ask(company.agent, "", kept=f"team:{company.desk.pk},service:{chosen.pk},service:99999999999999999999,x:1,")
    assert html.index("Desk") < html.index("New name")


@pytest.mark.parametrize(
    "q", ["'\"<b>&", "%", "\\", "\0", "((", "priority:9 -", "#", "@", "ß" * 300, "🙂", "a b c d e f g h"]
)
def test_strange_texts_are_no_error(q: str) -> None:
    company = world()
    for person_ in (company.agent, company.requester):
        assert "<b>&" not in ask(person_, q, at="/incidents/\0/", kept="\0,service:x")


@pytest.mark.usefixtures("minute_stands")
def test_it_needs_few_queries(django_assert_max_num_queries: Any) -> None:
    company = world()
    for n in range(10):
        logged(company.agent, title=f"Vpn drops {n}")
    client = as_(company.agent)
    for q, most in (("vpn", 8), ("", 7), ("@ana", 6), (company.row.number, 7)):
        url = reverse("palette:answer")
        client.get(url, {"q": q})
        with django_assert_max_num_queries(most):  # four of them: session, person, rights, what changed
            client.get(url, {"q": q, "kept": "service:1,person:1"})


@pytest.mark.parametrize("role", list(Role))
def test_every_place_it_offers_opens(role: Role) -> None:
    user = person(role)
    client = as_(user)
    html = client.get(reverse("palette:places")).content.decode()
    viewer = viewer_for(user.pk)
    places = list(places_for(viewer))
    assert places
    for place in places:
        assert str(place.label) in html.replace("&#x27;", "'")
        assert client.get(place.url).status_code == 200, place.url
    hidden = {p.label for p in [*FOR_ALL, *FOR_STAFF, *FOR_REQUESTERS]} - {p.label for p in places}
    assert not [label for label in hidden if f'data-label="{label}"' in html]
    letters = [place.go for place in places if place.go]
    assert len(letters) == len(set(letters)) == len(letters_for(viewer))


def test_places_and_actions_are_found_by_their_english_words_too(settings: Any) -> None:
    user = person("admin", language="de")
    response = as_(user).get(reverse("palette:places"))
    html = response.content.decode()
    assert "dark theme" in html.lower()
    assert all(f'data-does="{action.does}"' in html for action in ACTIONS)
    assert 'data-does="language:en"' in html
    assert 'data-does="language:de"' not in html


def test_the_browser_keeps_places_only_at_the_address_of_the_moment() -> None:
    user = person("agent")
    client = as_(user)
    page = client.get("/incidents/").content.decode()
    url = page.partition('data-places="')[2].partition('"')[0]
    assert "max-age=3600" in client.get(url)["Cache-Control"]
    assert client.get(reverse("palette:places") + "?v=old")["Cache-Control"] == "no-store"
    assert as_(person("agent")).get(url)["Cache-Control"] == "no-store"


def test_it_changes_the_language_of_one_person() -> None:
    user = person("agent")
    client = as_(user)
    assert client.post(reverse("palette:language"), {"language": "de"}).status_code == 204
    user.refresh_from_db()
    assert user.language == "de"
    assert client.post(reverse("palette:language"), {"language": "xx"}).status_code == 422
    assert client.get(reverse("palette:language")).status_code == 405
