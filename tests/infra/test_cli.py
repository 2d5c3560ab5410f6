from __future__ import annotations

import json

from allclear import __version__
from tests.infra.conftest import Run

LOADED = """
import sys
from allclear.config.cli import main
try:
    main()
finally:
    print(sorted({"django", "psycopg", "granian", "allclear.config.settings"} & set(sys.modules)))
"""


def test_help_imports_nothing_heavy(run: Run) -> None:
    said, _ = run("-c", LOADED, "--help").communicate()

    assert "serve" in said and "doctor" in said
    assert "manage" not in said
    assert said.strip().endswith("[]")


def test_the_help_of_a_command_is_its_own(run: Run) -> None:
    said, _ = run("-m", "allclear", "engine", "--help").communicate()

    assert "Go round every loop once" in said
    assert "completion" not in said


def test_an_unknown_command_is_refused(run: Run) -> None:
    process = run("-m", "allclear", "srve")

    _, said = process.communicate()

    assert process.returncode == 2
    assert "No such command 'srve'" in said


def test_version_is_for_people_and_programs(run: Run) -> None:
    assert run("-m", "allclear", "version").communicate()[0] == f"{__version__}\n"
    assert json.loads(run("-m", "allclear", "version", "--json").communicate()[0]) == {"version": __version__}


def test_a_database_that_does_not_answer_is_one_sentence(run: Run) -> None:
    process = run("-m", "allclear", "migrate", DATABASE_URL="postgresql://127.0.0.1:1/none")

    _, said = process.communicate()

    assert process.returncode == 1
    assert "The database does not answer" in said and "check DATABASE_URL" in said
    assert "Traceback" not in said
