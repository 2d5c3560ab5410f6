"""What people paste from the instructions: the tools themselves take it, and we read what it sends."""

from __future__ import annotations

import getpass
import grp
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from allclear.domain.alerts import Action, Severity
from allclear.domain.alerts.kinds import filled
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.pasted import pasted
from tests.intake.dialects.received import one

BASE, KEY = "https://allclear.example", "0123456789abcdef0123456789abcdef"
ROUTE = "route:\n  receiver: allclear\n"


def ready(name: str) -> str:
    return filled(pasted(name), BASE, KEY)


def runs(*command: str, stdin: str = "") -> str:
    """What a program prints, or why there is none."""
    path = shutil.which(command[0], path="/usr/local/bin:/usr/bin:/usr/sbin:/bin")
    if path is None:
        pytest.skip(f"There is no {command[0]}: scripts/peers installs what Debian has.")
    done = subprocess.run([path, *command[1:]], input=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", sorted(DIALECTS))
def test_nothing_is_left_to_fill_in(kind: str) -> None:
    for step in DIALECTS[kind].setup:
        text = filled(step.code, BASE, KEY, "example.org")
        assert not any(f"{{{name}}}" in text for name in ("url", "base", "scheme", "host", "key", "mail_domain"))


@pytest.mark.parametrize("name", ["alertmanager.yml", "alertmanager-pagerduty.yml", "alertmanager-opsgenie.yml"])
def test_alertmanager_takes_its_receivers(tmp_path: Path, name: str) -> None:
    text = ready(name)
    file = tmp_path / "alertmanager.yml"
    file.write_text(text if "route:" in text else ROUTE + text)
    assert "SUCCESS" in runs("amtool", "check-config", str(file))


def test_alertmanager_takes_a_key_outside_of_the_url(tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(f"{ROUTE}receivers:\n  - name: allclear\n{ready('alertmanager-bearer.yml')}")
    assert "SUCCESS" in runs("amtool", "check-config", str(file))


@pytest.mark.parametrize("name", ["prometheus.yml", "prometheus-bearer.yml"])
def test_prometheus_takes_us_for_an_alertmanager(tmp_path: Path, name: str) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(ready(name))
    runs("promtool", "check", "config", str(file))
    assert yaml.safe_load(file.read_text())["alerting"]["alertmanagers"][0]["scheme"] == "https"


@pytest.mark.parametrize("name", ["grafana.yml", "zabbix.yaml"])
def test_it_is_yaml(name: str) -> None:
    assert BASE in json.dumps(yaml.safe_load(ready(name)))


def test_nagios_takes_the_commands(tmp_path: Path) -> None:
    (tmp_path / "allclear.cfg").write_text(ready("nagios.cfg"))
    (tmp_path / "objects.cfg").write_text(
        "define timeperiod {\n timeperiod_name 24x7\n alias always\n}\n"
        "define command {\n command_name true\n command_line /bin/true\n}\n"
        "define host {\n host_name web1\n address 127.0.0.1\n max_check_attempts 1\n check_command true\n"
        " check_period 24x7\n notification_period 24x7\n contacts allclear\n}\n"
        "define service {\n host_name web1\n service_description disk\n max_check_attempts 1\n check_command true\n"
        " check_period 24x7\n notification_period 24x7\n contacts allclear\n}\n"
    )
    (tmp_path / "nagios.cfg").write_text(
        f"nagios_user={getpass.getuser()}\nnagios_group={grp.getgrgid(os.getgid()).gr_name}\n"  # whose folder this is
        f"cfg_file={tmp_path}/objects.cfg\ncfg_file={tmp_path}/allclear.cfg\nlog_file={tmp_path}/log\n"
        f"object_cache_file={tmp_path}/cache\nstatus_file={tmp_path}/status\nlock_file={tmp_path}/lock\n"
        f"temp_file={tmp_path}/tmp\ncommand_file={tmp_path}/cmd\ncheck_result_path={tmp_path}\nlog_archive_path={tmp_path}\n"
    )
    assert "Total Errors:   0" in runs("nagios4", "-v", str(tmp_path / "nagios.cfg"))


ZABBIX = """
function HttpRequest() {}
HttpRequest.prototype.addHeader = function () {};
HttpRequest.prototype.getStatus = function () { return 200; };
HttpRequest.prototype.post = function (url, body) { process.stdout.write(url + "\\n" + body); return ""; };
var value = require("fs").readFileSync(0, "utf8");
(function () { %s })();
"""


def test_the_script_of_zabbix_media_type_sends_what_we_read() -> None:
    media_type = yaml.safe_load(ready("zabbix.yaml"))["zabbix_export"]["media_types"][0]
    parameters = {one["name"]: one["value"] for one in media_type["parameters"]}
    given = parameters | {
        "event_id": "70", "event_value": "1", "event_update_status": "0", "event_name": "Disk is full",
        "event_nseverity": "5", "event_tags": '[{"tag": "scope", "value": "capacity"}]', "host_name": "web1",
        "trigger_id": "13502",
    }  # fmt: skip
    url, _, body = runs("node", "-e", ZABBIX % media_type["script"], stdin=json.dumps(given)).partition("\n")
    assert url == f"{BASE}/webhooks/{KEY}"
    event = one("zabbix", body)
    assert (event.action, event.key, event.severity) == (Action.TRIGGER, "70", Severity.CRITICAL)
    assert event.labels == {"host": "web1", "trigger": "13502", "scope": "capacity"}
    assert "host_ip" not in event.details  # its macro was not filled in
    assert event.links == ()
