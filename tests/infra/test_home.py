from __future__ import annotations

import stat
from pathlib import Path

import pytest

from allclear.config import home as homes
from tests.infra.conftest import Run

READ = "import sys; sys.stdin.readline(); from allclear.config import home; print(home.secret('shared'))"


def test_processes_that_start_together_agree_on_a_secret(run: Run) -> None:
    processes = [run("-c", READ) for _ in range(6)]
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()

    values = {process.communicate()[0].strip() for process in processes}

    assert len(values) == 1
    assert len(values.pop()) > 40


def test_a_secret_is_kept_for_its_owner_alone(home: Path) -> None:
    value = homes.secret("key")

    assert homes.secret("key") == value
    assert stat.S_IMODE((home / "secrets").stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home / "secrets").iterdir()] == [0o600]


def test_a_secret_may_come_from_the_environment_or_from_a_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "mounted").write_text("from a file\n")
    monkeypatch.setenv("ALLCLEAR_KEY_FILE", str(home / "mounted"))
    assert homes.secret("key") == "from a file"

    monkeypatch.setenv("ALLCLEAR_KEY", "from the environment")
    assert homes.secret("key") == "from the environment"
    assert not (home / "secrets").exists()
