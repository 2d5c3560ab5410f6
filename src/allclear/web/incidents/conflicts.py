"""Two people at once: what others did, beside what this one wrote; a choice only where both meant the same field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import get_text_list
from django.utils.translation import gettext

from allclear.domain.incident.merge import TEXT
from allclear.domain.lifecycle import is_allowed
from allclear.incidents import phrases
from allclear.incidents.actions import Outcome
from allclear.incidents.models import Incident
from allclear.incidents.names import names_for
from allclear.incidents.past import as_of
from allclear.incidents.timeline import Sources
from allclear.incidents.wording import TEXTS, field_label, value_words
from allclear.incidents.words import Words
from allclear.kernel.errors import Conflict
from allclear.kernel.models import Event
from allclear.web.incidents.forms.base import Shown, VerbForm
from allclear.web.incidents.forms.fields import SuggestField

if TYPE_CHECKING:
    from allclear.web.incidents.verbs import Spec

MINE, THEIRS = "mine", "theirs"
MOST_TOLD = 5  # of what others did
_FORM_NAMES = {
    "hold_reason": "reason",
    "hold_until": "until",
    "process_effectiveness": "effectiveness",
    "follow_up": "improvement",
    "category_id": "final_category",
}


def since(row: Incident, version: int) -> list[Event]:
    rows = Event.objects.filter(stream_type="incident", stream_id=row.pk, position__gt=version)
    return list(rows.order_by("position"))


def choose(form: VerbForm) -> bool:
    """Apply what was chosen on the card, and say whether everything was: where theirs stands, the field is as shown.

    While something is not chosen the form goes back to the version that it began with, so that the card comes again.
    """
    data = form.data
    asked = data.getlist("clash") if hasattr(data, "getlist") else []
    names = [name for name in asked if name in form.fields or name == "verb"]
    if any(data.get(f"keep-{name}") not in (MINE, THEIRS) for name in names):
        data["version"] = data.get("clash-base", "")  # type: ignore[index]  # a QueryDict that may be changed
        return False
    theirs = [name for name in names if name != "verb" and data[f"keep-{name}"] == THEIRS]
    if theirs:
        version, row = str(data.get("version", "")), form.shown.row
        is_newest = not version.isdigit() or int(version) >= row.version
        shown = type(form)(shown=Shown(row if is_newest else as_of(row, int(version)), form.shown.viewer))
        for name in theirs:
            _put(data, shown, name)
    return True


def rebased(form: VerbForm, row: Incident) -> VerbForm:
    """The form on the newest version: what only others changed shows theirs, what this person wrote stands."""
    data = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
    seen = form.cleaned_data.get("version") or row.version
    viewer = form.shown.viewer
    was = type(form)(shown=Shown(as_of(row, seen), viewer, extra=form.shown.extra))
    now = type(form)(shown=Shown(row, viewer, extra=form.shown.extra))
    for name, field in form.fields.items():
        if name == "version" or name not in was.fields or name not in now.fields:
            continue
        begun, stands = was.get_initial_for_field(field, name), now.get_initial_for_field(field, name)
        if begun != stands and not _is_touched(form, name, begun):
            _put(data, now, name)
        if field.show_hidden_initial:
            _put(data, now, name, hidden=True)
    data["version"] = str(row.version)
    for key in ("clash", "clash-base"):
        data.pop(key, None)
    again = type(form)(data, form.files, shown=Shown(row, viewer, extra=form.shown.extra))
    again.is_valid()
    return again


def _is_touched(form: VerbForm, name: str, begun: Any) -> bool:
    field = form.fields[name]
    return name in form.changed_data if field.show_hidden_initial else field.has_changed(begun, form[name].data)


def _put(data: Any, shown: VerbForm, name: str, *, hidden: bool = False) -> None:
    """Write what a form shows in a field into posted data."""
    bound, field = shown[name], shown.fields[name]
    key = bound.html_initial_name if hidden else bound.html_name
    value = bound.value()
    data.pop(key, None)
    if isinstance(value, (list, tuple)):
        data.setlist(key, [str(item) for item in value])
    elif isinstance(value, bool):
        if value or hidden:
            data[key] = str(value) if hidden else "on"
    elif isinstance(field, forms.DateTimeField):
        data[key] = bound.field.widget.format_value(value) or ""
    else:
        data[key] = "" if value is None else str(value)
    if not hidden and isinstance(field, SuggestField):
        data[f"{key}_text"] = field.text


def told(row: Incident, error: Conflict, form: VerbForm, spec: Spec) -> dict[str, Any]:
    """The context of components/conflict.html; empty when nobody did anything that can be told."""
    changes = error.extra.get("changes") or []
    if not changes:
        return {}
    version = row.version - len(changes)  # the one that the form began with
    events = since(row, version)
    names = names_for(row, events)
    sources = Sources(row, names, Words())
    clashes = error.extra.get("conflicts") or []
    rows = [line for clash in clashes if (line := _row(clash, row, form, spec, sources))]
    return {
        "who": names.person(events[-1].actor_id, "Allclear"),
        "at": events[-1].recorded_at,
        "rows": _once(rows),
        "others": _lines(events, sources),
        "footer": _footer(rows, row, spec),
        "is_choice": any(line.get("name") for line in rows),
        "base": version,
    }


def _row(
    clash: Mapping[str, Any], row: Incident, form: VerbForm, spec: Spec, sources: Sources
) -> dict[str, Any] | None:
    """A field that both changed, or what the verb took for granted."""
    name = clash["field"]
    who = sources.names.person(clash["by"], "Allclear") if clash["at"] else ""
    own = _form_name(name, form)
    at = datetime.fromisoformat(clash["at"]) if clash["at"] else None
    line = {"who": who, "at": at, "label": _label(name)}
    if own and not clash.get("is_verb"):
        is_text = name in TEXTS or isinstance(form.fields[own].widget, forms.Textarea)
        theirs = (clash["theirs"] or "") if is_text else value_words(name, clash["theirs"], sources)
        sides = {"theirs": theirs, "yours": form.said(own), "is_long": is_text}
        return {**line, **sides, "name": own, "label": form.fields[own].label, "chosen": form.data.get(f"keep-{own}")}
    if not clash.get("is_verb"):
        return None  # follows from the others: severity from impact and urgency
    theirs = gettext("somebody wrote meanwhile") if name == "reply" else ""
    if name not in ("reply", "task"):
        theirs = value_words(name, clash["theirs"], sources)
    may = is_allowed(spec.verb, row.status)
    return {**line, "name": "verb" if may else "", "theirs": theirs, "yours": str(spec.label)}


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One choice for the verb, whatever it took for granted; the other lines about it are told without one."""
    seen = False
    for line in rows:
        if line.get("name") == "verb":
            line["name"] = "" if seen else "verb"
            seen = True
    return rows


