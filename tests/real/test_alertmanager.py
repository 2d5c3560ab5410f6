"""A real Alertmanager tells three of its receivers, all of them Allclear: its own web-hook, PagerDuty and Opsgenie."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.conftest import Here
from tests.real.programs import Other, free_port, needs, run, until

pytestmark = [pytest.mark.slow, needs("prometheus-alertmanager", "amtool")]
CONFIGURATION = """\
global: {{pagerduty_url: "{url}/v2/enqueue", opsgenie_api_url: "{url}/", resolve_timeout: 1m}}
route: {{receiver: allclear, group_by: [alertname, instance], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers:
  - name: allclear
    webhook_configs: [{{url: "{url}/webhooks/{webhook}", send_resolved: true}}]
    pagerduty_configs: [{{routing_key: "{pagerduty}", severity: error, send_resolved: true}}]
    opsgenie_configs: [{{api_key: "{opsgenie}", priority: P1, send_resolved: true}}]
"""
KINDS = {"alertmanager": "critical", "pagerduty": "error", "opsgenie": "critical"}  # the severity that each tells


def test_each_receiver_opens_and_ends_an_alert(here: Here, tmp_path: Path) -> None:
    keys = {kind: here.source(kind)[1] for kind in KINDS}
    port = free_port()
    words = {"url": here.url, "webhook": keys["alertmanager"], **keys}
    (tmp_path / "alertmanager.yml").write_text(CONFIGURATION.format(**words))
    started = [
        "prometheus-alertmanager", "--config.file=alertmanager.yml", f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    amtool = ["amtool", f"--alertmanager.url=http://127.0.0.1:{port}", "alert", "add"]
    fault = ["alertname=DiskFull", "instance=web1", "severity=critical"]
    with Other(started, tmp_path) as alertmanager:
        alertmanager.listens(port)
        until(lambda: run([*amtool[:2], "config", "show"]).returncode == 0, "it is ready")
        added = run([*amtool, *fault, "--annotation=summary=The disk of web1 is full"])
        assert added.returncode == 0, added.stderr
        for kind, severity in KINDS.items():
            alert = here.alert(integration__kind=kind, status="firing")
            assert alert.severity == severity, kind
            assert "DiskFull" in f"{alert.title} {alert.labels}", kind
        ended = run([*amtool, *fault, "--start=2026-01-01T00:00:00Z", "--end=2026-01-01T00:01:00Z"])
        assert ended.returncode == 0, ended.stderr
        for kind in KINDS:
            here.alert(integration__kind=kind, status="resolved")
        assert len(here.alerts()) == len(KINDS), alertmanager.told


UPDATING = """\
global: {{opsgenie_api_url: "{url}/"}}
route: {{receiver: allclear, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers:
  - name: allclear
    opsgenie_configs:
      - {{api_key: "{key}", update_alerts: true, message: '{{{{ .Alerts.Firing | len }}}} disks are full',
          description: 'Now {{{{ .Alerts.Firing | len }}}}'}}
"""


def test_it_says_of_an_alert_that_is_open_what_is_new(here: Here, tmp_path: Path) -> None:
    port, (_, key) = free_port(), here.source("opsgenie")
    (tmp_path / "alertmanager.yml").write_text(UPDATING.format(url=here.url, key=key))
    started = [
        "prometheus-alertmanager", "--config.file=alertmanager.yml", f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    amtool = ["amtool", f"--alertmanager.url=http://127.0.0.1:{port}", "alert", "add", "alertname=DiskFull"]
    with Other(started, tmp_path) as alertmanager:
        alertmanager.listens(port)
        until(lambda: run([*amtool[:2], "config", "show"]).returncode == 0, "it is ready")
        assert run([*amtool, "disk=a"]).returncode == 0
        assert here.alert(title="1 disks are full").description == "Now 1"
        assert run([*amtool, "disk=b"]).returncode == 0
        assert here.alert(title="2 disks are full", description="Now 2").labels["alertname"] == "DiskFull"
        assert len(here.alerts()) == 1, alertmanager.told
