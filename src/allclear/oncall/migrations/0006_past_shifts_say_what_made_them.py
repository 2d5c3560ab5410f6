"""Past shifts keep what put somebody on call, and how the sentence about it was made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oncall", "0005_known_shifts_and_expired_swaps")]

    operations = [
        migrations.AddField(
            model_name="shift",
            name="said",
            field=models.JSONField(
                blank=True, help_text="How `why` was made, to say it in other languages.", null=True
            ),
        ),
        migrations.AddField(
            model_name="shift",
            name="source",
            field=models.CharField(
                blank=True, default="", help_text="layer, swap, or a kind of override.", max_length=10
            ),
        ),
    ]
