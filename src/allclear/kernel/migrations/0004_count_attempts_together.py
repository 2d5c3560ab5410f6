"""The cache that all processes share: how often somebody tried to log in must be counted once, not per process."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_find_administration_events")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE kernel_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX kernel_cache_expires ON kernel_cache (expires);
            """,
            "DROP TABLE kernel_cache",
        )
    ]
