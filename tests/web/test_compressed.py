"""Pages, scripts and styles come compressed; files that people attach come as they are."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from allclear.incidents import actions
from allclear.testing import T0, logged, person, request_as

pytestmark = pytest.mark.django_db
ASSETS = settings.PACKAGE / "web" / "static" / "dist" / "assets"


@pytest.fixture
def client() -> Client:
    found = Client(headers={"accept-encoding": "gzip, deflate, br"})
    found.force_login(person(), backend=settings.AUTHENTICATION_BACKENDS[0])
    return found


def test_it_sends_a_page_compressed_and_of_another_length_each_time(client: Client) -> None:
    answers = [client.get(reverse("incidents:queue")) for _ in range(8)]
    assert {answer["Content-Encoding"] for answer in answers} == {"gzip"}
    assert "Accept-Encoding" in answers[0]["Vary"]
    assert b"</html>" in gzip.decompress(answers[0].content)
    assert len({len(answer.content) for answer in answers}) > 1


def test_it_sends_a_page_as_it_is_to_who_does_not_ask_for_less(client: Client) -> None:
    answer = client.get(reverse("incidents:queue"), headers={"accept-encoding": "identity"})
    assert "Content-Encoding" not in answer
    assert b"</html>" in answer.content


def test_it_sends_an_attached_text_as_it_is(client: Client) -> None:
    agent = person()
    row = logged(agent)
    body = b"line of a log\n" * 500
    actions.attach_file(request_as(agent, T0), row.pk, name="trace.txt", chunks=[body], is_public=True)
    file = row.attachments.get()
    answer = client.get(reverse("incidents:file", args=[row.number, file.pk]))
    assert "Content-Encoding" not in answer
    assert answer.getvalue() == body
    answer.close()


@pytest.mark.parametrize("kind", ["js", "css"])
def test_it_sends_scripts_and_styles_in_the_form_that_was_built(client: Client, kind: str) -> None:
    newest = max(ASSETS.glob(f"main-*.{kind}"), key=lambda path: path.stat().st_mtime)
    assert Path(f"{newest}.br").stat().st_size < newest.stat().st_size / 3
    answer = client.get(f"/static/dist/assets/{newest.name}")
    assert (answer.status_code, answer["Content-Encoding"]) == (200, "br")
    assert "immutable" in answer["Cache-Control"]
    assert answer.getvalue() == Path(f"{newest}.br").read_bytes()
    answer.close()
