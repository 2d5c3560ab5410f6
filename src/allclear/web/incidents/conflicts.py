"""Two people at once: what the other one did, beside what this one wrote."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from allclear.incidents import phrases
from allclear.incidents.models import Incident
from allclear.incidents.names import names_for
from allclear.incidents.timeline import Sources
from allclear.incidents.wording import field_label, value_words
from allclear.incidents.words import Words
from allclear.kernel.models import Event
from allclear.web.incidents.forms.base import VerbForm

# what others may do meanwhile without making a verb wrong
HARMLESS = frozenset(
    {
        "noted",
        "watcher_added",
        "watcher_removed",
        "attached",
        "task_added",
        "related",
        "unrelated",
        "followed_up",
        "handover_unanswered",
    }
)

UNSAID = frozenset({"last_progress_at", "matrix_version", "routing_version", "reassignment_count"})  # nobody's doing


def since(row: Incident, version: int) -> list[Event]:
    rows = Event.objects.filter(stream_type="incident", stream_id=row.pk, position__gt=version)
    return list(rows.order_by("position"))


def is_harmless(events: list[Event]) -> bool:
    return all(event.kind in HARMLESS for event in events)


def told(row: Incident, events: list[Event], form: VerbForm | None) -> dict[str, Any]:
    """The context of components/conflict.html."""
    if not events:
        return {}
    names = names_for(row, events)
    sources = Sources(row, names, Words())
    return {
        "who": names.person(events[-1].actor_id, "Allclear"),
        "at": events[-1].recorded_at,
        "rows": [*_fields(row, events, sources, form), *_others(events, sources)],
        "footer": gettext("What you wrote stands below, unchanged. Send it again to apply it on top, or close this."),
    }


def _fields(row: Incident, events: list[Event], sources: Sources, form: VerbForm | None) -> list[dict[str, str]]:
    newest: dict[str, Any] = {}
    for event in events:
        newest |= {name: new for name, (_, new) in event.data.get("changes", {}).items() if name not in UNSAID}
    rows = []
    for name, value in newest.items():
        own = name.removesuffix("_id")
        yours = _yours(form, own)
        words = field_label(name)
        rows.append(
            {
                "label": words[:1].upper() + words[1:],
                "theirs": value_words(name, value, sources),
                "yours": yours,
            }
        )
    return rows


def _yours(form: VerbForm | None, name: str) -> str:
    """What this person wrote there; a form that knows what was touched says where nothing was."""
    if form is None or name not in form.fields:
        return "–"
    if form.fields[name].show_hidden_initial and name not in form.changed_data:
        return gettext("left as it is")
    return form.said(name)


def _others(events: list[Event], sources: Sources) -> list[dict[str, str]]:
    """What changed no field: a reply, a finished task."""
    quiet = [e for e in events if not set(e.data.get("changes", {})) - {"last_progress_at"}]
    return [
        {"label": sources.names.person(e.actor_id, "Allclear"), "theirs": phrases.staff(e, sources), "yours": "–"}
        for e in quiet
    ]
