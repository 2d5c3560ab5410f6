"""`allclear silence`: alerts that open nothing for a while."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allclear.config.cli import common, quieting, records, span
from allclear.config.cli.records import As, Seen

app = typer.Typer(no_args_is_help=True)
Matchers = Annotated[
    list[str] | None, typer.Option("--matcher", "-m", help="Such as alertname=DiskFull or 'env=~\"dev|test\"'.")
]
Comment = Annotated[str | None, typer.Option(help="Why.")]
Integration = Annotated[str | None, typer.Option(help="Only alerts of this integration, by name or number.")]
From = Annotated[str | None, typer.Option("--from", help="When it begins; now, if not given.")]


@app.callback()
def silence() -> None:
    """Alerts that open nothing for a while."""


def _noun() -> Any:
    from allclear.alerts.actions.quiet_nouns import SILENCE

    return SILENCE


quieting.register(app, "silence", "silence", _noun)


@app.command()
def add(
    comment: Annotated[str, typer.Argument(help="Why.")],
    matcher: Matchers = None,
    since: From = None,
    until: quieting.Until = None,
    lasts: quieting.For = "",
    integration: Integration = None,
    shadow: quieting.Shadow = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Silence alerts whose labels fit all matchers, until it ends."""
    work = records.session(as_email)
    from allclear.alerts.actions.silences import add_silence

    zone = work.viewer.time_zone
    start = span.instant(since, "from", zone) if since else work.now
    values = {"comment": comment, "matchers": matcher or [], "starts_at": start, "mode": quieting.mode(shadow)}
    values |= {"ends_at": quieting.end(until, lasts, start, zone), **_integration(integration)}
    quieting.told(_noun(), add_silence(work.viewer, values, now=work.now), "added", as_json=as_json)


@app.command()
def change(
    number: quieting.Number,
    comment: Comment = None,
    matcher: Matchers = None,
    until: quieting.Until = None,
    integration: Integration = None,
    shadow: Annotated[bool | None, typer.Option("--shadow/--live", help="Only say what it would hold.")] = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a silence that has not ended; what it holds is looked at again."""
    work = records.session(as_email)
    from allclear.alerts.actions.silences import change_silence

    values = records.given(comment=comment, matchers=matcher) | _integration(integration)
    values |= {"ends_at": span.instant(until, "until", work.viewer.time_zone)} if until else {}
    values |= {"mode": quieting.mode(shadow)} if shadow is not None else {}
    row = change_silence(work.viewer, number, values, now=work.now, expected_version=expected_version)
    quieting.told(_noun(), row, "changed", as_json=as_json)


@app.command()
def end(number: quieting.Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """End a silence now; what it held is looked at again."""
    work = records.session(as_email)
    from allclear.alerts.actions.silences import end_silence

    quieting.told(_noun(), end_silence(work.viewer, number, now=work.now), "ended", as_json=as_json)


@app.command("try")
def try_(
    matcher: Matchers = None, integration: Integration = None, as_email: As = "", as_json: common.AsJson = False
) -> None:
    """Say what a silence would have hidden of the last 90 days; nothing is added."""
    work = records.session(as_email)
    from allclear.alerts.drafts import preview_silence

    values = {"matchers": matcher or [], **_integration(integration)}
    quieting.hidden(preview_silence(work.viewer, values, now=work.now), as_json=as_json)


def _integration(text: str | None) -> dict[str, Any]:
    from allclear.alerts.models import Integration as Row

    return records.keyed("integration_id", Row.objects.all(), text, "integration")
