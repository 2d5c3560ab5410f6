"""What the subject of a mail says about a condition: how it stands now, how bad it is, and what names it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from allclear.domain.alerts import Action

RESOLVED = ("resolved", "recovered", "recovery", "ok", "cleared", "back to normal", "is up")
_HOW_BAD = frozenset(
    ("critical", "crit", "fatal", "emergency", "disaster", "error", "major", "warning", "warn", "minor", "info",
     "information", "notice", "p1", "p2", "p3", "p4", "p5", "sev0", "sev1", "sev2", "sev3", "sev4", "sev5")
)  # fmt: skip
_STANDING = frozenset(  # words that say that it fires
    ("problem", "firing", "triggered", "re-triggered", "re-warn", "alarm", "alert", "alerting", "is", "down", "state",
     "status", "acknowledgement")
)  # fmt: skip
_PREFIXES = re.compile(r"^(?:\s*(?:re|aw|fwd?|wg|rv)\s*:)+\s*", re.I)
_WAS = re.compile(  # Checkmk: "OK -> CRIT" is critical now
    r"\b(?:up|down|ok|warn(?:ing)?|crit(?:ical)?|unkn(?:own)?|unre(?:ach(?:able)?)?|pend(?:ing)?) ?(?:->|=>|→) ?", re.I
)
_NOT_DENIED = r"(?<!\bnot )(?<!\bnicht )(?<!\bno longer )(?<!\bnever )"  # "Backup not OK" is no end
_NOT_RISEN = r"(?!(?<=\bis up) (?:by|to|from|over|\d))"  # "Traffic is up by 300 %" neither
_LASTED = re.compile(r"\bin (?:\d+(?:ms|[yMdhms]) ?)+:")  # Zabbix: "Resolved in 1h 5m: Disk full"
_TAG = re.compile(  # Grafana, Alertmanager; Datadog; CloudWatch; Azure
    r"\[(?:firing|resolved)(?::\d+)?[^\]]*\]|\[no data|^\s*insufficient[ _]data(?=: \")|^\s*fired(?=:sev\d)", re.I
)
_TOLD_AT = re.compile(r"(?<=\)) at \d+/\d+/\d{4} \d+:\d\d:\d\d(?: [ap]m)?\s*$", re.I)  # Azure: other with each mail
_STATE = re.compile(r"^\W*up alert\b|\bis (?:up|unkn(?:own)?|unre(?:ach(?:able)?)?)\b", re.I)
_FIRES = re.compile(  # whatever else its subject says: the check may be called "Login OK"
    r"\W*problem (?:service|host) alert\b|\s*\[(?:firing|problem|alerting)\b[^\]]*\]|\s*alarm: \"", re.I
)
_ACKNOWLEDGED = re.compile(r"\W*acknowledgement (?:service|host) alert\b|\s*\[acknowledgement\]", re.I)
_UPDATED = re.compile(r"\s*updated problem\b(?=[^:]*:)", re.I)  # Zabbix: somebody commented on it
_NOTED = re.compile(r"\W*(?:flapping|downtime)(?:start(?:ed)?|stop(?:ped)?|end|disabled|cancell?ed|removed)\b", re.I)


def bare(subject: str) -> str:
    """Without what programs put before the subject of answered and forwarded mails."""
    return _PREFIXES.sub("", subject)


def action_in(title: str, words: Iterable[str]) -> Action:
    """What it does to the alert. `words` say that it is over; where the mail is about the notifying, it is a note."""
    if _NOTED.match(title) or _UPDATED.match(title):
        return Action.NOTE
    if _ACKNOWLEDGED.match(title):
        return Action.ACKNOWLEDGE
    is_over = not _FIRES.match(title) and _pattern(tuple(words)).search(_now(title))
    return Action.RESOLVE if is_over else Action.TRIGGER


def severity_in(title: str) -> str:
    """The first word for how bad it is now; empty for none."""
    return next((word for word in re.findall(r"\w+", _now(title).lower()) if word in _HOW_BAD), "")


def key_in(title: str, words: Iterable[str]) -> str:
    """Alike for the mail that it is broken and the one that it is over: without the words for how it stands."""
    over = _pattern(tuple(words))
    text = _NOTED.sub(" ", _UPDATED.sub(" ", _TAG.sub(" ", _TOLD_AT.sub("", _now(title))), 1), 1)
    text = over.sub(" ", _LASTED.sub(" ", text) if over.search(text) or _UPDATED.match(title) else text)
    found = re.findall(r"\w+(?:[-.:/]\w+)*", _STATE.sub(" ", text).lower())
    return " ".join(word for word in found if word not in _HOW_BAD | _STANDING) or title.lower()


def _now(title: str) -> str:
    return _WAS.sub("is ", title)


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    known = sorted(words, key=len, reverse=True)
    if not known:
        return re.compile(r"$^")
    return re.compile(_NOT_DENIED + r"(?<!\w)(?:" + "|".join(map(re.escape, known)) + r")(?!\w)" + _NOT_RISEN, re.I)
