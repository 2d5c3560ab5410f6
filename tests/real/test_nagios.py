"""A real Nagios with the commands that an integration's page gives to paste: a service fails and is well again."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from allclear.alerts.kinds import KINDS
from allclear.domain.alerts.kinds import filled
from tests.real.conftest import Here
from tests.real.programs import Other, give, needs, until

pytestmark = [pytest.mark.slow, needs("nagios4")]
MAIN = """\
log_file={folder}/nagios.log
cfg_file={folder}/objects.cfg
cfg_file={folder}/allclear.cfg
object_cache_file={folder}/objects.cache
precached_object_file={folder}/objects.precache
status_file={folder}/status.dat
state_retention_file={folder}/retention.dat
temp_file={folder}/nagios.tmp
temp_path={folder}
check_result_path={folder}/results
lock_file={folder}/nagios.lock
command_file={folder}/nagios.cmd
query_socket={folder}/nagios.qh
check_external_commands=0
nagios_user={user}
nagios_group={group}
interval_length=1
enable_notifications=1
execute_service_checks=1
use_syslog=0
check_for_updates=0
illegal_macro_output_chars=`~$&|'"<>
"""
OBJECTS = """\
define timeperiod {{
    timeperiod_name 24x7
    alias Always
    sunday 00:00-24:00
    monday 00:00-24:00
    tuesday 00:00-24:00
    wednesday 00:00-24:00
    thursday 00:00-24:00
    friday 00:00-24:00
    saturday 00:00-24:00
}}
define command {{
    command_name look
    command_line {folder}/look
}}
define host {{
    host_name web1
    address 127.0.0.1
    max_check_attempts 1
    check_period 24x7
    contacts allclear
    notification_interval 0
    notification_period 24x7
}}
define service {{
    host_name web1
    service_description Disk
    check_command look
    max_check_attempts 1
    check_interval 1
    retry_interval 1
    check_period 24x7
    contacts allclear
    notification_interval 0
    notification_period 24x7
    notification_options w,u,c,r
}}
"""


def test_a_failing_service_opens_an_alert_and_its_recovery_ends_it(here: Here, tmp_path: Path) -> None:
    row, key = here.source("nagios")
    state = tmp_path / "state"
    state.write_text("2")
    look = tmp_path / "look"
    look.write_text(f'#!/bin/sh\nread code < {state}\necho "DISK $code - it\'s / 12 MB"\nexit $code\n')
    look.chmod(0o755)
    ours = next(step.code for step in KINDS["nagios"].setup if step.file)
    (tmp_path / "allclear.cfg").write_text(filled(ours, here.url, key))
    user = _owner(tmp_path)
    (tmp_path / "results").mkdir()
    words = {"folder": tmp_path, "user": user.pw_name, "group": user.pw_gid}
    (tmp_path / "nagios.cfg").write_text(MAIN.format(**words))
    (tmp_path / "objects.cfg").write_text(OBJECTS.format(**words))
    if os.geteuid() == 0:
        give(tmp_path, user)
    with Other(["nagios4", str(tmp_path / "nagios.cfg")], tmp_path) as nagios:
        until(lambda: here.alerts() or nagios.process.poll() is not None, nagios.told)  # type: ignore[union-attr]
        alert = here.alert(status="firing")
        assert (alert.integration_id, alert.source, alert.severity) == (row.pk, "web1", "critical"), nagios.told
        assert alert.labels["service"] == "Disk" and "12 MB" in alert.description
        state.write_text("0")
        assert here.alert(status="resolved").pk == alert.pk


def _owner(folder: Path) -> pwd.struct_passwd:
    """Nagios gives up root's rights for those of this user."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    return pwd.getpwnam("nagios")
