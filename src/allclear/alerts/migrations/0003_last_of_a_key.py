from django.db import migrations, models


class Migration(migrations.Migration):
    """The last alert of a key is asked for whenever the key begins to fire again."""

    dependencies = [("alerts", "0002_never_changed")]
    operations = [
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["integration", "dedup_key", "-id"], name="alert_key_newest"),
        ),
    ]
