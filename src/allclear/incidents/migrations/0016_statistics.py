"""PostgreSQL learns which statuses go with which people and teams: else it takes open ones of nobody for rare."""

from __future__ import annotations

from django.db import migrations

_SQL = "CREATE STATISTICS IF NOT EXISTS {name} (mcv) ON status, {column} FROM incidents_incident"
_BACK = "DROP STATISTICS IF EXISTS {name}"
_KNOWN = {"incident_status_assignee": "assignee_id", "incident_status_team": "team_id"}


class Migration(migrations.Migration):
    dependencies = [("incidents", "0015_index_ended")]
    operations = [
        migrations.RunSQL(_SQL.format(name=name, column=column), _BACK.format(name=name))
        for name, column in _KNOWN.items()
    ]
