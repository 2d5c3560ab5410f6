"""Jobs that may take minutes. A worker (`allclear jobs`) runs them, each at most once at a time."""

from __future__ import annotations

import logging

from asgiref.sync import sync_to_async
from django.core.exceptions import ObjectDoesNotExist
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from allclear.alerts.actions import keeping
from allclear.engine import retention
from allclear.incidents import importing, search
from allclear.incidents.actions import desk, presence
from allclear.incidents.importing.killed import stop_killed
from allclear.incidents.search import renames
from allclear.kernel import clock
from allclear.kernel.errors import AllclearError
from allclear.notifications.actions.forgetting import forget_received
from allclear.oncall.actions import announcing, calendars, reminding, swaps
from allclear.reports import replay
from allclear.reports.replay import running
from allclear.reports.replay.actions import stop_killed as stop_killed_what_ifs

log = logging.getLogger(__name__)


@app.task(name=importing.JOB, queue="imports")
def import_file(run_id: int) -> None:
    """Bring in an uploaded log. What a person can mend stands in the run's report and is no fault of the worker."""
    try:
        importing.run_waiting(run_id)
    except AllclearError as error:
        log.warning("Import run %s was not done: %s", run_id, error.message)


@app.task(name=replay.JOB, queue="what_ifs")
def run_what_if(what_if_id: int) -> None:
    """Try a draft on the past. What a person can mend stands in the what-if; one that was deleted meanwhile is over."""
    try:
        running.run_waiting(what_if_id)
    except (AllclearError, ObjectDoesNotExist) as error:
        log.warning("What-if %s was not run: %s", what_if_id, error)


@app.periodic(cron="17 3 * * *")
@app.task(name="erase_due", queue="retention", queueing_lock="erase_due", lock="erase_due")
def erase_due(timestamp: int) -> None:
    """Once a night: erase what the retention policy says is due. A run that was killed is taken up by the next one."""
    report = retention.run(clock.now())
    if report.incidents:
        log.info("Retention: erased words of %s incidents under version %s", report.incidents, report.policy_version)


@app.periodic(cron="47 2 * * *")
@app.task(name="forget_deliveries", queue="retention", queueing_lock="forget_deliveries", lock="forget_deliveries")
def forget_deliveries(timestamp: int) -> None:
    """Once a night: what sources sent long ago is removed, as the alert rules say."""
    removed = keeping.remove_old(clock.now())
    if removed.deliveries or removed.events:
        log.info("Removed %s old deliveries and %s old events", removed.deliveries, removed.events)


@app.task(name=renames.JOB, queue="search")
def index_named(stream: str, key: int) -> None:
    """Let the search know a service, an item or a customer by the new name."""
    renames.reindex_named(stream, key)


@app.periodic(cron="*/5 * * * *")
@app.task(name="index_missing", queue="search", queueing_lock="index_missing", lock="index_missing")
def index_missing(timestamp: int) -> None:
    """What was there before the search had an index: an upgrade brings no pause."""
    while search.reindex_missing():
        pass


@app.periodic(cron="41 * * * *")
@app.task(name="tidy_desks", queueing_lock="tidy_desks")
def tidy_desks(timestamp: int) -> None:
    """Each hour: forget drafts that nobody touched for long, and who looked and what mail came long ago."""
    now = clock.now()
    presence.forget_old(now)
    forget_received(now)
    if gone := desk.forget_old_drafts(now):
        log.info("Forgot %s drafts that nobody had touched for %s days", gone, desk.KEPT.days)


@app.periodic(cron="*/5 * * * *")
@app.task(name="read_calendars", queue="calendars", queueing_lock="read_calendars", lock="read_calendars")
def read_calendars(timestamp: int) -> None:
    """Read the calendars elsewhere that schedules follow, each once in a quarter of an hour."""
    calendars.refresh_due(clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="tell_shifts", queueing_lock="tell_shifts", lock="tell_shifts")
def tell_shifts(timestamp: int) -> None:
    """Each minute: reminders before shifts, notices of what changed for people, and swaps that nobody took in time."""
    now = clock.now()
    for look in (reminding.remind, swaps.expire_swaps, announcing.announce_changes):
        try:
            look(now)
        except Exception:  # the others are done all the same, and all of it is looked at again in a minute
            log.exception("%s broke", look.__name__)


_MOST_ATTEMPTS = 3  # of a job whose worker died each time


@app.periodic(cron="* * * * *")
@app.task(name="take_up_again", queueing_lock="take_up_again", pass_context=True)
async def take_up_again(context: JobContext, timestamp: int) -> None:
    """What a killed worker had in hand is done again, for it holds up all that waits behind it; not more than thrice.

    An import goes on where it was: rows that are in are known. A what-if begins anew.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        log.warning("The worker of job %s (%s) has died", job.id, job.task_name)
        if job.attempts + 1 < _MOST_ATTEMPTS:
            await manager.retry_job(job)
        else:
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
    await sync_to_async(stop_killed)(clock.now())
    await sync_to_async(stop_killed_what_ifs)(clock.now())
