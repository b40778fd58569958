"""The commands `prm export`; each imports its modules when it runs."""

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

_KEY = "The cell's public key: 64 hex digits, or a file that holds them or PEM."


class _Package(TyperGroup):
    """Reads a first argument that is no command as the id of a request: `prm export dsr_de_... package.zip`."""

    def parse_args(self, ctx: object, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help"):
            args = ["take", *args]
        return super().parse_args(ctx, args)  # type: ignore[arg-type]  # the context is of click, which Typer hides


commands = typer.Typer(
    name="export",
    cls=_Package,
    help="Download the package of a data subject: `prm export REQUEST_ID FILE`; or verify a package.",
    no_args_is_help=True,
)


@commands.command()
def take(
    request_id: Annotated[str, typer.Argument(help="The request: dsr_...")],
    file: Annotated[Path, typer.Argument(help="Where the package goes, a zip file.")],
    to: Annotated[str, typer.Option(help="host:port of the cell; by default PRM_LISTEN.")] = "",
    key: Annotated[str, typer.Option(help=_KEY + " By default the one the cell states.")] = "",
) -> None:
    """Download and verify the package of a request; the word `take` may be left out.

    Exits with 0 if the package is complete and authentic, 1 if it fails its verification, 2 if there is no package.
    There is a file only after 0.
    """
    from services.export import taking

    raise typer.Exit(taking.take(request_id, file, to=to, key=key))


@commands.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The package.")],
    key: Annotated[str, typer.Option(help=_KEY)],
) -> None:
    """Verify a package offline against the cell's signature.

    Exits with 0 if the package is sound, 1 if not, 2 if the file could not be checked.
    """
    from services.export import checking

    raise typer.Exit(checking.check(file, key))
