"""A real Icinga 2 with the file that an integration's page gives to paste: a service fails and is well again."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path

import pytest

from allclear.alerts.kinds import KINDS
from allclear.domain.alerts.kinds import filled
from tests.real.conftest import Here
from tests.real.programs import PATIENCE, Other, found, give, needs, run, until

pytestmark = [pytest.mark.slow, needs("icinga2")]
MAIN = """\
include <itl>
include "{folder}/allclear.conf"
object CheckerComponent "checker" {{ }}
object NotificationComponent "notification" {{ }}
object CheckCommand "look" {{ command = [ "{folder}/look" ] }}
object Host "web1" {{
  check_command = "dummy"
  address = "127.0.0.1"
  notes_url = "https://wiki.example.org/web1"
}}
object Service "Disk" {{
  host_name = "web1"
  check_command = "look"
  max_check_attempts = 1
  check_interval = 1s
  retry_interval = 1s
}}
"""
OUTPUT = 'DISK full - it\'s / 12 MB & "50%" = $all$; ü'


def test_a_failing_service_opens_an_alert_and_its_recovery_ends_it(here: Here, tmp_path: Path) -> None:
    row, key = here.source("icinga")
    state = tmp_path / "state"
    state.write_text("2")
    (tmp_path / "output").write_text(f"{OUTPUT}\nthe second line\n")
    look = tmp_path / "look"
    look.write_text(f"#!/bin/sh\nread code < {state}\ncat {tmp_path}/output\nexit $code\n")
    look.chmod(0o755)
    ours = next(step.code for step in KINDS["icinga"].setup if step.file)
    (tmp_path / "allclear.conf").write_text(filled(ours, here.url, key))
    (tmp_path / "icinga2.conf").write_text(MAIN.format(folder=tmp_path))
    words = _words(tmp_path)
    checked = run([*words, "--validate"])
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with Other(words, tmp_path) as icinga:
        process = icinga.process
        assert process is not None
        until(lambda: here.alerts() or process.poll() is not None, icinga.told, PATIENCE)
        alert = here.alert(status="firing")
        assert (alert.integration_id, alert.source, alert.severity) == (row.pk, "web1", "critical"), icinga.told
        assert (alert.title, alert.labels["service"]) == ("web1/Disk is CRITICAL", "Disk")
        assert OUTPUT in alert.description and alert.labels["address"] == "127.0.0.1"
        state.write_text("0")
        assert here.alert(status="resolved").pk == alert.pk


def _words(folder: Path) -> list[str]:
    """The daemon, with all that it writes in this folder; root's rights it gives up for those of its own user."""
    places = {
        "DataDir": "data", "LogDir": "log", "CacheDir": "cache", "SpoolDir": "spool", "InitRunDir": "run",
        "PidPath": "run/icinga2.pid", "StatePath": "data/state", "VarsPath": "cache/vars",
        "ModAttrPath": "data/modified.conf", "ObjectsPath": "cache/objects",
    }  # fmt: skip
    for place in ("data", "log", "cache", "spool", "run"):
        (folder / place).mkdir()
    own = os.geteuid() != 0
    user = pwd.getpwuid(os.geteuid()) if own else pwd.getpwnam("nagios")
    if not own:
        give(folder, user)
    names = {"RunAsUser": user.pw_name, "RunAsGroup": grp.getgrgid(user.pw_gid).gr_name, "NodeName": "here"}
    given = names | {name: str(folder / place) for name, place in places.items()}
    defines = [word for name, value in given.items() for word in ("-D", f"{name}={value}")]
    return [found("icinga2") or "icinga2", "daemon", "-x", "warning", "-c", str(folder / "icinga2.conf"), *defines]
