"""`allclear export`: write records to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allclear.config.cli import common, operator

app = typer.Typer(no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="Where to: .jsonl or .csv, packed if it ends in .zst or .gz.")]
Format = Annotated[str, typer.Option("--format", help="allclear (everything), or csv. By default by the file's name.")]
As = Annotated[str, typer.Option("--as", help="E-mail of the person on whose behalf. By default the operator.")]


@app.callback()
def export() -> None:
    """Write records to a file: everything, to bring it in again, or a sheet."""


@app.command()
def incidents(file: File, format_: Format = "", as_email: As = "", as_json: common.AsJson = False) -> None:
    """Write everything as an archive (allclear), or the incidents as a sheet (csv).

    The operator exports all, incidents of every security class included. With --as it is what that person may see;
    an archive is refused to one who may not see everything. Passwords and tokens are never exported.
    """
    common.with_django()
    from allclear.incidents import exporting
    from allclear.kernel.errors import Invalid

    viewer = operator.viewer_as(as_email)
    format_ = format_ or ("csv" if file.name.endswith((".csv", ".csv.gz", ".csv.zst")) else "allclear")
    if format_ == "csv":
        rows = {"incidents_incident": exporting.export_sheet(viewer, file)}
    elif format_ == "allclear":
        rows = exporting.export_archive(viewer, file)
    else:
        raise Invalid({"format": f"{format_!r} is not known; choose allclear or csv."})
    if as_json:
        common.print_json({"file": str(file), "format": format_, "bytes": file.stat().st_size, "rows": rows})
        return
    count, size = rows["incidents_incident"], file.stat().st_size
    noun = "incident" if count == 1 else "incidents"
    typer.echo(f"{file} holds {count:,} {noun} ({sum(rows.values()):,} records, {size / 1e6:,.1f} MB).")
