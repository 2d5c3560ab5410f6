"""Attachments: kept whole, and never able to run in somebody's browser."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from allclear import testing
from allclear.accounts.models import User
from allclear.incidents import blobs as store
from tests.api.client import ROOT, Api, ok, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later", "blobs")]


def raw(api: Api, path: str, body: bytes) -> Any:
    return api.client.generic("POST", ROOT + path, body, headers=api.headers)


@pytest.fixture
def agent() -> User:
    return testing.person()


def test_it_gives_back_the_bytes_that_were_attached(agent: User) -> None:
    api, path = Api(agent), f"/incidents/{testing.logged(agent).number}/attachments"
    body = bytes(range(256)) * 1000
    form = api.client.post(ROOT + path, {"file": SimpleUploadedFile("log ü.bin", body)}, headers=api.headers)
    made = ok(form, 201)  # type: ignore[arg-type]  # a test's answer
    assert (made["name"], made["size"], made["is_public"]) == ("log ü.bin", 256_000, False)
    assert made["sha256"] == hashlib.sha256(body).hexdigest()
    answer = api.get(made["href"].removeprefix(ROOT))
    assert b"".join(answer.streaming_content) == body  # type: ignore[attr-defined]  # a file
    same = ok(raw(api, f"{path}/raw?name=again.bin&is_public=true", body), 201)
    assert (same["sha256"], same["is_public"]) == (made["sha256"], True)
    assert [one["name"] for one in ok(api.get(path))["items"]] == ["log ü.bin", "again.bin"]


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "feed.xml", "page.xhtml", "unknown"])
def test_it_sends_what_could_act_as_plain_bytes(name: str, agent: User) -> None:
    api, path = Api(agent), f"/incidents/{testing.logged(agent).number}/attachments"
    made = ok(raw(api, f"{path}/raw?name={name}", b"<script>alert(1)</script>"), 201)
    answer = api.get(made["href"].removeprefix(ROOT))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a file


def test_it_lets_no_name_break_out_of_the_header(agent: User) -> None:
    api, path = Api(agent), f"/incidents/{testing.logged(agent).number}/attachments"
    made = ok(raw(api, f"{path}/raw?name=..%2Fa%22%3B%20b%0D%0AX-Evil%3A%201.txt", b"x"), 201)
    answer = api.get(made["href"].removeprefix(ROOT))
    assert "X-Evil" not in answer
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''a%22%3B%20b%20X-Evil%3A%201.txt"
    assert b"".join(answer.streaming_content) == b"x"  # type: ignore[attr-defined]  # a file


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [("run.exe", b"MZ", "can run as programs"), ("empty.txt", b"", "is empty"), ("big.txt", b"x" * 200, "larger")],
)
def test_it_refuses_programs_nothing_and_too_much(
    name: str, body: bytes, words: str, agent: User, blobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LARGEST", 100)
    api, row = Api(agent), testing.logged(agent)
    answer = problem(raw(api, f"/incidents/{row.number}/attachments/raw?name={name}", body), 422)
    assert words in answer["detail"]
    assert not row.attachments.exists()
    assert not [path for path in blobs.rglob("*") if path.is_file()]


def test_it_shows_a_requester_their_own_and_public_files_only(agent: User) -> None:
    rita = testing.person("requester")
    row = testing.logged(agent, requester_id=rita.pk)
    path = f"/incidents/{row.number}/attachments"
    inner = ok(raw(Api(agent), f"{path}/raw?name=inner.txt", b"inner"), 201)
    ok(raw(Api(agent), f"{path}/raw?name=for-rita.txt&is_public=true", b"x"), 201)
    ok(raw(Api(rita), f"{path}/raw?name=from-rita.txt", b"y"), 201)
    assert [one["name"] for one in ok(Api(rita).get(path))["items"]] == ["for-rita.txt", "from-rita.txt"]
    problem(Api(rita).get(f"{path}/{inner['id']}"), 404)
    problem(Api(agent).get(f"/incidents/{testing.logged(agent).number}/attachments/{inner['id']}"), 404)


def test_it_says_so_when_the_disk_has_lost_a_file(agent: User, blobs: Path) -> None:
    api, path = Api(agent), f"/incidents/{testing.logged(agent).number}/attachments"
    made = ok(raw(api, f"{path}/raw?name=a.txt", b"x"), 201)
    store.path_of(made["sha256"]).unlink()
    assert "backup" in problem(api.get(f"{path}/{made['id']}"), 404)["detail"]
