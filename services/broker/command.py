"""The commands `prm broker`; each imports its modules when it runs."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from libs.config import Settings
    from libs.messaging.logins import Durables
    from libs.runtime.broker import Stop

Work = Callable[["Settings", "Stop"], Coroutine[Any, Any, None]]

Readers = Annotated[Path | None, typer.Option(help="The TOML file that declares readers, as PRM_READERS_FILE.")]


def commands(services: Callable[[], "dict[str, Durables]"], execute: Callable[[Work], None]) -> typer.Typer:
    """services: the durables of each service by name. execute: runs a coroutine function of settings and stopping."""
    app = typer.Typer(
        name="broker", help="Users, streams and consumers of a broker that is not embedded.", no_args_is_help=True
    )

    @app.command()
    def administer() -> None:
        """Make the streams and consumers of the cell on PRM_NATS_URL, as the user `administrator`, and keep them."""

        async def work(settings: "Settings", stopping: "Stop") -> None:
            from libs.runtime.broker import administer

            await administer(settings, services(), stopping)

        execute(work)

    @app.command()
    def users(readers: Readers = None) -> None:
        """Print the users of the broker as its configuration has them; NATS_PASSWORD_<USER> are their passwords."""
        from libs.messaging.events import senders
        from libs.messaging.logins import ANY_CELL, all_logins, read_readers, users_conf

        logins = all_logins(ANY_CELL, services(), read_readers(readers, senders()))
        typer.echo(users_conf(logins, lambda user: f"$NATS_PASSWORD_{user.upper()}"), nl=False)

    @app.command()
    def passwords(
        folder: Annotated[Path, typer.Argument(help="The folder that PRM_NATS_LOGINS_DIR names.")],
        readers: Readers = None,
    ) -> None:
        """Make a random password for each user of the broker, in FOLDER/<user>/password; existing ones stay."""
        from libs.messaging.events import senders
        from libs.messaging.logins import ANY_CELL, all_logins, create_passwords, read_readers

        logins = all_logins(ANY_CELL, services(), read_readers(readers, senders()))
        try:
            create_passwords(folder, [one.name for one in logins])
        except OSError as err:
            raise typer.BadParameter(f"{folder} cannot be used ({err.strerror})") from err
        typer.echo(f"the passwords of {len(logins)} users are in {folder}: show each process its own only")

    return app
