"""Data folders and processes of their own, so that the server of the test run stays out of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from allclear.config import embedded_programs

ROOT = Path(__file__).resolve().parent.parent.parent
Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder in `ALLCLEAR_HOME` that PostgreSQL's user can reach, also when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="allclear-infra-", dir="/tmp"))
    folder.chmod(0o755)
    shared = embedded_programs.programs_folder(settings.HOME)
    if shared.exists():  # spares root 40 MB of copying for each test
        embedded_programs.programs_folder(folder).symlink_to(shared)
    monkeypatch.setenv("ALLCLEAR_HOME", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def run(home: Path) -> Iterator[Run]:
    """Start a Python process with the program in its path; what still lives at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environ: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALLCLEAR_", "DJANGO_"))}
        own = {"ALLCLEAR_HOME": str(home), "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**kept, **own, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_until(true: Callable[[], bool], seconds: float = 180.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.02)
