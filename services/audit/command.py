"""`prm audit`, as the command line has it; what does the work is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(name="audit", help="Take the audit trail out of a cell, and check one.", no_args_is_help=True)


@commands.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The export.")],
    key: Annotated[str, typer.Option(help="The cell's public key: 64 hex digits, or a file that holds them or PEM.")],
    checkpoint: Annotated[
        Path | None, typer.Option(help="A file whose last line is a checkpoint taken earlier: an older export.")
    ] = None,
) -> None:
    """Say what is wrong with an export: changed, dropped, moved, inserted or cut off. Asks nobody.

    Ends with 0 if it is sound, 1 if not, 2 if it could not be checked.
    """
    from libs.audit.__main__ import check

    raise typer.Exit(check(file, key, checkpoint))


@commands.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where the export goes.")],
    to: Annotated[str, typer.Option(help="host:port of the cell; by default PRM_LISTEN.")] = "",
) -> None:
    """Write the whole trail to a file, as far as the cell has signed for it.

    Ends with 0 if the file is whole, 2 if there is none.
    """
    from services.audit import fetching

    raise typer.Exit(fetching.fetch(file, to=to))
