"""Screens speak the viewer's language; the API speaks English to the same person."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import translation
from pypdf import PdfReader

from allclear.accounts.actions import change_profile
from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.catalog.models import Code
from allclear.domain.terms import HoldReason, Role
from allclear.incidents import actions
from allclear.incidents.actions import Resolution
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid
from allclear.kernel.models import Event
from allclear.testing import T0, in_status, instant, logged, person, request_as
from tests.api.client import Api, problem
from tests.web.screens import HTMX, as_, do, page, verb_url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("german")]


@pytest.fixture
def anna() -> User:
    return person(name="Anna Berg", language="de", time_zone="Europe/Berlin")


def held(by: User) -> Incident:
    row = in_status("in_progress", by=by)
    until = instant() + timedelta(days=1)
    actions.hold_incident(request_as(by, 30), row.pk, reason=HoldReason.REQUESTER, until=until)
    return row


def test_it_tells_the_history_in_the_language_and_the_zone_of_the_reader(anna: User) -> None:
    row = held(anna)
    html = page(anna, row)
    assert "wartet bis Di, 3. Mär 2026, 10:00 auf die meldende Person" in html
    english = page(person(), row)
    assert "put it on hold, waiting for the requester until Tue 3 Mar 2026, 09:00" in english


def test_it_explains_a_stored_decision_in_the_language_of_the_reader(anna: User) -> None:
    row = logged(anna)
    html = page(anna, row)
    assert "P3, denn die Auswirkung ist mittel und die Dringlichkeit mittel" in html
    assert "Die Auswirkung ist mittel" in html
    assert "P3 because impact is Medium and urgency is Medium" in page(person(), row)


def test_it_shows_an_old_explanation_in_english(anna: User) -> None:
    row = logged(anna)
    event = Event.objects.get(stream_type="incident", stream_id=row.pk, kind="prioritised")
    trace = {k: v for k, v in event.trace[0].items() if k != "said"}
    trace["steps"] = [{k: v for k, v in step.items() if k != "said"} for step in trace["steps"]]
    old = Event(
        stream_type="incident", stream_id=row.pk, position=99, kind="prioritised", data={}, trace=[trace],
        occurred_at=T0, recorded_at=T0,
    )  # fmt: skip
    from allclear.incidents import timeline

    with translation.override("de"):
        told = timeline.newest_trace([old], "priority_matrix")
    assert told is not None
    assert told["summary"] == "P3 because impact is Medium and urgency is Medium"
    assert told["steps"][0]["text"] == "Impact is Medium"


def test_it_refuses_a_verb_in_the_language_of_the_reader(anna: User) -> None:
    row = logged(anna)
    html = do(anna, row, "resume", headers=HTMX).content.decode()
    assert "„Fortsetzen“ geht nicht: Der Vorfall ist neu. Das geht, solange er zurückgestellt ist." in html


def test_it_says_what_is_wrong_with_a_field_in_the_language_of_the_reader(anna: User) -> None:
    row = logged(anna)
    missing = {"version": row.version, "reason": " "}
    html = as_(anna).post(verb_url(row, "cancel"), missing, headers=HTMX).content.decode()
    with translation.override("de"), pytest.raises(Invalid) as wrong:
        actions.cancel_incident(request_as(anna), row.pk, reason="")
    assert str(wrong.value) == "Say why it is cancelled, for example: logged twice by mistake."
    assert "Say why it is cancelled" not in html


def test_it_keeps_english_in_what_is_stored(anna: User) -> None:
    with translation.override("de"):
        row = logged(anna)
    event = Event.objects.get(stream_type="incident", stream_id=row.pk, kind="prioritised")
    assert event.trace[0]["summary"] == "P3 because impact is Medium and urgency is Medium"


def test_it_answers_the_api_in_english_whoever_asks(anna: User) -> None:
    row = logged(anna)
    api = Api(anna)
    told = problem(api.post(f"/incidents/{row.number}/resume"), 409)
    assert "Resume is not possible: the incident is new." in told["detail"]
    wrong = api.post(f"/incidents/{row.number}/cancel", reason="", headers={"Accept-Language": "de"})
    assert "Say why it is cancelled" in wrong.content.decode()
    assert "Content-Language" not in wrong


def test_it_answers_the_api_in_english_behind_a_german_page_of_the_same_browser(anna: User) -> None:
    row = logged(anna)
    client = as_(anna)
    assert client.get(f"/incidents/{row.number}/").headers["Content-Language"] == "de"
    answer = client.get(f"/api/v1/incidents/{row.number}", headers={"Accept-Language": "de"})
    assert answer.status_code == 200
    assert "P3 because impact is Medium" in client.get(f"/api/v1/incidents/{row.number}/timeline").content.decode()


def test_it_names_the_language_of_the_page(anna: User) -> None:
    assert '<html lang="de"' in as_(anna).get("/incidents/").content.decode()
    assert '<html lang="en"' in as_(person()).get("/incidents/").content.decode()


def test_it_speaks_english_to_somebody_whose_language_is_not_there() -> None:
    response = as_(person(language="xx")).get("/incidents/")
    assert '<html lang="en"' in response.content.decode()
    assert response.headers["Content-Language"] == "en"


def test_it_shows_english_words_where_a_catalogue_was_not_compiled(anna: User) -> None:
    row = logged(anna)
    html = page(person(language="es"), row)
    assert '<html lang="es"' in html
    assert "P3 because impact is Medium and urgency is Medium" in html


def test_it_asks_a_strangers_browser_for_the_language() -> None:
    person()
    response = Client().get("/account/login/", headers={"Accept-Language": "fr, de;q=0.8"})
    assert '<html lang="de"' in response.content.decode()
    assert "Accept-Language" in response.headers["Vary"]
    assert '<html lang="en"' in Client().get("/account/login/").content.decode()


def test_it_forgets_the_language_after_the_page(anna: User) -> None:
    as_(anna).get("/incidents/")
    assert translation.get_language() == "en"


def test_it_keeps_only_languages_that_it_has(anna: User) -> None:
    with pytest.raises(Invalid) as wrong:
        change_profile(viewer_for(anna.pk), {"language": "tlh"}, now=T0)
    assert wrong.value.fields == {"language": "Choose one of en, de, es."}


def test_it_offers_the_languages_by_their_own_names(anna: User) -> None:
    html = as_(anna).get("/profile/").content.decode()
    assert all(name in html for name in ("English", "Deutsch", "Español"))


def test_it_says_who_may_not_in_the_language_of_the_reader(anna: User) -> None:
    auditor = person(Role.AUDITOR, language="de")
    html = as_(auditor).get(verb_url(logged(anna), "accept"), headers=HTMX).content.decode()
    assert "Dazu braucht man eine dieser Rollen: " in html


def test_it_writes_the_closure_report_in_the_language_of_the_reader(anna: User) -> None:
    row = held(anna)
    answer = as_(anna).get(f"/incidents/{row.number}/report.pdf")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = "\n".join(sheet.extract_text() for sheet in PdfReader(BytesIO(content)).pages)
    assert "ENTWURF: Der Vorfall ist noch nicht beendet" in text
    assert "Was geschah" in text
    assert "wartet bis Di, 3. Mär 2026" in text


def test_it_calls_a_code_by_the_companys_word_for_it(anna: User) -> None:
    Code.objects.create(list="resolution", key="swapped_part", name="Teil getauscht")
    row = in_status("in_progress", by=anna)
    answer = Resolution("swapped_part", "Ein Kabel war es.")
    actions.resolve_incident(request_as(anna, 60), row.pk, answer)
    html = page(anna, row)
    assert ": Teil getauscht" in html
    assert "swapped part" not in html
