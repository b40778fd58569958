"""The commands `prm broker` for the edge of a cell, and for the hub between cells."""

from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from libs.config import Settings
    from libs.messaging.logins import Durables, Login
    from libs.runtime.broker import Stop

HUB_LISTENS = "0.0.0.0:7422"
HUB_FILES = "/etc/hub"
"""Where the certificate for the connection between edge and hub lies, on both sides."""

Folder = Annotated[Path, typer.Argument(help="The folder for the passwords.")]
Cells = Annotated[list[str], typer.Argument(help="The codes of the cells that the hub connects.")]
Work = Callable[["Settings", "Stop"], Coroutine[Any, Any, None]]


def edge_commands(app: typer.Typer, arriving: Callable[[], "dict[str, Durables]"]) -> None:
    """arriving: the durables on what other cells state, of each service with a user on the edge."""

    def logins() -> "tuple[Login, ...]":
        from libs.messaging.border.logins import edge_logins
        from libs.messaging.logins import ANY_CELL

        return edge_logins(ANY_CELL, arriving())

    @app.command()
    def edge() -> None:
        """Print the users of a cell's edge and its connection to the hub, as its configuration has them."""
        from libs.messaging.border.configuration import leaf_conf
        from libs.messaging.border.logins import edge_conf
        from libs.messaging.logins import ANY_CELL

        users = [one.name for one in logins()]
        typer.echo(edge_conf(logins(), _variable), nl=False)
        typer.echo(leaf_conf(ANY_CELL, "$HUB_URL", users=users, certificates=HUB_FILES), nl=False)

    @app.command("edge-passwords")
    def edge_passwords(folder: Folder) -> None:
        """Make a random password for each user of the edge, in FOLDER/<user>/password; existing ones stay."""
        make_passwords(folder, [one.name for one in logins()])

    @app.command("border-key")
    def border_key(name: Annotated[str, typer.Argument(help="Its name: lower case letters and digits.")]) -> None:
        """Print a new line for the file of keys that the cells share, PRM_BORDER_KEYS_FILE."""
        from libs.border_keys import NAME, new_line

        if not NAME.fullmatch(name):
            raise typer.BadParameter(f"{name}: write 1 to 20 lower case letters and digits")
        typer.echo(new_line(name), nl=False)


def hub_commands(app: typer.Typer, execute: Callable[[Work], None]) -> None:
    """execute: runs a coroutine function of settings and stopping."""

    @app.command()
    def hub(cells: Cells) -> None:
        """Print the accounts of the hub and the listener for the cells, as its configuration has them."""
        from libs.messaging.border.configuration import hub_conf

        typer.echo(hub_conf(_checked(cells), _variable, listen=HUB_LISTENS, certificates=HUB_FILES), nl=False)

    @app.command("hub-passwords")
    def hub_passwords(folder: Folder, cells: Cells) -> None:
        """Make a random password for each user of the hub, in FOLDER/<user>/password; existing ones stay."""
        from libs.messaging.border.names import leaf_user
        from libs.messaging.logins import ADMINISTRATOR

        make_passwords(folder, [ADMINISTRATOR, *(leaf_user(one) for one in _checked(cells))])

    @app.command("administer-hub")
    def administer_hub(cells: Cells) -> None:
        """Make the stream and the consumers of the hub on PRM_NATS_URL, as its user `administrator`, and keep them."""
        known = _checked(cells)

        async def work(settings: "Settings", stopping: "Stop") -> None:
            from libs.runtime.hub import administer_hub

            await administer_hub(settings, known, stopping)

        execute(work)


def make_passwords(folder: Path, users: list[str]) -> None:
    """Make the passwords that are missing, and say so. BadParameter if the folder cannot be used."""
    from libs.messaging.logins import create_passwords

    try:
        create_passwords(folder, users)
    except OSError as err:
        raise typer.BadParameter(f"{folder} cannot be used ({err.strerror})") from err
    typer.echo(f"the passwords of {len(users)} users are in {folder}: show each process its own only")


def _variable(user: str) -> str:
    return f"$NATS_PASSWORD_{user.upper()}"


def _checked(cells: Iterable[str]) -> list[str]:
    from libs.facts import CODE
    from libs.messaging.border.names import HUB

    wrong = [one for one in cells if not CODE.fullmatch(one) or one == HUB]
    if wrong:
        raise typer.BadParameter(f"{', '.join(wrong[:10])}: write codes of cells, as in their facts")
    return sorted(set(cells))
