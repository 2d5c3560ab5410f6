from django.db import migrations

GUARD = """
CREATE FUNCTION kernel_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The event log is insert-only: % on kernel_event is refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER kernel_event_insert_only BEFORE UPDATE OR DELETE ON kernel_event
    FOR EACH ROW EXECUTE FUNCTION kernel_event_refuse();
CREATE TRIGGER kernel_event_no_truncate BEFORE TRUNCATE ON kernel_event
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_event_refuse();
"""
UNGUARD = """
DROP TRIGGER kernel_event_no_truncate ON kernel_event;
DROP TRIGGER kernel_event_insert_only ON kernel_event;
DROP FUNCTION kernel_event_refuse();
"""


class Migration(migrations.Migration):
    """Events are never changed or removed, whichever role tries."""

    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
