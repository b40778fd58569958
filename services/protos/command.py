"""`prm protos`, as the command line has it; what does the work is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer


def protos_command(
    folder: Annotated[Path, typer.Argument(help="Where the tree goes: a new folder, an empty one or an earlier tree.")],
    go: Annotated[str, typer.Option(help="Import path that Go packages lie below: example.com/erp/gen/go")] = "",
    java: Annotated[str, typer.Option(help="Package that Java packages lie below: com.example.erp")] = "",
    csharp: Annotated[str, typer.Option(help="Namespace that C# namespaces lie below: Example.Erp")] = "",
) -> None:
    """Write the protos and all that they import, to generate a client from: proto/README.md shows how."""
    from services.protos.tree import Packages, Unusable, write

    try:
        count = write(folder, Packages(go=go, java=java, csharp=csharp))
    except Unusable as err:
        raise typer.BadParameter(str(err)) from err
    except OSError as err:
        raise typer.BadParameter(f"{folder} cannot be written ({err.filename}: {err.strerror})") from err
    typer.echo(f"{count} protos are in {folder}; its README.md says what a caller may assume")
