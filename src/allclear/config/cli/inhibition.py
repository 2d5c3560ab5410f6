"""`allclear inhibition`: while one alert is open, others stay quiet."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allclear.config.cli import common, quieting, records
from allclear.config.cli.records import As, Seen

app = typer.Typer(no_args_is_help=True)
Equal = Annotated[list[str] | None, typer.Option("--equal", help="A label that both must have alike.")]
_ONE = "inhibition"


@app.callback()
def inhibition() -> None:
    """While one alert is open, others stay quiet."""


def _noun() -> Any:
    from allclear.alerts.actions.quiet_nouns import INHIBITION

    return INHIBITION


quieting.register(app, "inhibition", _ONE, _noun)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    cause: Annotated[str, typer.Option(help="A filter of alerts: while one of these is open ...")],
    effect: Annotated[str, typer.Option(help="A filter of alerts: ... these stay quiet.")],
    equal: Equal = None,
    until: quieting.Until = None,
    lasts: quieting.For = "",
    live: Annotated[bool, typer.Option("--live", help="In force at once; else it is in shadow first.")] = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add an inhibition. It is in shadow until it is switched on."""
    work = records.session(as_email)
    from allclear.alerts.actions.inhibitions import add_inhibition

    values: dict[str, Any] = {"name": name, "cause": cause, "effect": effect, "equal": equal or []}
    values["mode"] = quieting.mode(not live)
    values["expires_at"] = quieting.end(until, lasts, work.now, work.viewer.time_zone)
    quieting.told(_noun(), add_inhibition(work.viewer, values, now=work.now), "added", as_json=as_json)


@app.command()
def change(
    number: quieting.Number,
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    cause: Annotated[str | None, typer.Option(help="A filter of alerts: while one of these is open ...")] = None,
    effect: Annotated[str | None, typer.Option(help="A filter of alerts: ... these stay quiet.")] = None,
    equal: Equal = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change an inhibition; what it holds is looked at again."""
    values = records.given(name=name, cause=cause, effect=effect, equal=equal)
    _change(number, values, "changed", as_email, as_json, expected_version)


@app.command("switch-on")
def switch_on(number: quieting.Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Let an inhibition that was in shadow hold alerts."""
    _change(number, {"mode": "live"}, "in force", as_email, as_json)


@app.command("switch-off")
def switch_off(number: quieting.Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Put an inhibition back to shadow; what it held is looked at again."""
    _change(number, {"mode": "shadow"}, "in shadow", as_email, as_json)


@app.command()
def prolong(
    number: quieting.Number,
    until: quieting.Until = None,
    lasts: quieting.For = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Let an inhibition end later."""
    work = records.session(as_email)
    values = {"expires_at": quieting.end(until, lasts, work.now, work.viewer.time_zone)}
    _change(number, values, f"in force until {common.in_words(values['expires_at'])}", as_email, as_json)


@app.command()
def end(number: quieting.Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """End an inhibition now; it can be prolonged again."""
    work = records.session(as_email)
    from allclear.alerts.actions.inhibitions import end_inhibition

    quieting.told(_noun(), end_inhibition(work.viewer, number, now=work.now), "ended", as_json=as_json)


@app.command("try")
def try_(
    cause: Annotated[str, typer.Option(help="A filter of alerts: while one of these is open ...")],
    effect: Annotated[str, typer.Option(help="A filter of alerts: ... these stay quiet.")],
    equal: Equal = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Say what an inhibition would have hidden of the last 90 days; nothing is added."""
    work = records.session(as_email)
    from allclear.alerts.drafts import preview_inhibition

    values = {"cause": cause, "effect": effect, "equal": equal or []}
    quieting.hidden(preview_inhibition(work.viewer, values, now=work.now), as_json=as_json)


def _change(
    number: int, values: dict[str, Any], what: str, as_email: str, as_json: bool, version: int | None = None
) -> None:
    work = records.session(as_email)
    from allclear.alerts.actions.inhibitions import change_inhibition

    row = change_inhibition(work.viewer, number, values, now=work.now, expected_version=version)
    quieting.told(_noun(), row, what, as_json=as_json)
