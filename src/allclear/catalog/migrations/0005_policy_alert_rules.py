from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_ci_criticality")]
    operations = [
        migrations.AlterField(
            model_name="policyversion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("priority_matrix", "Priority matrix"),
                    ("routing", "Routing"),
                    ("lifecycle", "Lifecycle"),
                    ("retention", "Retention"),
                    ("alert_rules", "Alert rules"),
                ],
                max_length=20,
            ),
        ),
    ]
