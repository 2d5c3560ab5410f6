from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# The first word of the requester behind the last word of the desk, for what has not ended. Words of the desk are public
# replies, resolving, and asking anew; those of the requester replies, "it still does not work", and a call that ended a
# hold. A log is never rewritten: one more event says what was found, so that folding the events gives the row.
FIND = """
WITH word AS (
  SELECT e.stream_id, e.position, e.occurred_at, CASE e.kind
      WHEN 'replied' THEN coalesce(r.by_requester, false)
      WHEN 'contacted' THEN true
      WHEN 'resolved' THEN false
      WHEN 'held' THEN false
      ELSE true END AS is_theirs
  FROM incidents_incident i
  JOIN kernel_event e ON e.stream_type = 'incident' AND e.stream_id = i.id
  LEFT JOIN incidents_public_reply r ON e.kind = 'replied' AND r.id::text = e.data ->> 'entry'
  WHERE i.status NOT IN ('closed', 'cancelled') AND i.answered_at IS NULL AND (
      e.kind IN ('replied', 'resolved')
      OR e.kind = 'contacted' AND e.data -> 'changes' ? 'hold_reason'
      OR e.kind = 'held' AND e.data -> 'changes' -> 'hold_reason' ->> 1 = 'requester'
      OR e.kind IN ('verification_failed', 'reopened') AND e.actor_id IN (i.requester_id, i.on_behalf_of_id)
          AND e.actor_id IS DISTINCT FROM i.assignee_id)
), ours AS (
  SELECT stream_id, max(position) FILTER (WHERE NOT is_theirs) AS position FROM word GROUP BY stream_id
), found AS (
  SELECT word.stream_id AS id, (array_agg(word.occurred_at ORDER BY word.position))[1] AS at
  FROM word JOIN ours USING (stream_id) WHERE word.position > coalesce(ours.position, 0) GROUP BY word.stream_id
), moved AS (
  UPDATE incidents_incident i SET answered_at = found.at, version = i.version + 1
  FROM found WHERE i.id = found.id RETURNING i.id, i.version, i.answered_at
)
INSERT INTO kernel_event (stream_type, stream_id, position, kind, actor_id, actor_kind, on_behalf_of_id, cause, data,
    trace, occurred_at, recorded_at)
SELECT 'incident', id, version, 'answer_found', NULL, 'system', NULL, '{"migration": "0017_answered_at"}',
    jsonb_build_object('changes', jsonb_build_object('answered_at', jsonb_build_array(
        NULL, to_char(answered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')))),
    '[]', now(), now()
FROM moved
"""


def find_answers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Fill the rows that are there from their events."""
    schema_editor.execute(FIND)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0016_statistics"), ("kernel", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="answered_at",
            field=models.DateTimeField(blank=True, help_text="The requester's word that waits for ours.", null=True),
        ),
        migrations.RunPython(find_answers, migrations.RunPython.noop),
    ]
