"""`allclear mail` as a mail server's pipe sees it, and when `allclear serve` listens for mail."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from django.db import OperationalError
from pytest_django import Settings
from typer.testing import CliRunner

from allclear.config.cli import common, mail, serve
from allclear.config.mail import Place, inbound_of, listen_of
from allclear.config.trouble import Trouble
from allclear.intake import receiving

MAIL = b"From: ana@example.org\r\nSubject: Re\r\n\r\nack\r\n"


def pipe(monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    monkeypatch.setattr(common, "with_django", lambda: None)
    return CliRunner().invoke(mail.app, ["receive", *words], input=MAIL)


def test_a_database_that_is_away_is_exit_code_75(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> NoReturn:
        raise Trouble("The database does not answer.")

    monkeypatch.setattr(common, "with_django", away)
    found = CliRunner().invoke(mail.app, ["receive"], input=MAIL)
    assert (found.exit_code, found.stderr) == (75, "The database does not answer.\n")


def test_one_that_goes_away_while_it_is_read_is_exit_code_75_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> NoReturn:
        raise OperationalError("gone")

    monkeypatch.setattr(receiving, "receive", broken)
    assert pipe(monkeypatch).exit_code == 75


@pytest.mark.django_db
def test_whatever_else_comes_is_exit_code_0_and_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pipe(monkeypatch, "ben@elsewhere.org", "--sender", "ana@example.org")
    assert (found.exit_code, found.stdout) == (0, "It is to none of our addresses for answers.\n")


def test_the_inbound_address_is_checked() -> None:
    assert inbound_of(" Page@In.Example.org ") == "page@in.example.org"
    assert inbound_of("") == ""
    for wrong in ("page", "@example.org", "page@", "a b@example.org", "page+x@example.org", "p" * 21 + "@example.org"):
        with pytest.raises(SystemExit, match="ALLCLEAR_INBOUND_MAIL"):
            inbound_of(wrong)


def test_where_to_listen_is_checked() -> None:
    assert listen_of("lmtp://127.0.0.1:8424") == Place("lmtp", "127.0.0.1", 8424)
    assert listen_of("smtp://0.0.0.0") == Place("smtp", "0.0.0.0", 25)
    assert listen_of("") is None
    for wrong in ("8424", "http://x", "lmtp://", "lmtp://x:99999"):
        with pytest.raises(SystemExit, match="ALLCLEAR_INBOUND_LISTEN"):
            listen_of(wrong)


def test_everything_on_one_machine_listens_for_mail_only_when_told_to(settings: Settings) -> None:
    assert "mail serve" not in serve._parts()
    settings.INBOUND_LISTEN, settings.INBOUND_ADDRESS = Place("lmtp", "127.0.0.1", 8424), "page@example.org"
    assert serve._parts()[-1] == "mail serve"
