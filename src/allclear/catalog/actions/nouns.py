"""The plain records of the catalogue: what may be set, and the sentence for what is taken."""

from __future__ import annotations

from typing import Final

from allclear.catalog.models import (
    Category,
    Code,
    ConfigurationItem,
    CustomField,
    Dependency,
    IncidentTemplate,
    Question,
    Service,
)
from allclear.kernel.changes import Noun
from allclear.kernel.words import marked

SERVICE: Final = Noun(
    Service,
    "service",
    fields=("name", "description", "owner_team_id", "criticality", "runbook_url", "organisation_id", "is_active"),
    topic="services",
    taken={
        "service_name_once": ("name", marked("There is a service of this name already.")),
        "service_criticality_1_to_4": ("criticality", marked("Choose 1 (critical) to 4 (low).")),
    },
)
CI: Final = Noun(
    ConfigurationItem,
    "ci",
    fields=(
        "name",
        "kind",
        "status",
        "serial_number",
        "location",
        "owner_team_id",
        "organisation_id",
        "supplier_id",
        "criticality",
        "note",
        "external_key",
    ),
    sets=("used_by",),
    topic="cis",
    taken={
        "ci_name_once": ("name", marked("There is a configuration item of this name already.")),
        "ci_criticality_1_to_4": ("criticality", marked("Choose 1 (critical) to 4 (low).")),
    },
)
DEPENDENCY: Final = Noun(
    Dependency,
    "dependency",
    fields=("kind", "upper_service_id", "upper_ci_id", "lower_service_id", "lower_ci_id"),
    topic="dependencies",
    taken={
        "dependency_once": ("lower", marked("This dependency is there already.")),
        "dependency_one_upper_one_lower": ("lower", marked("Choose one service or configuration item on each side.")),
    },
)
CATEGORY: Final = Noun(
    Category,
    "category",
    fields=(
        "name",
        "parent_id",
        "base_class",
        "description",
        "default_impact",
        "default_urgency",
        "runbook_url",
        "security_class_id",
        "is_active",
    ),
    topic="categories",
    taken={
        "category_name_once": ("name", marked("There is a category of this name at this place already.")),
        "category_not_own_parent": ("parent_id", marked("A category cannot stand below itself.")),
    },
)
QUESTION: Final = Noun(
    Question,
    "question",
    fields=("category_id", "text", "help", "kind", "choices", "is_required", "position"),
    topic="categories",
)
TEMPLATE: Final = Noun(
    IncidentTemplate,
    "template",
    fields=(
        "name",
        "kind",
        "title",
        "description",
        "category_id",
        "service_id",
        "impact",
        "urgency",
        "tasks",
        "is_active",
    ),
    topic="templates",
)
CODE: Final = Noun(
    Code,
    "code",
    fields=("list", "key", "name", "position", "is_active"),
    fixed=frozenset({"list", "key"}),
    topic="codes",
    taken={"code_once": ("key", marked("There is a code with this key in this list already."))},
)
FIELD: Final = Noun(
    CustomField,
    "custom_field",
    fields=("key", "name", "help", "kind", "choices", "category_id", "is_required", "is_active", "position"),
    fixed=frozenset({"key", "kind"}),
    topic="custom_fields",
)
