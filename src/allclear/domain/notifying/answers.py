"""What somebody who was paged says when they answer by mail: the first line, in English, German or Spanish."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

USUAL_SNOOZE = timedelta(minutes=30)


class Verb(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    NEXT = "next"  # do not wait: the next step of the escalation
    SNOOZE = "snooze"
    NOTE = "note"  # words for the record
    NOTHING = "nothing"  # an empty answer


@dataclass(frozen=True, slots=True)
class Answer:
    """`text`: what is to be kept as a note; after a verb, the lines that follow it. `span`: how long to snooze."""

    verb: Verb
    text: str = ""
    span: timedelta = timedelta()


_WORDS: Mapping[Verb, str] = {
    Verb.ACKNOWLEDGE: """
        ack|acked|acknowledge|acknowledged|ok|okay|yes|got it|on it|i have it|i've got it|i got it|i'm on it|mine|👍
        bestätigt|bestätige|ich bestätige|quittiert|quittiere|quittieren|übernehme|übernommen|ich übernehme|ich habe es
        hab ich|habe ich|hab's|bin dran|ich bin dran|verstanden|ja|angenommen|nehme ich
        confirmado|confirmo|recibido|enterado|enterada|vale|de acuerdo|lo tengo|yo lo tengo|me encargo|sí|si|en ello|voy
    """,
    Verb.NEXT: """
        next|next step|next please|escalate|escalate now|escalate please|pass on|not me
        weiter|nächster|nächste|nächster schritt|eskalieren|eskaliere|bitte eskalieren|weitergeben|nicht ich
        siguiente|siguiente paso|escalar|escala|escalad|pasar|yo no
    """,
}
_SNOOZE = "snooze|later|schlummern|später|pausieren|pause|posponer|aplazar|más tarde|luego"
_POLITE = r"(?:please|thanks|thank you|thx|bitte|danke|vielen dank|por favor|gracias|muchas gracias)"
_MINUTES, _HOURS = r"m|min|mins|minutes?|minuten?|minutos?", r"h|hrs?|hours?|std|stunden?|horas?"
_SNOOZED = re.compile(rf"(?:{_SNOOZE})(?:\s+(?:for|für|por)?\s*(\d{{1,4}})\s*({_MINUTES}|{_HOURS})?\.?)?")
_BY_WORD = {word.strip(): verb for verb, words in _WORDS.items() for word in re.split(r"[|\n]", words) if word.strip()}


def answer_in(text: str) -> Answer:
    """Read an answer without quoted text. Only a line that is nothing but such words is taken for them.

    >>> answer_in("Snooze 2 h").span == timedelta(hours=2)
    True
    >>> answer_in("ok, but I am on a train: page Ben").verb
    <Verb.NOTE: 'note'>
    """
    lines = text.strip().splitlines()
    if not lines:
        return Answer(Verb.NOTHING)
    first, rest = _plain(lines[0]), "\n".join(lines[1:]).strip()
    if found := _SNOOZED.fullmatch(first):
        return Answer(Verb.SNOOZE, rest, _span(found))
    said = {_BY_WORD.get(part) for part in _parts(first)}
    if len(said) == 1 and (verb := said.pop()) is not None:
        return Answer(verb, rest)
    return Answer(Verb.NOTE, text.strip())


def _plain(line: str) -> str:
    """Without case, quotes, and the marks at its end."""
    line = re.sub(r"\s+", " ", line.casefold().replace("’", "'")).strip(" \t\"'“”„«»*_")
    return line.strip(" .!…").strip("\"'“”„«»")


def _parts(line: str) -> list[str]:
    """ "ok, got it, thanks" is said in parts, and thanks say nothing."""
    parts = (re.sub(rf"^{_POLITE} | {_POLITE}$", "", part.strip()).strip() for part in re.split(r"[,;.!–]+", line))
    return [part for part in parts if part and not re.fullmatch(_POLITE, part)]


def _span(found: re.Match[str]) -> timedelta:
    if not found[1] or not int(found[1]):
        return USUAL_SNOOZE
    is_hours = bool(found[2]) and re.fullmatch(_HOURS, found[2]) is not None
    return timedelta(hours=int(found[1])) if is_hours else timedelta(minutes=int(found[1]))
