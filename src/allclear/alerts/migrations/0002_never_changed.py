from django.db import migrations

TABLES = ("alerts_delivery", "alerts_event", "alerts_decision")
GUARD = """
CREATE FUNCTION alerts_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What arrived and what was decided never changes: % on % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION alerts_refuse();\n"
    for table in TABLES
)
UNGUARD = "".join(f"DROP TRIGGER {table}_insert_only ON {table};\n" for table in TABLES) + (
    "DROP FUNCTION alerts_refuse();"
)


class Migration(migrations.Migration):
    """Rows go in and never change; old deliveries are removed as a whole (docs/alerts.md, What is kept)."""

    dependencies = [("alerts", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
