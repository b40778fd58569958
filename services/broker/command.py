"""The commands `prm broker`; each imports its modules when it runs."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.broker.border import edge_commands, hub_commands, make_passwords

if TYPE_CHECKING:
    from libs.config import Settings
    from libs.messaging.logins import Durables
    from libs.runtime.broker import Stop

Work = Callable[["Settings", "Stop"], Coroutine[Any, Any, None]]

Readers = Annotated[Path | None, typer.Option(help="The TOML file that declares readers, as PRM_READERS_FILE.")]


Tables = Callable[[], "dict[str, Durables]"]


def commands(services: Tables, arriving: Tables, repeatable: Tables, execute: Callable[[Work], None]) -> typer.Typer:
    """services: the durables of each service by name. arriving: those on what other cells state. repeatable: those that
    may take all events again. execute: runs a coroutine function of settings and stopping."""
    app = typer.Typer(
        name="broker", help="Users, streams and consumers of a broker that is not embedded.", no_args_is_help=True
    )

    @app.command()
    def administer() -> None:
        """Make the streams and consumers of the cell on PRM_NATS_URL, and of its edge on PRM_EDGE_URL if it has one, as
        the user `administrator`, and keep them."""

        async def work(settings: "Settings", stopping: "Stop") -> None:
            from libs.runtime.administration import administer

            await administer(settings, services(), arriving().values(), stopping)

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
        from libs.messaging.logins import ANY_CELL, all_logins, read_readers

        make_passwords(folder, [one.name for one in all_logins(ANY_CELL, services(), read_readers(readers, senders()))])

    @app.command()
    def reread(service: Annotated[str, typer.Argument(help="partners: rebuilds its facts.")]) -> None:
        """Let the projections of a running service that can be rebuilt take all events of the stream again."""
        known = repeatable()
        if service not in known:
            raise typer.BadParameter(f"{service} has nothing to rebuild; {', '.join(known)} has")

        async def work(settings: "Settings", stopping: "Stop") -> None:
            from libs.runtime.rereading import reread as read_again

            count = await read_again(settings, known[service])
            typer.echo(f"{count} consumers of {service} take all events again")

        execute(work)

    edge_commands(app, arriving)
    hub_commands(app, execute)
    return app
