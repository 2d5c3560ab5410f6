from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0014_bulk_runs")]

    operations = [
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)), fields=["closed_at"], name="incident_closed"
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("resolved_at__isnull", False)), fields=["resolved_at"], name="incident_resolved"
            ),
        ),
    ]
