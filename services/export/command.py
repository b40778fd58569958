"""The commands `prm export`; each imports its modules when it runs."""

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

_KEY = "File of the cell's public keys (`prm keys --public`), or one key, hex or PEM."

_IDENTITY = "The file with the age identity of the recipient, to open an encrypted package."


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
    recipient: Annotated[str, typer.Option(help="Encrypt it for this age recipient, age1...")] = "",
    identity: Annotated[Path | None, typer.Option(help=_IDENTITY)] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="Encrypt it with the passphrase in this file.")] = None,
    language: Annotated[str, typer.Option(help="Of the page: en, de, zh-Hans, pt-BR, ar. Default: the person's.")] = "",
    partial: Annotated[bool, typer.Option("--partial", help="Take what is there if services do not answer.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Make the package of a completed request anew.")] = False,
    country: Annotated[str, typer.Option(help="The recipient's country, if the cell does not serve it.")] = "",
    transfer: Annotated[str, typer.Option(help="The registered transfer that permits that, trf_...")] = "",
) -> None:
    """Download and verify the package of a request; the word `take` may be left out.

    Exits with 0 if the package is complete and authentic, 1 if it fails its verification, 2 if there is no package.
    There is a file only after 0.
    """
    from services.export import taking

    if recipient and passphrase_file:
        raise typer.BadParameter("name a recipient or a passphrase, not both")
    wanted = taking.Wanted(
        request_id=request_id,
        recipient=recipient,
        identity=identity,
        passphrase=passphrase_file,
        language=language,
        partial=partial,
        anew=anew,
        recipient_country=country,
        transfer_id=transfer,
    )
    raise typer.Exit(taking.take(wanted, file, to=to, key=key))


@commands.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The package.")],
    key: Annotated[str, typer.Option(help=_KEY)],
    identity: Annotated[Path | None, typer.Option(help=_IDENTITY)] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="Decrypt it with the passphrase in this file.")] = None,
) -> None:
    """Verify a package offline against the cell's signature; an encrypted one is decrypted in memory.

    Exits with 0 if the package is sound, 1 if not, 2 if the file could not be checked.
    """
    from services.export import checking

    raise typer.Exit(checking.check(file, key, identity=identity, passphrase=passphrase_file))
