import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table between versions and calendars gets a name of its own in the models; the database stays as it is."""

    dependencies = [("slas", "0001_initial")]
    operations = [
        migrations.AlterModelOptions(
            name="agreement",
            options={"ordering": ["kind", "position", "name"], "verbose_name": "agreement"},
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="AgreementCalendar",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "agreement_version",
                            models.ForeignKey(
                                db_column="agreementversion_id",
                                on_delete=django.db.models.deletion.CASCADE,
                                to="slas.agreementversion",
                            ),
                        ),
                        (
                            "calendar",
                            models.ForeignKey(
                                db_column="businesscalendar_id",
                                on_delete=django.db.models.deletion.PROTECT,
                                to="slas.businesscalendar",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "slas_agreement_version_calendars",
                        "unique_together": {("agreement_version", "calendar")},
                    },
                ),
                migrations.AlterField(
                    model_name="agreementversion",
                    name="calendars",
                    field=models.ManyToManyField(
                        help_text="That it uses.",
                        related_name="agreement_versions",
                        through="slas.AgreementCalendar",
                        to="slas.businesscalendar",
                    ),
                ),
            ],
        ),
    ]
