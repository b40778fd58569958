"""The command `prm request`; it imports its modules when it runs."""

from typing import Annotated

import typer


def request_command(
    method: Annotated[
        str,
        typer.Argument(help="Of compliance: CreateRequest; else: hooks.RotateKey."),
    ],
    fields: Annotated[str, typer.Argument(help="Its request as JSON, with the names of the proto.")] = "{}",
    to: Annotated[str, typer.Option(help="host:port of the cell; by default PRM_LISTEN.")] = "",
    subject: Annotated[str, typer.Option(help="Without PRM_TOKEN: who calls, for acts of two persons.")] = "officer",
) -> None:
    """Call a method of the cell and print its answer as JSON.

    Exits with 0 if the cell has answered, 1 if it has refused the call, 2 if there was no call.
    """
    from services.request import calling

    raise typer.Exit(calling.call(method, fields, to=to, subject=subject))
