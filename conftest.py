"""What every test shares: the test database, and the rule that nothing may be skipped in CI."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

TEMPLATE = f"allclear_template_{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
_skipped: list[str] = []


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> Iterator[None]:
    """Migrate one template database; each worker's test database is a copy of it."""
    from django.conf import settings
    from django.db import connection

    with _one_at_a_time(settings.HOME / "template.lock"), _server() as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            draft = f"{TEMPLATE}_draft"
            _execute(server, "DROP DATABASE IF EXISTS {}", draft)
            _execute(server, "CREATE DATABASE {}", draft)
            with django_db_blocker.unblock():
                _migrate(draft)
            _execute(server, "ALTER DATABASE {} RENAME TO {}", draft, TEMPLATE)
    connection.settings_dict["TEST"]["TEMPLATE"] = TEMPLATE
    yield
    if "PYTEST_XDIST_WORKER" not in os.environ:
        with _server() as server:
            _execute(server, "DROP DATABASE IF EXISTS {}", TEMPLATE)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """After a `transactional_db` test only the tables that have rows are emptied."""
    from django.test import TransactionTestCase
    from tests.emptying import empty_tables

    TransactionTestCase._fixture_teardown = lambda self: empty_tables()  # type: ignore[attr-defined]  # Django's own name


@pytest.fixture(autouse=True, scope="session")
def unhurried() -> None:
    """Pages count for as long as it takes: a busy machine shall not decide what a test sees."""
    from allclear.web import side_counts

    side_counts.LONG = 60.0


@pytest.fixture(autouse=True, scope="session")
def kinds_known() -> None:
    """Kinds of source are the same for every test, as in every program."""
    from allclear.config import wiring

    wiring.know_kinds()


@pytest.fixture(autouse=True)
def nothing_cached() -> None:
    """Forget what processes keep: the test before was rolled back, and the generation numbers with it."""
    from allclear.incidents.search import vocabulary
    from allclear.kernel import generation
    from allclear.web.alerts import firing
    from allclear.web.side_counts import side_counts
    from allclear.web.templatetags import _kept

    generation.forget_all()
    vocabulary.forget_known()
    _kept.forget_all()
    side_counts.forget()
    firing.forget()


@pytest.fixture
def minute_stands() -> Iterator[None]:
    """The minute does not turn while a test counts queries: what a process keeps for a minute stays warm."""
    from allclear.kernel import clock

    with clock.set_clock(clock.now()):
        yield


@pytest.fixture
def wired() -> Iterator[None]:
    """What happens when something happens, as in the running program; most tests look at one verb alone."""
    with everything_wired():
        yield


@contextmanager
def everything_wired() -> Iterator[None]:
    """The same for fixtures that hold for a whole module."""
    from allclear.config import wiring
    from allclear.incidents.actions import run
    from allclear.kernel import changes
    from allclear.notifications import sending
    from allclear.oncall.subjects import SUBJECTS

    lists: list[Any] = [run.SUBSCRIBERS, run.BESIDE, changes.SUBSCRIBERS, sending.CHECKS, sending.ALARMS]
    before = [list(one) for one in lists]
    wiring.connect()
    yield
    for one, held in zip(lists, before, strict=True):
        one[:] = held
    SUBJECTS.clear()


@pytest.fixture
def app_connection(transactional_db: None) -> Iterator[psycopg.Connection]:
    """The test database seen with the rights of the application's role, not the superuser's."""
    from django.conf import settings
    from django.db import connection

    url = make_conninfo(os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"]))
    with psycopg.connect(url, autocommit=True) as application:
        application.execute("SET ROLE allclear")
        yield application
    assert settings.configured


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser for tests marked `browser`."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("ALLCLEAR_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("There is no Chromium: run `make test`, which installs it where it may, or set ALLCLEAR_CHROMIUM.")
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project, for tests marked `shared`."""
    folder = Path(os.environ.get("ALLCLEAR_SHARED_DATA") or Path(__file__).resolve().parent.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"There is no {folder}: put the real data there, or name its folder in ALLCLEAR_SHARED_DATA.")
    return folder


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests begin (`make test` gives whole files to its workers): then all workers end together."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What is there now stays to the end: the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _skipped.append(f"{report.nodeid}: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _must_not_skip(session.config) and _skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if _must_not_skip(config) and _skipped:
        terminalreporter.section("skipped, which CI does not allow", red=True)
        for line in _skipped:
            terminalreporter.line(line)


def _must_not_skip(config: pytest.Config) -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"} and not hasattr(config, "workerinput")


def _server() -> psycopg.Connection:
    return psycopg.connect(make_conninfo(os.environ["DATABASE_URL"], dbname="postgres"), autocommit=True)


def _execute(server: psycopg.Connection, statement: str, *names: str) -> None:
    server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]


def _migrate(name: str) -> None:
    from django.core.management import call_command
    from django.db import connection

    from allclear.config import roles

    theirs = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", interactive=False, verbosity=0)
        with psycopg.connect(make_conninfo(os.environ["DATABASE_URL"], dbname=name), autocommit=True) as owner:
            if owner.execute("SELECT 1 FROM pg_roles WHERE rolname = 'allclear'").fetchone():
                roles.grant(owner, "allclear")
    finally:
        connection.close()
        connection.settings_dict["NAME"] = theirs


class _one_at_a_time:  # noqa: N801 - used as a word in a with statement
    """Hold a lock file among the workers of one test run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        self.file = self.path.open("w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()
