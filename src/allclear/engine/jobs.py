"""Jobs that may take minutes. A worker (`allclear jobs`) runs them, each at most once at a time."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from allclear.incidents import importing
from allclear.kernel.errors import AllclearError

log = logging.getLogger(__name__)


@app.task(name=importing.JOB, queue="imports")
def import_file(run_id: int) -> None:
    """Bring in an uploaded log. What a person can mend stands in the run's report and is no fault of the worker."""
    try:
        importing.run_waiting(run_id)
    except AllclearError as error:
        log.warning("Import run %s was not done: %s", run_id, error.message)
