"""`allclear noise`: how many alerts were of use, and which rules to mend or delete."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allclear.config.cli import common, quieting, records
from allclear.config.cli.records import As

app = typer.Typer(no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="integration, source_rule, rule or service.")]
Days = Annotated[int, typer.Option("--days", min=1, max=400, help="How far back.")]
_COLUMNS = {
    "name": "Name", "alerts": "Alerts", "events": "Events", "incidents": "Incidents", "pages": "Pages",
    "judged": "Judged", "share": "Useful",
}  # fmt: skip


@app.callback()
def noise() -> None:
    """How many alerts were of use, and which rules to mend or delete."""


@app.command("list")
def list_(by: By = "source_rule", days: Days = 90, as_email: As = "", as_json: common.AsJson = False) -> None:
    """List what came of the alerts of the last days, and how many were useful (with 95 % certainty)."""
    work = records.session(as_email)
    from datetime import timedelta

    from allclear.alerts.ledger import ledger

    lines = ledger(work.viewer, work.now, by, since=work.now - timedelta(days=days))
    _print(lines, as_json=as_json)


@app.command()
def worst(by: By = "source_rule", days: Days = 90, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Fix or delete these ten first; and the loudest of which too few verdicts are known."""
    work = records.session(as_email)
    from datetime import timedelta

    from allclear.alerts.ledger import advice, line_data

    found = advice(work.viewer, work.now, by, since=work.now - timedelta(days=days))
    if as_json:
        common.print_json({n: [line_data(one) for one in getattr(found, n)] for n in ("worst", "unjudged")})
        return
    _print(found.worst, title="Fix or delete")
    _print(found.unjudged, title="Too few verdicts")


@app.command()
def judge(
    verdict: Annotated[str, typer.Argument(help="useful, duplicate, false_alarm, or none to take it back.")],
    alerts: Annotated[list[int], typer.Argument(help="The numbers of alerts.")],
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Say what alerts were."""
    work = records.session(as_email)
    from allclear.alerts.actions.judging import judge_alerts

    verdict = "" if verdict == "none" else verdict
    changed = judge_alerts(work.viewer, alerts, verdict, now=work.now)
    if as_json:
        common.print_json({"changed": changed})
    else:
        typer.echo(f"{changed} of {len(alerts)} alerts have a new verdict.")


@app.command()
def suggested(as_email: As = "", as_json: common.AsJson = False) -> None:
    """List alerts without a verdict whose incident was resolved as a false alarm or duplicate."""
    work = records.session(as_email)
    from allclear.alerts.ledger import suggested_alerts
    from allclear.api.noise import suggestion_data

    rows = [suggestion_data(row) for row in suggested_alerts(work.viewer)[:200]]
    columns = {"alert_id": "Alert", "title": "Title", "incident": "Incident", "verdict": "Suggested"}
    common.print_records(rows, columns, as_json=as_json)


@app.command("try-rule")
def try_rule(
    when: Annotated[str, typer.Argument(help="A filter of alerts, as in a rule.")],
    integration: Annotated[list[str] | None, typer.Option(help="Only alerts of these integrations.")] = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Say what a rule that drops or only records would have hidden of the last 90 days."""
    work = records.session(as_email)
    from allclear.alerts.drafts import preview_rule
    from allclear.alerts.models import Integration

    keys = [records.key(Integration.objects.all(), text, "integration") for text in integration or ()]
    found = preview_rule(work.viewer, {"when": when, "integration_ids": keys}, now=work.now)
    quieting.hidden(found, as_json=as_json)


def _print(lines: Any, *, as_json: bool = False, title: str = "") -> None:
    from allclear.alerts.ledger import line_data

    rows = [line_data(line) for line in lines]
    for row in rows if not as_json else ():
        row["share"] = f"{row['precision_low']:.0%} to {row['precision_high']:.0%}" if row["judged"] else ""
    common.print_records(rows, _COLUMNS, as_json=as_json, title=title)
