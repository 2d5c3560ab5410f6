"""Bring in a company's log of incidents: `run` at a terminal, `start` for the web, where a job does it.

`mapping` says how a log is read, `survey` checks it, `history` turns rows into events, `store` writes them, `report`
accounts for every row. `archive` brings back what `incidents.exporting` wrote.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app

from allclear.accounts.permissions import Viewer
from allclear.incidents.importing.mapping import FORMATS, Mapping, check_format, default_text, parse, read
from allclear.incidents.importing.reading import LogFile
from allclear.incidents.importing.run import Import, begin
from allclear.incidents.importing.survey import Progress
from allclear.incidents.models import ImportRun
from allclear.kernel import clock
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

__all__ = ["FORMATS", "JOB", "Mapping", "Progress", "default_text", "parse", "read", "run", "run_waiting", "start"]

JOB = "import_file"


def run(
    viewer: Viewer,
    path: Path,
    *,
    mapping: Mapping,
    now: datetime,
    source: str = "",
    format_: str = "servicenow-audit",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Bring in a file now; gives the full report. `source` names where it comes from, by default the mapping's name."""
    check_format(format_)
    source = source_name(source or mapping.name)
    row = begin(viewer, source=source, file_name=path.name, format_=format_, now=now)
    work = Import(row, path, mapping, now)
    if progress:
        work.progress = progress
    return work.go()


def start(
    viewer: Viewer,
    path: Path,
    name: str,
    format_: str,
    mapping: str | None,
    now: datetime,
    *,
    source: str = "",
) -> ImportRun:
    """Take an uploaded file and let a job bring it in; its run tells how far it is.

    `name` is the file's name for people, `mapping` the text of a mapping file (None: the one of the format). What can
    be refused at once is: a wrong mapping, a header without the needed columns.
    """
    viewer.require("incident.import")
    check_format(format_)
    text = mapping if mapping and mapping.strip() else default_text(format_)
    parsed = parse(text)
    LogFile(path, parsed)
    with transaction.atomic():
        row = begin(
            viewer,
            source=source_name(source or parsed.name),
            file_name=name,
            format_=format_,
            now=now,
            phase="waiting",
        )
        file, beside = _kept(row.pk)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(path, file)
        beside.write_text(text, "utf-8")
        app.configure_task(JOB, queue="imports", lock=f"import:{row.source}").defer(run_id=row.pk)
    return row


def run_waiting(run_id: int) -> dict[str, Any]:
    """Do what `start` has put off; the kept file goes afterwards. A run that is over is left alone."""
    row = ImportRun.objects.get(pk=run_id)
    if row.state != "running":
        return row.report if isinstance(row.report, dict) else {}
    file, beside = _kept(run_id)
    try:
        work = Import(row, file, parse(read(beside)), clock.now())
        return work.go()
    finally:
        file.unlink(missing_ok=True)
        beside.unlink(missing_ok=True)


def source_name(text: str) -> str:
    """The name of a source, checked."""
    name = " ".join(text.split())
    if not name or len(name) > 60:
        raise Invalid({"source": say("Name the source in at most 60 characters.")})
    return name


def _kept(run_id: int) -> tuple[Path, Path]:
    folder = Path(settings.HOME) / "imports"
    return folder / str(run_id), folder / f"{run_id}.toml"
