"""Pages made by hand have no stored policy: several may run for one record."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oncall", "0002_feeds_of_people")]

    operations = [
        migrations.RemoveConstraint(model_name="escalation", name="escalation_one_open"),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "policy"],
                condition=~models.Q(status="stopped") & models.Q(subject_id__isnull=False, policy__isnull=False),
                name="escalation_one_open",
            ),
        ),
    ]
