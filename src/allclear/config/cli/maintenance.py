"""`allclear maintenance`: planned work, and what stays quiet meanwhile."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allclear.config.cli import common, quieting, records, span
from allclear.config.cli.records import As, Seen

app = typer.Typer(no_args_is_help=True)
Services = Annotated[list[str] | None, typer.Option("--service", help="A service by name or number.")]
Items = Annotated[list[str] | None, typer.Option("--ci", help="A configuration item by name or number.")]
From = Annotated[str, typer.Option("--from", help="When it begins (the first time), such as 2026-03-02T22:00.")]
Repeats = Annotated[str | None, typer.Option(help="How it repeats: an RRULE such as FREQ=WEEKLY;BYDAY=SU.")]
RepeatsUntil = Annotated[str | None, typer.Option("--repeats-until", help="Until when it repeats.")]
Zone = Annotated[str | None, typer.Option("--zone", help="Whose wall clock repeats count by.")]
Reason = Annotated[str | None, typer.Option(help="Why.")]
Change = Annotated[str | None, typer.Option("--change", help="The change that it belongs to.")]
Alone = Annotated[bool, typer.Option("--alone", help="Only these, not what stands on them.")]


@app.callback()
def maintenance() -> None:
    """Planned work, and what stays quiet meanwhile."""


def _noun() -> Any:
    from allclear.alerts.actions.quiet_nouns import WINDOW

    return WINDOW


quieting.register(app, "maintenance", "maintenance window", _noun)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What is done.")],
    since: From,
    until: quieting.Until = None,
    lasts: quieting.For = "",
    service: Services = None,
    ci: Items = None,
    alone: Alone = False,
    repeats: Repeats = None,
    repeats_until: RepeatsUntil = None,
    zone: Zone = None,
    reason: Reason = None,
    change_ref: Change = None,
    shadow: quieting.Shadow = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Plan maintenance: alerts of these services and items, and of what stands on them, open nothing meanwhile."""
    work = records.session(as_email)
    from allclear.alerts.actions.maintenance import add_window

    values = {"name": name, **_times(work, since, until, lasts, zone, repeats, repeats_until)}
    values |= {"with_dependents": not alone, "mode": quieting.mode(shadow), **_scope(service, ci)}
    values |= records.given(reason=reason, change_ref=change_ref)
    quieting.told(_noun(), add_window(work.viewer, values, now=work.now), "planned", as_json=as_json)


@app.command()
def change(
    number: quieting.Number,
    name: Annotated[str | None, typer.Option(help="What is done.")] = None,
    service: Services = None,
    ci: Items = None,
    repeats: Repeats = None,
    repeats_until: RepeatsUntil = None,
    reason: Reason = None,
    change_ref: Change = None,
    shadow: Annotated[bool | None, typer.Option("--shadow/--live", help="Only say what it would hold.")] = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a window that has not ended; services and items that are named replace those before."""
    work = records.session(as_email)
    from allclear.alerts.actions.maintenance import change_window

    values = records.given(name=name, repeats=repeats, reason=reason, change_ref=change_ref)
    values |= {key: value for key, value in _scope(service, ci).items() if value}
    values |= {"mode": quieting.mode(shadow)} if shadow is not None else {}
    if repeats_until:
        values["until"] = span.instant(repeats_until, "repeats-until", work.viewer.time_zone)
    row = change_window(work.viewer, number, values, now=work.now, expected_version=expected_version)
    quieting.told(_noun(), row, "changed", as_json=as_json)


@app.command()
def cancel(
    number: quieting.Number,
    at: Annotated[str, typer.Option("--at", help="When the time begins; the running or next one, if not given.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Leave out one time of a window; all others stay."""
    work = records.session(as_email)
    from allclear.alerts.actions.maintenance import cancel_time
    from allclear.alerts.quiet_lists import entry_of

    row = quieting.find(work, _noun(), number, "maintenance window")
    start = span.instant(at, "at", work.viewer.time_zone) if at else entry_of(row, work.now).starts_at
    row = cancel_time(work.viewer, number, start, now=work.now)
    quieting.told(_noun(), row, f"left out on {common.in_words(start)}", as_json=as_json)


@app.command()
def end(number: quieting.Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """End a window now, with all times that were to come."""
    work = records.session(as_email)
    from allclear.alerts.actions.maintenance import end_window

    quieting.told(_noun(), end_window(work.viewer, number, now=work.now), "ended", as_json=as_json)


@app.command("try")
def try_(
    since: From,
    until: quieting.Until = None,
    lasts: quieting.For = "",
    service: Services = None,
    ci: Items = None,
    alone: Alone = False,
    repeats: Repeats = None,
    repeats_until: RepeatsUntil = None,
    zone: Zone = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Say what a maintenance window would have hidden of the last 90 days; nothing is planned."""
    work = records.session(as_email)
    from allclear.alerts.drafts import preview_window

    values = _times(work, since, until, lasts, zone, repeats, repeats_until)
    values |= {"with_dependents": not alone, **_scope(service, ci)}
    quieting.hidden(preview_window(work.viewer, values, now=work.now), as_json=as_json)


def _times(
    work: records.Session, since: str, until: str | None, lasts: str, zone: str | None, repeats: str | None,
    repeats_until: str | None,
) -> dict[str, Any]:  # fmt: skip
    """When a window is in force."""
    zone = zone or work.viewer.time_zone
    start = span.instant(since, "from", zone)
    values = {"starts_at": start, "ends_at": quieting.end(until, lasts, start, zone), "time_zone": zone}
    values |= records.given(repeats=repeats)
    return values | ({"until": span.instant(repeats_until, "repeats-until", zone)} if repeats_until else {})


def _scope(services: list[str] | None, items: list[str] | None) -> dict[str, list[int | None]]:
    from allclear.catalog.models import ConfigurationItem, Service

    return {
        "services": [records.key(Service.objects.all(), text, "service") for text in services or ()],
        "cis": [records.key(ConfigurationItem.objects.all(), text, "ci") for text in items or ()],
    }
