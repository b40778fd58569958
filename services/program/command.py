"""The commands `prm program`; each imports its modules when it runs."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(
    name="program", help="Publish a partner programme, and see how far partners are.", no_args_is_help=True
)

_File = Annotated[Path, typer.Argument(help="The programme in TOML; services/program/channel.toml is one.")]
_To = Annotated[str, typer.Option(help="host:port of the cell; by default PRM_LISTEN.")]
_Partner = Annotated[str, typer.Argument(help="The partner: ptn_...")]


@commands.command()
def draft(file: _File, to: _To = "") -> None:
    """Draft a programme, so that the cell names every fault of it; nobody is affected.

    Exits with 0 if it is drafted, 1 if the cell has refused it, 2 if there was no call.
    """
    from services.program import calling

    raise typer.Exit(calling.draft(file, to=to))


@commands.command()
def publish(file: _File, to: _To = "") -> None:
    """Draft a programme and publish it: from its effective day on it is in force, and never changes.

    If repeated with the same file, it changes nothing. Exits with 0 if it is published, 1 if the cell has refused it, 2
    if there was no call.
    """
    from services.program import calling

    raise typer.Exit(calling.publish(file, to=to))


@commands.command()
def withdraw(version: Annotated[str, typer.Argument(help="The version: prg_...")], to: _To = "") -> None:
    """Withdraw a published version that is not in force yet: it never will be.

    Exits with 0 if it is withdrawn, 1 if the cell has refused it, 2 if there was no call.
    """
    from services.program import calling

    raise typer.Exit(calling.withdraw(version, to=to))


@commands.command()
def enroll(
    partner: _Partner,
    program: Annotated[str, typer.Argument(help="The code of the programme.")],
    level: Annotated[str, typer.Option(help="The level at which it enters; by default the lowest.")] = "",
    to: _To = "",
) -> None:
    """Enrol a partner in a programme, which decides its tier from then on.

    Exits with 0 if it is enrolled, 1 if the cell has refused it, 2 if there was no call.
    """
    from services.program import calling

    raise typer.Exit(calling.enroll(partner, program, level, to=to))


@commands.command()
def progress(partner: _Partner, to: _To = "") -> None:
    """Show what a partner has, needs and misses for each level of its programme.

    Exits with 0 if the cell has answered, 1 if it has refused, 2 if there was no call.
    """
    from services.program import calling

    raise typer.Exit(calling.progress(partner, to=to))
