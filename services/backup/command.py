"""The commands `prm backup` and `prm restore`; each imports its modules when it runs."""

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from libs.config import Settings
    from libs.messaging.logins import Durables
    from libs.runtime.service import Build

Work = Callable[["Settings", Any], Coroutine[Any, Any, None]]
Execute = Callable[[Work], None]
Builders = Callable[[], "Mapping[str, Build]"]

Data = Annotated[Path, typer.Argument(help="The part with the data: FOLDER/<cell>-<time>.data")]
Keys = Annotated[Path, typer.Argument(help="The part with the keys, of the same backup or of a later one.")]
PublicKey = Annotated[str, typer.Option(help="The public key that `take` prints, or the file of `prm keys --public`.")]
Identity = Annotated[Path, typer.Option(help="The file with the age identity that opens the data.")]
Ledger = Annotated[Path | None, typer.Option(help="The part with the ledgers. By default the newest beside the data.")]
KeysIdentity = Annotated[Path | None, typer.Option(help="The same for the keys. By default the former.")]


def backup_commands(builders: Builders, execute: Execute) -> typer.Typer:
    """builders: of all services. execute: runs a coroutine function of settings and stopping."""
    app = typer.Typer(name="backup", help="Take a backup of a running cell, or verify one.", no_args_is_help=True)

    @app.command()
    def take(
        folder: Annotated[Path, typer.Argument(help="Where the parts go, each a folder.")],
        recipient: Annotated[str, typer.Option(help="The age recipient of the data, age1..., or a file with it.")],
        keys_recipient: Annotated[str, typer.Option(help="The same for the keys. By default the former.")] = "",
        keys_folder: Annotated[Path | None, typer.Option(help="Where the keys go. By default FOLDER too.")] = None,
        ledger_folder: Annotated[Path | None, typer.Option(help="Where the ledgers go. By default FOLDER too.")] = None,
        keep_days: Annotated[int, typer.Option(help="Delete parts with data or ledgers that are older.", min=1)] = 35,
        keep_keys_days: Annotated[int, typer.Option(help="Delete parts with keys that are older.", min=1)] = 7,
    ) -> None:
        """Write data, keys and erasure ledgers of the cell, as they are at one moment, to encrypted, signed folders.

        Prints the folders and the public key that a restore needs. Exits with 0, or 1 without a backup.
        """

        async def work(settings: "Settings", stopping: Any) -> None:
            from libs.backup.artefact import Part
            from services.backup.running import Wanted, take_backup

            wanted = {
                Part.DATA: Wanted(folder, recipient, keep_days),
                Part.KEYS: Wanted(keys_folder or folder, keys_recipient or recipient, keep_keys_days),
                Part.LEDGER: Wanted(ledger_folder or folder, recipient, keep_days),
            }
            async for line in take_backup(builders(), settings, wanted):
                typer.echo(line)

        execute(work)

    @app.command()
    def verify(
        data: Data,
        keys: Keys,
        key: PublicKey,
        identity: Identity,
        keys_identity: KeysIdentity = None,
        ledger: Ledger = None,
    ) -> None:
        """Verify a backup: its signatures, every file, and that it can be restored, in a temporary folder.

        Prints how many documents it has, by service and kind. Exits with 0 if it is sound, 1 if not.
        """

        async def work(settings: "Settings", stopping: Any) -> None:
            from services.backup.running import Source, verify_backup

            source = Source(data, keys, ledger, key, identity, keys_identity or identity)
            for line in await verify_backup(builders(), settings, source):
                typer.echo(line)

        execute(work)

    return app


def restore_command(
    builders: Builders, durables: "Callable[[], Mapping[str, Durables]]", execute: Execute
) -> Callable[..., None]:
    """The command. builders, durables: of all services. execute: as for `backup_commands`."""

    def restore(
        data: Data,
        keys: Keys,
        key: PublicKey,
        identity: Identity,
        keys_identity: KeysIdentity = None,
        ledger: Ledger = None,
        service: Annotated[list[str] | None, typer.Option(help="Only this service; may be repeated.")] = None,
    ) -> None:
        """Restore a backup into the empty stores of this cell, while its services are stopped.

        Exits with 0 if all is restored and the services may start, 1 if not; an altered file is named.
        """

        async def work(settings: "Settings", stopping: Any) -> None:
            from services.backup.running import Source, restore_backup

            source = Source(data, keys, ledger, key, identity, keys_identity or identity)
            for line in await restore_backup(builders(), durables(), settings, source, tuple(service or ())):
                typer.echo(line)

        execute(work)

    return restore
