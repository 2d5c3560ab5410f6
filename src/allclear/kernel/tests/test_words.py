"""Sentences that can be said again in another language."""

from __future__ import annotations

import json

from allclear.kernel.words import as_data, from_data, in_language, say, say_many

GERMAN = {
    "{who} has {tasks}.": "{who} hat {tasks}.",
    "{count} open task": "{count} offene Aufgabe",
    "{count} open tasks": "{count} offene Aufgaben",
    "Nobody": "Niemand",
}


def _german(text: str) -> str:
    return in_language(text, lambda t: GERMAN.get(t, t), lambda one, many, n: GERMAN[one if n == 1 else many])


def test_it_is_english_everywhere_and_german_where_asked() -> None:
    text = say("{who} has {tasks}.", who=say("Nobody"), tasks=say_many("{count} open task", "{count} open tasks", 2))
    assert text == "Nobody has 2 open tasks."
    assert _german(text) == "Niemand hat 2 offene Aufgaben."


def test_it_survives_the_event_log() -> None:
    text = say("{who} has {tasks}.", who="Ines {x}", tasks=say_many("{count} open task", "{count} open tasks", 1))
    stored = json.loads(json.dumps(as_data(text)))
    assert from_data(str(text), stored) == text
    assert _german(from_data(str(text), stored)) == "Ines {x} hat 1 offene Aufgabe."


def test_it_leaves_a_plain_text_as_it_is() -> None:
    assert as_data("plain {text}") is None
    assert from_data("plain {text}", None) == "plain {text}"
    assert _german("Nobody") == "Niemand"
    assert _german("") == ""
