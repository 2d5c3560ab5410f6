"""The whole program as a person starts it: `allclear serve` on an empty folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from allclear.notifications.tests.peers import free_port
from tests.infra.conftest import Run, wait_until

pytestmark = pytest.mark.slow


def health(port: int) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
            return dict(json.load(answer))
    except (OSError, urllib.error.URLError):
        return {}


def processes_of(home: Path) -> set[int]:
    """Every process that was started for this data folder, whoever its parent is now."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environ = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"ALLCLEAR_HOME={home}".encode() in environ:
            found.add(int(folder.name))
    return found


def started(run: Run, home: Path) -> tuple[subprocess.Popen[str], int]:
    port = free_port()
    process = run("-m", "allclear", "serve", PORT=str(port), EMPTY="1", WEB_WORKERS="1")
    try:
        wait_until(lambda: process.poll() is not None or health(port).get("status") == "ok")
        assert process.poll() is None
    except AssertionError:
        process.terminate()
        pytest.fail("\n".join(process.communicate()))
    return process, port


def test_it_serves_an_empty_folder_and_ends_without_a_trace(run: Run, home: Path) -> None:
    process, port = started(run, home)
    wait_until(lambda: health(port).get("database") == "ok")
    wait_until(lambda: bool(health(port).get("engine")))
    again = run("-m", "allclear", "serve", PORT=str(port))
    assert f"Port {port} on 127.0.0.1 is in use" in again.communicate()[1]

    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert f"Allclear is at http://127.0.0.1:{port}" in said
    assert "make the first administrator" in said
    assert "Allclear has stopped." in said
    wait_until(lambda: processes_of(home) == set())
    assert not (home / "postgres" / "postmaster.pid").exists()


def test_its_parts_end_when_it_is_killed_and_the_next_start_takes_over(run: Run, home: Path) -> None:
    process, _ = started(run, home)
    process.kill()
    process.wait()
    wait_until(lambda: processes_of(home) == set())
    assert (home / "postgres" / "postmaster.pid").exists()

    second, port = started(run, home)

    wait_until(lambda: health(port).get("status") == "ok")
    second.send_signal(signal.SIGINT)
    assert second.wait(60) == 0


def test_it_starts_a_part_again_that_died(run: Run, home: Path) -> None:
    process, port = started(run, home)
    web = next(pid for pid in processes_of(home) if parent_of(pid) == process.pid and is_part(pid, "web"))

    os.kill(web, signal.SIGKILL)
    wait_until(lambda: web not in processes_of(home))

    wait_until(lambda: health(port).get("status") == "ok")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    wait_until(lambda: processes_of(home) == set())


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def is_part(pid: int, name: str) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[-2] == name.encode()
