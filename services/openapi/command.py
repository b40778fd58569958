"""`prm openapi`, as the command line has it; what does the work is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer


def openapi_command(
    file: Annotated[Path, typer.Argument(help="Where the document goes; an earlier one is replaced.")],
) -> None:
    """Write what the JSON face takes and answers, as OpenAPI 3.1: to generate a client from, or to look at."""
    from services.openapi.made import document

    found = document()
    try:
        file.write_bytes(found)
    except OSError as err:
        raise typer.BadParameter(f"{file} cannot be written ({err.strerror})") from err
    typer.echo(f"{file} has {len(found):,} bytes")
