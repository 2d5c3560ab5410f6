"""Coming in: the first administrator, log-in, log-out, the own profile."""

from __future__ import annotations

import re
from threading import Barrier, Thread

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from allclear.accounts.models import ApiToken, User
from allclear.accounts.tokens import bearer
from allclear.catalog.models import Code
from allclear.kernel.clock import now
from allclear.kernel.events import stream
from allclear.testing import PASSWORD, person, team

FIRST = {"name": "Ada Lovelace", "email": "ada@example.org", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    """Attempts of one test do not count for the next."""
    cache.clear()


@pytest.mark.django_db
def test_an_empty_installation_sends_everybody_to_the_welcome_page() -> None:
    for url in ("/", "/incidents/", "/admin/people/", "/account/login/", "/catalog/services/", "/no/such/page"):
        response = Client().get(url)
        assert (response.status_code, response.headers["Location"]) == (302, "/welcome/"), url
    assert Client().get("/healthz").status_code == 200


@pytest.mark.django_db
def test_the_first_administrator_is_logged_in_and_finds_the_first_steps() -> None:
    client = Client()
    response = client.post("/welcome/", FIRST)
    assert response.headers["Location"] == reverse("admin_area:index")
    page = client.get(reverse("admin_area:index")).content.decode()
    assert "First steps" in page and "Add a team" in page
    assert User.objects.get().roles == ["agent", "admin"]
    assert Code.objects.filter(key="fixed").exists(), "resolving needs codes"


@pytest.mark.django_db
def test_the_welcome_page_closes_behind_the_first() -> None:
    Client().post("/welcome/", FIRST)
    stranger = Client()
    assert stranger.get("/welcome/").headers["Location"] == "/account/login/"
    assert stranger.post("/welcome/", {**FIRST, "email": "eve@example.org"}).headers["Location"] == "/account/login/"
    assert [user.email for user in User.objects.all()] == ["ada@example.org"]
    assert stranger.get("/incidents/").headers["Location"] == "/account/login/?next=/incidents/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"again": "something else"}, "The two passwords differ"),
        ({"password": "password12", "again": "password12"}, "too common"),
        ({"email": "ada"}, "valid email"),
        ({"name": ""}, "required"),
    ],
)
def test_a_mistake_on_the_welcome_page_keeps_what_was_typed(change: dict[str, str], words: str) -> None:
    response = Client().post("/welcome/", {**FIRST, **change})
    page = response.content.decode()
    assert response.status_code == 422 and words in page
    assert PASSWORD not in page and not User.objects.exists()
    assert 'value="Ada Lovelace"' in page or "name" in change


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_at_once_one_becomes_administrator() -> None:
    barrier, answers = Barrier(2), []

    def begin(email: str) -> None:
        client = Client()
        client.get("/welcome/")
        barrier.wait(60)
        answers.append(client.post("/welcome/", {**FIRST, "email": email}).headers.get("Location"))
        connection.close()

    threads = [Thread(target=begin, args=(f"{name}@example.org",)) for name in ("ada", "eve")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert User.objects.count() == 1
    assert sorted(map(str, answers)) == ["/account/login/", "/admin/"]


@pytest.mark.django_db
def test_log_in_goes_where_one_wanted_to_go_and_nowhere_else() -> None:
    user = person("agent", password=PASSWORD)
    login = {"login": user.email, "password": PASSWORD}
    wanted = Client().post("/account/login/?next=/catalog/services/", {**login, "next": "/catalog/services/"})
    assert wanted.headers["Location"] == "/catalog/services/"
    elsewhere = Client().post("/account/login/", {**login, "next": "https://evil.example.org/"})
    assert elsewhere.headers["Location"] == "/"
    assert Client().post("/account/login/", {**login, "login": str(user.email).upper()}).status_code == 302


@pytest.mark.django_db
def test_a_wrong_password_and_an_unknown_address_look_the_same() -> None:
    user = person("agent", password=PASSWORD)
    pages = []
    for login in (str(user.email), "nobody@example.org"):
        response = Client().post("/account/login/", {"login": login, "password": "not the password"})
        page = response.content.decode()
        assert response.status_code == 200 and "do not belong together" in page and "not the password" not in page
        page = re.sub(r"[A-Za-z0-9]{64}", "", page)
        pages.append(re.sub(r"\d\d:\d\d(:\d\d)?(\.\d+)?", "", page).replace(login, ""))
    assert pages[0] == pages[1]


@pytest.mark.django_db
def test_guessing_is_slowed_down() -> None:
    user = person("agent", password=PASSWORD)
    client = Client()
    answers = [client.post("/account/login/", {"login": user.email, "password": f"guess {n}"}) for n in range(12)]
    assert any(a.status_code == 429 or b"Too many" in a.content for a in answers)


@pytest.mark.django_db
def test_guesses_count_together_in_all_processes_and_whatever_address_is_claimed() -> None:
    user = person("agent", password=PASSWORD)
    for n in range(5):
        claimed = {"X-Forwarded-For": f"192.0.2.{n}"}
        Client().post("/account/login/", {"login": user.email, "password": f"guess {n}"}, headers=claimed)
    with connection.cursor() as cursor:  # where every process looks
        cursor.execute("SELECT count(*) FROM kernel_cache")
        assert cursor.fetchone()[0] > 0
    claimed = {"X-Forwarded-For": "192.0.2.99"}
    answer = Client().post("/account/login/", {"login": user.email, "password": PASSWORD}, headers=claimed)
    assert b"Too many attempts" in answer.content


@pytest.mark.django_db
def test_a_deactivated_person_is_out_at_once_and_cannot_come_back() -> None:
    user = person("agent", password=PASSWORD)
    client = Client()
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert client.get(reverse("account_area:profile")).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(reverse("account_area:profile")).status_code == 302
    again = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert client.get(reverse("account_area:profile")).status_code == 302, again.content[:200]


@pytest.mark.django_db
def test_log_out_is_a_button_not_a_link() -> None:
    user = person("agent")
    client = Client()
    client.force_login(user, backend="allclear.web.backend.Backend")
    assert "Log out?" in client.get("/account/logout/").content.decode()
    assert client.get(reverse("account_area:profile")).status_code == 200
    client.post("/account/logout/")
    assert client.get(reverse("account_area:profile")).status_code == 302


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allclear.web.backend.Backend")
    return client


PROFILE = {"name": "Rosa Kern", "phone": "", "mobile": "+49 170", "location": "Lyon", "language": "en"}


@pytest.mark.django_db
def test_a_person_saves_their_profile_and_sees_their_teams() -> None:
    user = person("requester", skills=["dns"])
    team(user, name="Field crew")
    client = _client(user)
    page = client.get(reverse("account_area:profile")).content.decode()
    assert "Field crew" in page and "dns" in page and "Europe/Berlin" in page
    saved = client.post(reverse("account_area:profile"), {**PROFILE, "time_zone": "Europe/Berlin", "version": "0"})
    assert saved.status_code == 302
    user.refresh_from_db()
    assert (user.name, user.time_zone, user.roles) == ("Rosa Kern", "Europe/Berlin", ["requester"])
    wrong = client.post(reverse("account_area:profile"), {**PROFILE, "time_zone": "Mars", "version": "1"})
    assert wrong.status_code == 422 and "IANA" in wrong.content.decode()


@pytest.mark.django_db
def test_a_second_save_shows_both_sides_and_then_wins() -> None:
    client = _client(person("requester", name="Old"))
    form = {**PROFILE, "time_zone": "UTC", "version": "0"}
    client.post(reverse("account_area:profile"), {**form, "location": "Lyon"})
    late = client.post(reverse("account_area:profile"), {**form, "location": "Paris"})
    page = late.content.decode()
    assert late.status_code == 409 and "Lyon" in page and "Paris" in page and "Nothing is saved yet" in page
    assert 'name="version" value="1"' in page
    assert (
        client.post(reverse("account_area:profile"), {**form, "location": "Paris", "version": "1"}).status_code == 302
    )
    assert User.objects.get().location == "Paris"


@pytest.mark.django_db
def test_a_token_is_shown_once_and_can_be_revoked() -> None:
    user = person("agent")
    client = _client(user)
    made = client.post(reverse("account_area:token_add"), {"name": "Script", "scopes": ["read"], "life": "30"})
    found = re.search(r'value="(alc_[^"]+)"', made.content.decode())
    assert found is not None
    plain = found[1]
    known = bearer(plain, now())
    assert known is not None and known.viewer.scopes == frozenset({"read"})
    assert plain not in client.get(reverse("account_area:profile")).content.decode()
    token = ApiToken.objects.get()
    assert _client(person("agent")).post(reverse("account_area:token_revoke", args=[token.pk])).status_code == 404
    assert client.get(reverse("account_area:token_revoke", args=[token.pk])).status_code == 405
    client.post(reverse("account_area:token_revoke", args=[token.pk]))
    assert bearer(plain, now()) is None


@pytest.mark.django_db
def test_a_new_password_asks_for_the_old_one_and_ends_other_log_ins() -> None:
    user = person("agent", password=PASSWORD)
    here, there = _client(user), _client(user)
    url = reverse("account_area:password")
    new = {"password": "a quiet river bends", "again": "a quiet river bends"}
    refused = here.post(url, {**new, "current": "wrong"})
    assert refused.status_code == 422 and "not your current password" in refused.content.decode()
    assert here.post(url, {**new, "current": PASSWORD}).status_code == 302
    assert here.get(url).status_code == 200
    assert there.get(url).status_code == 302
    assert [event.kind for event in stream("user", user.pk)] == ["user_password_set"]
