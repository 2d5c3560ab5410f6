from django.db import migrations


class Migration(migrations.Migration):
    """Public numbers INC0000001, INC0000002 ...; gaps are allowed, repeats are not."""

    dependencies = [("incidents", "0001_initial")]
    operations = [migrations.RunSQL("CREATE SEQUENCE incidents_number", "DROP SEQUENCE incidents_number")]
