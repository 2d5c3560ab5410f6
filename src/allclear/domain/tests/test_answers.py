"""What the first line of an answer by mail is taken for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.notifying import Answer, Verb, answer_in

HALF, HOUR = timedelta(minutes=30), timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    [
        "ack", "ACK", "Ack.", "ok", "OK!", "Okay, got it", "got it, thanks", "On it", "ok thanks", "👍",
        "“ack”", "I’ve got it",
        "Bestätigt", "bestätigt, danke", "Ich übernehme!", "Bin dran.", "quittiert", "Ja",
        "confirmado", "Recibido, gracias", "vale", "Lo tengo", "sí",
    ],
)  # fmt: skip
def test_words_that_acknowledge(text: str) -> None:
    assert answer_in(text) == Answer(Verb.ACKNOWLEDGE)


@pytest.mark.parametrize(
    "text", ["next", "Escalate", "escalate, please", "Weiter!", "bitte eskalieren", "siguiente", "Escalar"]
)
def test_words_that_ask_for_the_next_step(text: str) -> None:
    assert answer_in(text) == Answer(Verb.NEXT)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("snooze", HALF), ("Snooze 30", HALF), ("snooze 1 h", HOUR), ("snooze 1h.", HOUR),
        ("snooze for 45 minutes", 1.5 * HALF),
        ("später 2 Stunden", 2 * HOUR), ("später", HALF), ("schlummern 10", HALF / 3), ("posponer 30 minutos", HALF),
        ("aplazar 1 hora", HOUR), ("snooze 0", HALF),
    ],
)  # fmt: skip
def test_words_that_snooze(text: str, span: timedelta) -> None:
    assert answer_in(text) == Answer(Verb.SNOOZE, span=span)


@pytest.mark.parametrize(
    "text",
    [
        "ok but I cannot do it, page Ben", "Ack? Who is this?", "not ok", "I will look at it tomorrow", "okra",
        "Ich kann nicht", "no puedo", "snooze until Monday", "next week", "ack, next", "Nein", "no",
    ],
)  # fmt: skip
def test_everything_else_is_a_note_and_acknowledges_nothing(text: str) -> None:
    assert answer_in(text) == Answer(Verb.NOTE, text)


def test_what_follows_the_verb_is_kept_as_a_note() -> None:
    assert answer_in("ack\nRestarting the switch now.\n") == Answer(Verb.ACKNOWLEDGE, "Restarting the switch now.")


def test_an_empty_answer_is_nothing() -> None:
    assert answer_in(" \n ") == Answer(Verb.NOTHING)


@given(st.text(max_size=200))
def test_it_reads_whatever_comes_and_loses_no_words_of_a_note(text: str) -> None:
    found = answer_in(text)
    assert found.verb is not Verb.NOTE or found.text == text.strip()
    assert found.span <= timedelta(hours=9999)
