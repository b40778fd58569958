"""The commands `prm cell`; each imports its modules when it runs."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(
    name="cell", help="Add a cell to deploy/, check the facts of cells, render one.", no_args_is_help=True
)

Code = Annotated[str, typer.Argument(help="the code of the cell: ng")]
Deploy = Annotated[Path, typer.Option(help="the folder with `cells` and `template`")]


@commands.command()
def new(
    code: Code,
    country: Annotated[str, typer.Option(help="ISO 3166-1 code to begin with; by default, the code of the cell")] = "",
    deploy: Deploy = Path("deploy"),
) -> None:
    """Make the folder of a cell, name it in the directory of all cells, and say what is left to fill in."""
    from services.cells import checking, scaffold

    try:
        scaffold.create(deploy, code, country or code.upper())
    except ValueError as err:
        raise typer.BadParameter(str(err)) from err
    except OSError as err:
        raise typer.BadParameter(f"{err.filename}: {err.strerror}") from err
    typer.echo(f"{deploy / 'cells' / code} is made, and {scaffold.DIRECTORY} names it. Left to fill in:")
    for one in checking.faults(deploy, [code]):
        typer.echo(f"  {one}")


@commands.command()
def check(
    codes: Annotated[list[str] | None, typer.Argument(help="codes of cells; without one, all")] = None,
    deploy: Deploy = Path("deploy"),
) -> None:
    """Name everything that is wrong with the facts of cells, or not filled in; ends with 1 if anything is."""
    from services.cells import checking

    found = checking.faults(deploy, codes or checking.cells(deploy))
    for one in found:
        typer.echo(one)
    raise typer.Exit(1 if found else 0)


@commands.command()
def render(code: Code, deploy: Deploy = Path("deploy")) -> None:
    """Print the manifests of a cell as `kubectl kustomize` does; nothing but the faults if its facts are wrong."""
    from services.cells import checking

    if found := checking.faults(deploy, [code]):
        typer.echo("\n".join(found), err=True)
        raise typer.Exit(1)
    try:
        done = checking.render(deploy, code)
    except FileNotFoundError as err:
        typer.echo("kubectl is not installed; it renders the folder", err=True)
        raise typer.Exit(1) from err
    typer.echo(done.stderr, err=True, nl=False)
    typer.echo(done.stdout, nl=False)
    raise typer.Exit(done.returncode)
