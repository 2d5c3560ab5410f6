"""What the form of a silence holds: as it was typed, as it is stored, and as the verb takes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from allclear.alerts.models import LIVE, SHADOW, Alert, Silence
from allclear.domain.alerts.matchers import Matcher, matchers_from
from allclear.kernel.errors import Invalid
from allclear.web.http import Page
from allclear.web.quiet import drafting, words
from allclear.web.quiet.drafting import Draft
from allclear.web.said import localised

Row = dict[str, str]
_OPERATORS = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
_KINDS = {operator: kind for kind, operator in _OPERATORS.items()}
_FIRST = ("alertname", "title", "service", "instance", "host", "severity")  # labels that say most, in this order


def posted(data: QueryDict) -> tuple[Draft, tuple[Matcher, ...]]:
    """What was typed, and its matchers where they can be read; lines without name and value are left out."""
    values = drafting.texts(data, "comment", "span", "ends_at", "starts_at", "integration_id", "mode")
    lines = zip(
        data.getlist("matcher_name"), data.getlist("matcher_operator"), data.getlist("matcher_value"), strict=False
    )
    rows: list[Row] = [{"name": n.strip(), "operator": o, "value": v} for n, o, v in lines]
    values["matchers"] = rows
    draft = Draft(values, version=data.get("version", ""))
    filled = [row for row in rows if row["name"] or row["value"]]
    values["matchers"] = filled
    try:
        return draft, matchers_from([matcher_data(row) for row in filled])
    except Invalid as error:
        draft.errors = {place: localised(text) for place, text in error.fields.items()}
        return draft, ()


def matcher_data(row: Row) -> dict[str, Any]:
    """A line of the form as `domain.alerts.matchers` reads it."""
    is_regex, is_equal = _KINDS.get(row["operator"], (False, True))
    return {"name": row["name"], "value": row["value"], "isRegex": is_regex, "isEqual": is_equal}


def _rows(matchers: Any) -> list[Row]:
    found = (words.matcher_of(one) for one in matchers)
    return [{"name": m.name, "operator": _OPERATORS[m.is_regex, m.is_equal], "value": m.value} for m in found]


def values_of(draft: Draft, matchers: tuple[Matcher, ...], now: datetime) -> dict[str, Any]:
    """For the verb; what cannot be read is an error of the draft."""
    given = draft.values
    starts_at = drafting.instant_of(draft, "starts_at")
    span = given.get("span", "")
    ends_at = words.end_of(span, starts_at or now) if span and span != "own" else drafting.instant_of(draft, "ends_at")
    if ends_at is None and "ends_at" not in draft.errors:
        draft.errors["ends_at"] = _("Say when it ends: nothing stays quiet for ever.")
    if not given["comment"]:
        draft.errors["comment"] = _("Say why: others will read it while the alerts stay away.")
    values = {
        "comment": given["comment"],
        "matchers": list(matchers),
        "integration_id": integration_of(draft),
        "ends_at": ends_at,
        "mode": given["mode"] if given["mode"] in (LIVE, SHADOW) else LIVE,
    }
    return {**values, "starts_at": starts_at} if starts_at else values


def integration_of(draft: Draft) -> int | None:
    """The integration that was chosen; None for all of them."""
    given = str(draft.values.get("integration_id") or "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 12 else None


def beginning(request: Page) -> Draft:
    """A new one: empty, from the labels of `?alert=`, or like the silence `?again=`."""
    given = {"span": "4h", "mode": LIVE, "matchers": []}
    if (pk := request.GET.get("alert", "")).isdigit() and len(pk) < 12:
        alert = Alert.objects.filter(pk=int(pk)).first()
        if alert is not None:
            return drafting.begin({**given, "matchers": _rows_of(alert)})
    if (pk := request.GET.get("again", "")).isdigit() and len(pk) < 12:
        row = Silence.objects.filter(pk=int(pk)).first()
        if row is not None:
            return drafting.begin({**stored(row, "").values, "span": "4h", "starts_at": "", "ends_at": ""})
    return drafting.begin(given)


def _rows_of(alert: Alert) -> list[Row]:
    """Its labels, those that say most first; without labels its title and source."""
    labels: Mapping[str, str] = alert.labels or {
        name: value for name, value in (("title", alert.title), ("source", alert.source)) if value
    }
    names = sorted(labels, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return [{"name": name, "operator": "=", "value": str(labels[name])} for name in names[:20]]


def stored(row: Silence, version: object) -> Draft:
    """One that is there, as the form shows it."""
    values = {
        "comment": row.comment,
        "matchers": _rows(row.matchers),
        "integration_id": str(row.integration_id or ""),
        "span": "own",
        "starts_at": drafting.local_text(row.starts_at),
        "ends_at": drafting.local_text(row.ends_at),
        "mode": row.mode,
    }
    return drafting.begin(values, version)


def rearranged(draft: Draft, do: str) -> Draft:
    """A line less, for those without script; another one is always there, empty."""
    verb, __, place = do.partition(":")
    rows: list[Row] = draft.values["matchers"]
    if verb == "remove" and place.isdigit() and int(place) < len(rows):
        del rows[int(place)]
    if do != "try":
        draft.errors = {}
    return draft
