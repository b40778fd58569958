"""`prm import`, as the command line has it; what does the work is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer


def import_command(
    mappings: Annotated[list[str] | None, typer.Argument(help="Mapping files, or names of bundled ones.")] = None,
    data: Annotated[Path, typer.Option(help="Folder of the CSV files.")] = Path(),
    file: Annotated[
        list[str] | None, typer.Option(help="NAME=OTHER: where a mapping names the file NAME, read OTHER; repeatable.")
    ] = None,
    report: Annotated[Path, typer.Option(help="Where the report goes; .csv or .jsonl.")] = Path("import-report.csv"),
    to: Annotated[str, typer.Option(help="host:port of the cell; by default PRM_LISTEN.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, map and check everything, ask the cell, change nothing.")
    ] = False,
    show: Annotated[int, typer.Option(help="With --dry-run: print so many messages of each mapping.")] = 0,
    update: Annotated[
        bool, typer.Option("--update", help="Change what was imported before and differs, as far as may be.")
    ] = False,
    patience: Annotated[float | None, typer.Option(help="Seconds a row may be NOT_YET; 60 by default.")] = None,
) -> None:
    """Import CSV files by mapping files, one after the other; without any, list the bundled mappings.

    Ends with 0 if every row is in, 1 if some were refused or wait, 2 if nothing was sent.
    """
    from services.imports import terminal

    if not mappings:
        terminal.list_bundled()
        return
    asked = terminal.Asked(mappings, data, tuple(file or ()), report)
    if dry_run:
        raise typer.Exit(terminal.check(asked, to=to, show=show, update=update))
    raise typer.Exit(terminal.send(asked, to=to, patience_seconds=patience, update=update))
