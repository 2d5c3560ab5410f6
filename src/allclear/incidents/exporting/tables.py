"""What an archive holds: every table of ours, but not passwords, tokens and what each installation makes anew."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model

APPS = ("kernel", "accounts", "catalog", "slas", "incidents")
LEFT_OUT = frozenset(
    {"accounts_api_token", "kernel_generation", "kernel_heartbeat", "incidents_search", "incidents_search_word"}
)
SECRET = {"accounts_user": {"password": "!"}}  # column left out of the archive: what stands there afterwards
SEQUENCE = "incidents_number"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the columns that go into an archive. `has_counter`: the database numbers its rows."""

    name: str
    key: str
    columns: tuple[str, ...]
    has_counter: bool


def tables() -> list[Table]:
    """In the order of the archive: floor by floor, then by name."""
    found = []
    for app in APPS:
        models = apps.get_app_config(app).get_models(include_auto_created=True)
        found += sorted((_table(model) for model in models), key=lambda table: table.name)
    return [table for table in found if table.name not in LEFT_OUT]


def _table(model: type[Model]) -> Table:
    meta = model._meta
    secret = SECRET.get(meta.db_table, {})
    columns = [str(f.column) for f in meta.concrete_fields if not f.generated and f.column not in secret]
    has_counter = meta.pk.get_internal_type().endswith("AutoField")
    return Table(meta.db_table, str(meta.pk.column), tuple(sorted(columns)), has_counter)
