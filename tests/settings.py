"""The program's settings for tests: a data folder and a PostgreSQL of their own, gone when the last test has run.

`TEST_DATABASE_URL` names another server to use (as a superuser). The first process of a test run makes the folder and
names it in the environment; the workers that it starts find it there.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_HOME = "ALLCLEAR_TEST_HOME"
_KEPT = {_HOME, "ALLCLEAR_CHROMIUM", "ALLCLEAR_SHARED_DATA"}


def _new_home() -> str:
    """A folder that PostgreSQL's user can reach when the tests run as root."""
    home = tempfile.mkdtemp(prefix="allclear-test-", dir="/tmp")
    Path(home).chmod(0o755)
    os.environ[_HOME] = home
    atexit.register(shutil.rmtree, home, ignore_errors=True)  # runs after the server was released
    return home


def _test_server() -> str:
    if url := os.environ.get("TEST_DATABASE_URL"):
        return url
    from allclear.config import embedded, roles

    fast = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "120"}
    server = embedded.ensure({**fast, "shared_buffers": "64MB"})
    atexit.register(server.release)
    roles.provide(server)
    return server.super_url


for _name in [name for name in os.environ if name.startswith("ALLCLEAR_") and name not in _KEPT]:
    del os.environ[_name]  # what the caller has set for a real instance must not reach the tests
os.environ["ALLCLEAR_HOME"] = os.environ.get(_HOME) or _new_home()
os.environ["DATABASE_URL"] = _test_server()
os.environ.pop("DATABASE_POOL", None)

from allclear.config.settings import *  # noqa: E402, F403

ANNOUNCE = False  # a test that needs it switches it on: the sender holds a connection of its own
