"""A German catalogue of the tests' own: it stays as it is, whatever the real translations say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
GERMAN: dict[str | tuple[str, str], str | tuple[str, str]] = {
    "put it on hold, waiting for the requester until {until}": "wartet bis {until} auf die meldende Person",
    "D j M Y, H:i": "D, j. M Y, H:i",
    "P{priority} because impact is {impact} and urgency is {urgency}": (
        "P{priority}, denn die Auswirkung ist {impact} und die Dringlichkeit {urgency}"
    ),
    "Medium": "mittel",
    "Impact is {level}": "Die Auswirkung ist {level}",
    "{verb} is not possible: the incident is {status}.": "„{verb}“ geht nicht: Der Vorfall ist {status}.",
    "Resume": "Fortsetzen",
    "new": "neu",
    "This can be done while it is {statuses}.": "Das geht, solange er {statuses} ist.",
    "on hold": "zurückgestellt",
    "Say why it is cancelled, for example: logged twice by mistake.": "Sagen Sie, warum er storniert wird.",
    "This needs one of these roles: {roles}.": "Dazu braucht man eine dieser Rollen: {roles}.",
    (
        "{count} task is still open. Finish or cancel it first.",
        "{count} tasks are still open. Finish or cancel them first.",
    ): (
        "{count} Aufgabe ist noch offen.",
        "{count} Aufgaben sind noch offen.",
    ),
    "{minutes} min": "{minutes} Minuten",
    "acknowledged after {span}": "nahm ihn nach {span} zur Kenntnis",
    "CLOSURE REPORT": "ABSCHLUSSBERICHT",
    "DRAFT: the incident has not ended yet": "ENTWURF: Der Vorfall ist noch nicht beendet",
    "What happened": "Was geschah",
}  # fmt: skip


def script(name: str) -> ModuleType:
    """One of the programs in scripts/."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def german(tmp_path: Path, settings: Any) -> None:
    """German screens say what `GERMAN` says, and English where it says nothing."""
    catalog = Catalog(locale="de")
    for english, words in GERMAN.items():
        catalog.add(english, words)
    target = tmp_path / "de" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as out:
        write_mo(out, catalog)
    settings.LOCALE_PATHS = [tmp_path]
