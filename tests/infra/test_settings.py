from __future__ import annotations

import pytest

from tests.infra.conftest import Run

WRONG = [
    ("PORT", "http", "PORT='http' is not a whole number."),
    ("ALLCLEAR_DEBUG", "maybe", "ALLCLEAR_DEBUG='maybe' is not understood: write 1 or 0."),
    ("DATABASE_URL", "postgresql://[host/x", "DATABASE_URL cannot be read"),
    ("DATABASE_POOL", "-1", "DATABASE_POOL='-1' is not a whole number."),
]


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_a_wrong_setting_stops_the_start_with_a_sentence(run: Run, name: str, value: str, sentence: str) -> None:
    process = run("-c", "import allclear.config.settings", **{name: value})

    _, said = process.communicate()

    assert process.returncode == 1
    assert said.startswith(sentence)
    assert "Traceback" not in said


def test_it_is_safe_without_any_setting(run: Run) -> None:
    names = "DEBUG, ALLOWED_HOSTS, SESSION_COOKIE_HTTPONLY, X_FRAME_OPTIONS, len(SECRET_KEY) > 40"
    process = run("-c", f"from allclear.config.settings import *; print({names})")

    said, _ = process.communicate()

    assert said.strip() == "False ['localhost', '127.0.0.1', '[::1]', 'testserver'] True DENY True"
