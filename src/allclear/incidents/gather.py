"""Read everything that the page of an incident shows, in as few queries as there are tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from allclear.accounts.permissions import Viewer
from allclear.catalog.models import Code, ConfigurationItem
from allclear.catalog.queries import Impacted, cis_visible_to, services_visible_to, what_stands_on
from allclear.incidents.models import Attachment, Incident, Task
from allclear.incidents.names import Names, names_for
from allclear.incidents.timeline import Sources
from allclear.incidents.words import Words, words_of
from allclear.kernel.events import stream
from allclear.kernel.models import Event


@dataclass(frozen=True, slots=True)
class Relative:
    """Another incident and how it stands to this one."""

    how: str
    kind: str
    incident: Incident


@dataclass(slots=True)
class Gathered:
    """All of one incident that the viewer may see."""

    row: Incident
    events: list[Event]
    words: Words
    names: Names
    attachments: list[Attachment]
    tasks: list[Task]
    relatives: list[Relative]

    @property
    def sources(self) -> Sources:
        return Sources(
            row=self.row,
            names=self.names,
            words=self.words,
            attachments={str(a.pk): a for a in self.attachments},
            tasks={str(t.pk): t.title for t in self.tasks},
            numbers={r.incident.pk: r.incident.number for r in self.relatives},
        )


def gather(row: Incident, viewer: Viewer) -> Gathered:
    """For staff everything; for others no notes, no tasks, only public files, and no other incidents."""
    internal = viewer.may("incident.read_internal")
    events = stream("incident", row.pk)
    files = Attachment.objects.filter(incident=row).order_by("created_at", "id")
    files = files if internal else files.filter(is_public=True)
    tasks = list(row.tasks.select_related("owner", "team")) if internal else []
    return Gathered(
        row=row,
        events=events,
        words=words_of(row, internal=internal),
        names=names_for(row, events),
        attachments=list(files),
        tasks=tasks,
        relatives=_relatives(row, events, viewer) if internal else [],
    )


_HOW = {
    "related": gettext_lazy("Related"),
    "duplicate_of": gettext_lazy("Duplicate of"),
    "has_duplicate": gettext_lazy("Duplicate"),
    "split_from": gettext_lazy("Split from"),
    "split_into": gettext_lazy("Split off"),
    "caused_by": gettext_lazy("Caused by"),
    "causes": gettext_lazy("Causes"),
}


def _relatives(row: Incident, events: Sequence[Event], viewer: Viewer) -> list[Relative]:
    """Parent, children and links that the viewer may know of, in one query."""
    links = {(kind, other) for kind, other in row.links}
    ids = {other for _, other in links} | {row.parent_id, row.merged_into_id} - {None}
    rows = Incident.objects.visible_to(viewer).filter(Q(pk__in=ids) | Q(parent=row.pk))
    rows = rows.only("number", "title", "status", "priority", "parent_id", "hold_reason", "merged_into_id")
    found: list[Relative] = []
    for other in rows.order_by("number"):
        if other.pk == row.parent_id:
            found.append(Relative(gettext("Parent"), "parent", other))
        if other.parent_id == row.pk:
            found.append(Relative(gettext("Child"), "child", other))
        found += [Relative(str(_HOW.get(kind, kind)), kind, other) for kind, pk in sorted(links) if pk == other.pk]
    order = ["parent", "child", "duplicate_of", "has_duplicate", *_HOW]
    return sorted(found, key=lambda r: order.index(r.kind) if r.kind in order else 99)


def stands_on(row: Incident, viewer: Viewer) -> tuple[list[ConfigurationItem], list[Impacted]]:
    """The configuration items, and what else goes down with them and the service, as the viewer may know of it."""
    cis = list(ConfigurationItem.objects.filter(pk__in=row.ci_ids)) if row.ci_ids else []
    found = what_stands_on("ci", row.ci_ids) if row.ci_ids else []
    if row.service_id:
        seen = {(i.kind, i.id) for i in found} | {("service", row.service_id)}
        found += [i for i in what_stands_on("service", [row.service_id]) if (i.kind, i.id) not in seen]
    return cis, _known([i for i in found if (i.kind, i.id) != ("service", row.service_id)], viewer)


def _known(found: list[Impacted], viewer: Viewer) -> list[Impacted]:
    """Without what belongs to customers that the viewer does not serve."""
    if viewer.organisation_ids is None or not found:
        return found
    cis = cis_visible_to(viewer).filter(pk__in=[i.id for i in found if i.kind == "ci"]).values_list("pk", flat=True)
    services = services_visible_to(viewer).filter(pk__in=[i.id for i in found if i.kind == "service"])
    known = {("ci", pk) for pk in cis} | {("service", pk) for pk in services.values_list("pk", flat=True)}
    return [i for i in found if (i.kind, i.id) in known]


def code_names(row: Incident) -> Mapping[tuple[str, str], str]:
    """The names of the codes that the incident has."""
    given = {("resolution", row.resolution_code), ("cause", row.cause_code)}
    keys = [key for _, key in given if key]
    if not keys:
        return {}
    found: list[Any] = list(Code.objects.filter(key__in=keys).values_list("list", "key", "name"))
    return {(list_, key): name for list_, key, name in found}
