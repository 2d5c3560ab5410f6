"""Changes of plain records in words: who, when, what, with names instead of keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model
from django.utils.dateparse import parse_duration
from django.utils.translation import gettext as _

from allclear.accounts.models import Organisation, SecurityClass, Skill, Team, User
from allclear.alerts.models import HeartbeatMonitor, Inhibition, Integration, MaintenanceWindow, Silence
from allclear.catalog.models import Category, ConfigurationItem, PolicyVersion, Service
from allclear.domain.alerts.matchers import Matcher
from allclear.incidents.wording import instant_words
from allclear.kernel.models import Event
from allclear.web.alerts.heartbeat_words import span_exact
from allclear.web.log_words import deed_words, part_words, stream_words

Names = Mapping[tuple[type[Model], int], str]

_REFERS: Mapping[str, type[Model]] = {
    "organisation_id": Organisation,
    "supplier_id": Organisation,
    "serves": Organisation,
    "owner_team_id": Team,
    "team_id": Team,
    "instead_of_id": User,
    "people": User,
    "security_class_id": SecurityClass,
    "category_id": Category,
    "service_id": Service,
    "upper_service_id": Service,
    "lower_service_id": Service,
    "integration_id": Integration,
    "upper_ci_id": ConfigurationItem,
    "lower_ci_id": ConfigurationItem,
    "services": Service,
    "cis": ConfigurationItem,
    "members": User,
    "used_by": User,
    "leads": User,
    "skills": Skill,
    "teams": Team,
}
_SPANS = frozenset({"period", "grace", "max_run"})
_INSTANTS = frozenset(("until", "left_out"))  # of maintenance; those of others end in _at
_SECRET = frozenset({"options"})  # not kept because keys of other programs are among them
_PARENTS: Mapping[str, type[Model]] = {"organisation": Organisation, "category": Category}
_NAMED: Mapping[str, type[Model]] = {
    "user": User,
    "team": Team,
    "organisation": Organisation,
    "skill": Skill,
    "security_class": SecurityClass,
    "service": Service,
    "ci": ConfigurationItem,
    "category": Category,
    "integration": Integration,
    "heartbeat": HeartbeatMonitor,
    "silence": Silence,
    "maintenance_window": MaintenanceWindow,
    "inhibition": Inhibition,
}


def history(stream: str, pk: int, limit: int = 6) -> list[dict[str, Any]]:
    """The latest changes of one record, the newest first."""
    return in_words(list(Event.objects.filter(stream_type=stream, stream_id=pk).order_by("-position")[:limit]))


def since(stream: str, pk: int, version: int) -> list[dict[str, Any]]:
    """What became of one record after a version that somebody had seen, the newest first."""
    later = Event.objects.filter(stream_type=stream, stream_id=pk, position__gt=version)
    return in_words(list(later.order_by("-position")[:20]))


def in_words(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Events of plain records for people."""
    names = _names(events)
    return [
        {
            "event": event,
            "who": names.get((User, event.actor_id or 0), "Allclear"),
            "noun": stream_words(event.stream_type),
            "record": _record(event, names),
            "what": deed_words(event.stream_type, event.kind),
            "at": event.recorded_at,
            "fields": _moved(event, names),
        }
        for event in events
    ]


def _refers(event: Event, name: str) -> type[Model] | None:
    return _PARENTS.get(event.stream_type) if name == "parent_id" else _REFERS.get(name)


def _names(events: Sequence[Event]) -> Names:
    """The names of everything that the events mention, with one query a kind of record."""
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for event in events:
        if event.actor_id:
            wanted[User].add(event.actor_id)
        if model := _NAMED.get(event.stream_type):
            wanted[model].add(event.stream_id)
        data = event.data
        mentioned = [*data.get("changes", {}).items()]
        mentioned += [item for sign in ("added", "removed") for item in data.get(sign, {}).items()]
        for name, keys in mentioned:
            if model := _refers(event, name):
                wanted[model] |= {key for key in keys if isinstance(key, int)}
    return {(model, row.pk): str(row) for model, keys in wanted.items() for row in _rows(model, keys)}


def _rows(model: type[Model], keys: set[int]) -> list[Model]:
    return list(model._default_manager.filter(pk__in=keys))


def _record(event: Event, names: Names) -> str:
    if event.stream_type == "policy":
        kinds = dict(PolicyVersion.KINDS)
        return str(kinds.get(event.data.get("kind", ""), ""))
    if event.stream_type == "retention":
        return _("Run number {number}").format(number=event.position)
    model = _NAMED.get(event.stream_type)
    if model is not None and (name := names.get((model, event.stream_id))):
        return name
    pair = event.data.get("changes", {}).get("name") or event.data.get("changes", {}).get("text") or [None, None]
    return str(pair[1] or pair[0] or _numbered(event.stream_id))


def _moved(event: Event, names: Names) -> list[tuple[str, str]]:
    data = event.data
    lines: list[tuple[str, str]] = []
    for name, (old, new) in data.get("changes", {}).items():
        if isinstance(new, dict):  # a whole form: its screen says it in words
            lines.append((part_words(name), _("changed")))
            continue
        model = _refers(event, name)
        shown = [_shown(value, model, names) for value in (old, new)]
        if name.endswith("_at") or name in _INSTANTS:
            shown = [_instant(value) for value in (old, new)]
        if name in _SPANS:
            shown = [_span(value) for value in (old, new)]
        is_new = event.kind.endswith("_added") or old in (None, "", [])
        lines.append((part_words(name), shown[1] if is_new else " → ".join(shown)))
    private = data.get("private", [])
    if personal := [name for name in private if name not in _SECRET]:
        lines.append((", ".join(map(part_words, personal)), _("personal data, not kept in the log")))
    lines += [(part_words(name), _("settings, not kept in the log")) for name in private if name in _SECRET]
    for sign, text in (("added", _("added {names}")), ("removed", _("removed {names}"))):
        for name, keys in data.get(sign, {}).items():
            model = _refers(event, name)
            shown = [_instant(key) if name in _INSTANTS else _shown(key, model, names) for key in keys]
            lines.append((part_words(name), text.format(names=", ".join(shown))))
    return lines


def _instant(value: object) -> str:
    """An instant by the reader's clock; what is none stays as it is."""
    try:
        return instant_words(str(value)) if value else plain(value)
    except ValueError:
        return plain(value)


def _span(value: object) -> str:
    """A span of time with its units."""
    span = parse_duration(value) if isinstance(value, str) else None
    return plain(value) if span is None else span_exact(span)


def _numbered(pk: int) -> str:
    return _("number {number}").format(number=pk)


def _shown(value: Any, model: type[Model] | None, names: Names) -> str:
    if model is not None and isinstance(value, int):
        return names.get((model, value)) or _numbered(value)
    if isinstance(value, list):
        return ", ".join(map(_item, value)) or _("empty")
    return plain(value)


def _item(value: object) -> str:
    """A part of a list; what has many fields goes by its name, and a matcher is written as people write it."""
    if isinstance(value, Mapping) and "isRegex" in value:
        return str(Matcher(value["name"], value["value"], value["isRegex"], value["isEqual"]))
    return str(value.get("name") or "") if isinstance(value, Mapping) else str(value)


def plain(value: object) -> str:
    """A single value for the eye; nothing is "empty"."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _("empty") if value in (None, "") else str(value)
