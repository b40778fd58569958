"""The commands `prm incentives` and `prm ledger`; each imports its modules when it runs."""

from pathlib import Path
from typing import Annotated

import typer

plans = typer.Typer(name="incentives", help="Publish an incentive plan, and try it on past days.", no_args_is_help=True)
ledger = typer.Typer(
    name="ledger", help="Statements, closed periods, and the replay of the ledger.", no_args_is_help=True
)
GROUPS = (plans, ledger)

_File = Annotated[Path, typer.Argument(help="The plan in TOML; services/incentives/volume.toml is one.")]
_To = Annotated[str, typer.Option(help="host:port of the cell; by default PRM_LISTEN.")]
_Code = Annotated[str, typer.Argument(help="The code of the plan.")]
_Day = Annotated[str, typer.Argument(help="A day: 2026-03-31.")]


@plans.command()
def draft(file: _File, to: _To = "") -> None:
    """Draft a plan, and name everything that forbids to publish it; nothing is earned.

    Exits with 0 if it is drafted, 1 if the cell has refused it, 2 if there was no call.
    """
    from services.incentives import calling

    raise typer.Exit(calling.draft(file, to=to))


@plans.command()
def publish(file: _File, to: _To = "") -> None:
    """Draft a plan and publish it: sales from its effective day on earn under it, and it never changes.

    If repeated with the same file, it changes nothing. Exits with 0 if it is published, 1 if the cell has refused it, 2
    if there was no call.
    """
    from services.incentives import calling

    raise typer.Exit(calling.publish(file, to=to))


@plans.command()
def simulate(
    file: _File,
    first_day: Annotated[str, typer.Argument(help="The first day whose sales count: 2026-01-01.")],
    last_day: Annotated[str, typer.Argument(help="The last one.")],
    to: _To = "",
) -> None:
    """Draft a plan, and show what it would have paid for the sales of past days.

    Exits with 0 if the cell has answered, 1 if it has refused, 2 if there was no call.
    """
    from services.incentives import calling

    raise typer.Exit(calling.simulate(file, first_day, last_day, to=to))


@ledger.command()
def statement(
    account: Annotated[str, typer.Argument(help="The account: VOLUME:PARTNER:ptn_...")],
    period: Annotated[str, typer.Argument(help="The first day of the period: 2026-03-01.")],
    to: _To = "",
) -> None:
    """Show the statement of an account, with its entries and why each has its amount.

    Exits with 0 if the cell has answered, 1 if it has refused, 2 if there was no call.
    """
    from services.incentives import calling

    raise typer.Exit(calling.statement(account, period, to=to))


@ledger.command()
def close(plan: _Code, last_day: _Day, to: _To = "") -> None:
    """Close a period of a plan: its statements never change any more.

    Exits with 0 if it is closed, 1 if the cell has refused it, 2 if there was no call.
    """
    from services.incentives import calling

    raise typer.Exit(calling.close(plan, last_day, to=to))


@ledger.command()
def replay(plan: Annotated[str, typer.Argument(help="The code of a plan; by default all.")] = "", to: _To = "") -> None:
    """Compute all entries again from the documents of orders, and show where they differ.

    Exits with 0 if nothing differs, 1 if something does or the cell has refused, 2 if there was no call.
    """
    from services.incentives import calling

    raise typer.Exit(calling.replay(plan, to=to))


@ledger.command()
def check(plan: Annotated[str, typer.Argument(help="The code of a plan; by default all.")] = "", to: _To = "") -> None:
    """Check what must always hold of the ledger: of no line more is taken back than it earned.

    Exits with 0 if it holds, 1 if it does not or the cell has refused, 2 if there was no call.
    """
    from services.incentives import calling

    raise typer.Exit(calling.check(plan, to=to))
