from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from tests.infra.conftest import Run


def examined(run: Run, **environ: str) -> tuple[int, dict[str, dict[str, Any]]]:
    process = run("-m", "allclear", "doctor", "--json", **environ)
    said, wrong = process.communicate()
    assert said, wrong
    return process.returncode, {finding["name"]: finding for finding in json.loads(said)}


def test_it_finds_what_is_wrong_and_says_how_to_mend_it(run: Run, home: Path) -> None:
    (home / "secrets").mkdir(mode=0o700)
    (home / "secrets" / "secret_key").write_text("x" * 50)
    (home / "secrets" / "secret_key").chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as other:
        code, found = examined(
            run, ALLCLEAR_URL="https://desk.example.org", PORT=str(other.getsockname()[1]), EMPTY="1"
        )

    assert code == 1
    assert found["secrets"]["state"] == "fault"
    assert found["secrets"]["mend"].startswith("chmod go= ")
    assert found["address"]["mend"].startswith("Add desk.example.org to ALLCLEAR_HOSTS")
    assert "is in use" in found["port"]["found"]
    assert found["tables"]["mend"] == "Run `allclear migrate`."
    assert found["database"]["found"] == "PostgreSQL 18.6, embedded"
    assert found["clock"]["state"] == "ok"


def test_it_is_content_with_a_migrated_database(run: Run) -> None:
    migrate = run("-m", "allclear", "migrate")
    migrate.communicate()
    assert migrate.returncode == 0

    _, found = examined(run, PORT="0" * 3 + "1")

    assert {name: finding["state"] for name, finding in found.items() if name in {"tables", "rights", "database"}} == {
        "database": "ok",
        "tables": "ok",
        "rights": "ok",
    }
    assert found["engine"]["state"] == "note"


def test_it_names_a_database_that_does_not_answer(run: Run) -> None:
    code, found = examined(run, DATABASE_URL="postgresql://127.0.0.1:1/none")

    assert code == 1
    assert found["database"]["state"] == "fault"
    assert "tables" not in found
