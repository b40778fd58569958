"""The commands `prm prove`; each imports its modules when it runs."""

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

_KEY = "File of the cell's public keys (`prm keys --public`), or one key, hex or PEM."


class _Proof(TyperGroup):
    """Reads a first argument that is no command as the id of a request: `prm prove dsr_de_... > proof.jsonl`."""

    def parse_args(self, ctx: object, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help"):
            args = ["take", *args]
        return super().parse_args(ctx, args)  # type: ignore[arg-type]  # the context is of click, which Typer hides


commands = typer.Typer(
    name="prove",
    cls=_Proof,
    help="Prove what was done for a request: `prm prove REQUEST_ID > FILE`; or verify a proof.",
    no_args_is_help=True,
)


@commands.command()
def take(
    request_id: Annotated[str, typer.Argument(help="The request: dsr_...")],
    to: Annotated[str, typer.Option(help="host:port of the cell; by default PRM_LISTEN.")] = "",
    key: Annotated[str, typer.Option(help=_KEY + " By default the one the cell states.")] = "",
) -> None:
    """Download and verify the proof of a request, and write it to the output; the word `take` may be left out.

    Exits with 0 if the proof is sound, 1 if not, 2 if there is none. Something is written only with 0.
    """
    from services.prove import taking

    raise typer.Exit(taking.take(request_id, to=to, key=key))


@commands.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The proof.")],
    key: Annotated[str, typer.Option(help=_KEY)],
) -> None:
    """Verify a proof offline with nothing but the cell's public key.

    Exits with 0 if the proof is sound, 1 if not, 2 if the file could not be checked.
    """
    from libs.audit.proof.__main__ import check

    raise typer.Exit(check(file, key))
