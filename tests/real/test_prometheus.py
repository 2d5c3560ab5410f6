"""A real Prometheus sends its alerts straight here, and they end when what they measure is well again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.conftest import Here
from tests.real.programs import Other, Value, free_port, needs

pytestmark = [pytest.mark.slow, needs("prometheus")]
CONFIGURATION = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s, external_labels: {{site: lyon}}}}
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - path_prefix: /webhooks/{key}
      static_configs: [{{targets: ["127.0.0.1:{here}"]}}]
scrape_configs:
  - job_name: shop
    static_configs: [{{targets: ["127.0.0.1:{metrics}"]}}]
"""
RULES = """\
groups:
  - name: shop
    rules:
      - alert: ShopIsSick
        expr: shop_sick > 0
        labels: {severity: critical}
        annotations: {summary: "The shop is sick", description: "{{ $value }} of its parts"}
"""


def test_an_alert_opens_an_incident_and_ends_when_it_is_over(here: Here, tmp_path: Path) -> None:
    row, key = here.source("prometheus")
    metrics, port = Value("shop_sick", 3), free_port()
    words = {"key": key, "here": here.program.port, "metrics": metrics.port}
    (tmp_path / "prometheus.yml").write_text(CONFIGURATION.format(**words))
    (tmp_path / "rules.yml").write_text(RULES)
    started = [
        "prometheus", "--config.file=prometheus.yml", f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--rules.alert.resend-delay=1s",
    ]  # fmt: skip
    try:
        with Other(started, tmp_path) as prometheus:
            prometheus.listens(port)
            alert = here.alert(status="firing", incident__isnull=False)
            assert (alert.integration_id, alert.severity) == (row.pk, "critical")
            assert alert.labels["alertname"] == "ShopIsSick" and alert.labels["site"] == "lyon"
            assert "3 of its parts" in alert.description
            assert alert.incident is not None and alert.incident.channel == "monitoring"
            again = here.alert(pk=alert.pk, event_count__gt=1)  # it is sent again and again, and stays one
            assert again.title == alert.title
            metrics.value = 0
            over = here.alert(pk=alert.pk, status="resolved")
            assert over.resolved_by == "source"
            assert len(here.alerts()) == 1
    finally:
        metrics.end()
