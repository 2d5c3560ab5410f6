"""The verbs on what shapes a report: categories, questions, templates, codes, custom fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from allclear.accounts.actions import actor_of
from allclear.accounts.permissions import Viewer
from allclear.catalog.actions.nouns import CATEGORY, CODE, FIELD, QUESTION, TEMPLATE
from allclear.catalog.models import Category, Code, CustomField, IncidentTemplate, Question
from allclear.catalog.policies import in_force
from allclear.kernel import changes
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

_TREE = "catalog:categories"  # one transaction at a time moves a branch: two moves could make a circle


def add_category(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Category:
    """Add a node to the category tree; what it leaves empty is inherited from above."""
    viewer.require("catalog.change")
    return changes.create(CATEGORY, values, actor=actor_of(viewer), now=now, check=_check_category)


def change_category(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Category:
    """Change or move it; it cannot stand below its own branches. An inactive one is no longer offered."""
    viewer.require("catalog.change")
    with transaction.atomic():
        changes.serialise(_TREE)
        return changes.change(
            CATEGORY,
            pk,
            values,
            actor=actor_of(viewer),
            now=now,
            expected_version=expected_version,
            check=_check_category,
        )


def remove_category(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Delete a category that nothing refers to."""
    viewer.require("catalog.change")
    way_on = say("Deactivate it instead: it is no longer offered, and what has it stays readable.")
    changes.remove(CATEGORY, pk, actor=actor_of(viewer), now=now, way_on=way_on)


def _check_category(row: Category) -> None:
    _check_weight(row.default_impact, row.default_urgency, "default_impact", "default_urgency")
    parents = dict(Category.objects.values_list("pk", "parent_id"))
    above = row.parent_id
    while above is not None:
        if above == row.pk:
            raise Invalid({"parent_id": say("This stands below it already; a category cannot stand below itself.")})
        above = parents.get(above)


def _check_weight(impact: int | None, urgency: int | None, impact_name: str, urgency_name: str) -> None:
    size = in_force().matrix.size
    for name, value in ((impact_name, impact), (urgency_name, urgency)):
        if value is not None and not 1 <= value <= size:
            raise Invalid({name: say("The matrix in force has the levels 1 to {highest}.", highest=size)})


def add_question(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Question:
    """Ask this while logging an incident of the category or of one below it."""
    viewer.require("catalog.change")
    return changes.create(QUESTION, values, actor=actor_of(viewer), now=now, check=_check_choices)


def change_question(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Question:
    """Change a question; answers that were given keep the words they answered."""
    viewer.require("catalog.change")
    return changes.change(
        QUESTION,
        pk,
        values,
        actor=actor_of(viewer),
        now=now,
        expected_version=expected_version,
        check=_check_choices,
    )


def remove_question(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Ask it no more; answers that were given stay."""
    viewer.require("catalog.change")
    changes.remove(QUESTION, pk, actor=actor_of(viewer), now=now, way_on="")


def _check_choices(row: Question | CustomField) -> None:
    row.choices = list(dict.fromkeys(row.choices))
    if row.kind == "choice" and len(row.choices) < 2:
        raise Invalid({"choices": say("Give at least two choices, one a line.")})
    if row.kind != "choice" and row.choices:
        row.choices = []


def add_template(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> IncidentTemplate:
    """Add a quick start for a frequent incident."""
    viewer.require("catalog.change")
    return changes.create(TEMPLATE, values, actor=actor_of(viewer), now=now, check=_check_template)


def change_template(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> IncidentTemplate:
    """Change a template, or take it from the list (`is_active`)."""
    viewer.require("catalog.change")
    return changes.change(
        TEMPLATE,
        pk,
        values,
        actor=actor_of(viewer),
        now=now,
        expected_version=expected_version,
        check=_check_template,
    )


def _check_template(row: IncidentTemplate) -> None:
    _check_weight(row.impact, row.urgency, "impact", "urgency")


def add_code(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Code:
    """Add a resolution or cause code; its key is what incidents and reports keep."""
    viewer.require("catalog.change")
    return changes.create(CODE, values, actor=actor_of(viewer), now=now)


def change_code(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Code:
    """Change its name and place, or take it from the list (`is_active`); the key stays."""
    viewer.require("catalog.change")
    return changes.change(CODE, pk, values, actor=actor_of(viewer), now=now, expected_version=expected_version)


def add_field(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> CustomField:
    """Add a field of the company's own to incidents; key and kind are fixed from then on."""
    viewer.require("catalog.change")
    return changes.create(FIELD, values, actor=actor_of(viewer), now=now, check=_check_choices)


def change_field(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> CustomField:
    """Change a custom field, or take it from the forms (`is_active`); values that incidents have stay."""
    viewer.require("catalog.change")
    return changes.change(
        FIELD, pk, values, actor=actor_of(viewer), now=now, expected_version=expected_version, check=_check_choices
    )
