from django.db import migrations

GUARD = """
CREATE FUNCTION slas_calendar_version_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Versions of calendars never change: % on slas_calendar_version is refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER slas_calendar_version_insert_only BEFORE UPDATE ON slas_calendar_version
    FOR EACH ROW EXECUTE FUNCTION slas_calendar_version_refuse();
"""
UNGUARD = """
DROP TRIGGER slas_calendar_version_insert_only ON slas_calendar_version;
DROP FUNCTION slas_calendar_version_refuse();
"""


class Migration(migrations.Migration):
    """What a calendar said is what clocks counted by: it is never rewritten. It goes only with a calendar never used."""

    dependencies = [("slas", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