def _form_name(name: str, form: VerbForm) -> str:
    short = name.removesuffix("_id")
    return next((n for n in (name, short, _FORM_NAMES.get(name, "")) if n in form.fields), "")


def _label(name: str) -> str:
    if name == "reply":
        return gettext("Conversation with the requester")
    words = str(TEXTS.get(name) or field_label(name))
    return words[:1].upper() + words[1:]


def _footer(rows: Sequence[Mapping[str, Any]], row: Incident, spec: Spec) -> str:
    if not is_allowed(spec.verb, row.status):
        return gettext(
            "This is not possible any more, as the status is another one now. What you wrote stands below: copy what"
            " you need, then go back."
        )
    if any(line.get("name") for line in rows):
        return gettext("Choose for each line, then save. Everything else of both sides is kept.")
    return gettext("What you wrote stands below, unchanged. Send it again to apply it, or close this.")


def _lines(events: Sequence[Event], sources: Sources) -> list[dict[str, Any]]:
    """What others did, newest first."""
    lines = [
        {"who": sources.names.person(e.actor_id, "Allclear"), "what": phrases.staff(e, sources), "at": e.recorded_at}
        for e in events
    ]
    return lines[: -MOST_TOLD - 1 : -1]


def with_others(said: str, row: Incident, outcome: Outcome) -> str:
    """The toast, and what others changed meanwhile and stays."""
    theirs = outcome.meanwhile
    if outcome.merged is None or not theirs:
        return said
    events = list({event.position: event for event in theirs.values()}.values())
    own = outcome.merged.request.viewer.user_id
    people = names_for(row, events)
    who = list(dict.fromkeys(people.person(e.actor_id, "Allclear") for e in events if e.actor_id != own))
    if not who:
        return said
    fields = _fields(name for name, event in theirs.items() if event.actor_id != own)
    words = gettext("{who} changed {fields} meanwhile; that stays.")
    more = words.format(who=get_text_list(who, gettext("and")), fields=fields)
    return f"{said} {more}"


_PLAIN = frozenset({"acknowledged_at", "acknowledged_by_id", "first_category_id", "offered_by_id", "offered_at"})


def _fields(names: Iterable[str]) -> str:
    """The fields in words, at most three of them; what goes along by itself is not named."""
    plain = [name for name in names if name not in _PLAIN and name != f"{TEXT}reason"]
    words = list(dict.fromkeys(_said(name) for name in plain)) or [gettext("something")]
    if len(words) > 3:
        words = [*words[:3], gettext("more")]
    return str(get_text_list(words, gettext("and")))


def _said(name: str) -> str:
    if name.startswith(TEXT):
        return str(TEXTS.get(name.removeprefix(TEXT), name.removeprefix(TEXT)))
    known = {"ci_ids": gettext("the configuration items"), "watcher_ids": gettext("the watchers")}
    known |= {"responder_ids": gettext("the responders"), "links": gettext("the links")}
    return known.get(name) or gettext("the {field}").format(field=field_label(name))
