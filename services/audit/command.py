"""The commands `prm audit`; each imports its modules when it runs."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(
    name="audit", help="Export the audit trail of a cell, or verify an export.", no_args_is_help=True
)


@commands.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The export.")],
    key: Annotated[str, typer.Option(help="File of the cell's public keys (`prm keys --public`), or one key.")],
    checkpoint: Annotated[
        Path | None, typer.Option(help="A file whose last line is a checkpoint taken earlier: an older export.")
    ] = None,
) -> None:
    """Verify an export offline: find entries that were changed, dropped, moved, inserted or cut off.

    Exits with 0 if the export is sound, 1 if not, 2 if the file could not be checked.
    """
    from libs.audit.__main__ import check

    raise typer.Exit(check(file, key, checkpoint))


@commands.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    to: Annotated[str, typer.Option(help="host:port of the cell; by default PRM_LISTEN.")] = "",
) -> None:
    """Write the signed part of the trail to a file.

    Exits with 0 if the file is complete, 2 if there is none.
    """
    from services.audit import fetching

    raise typer.Exit(fetching.fetch(file, to=to))
