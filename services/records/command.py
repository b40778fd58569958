"""The command `prm records`; what does the work is imported when it runs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from libs.slices import Composition


def records_command(compositions: "Callable[[], Mapping[str, Composition]]") -> Callable[..., None]:
    """The command. compositions: of all services, by name; called when the command runs."""

    def records(
        folder: Annotated[Path, typer.Argument(help="Where the files go; earlier ones are replaced.")],
        to: Annotated[str, typer.Option(help="host:port of the cell; by default PRM_LISTEN.")] = "",
    ) -> None:
        """Write the record of processing of a cell (GDPR Art. 30): record.html for people, record.csv for tables, and
        kinds.csv, which says how this release finds persons in what it stores.

        Exits with 0 if all files are written, 2 if there is none.
        """
        from services.records import fetching

        raise typer.Exit(fetching.fetch(folder, compositions(), to=to))

    return records
