"""What selects offer: teams, organisations, categories ... as (key, words), limited to what the viewer may know of."""

from __future__ import annotations

from django.utils.translation import gettext as _

from allclear.accounts.models import SecurityClass, Skill, Team
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import organisations_visible_to
from allclear.catalog.policies import in_force
from allclear.catalog.queries import category_tree, services_visible_to
from allclear.web.said import localised

Pairs = list[tuple[int, str]]


def teams(*, keep: int | None = None) -> Pairs:
    """Active teams, and the one that is chosen already."""
    rows = Team.objects.values_list("pk", "name", "is_active")
    return [
        (pk, name if active else _("{name} (inactive)").format(name=name))
        for pk, name, active in rows
        if active or pk == keep
    ]


def organisations(viewer: Viewer, *, suppliers: bool | None = None, without: int | None = None) -> Pairs:
    """Organisations with what they are part of: "Group / Part"."""
    rows = organisations_visible_to(viewer)
    if suppliers is not None:
        rows = rows.filter(is_supplier=suppliers)
    found: dict[int, tuple[str, int | None]] = {
        pk: (name, parent) for pk, name, parent in rows.values_list("pk", "name", "parent_id")
    }
    pairs = [(pk, _path(pk, found)) for pk in found if pk != without]
    return sorted(pairs, key=lambda pair: pair[1].lower())


def _path(pk: int, found: dict[int, tuple[str, int | None]]) -> str:
    names: list[str] = []
    at: int | None = pk
    while at in found and len(names) < 20:
        name, parent = found[at]
        names.append(name)
        at = parent
    return " / ".join(reversed(names))


def skills() -> Pairs:
    return list(Skill.objects.values_list("pk", "name"))


def security_classes() -> Pairs:
    return list(SecurityClass.objects.values_list("pk", "name"))


def categories(*, below: int | None = None, keep: int | None = None) -> Pairs:
    """Active categories by their path; `below` leaves a branch out, for it cannot stand below itself."""
    nodes = category_tree.get().values()
    return [(n.id, n.label) for n in nodes if (n.is_active or n.id == keep) and below not in n.path]


def services(viewer: Viewer, *, keep: int | None = None) -> Pairs:
    rows = services_visible_to(viewer).order_by("name").values_list("pk", "name", "is_active")
    return [(pk, name) for pk, name, active in rows if active or pk == keep]


def impacts() -> Pairs:
    return [(level.value, localised(level.name)) for level in in_force().matrix.impacts]


def urgencies() -> Pairs:
    return [(level.value, localised(level.name)) for level in in_force().matrix.urgencies]
