"""Silences: one of them, the form with its matchers, and the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.alerts.actions import silences as verbs
from allclear.alerts.actions.quiet_nouns import SILENCE
from allclear.alerts.models import LIVE, SHADOW, Alert, Integration, Silence
from allclear.alerts.quiet import silence_of
from allclear.alerts.shadow import silenced
from allclear.domain.alerts.matchers import Matcher, matchers_from
from allclear.kernel.errors import Invalid, NotFound
from allclear.kernel.events import position_of
from allclear.web.http import Page, signed_in
from allclear.web.quiet import drafting, fitting, showing, words
from allclear.web.quiet.drafting import Draft
from allclear.web.said import localised

Row = dict[str, str]
_OPERATORS = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
_KINDS = {operator: kind for kind, operator in _OPERATORS.items()}
_FIRST = ("alertname", "title", "service", "instance", "host", "severity")  # labels that say most, in this order


def find(request: Page, pk: int) -> Silence:
    request.viewer.require("alert.read")
    row = Silence.objects.select_related("integration").filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise NotFound(_("There is no such silence."))
    return row


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """What it fits, until when, what it holds now, and what was changed."""
    row = find(request, pk)
    fits = fitting.by_matchers(silence_of(row).matchers, row.integration_id, {}, request.viewer)
    return showing.page(request, row, "silence", may="alert.work", extra={"fits": fits})


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new one; `?alert=` fills its matchers with the labels of that alert, `?again=` with another's."""
    request.viewer.require("alert.work")
    if request.method != "POST":
        return _form(request, None, _beginning(request))
    draft, matchers = posted(request.POST)
    do = request.POST.get("do", "save")
    if do != "save":
        return _form(request, None, _rearranged(draft, do), tried=do == "try")
    values = _values(draft, matchers, request.now)
    saved = draft.attempt(lambda: verbs.add_silence(request.viewer, values, now=request.now))
    return _saved(request, saved) if saved else _form(request, None, draft)


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of one that has not ended."""
    request.viewer.require("alert.work")
    row = find(request, pk)
    if request.method != "POST":
        return _form(request, row, _stored(row, position_of(SILENCE.stream, row.pk)))
    draft, matchers = posted(request.POST)
    do = request.POST.get("do", "save")
    if do != "save":
        return _form(request, row, _rearranged(draft, do), tried=do == "try")
    values = _values(draft, matchers, request.now)
    saved = draft.attempt(
        lambda: verbs.change_silence(request.viewer, row.pk, values, now=request.now, expected_version=draft.seen)
    )
    if saved is None and draft.status == 409:
        draft.version = str(position_of(SILENCE.stream, row.pk))
    return _saved(request, saved) if saved else _form(request, row, draft)


@signed_in
@require_POST
def fits(request: Page) -> HttpResponse:
    """How many open alerts the matchers of the form fit now: asked while somebody types."""
    request.viewer.require("alert.read")
    draft, matchers = posted(request.POST)
    return render(
        request, "quiet/_fits.html", fitting.by_matchers(matchers, _integration(draft), draft.errors, request.viewer)
    )


@signed_in
@require_POST
def preview(request: Page) -> HttpResponse:
    """What it would have hidden of the alerts of the last weeks."""
    request.viewer.require("alert.read")
    draft, matchers = posted(request.POST)
    return render(request, "quiet/_shadow.html", {"shadow": _shadow(request, draft, matchers)})


@signed_in
@require_POST
def end(request: Page, pk: int) -> HttpResponse:
    """End it now; the toast offers to silence the same again."""
    row = find(request, pk)
    until = row.ends_at

    def verb() -> str:
        verbs.end_silence(request.viewer, row.pk, now=request.now)
        query = urlencode({"until": until.isoformat()})
        return f"{reverse('alerts:silence_again', args=[row.pk])}?{query}"

    return showing.done(request, verb, _("The silence has ended. What it held is looked at again."))


@signed_in
@require_POST
def again(request: Page, pk: int) -> HttpResponse:
    """Undo of an end: a new silence like that one, until it would have ended."""
    row = find(request, pk)
    until = drafting.given_instant(request.GET.get("until", ""))
    values = {"comment": row.comment, "matchers": row.matchers, "integration_id": row.integration_id, "mode": row.mode}

    def verb() -> str:
        verbs.add_silence(request.viewer, {**values, "ends_at": until}, now=request.now)
        return ""

    return showing.done(request, verb, _("Silenced again."))


@signed_in
@require_POST
def prolong(request: Page, pk: int) -> HttpResponse:
    """By a span from now on or from its end, whichever is later."""
    row = find(request, pk)
    ends_at = words.end_of(request.POST.get("for", ""), max(row.ends_at, request.now))

    def verb() -> str:
        verbs.change_silence(request.viewer, row.pk, {"ends_at": ends_at or row.ends_at}, now=request.now)
        return ""

    return showing.done(request, verb, _("The silence is prolonged."))


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
        return draft, matchers_from([_matcher(row) for row in filled])
    except Invalid as error:
        draft.errors = {place: localised(text) for place, text in error.fields.items()}
        return draft, ()


def _matcher(row: Row) -> dict[str, Any]:
    is_regex, is_equal = _KINDS.get(row["operator"], (False, True))
    return {"name": row["name"], "value": row["value"], "isRegex": is_regex, "isEqual": is_equal}


def _rows(matchers: Any) -> list[Row]:
    found = (words.matcher_of(one) for one in matchers)
    return [{"name": m.name, "operator": _OPERATORS[m.is_regex, m.is_equal], "value": m.value} for m in found]


def _values(draft: Draft, matchers: tuple[Matcher, ...], now: datetime) -> dict[str, Any]:
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
        "integration_id": _integration(draft),
        "ends_at": ends_at,
        "mode": given["mode"] if given["mode"] in (LIVE, SHADOW) else LIVE,
    }
    return {**values, "starts_at": starts_at} if starts_at else values


def _integration(draft: Draft) -> int | None:
    given = str(draft.values.get("integration_id") or "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 12 else None


def _beginning(request: Page) -> Draft:
    given = {"span": "4h", "mode": LIVE, "matchers": []}
    if (pk := request.GET.get("alert", "")).isdigit() and len(pk) < 12:
        alert = Alert.objects.filter(pk=int(pk)).first()
        if alert is not None:
            return drafting.begin({**given, "matchers": _rows_of(alert)})
    if (pk := request.GET.get("again", "")).isdigit() and len(pk) < 12:
        row = Silence.objects.filter(pk=int(pk)).first()
        if row is not None:
            return drafting.begin({**_stored(row, "").values, "span": "4h", "starts_at": "", "ends_at": ""})
    return drafting.begin(given)


def _rows_of(alert: Alert) -> list[Row]:
    """Its labels, those that say most first; without labels its title and source."""
    labels: Mapping[str, str] = alert.labels or {
        name: value for name, value in (("title", alert.title), ("source", alert.source)) if value
    }
    names = sorted(labels, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return [{"name": name, "operator": "=", "value": str(labels[name])} for name in names[:20]]


def _stored(row: Silence, version: object) -> Draft:
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


def _rearranged(draft: Draft, do: str) -> Draft:
    """A line less, for those without script; another one is always there, empty."""
    verb, __, place = do.partition(":")
    rows: list[Row] = draft.values["matchers"]
    if verb == "remove" and place.isdigit() and int(place) < len(rows):
        del rows[int(place)]
    if do != "try":
        draft.errors = {}
    return draft


def _form(request: Page, row: Silence | None, draft: Draft, *, tried: bool = False) -> HttpResponse:
    rows = draft.values["matchers"]
    try:
        matchers = matchers_from([_matcher(one) for one in rows])
    except Invalid:
        matchers = ()
    context = {
        "row": row,
        "draft": draft,
        "given": draft.values,
        "lines": [{**one, "wrong": _wrong(draft, at)} for at, one in enumerate(rows)],
        "blank": len(rows),
        "operators": list(words.OPERATORS.items()),
        "spans": list(words.SPANS.items()),
        "integrations": list(Integration.objects.values_list("pk", "name")),
        "fits": fitting.by_matchers(matchers, _integration(draft), {}, request.viewer) if matchers else None,
        "shadow": _shadow(request, draft, matchers) if tried else None,
        "back": reverse("alerts:silence", args=[row.pk]) if row else reverse("alerts:quiet"),
        "back_label": row.comment if row else _("Quiet"),
        **fitting.label_offers(),
    }
    return render(request, "quiet/silence_form.html", context, status=draft.status)


def _wrong(draft: Draft, at: int) -> str:
    return " ".join(text for place, text in draft.errors.items() if place.split(".")[:2] == ["matchers", str(at)])


def _shadow(request: Page, draft: Draft, matchers: tuple[Matcher, ...]) -> Any:
    if not matchers:
        return {"error": draft.errors.get("matchers") or _("Add a matcher first.")}
    row = Silence(
        comment=draft.values["comment"] or _("This draft"),
        matchers=[one.as_data() for one in matchers],
        integration_id=_integration(draft),
        starts_at=request.now,
        ends_at=request.now + timedelta(days=1),
    )
    return fitting.shadow(request, silenced(silence_of(row)))


def _saved(request: Page, row: Silence) -> HttpResponse:
    messages.success(request, _("{name} is saved.").format(name=row.comment))
    return redirect("alerts:silence", row.pk)
