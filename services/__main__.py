"""The `prm` command. A command imports its modules when it runs, so that `prm --help` is instant."""

import importlib
import sys
from collections.abc import Coroutine, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.audit.command import commands as audit_commands
from services.backup.command import backup_commands, restore_command
from services.broker.command import commands as broker_commands
from services.cells.command import commands as cell_commands
from services.console.entry import beside, console_command
from services.events.command import commands as events_commands
from services.export.command import commands as export_commands
from services.imports.command import import_command
from services.incentives.command import GROUPS as INCENTIVE_COMMANDS
from services.openapi.command import openapi_command
from services.program.command import commands as program_commands
from services.protos.command import protos_command
from services.prove.command import commands as prove_commands
from services.records.command import records_command
from services.request.command import request_command

if TYPE_CHECKING:
    from libs.messaging.logins import Durables
    from libs.runtime.process import Stopping
    from libs.runtime.service import Build
    from libs.slices import Composition

SERVICES = {
    "partners": "services.partners.service",
    "deals": "services.deals.service",
    "orders": "services.orders.service",
    "tickets": "services.tickets.service",
    "compliance": "services.compliance.service",
    "hooks": "services.hooks.service",
}
ALL = "all"

_HELP = "Partner relationship management: run a cell, or operate a running one."
app = typer.Typer(name="prm", help=_HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
store_commands = typer.Typer(name="store", no_args_is_help=True)


def main() -> None:
    """The console script."""
    from libs.config import ConfigError, quiet_libraries
    from libs.files import keep_to_owner, leave_no_core

    keep_to_owner()
    leave_no_core()
    quiet_libraries()
    try:
        app()
    except ConfigError as err:
        sys.exit(f"prm: {err}")


def builders(*names: str) -> "Mapping[str, Build]":
    """The build function of each of these services, or of all; imports only their modules."""
    return {name: importlib.import_module(SERVICES[name]).build for name in names or SERVICES}


def durables() -> "dict[str, Durables]":
    """The durable consumers of each service; imports the modules of all services."""
    from libs.messaging.consumers import durables_of

    return {name: durables_of(name, one.consumers) for name, one in compositions().items()}


def repeatable() -> "dict[str, Durables]":
    """The durable consumers of each service that may take all events again."""
    from libs.messaging.consumers import durables_of

    found = {name: [one for one in made.consumers if one.repeatable] for name, made in compositions().items()}
    return {name: durables_of(name, table) for name, table in found.items() if table}


def arriving() -> "dict[str, Durables]":
    """The durable consumers of what other cells state, of each service that has a user on the edge."""
    from libs.messaging.consumers import durables_of
    from libs.messaging.events import edge_senders

    found = {name: durables_of(name, one.arriving) for name, one in compositions().items()}
    return {name: table for name, table in found.items() if table or name in edge_senders()}


def compositions() -> "dict[str, Composition]":
    """The composition of each service; imports the modules of all services."""
    return {name: importlib.import_module(module).COMPOSITION for name, module in SERVICES.items()}


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"prm {version('prm')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True)] = False,
) -> None:
    """Configured by environment variables, PRM_CELL_FILE to PRM_DRAIN_SECONDS; see libs/config.py."""


@app.command()
def run(service: Annotated[str, typer.Argument(help=f"{', '.join(SERVICES)}, or {ALL} in one process")]) -> None:
    """Run a service, or all of them with the console, until SIGTERM or Ctrl-C."""
    names = tuple(SERVICES) if service == ALL else (_known(service),)

    def work(settings: Any, stopping: "Stopping") -> Coroutine[Any, Any, None]:
        from libs.config import with_http
        from libs.runtime.process import serve

        given, page = (with_http(settings), beside) if service == ALL else (settings, None)
        return serve(builders(*names), given, stopping, beside=page)

    _execute(work, *names)


@app.command()
def relay(
    service: Annotated[str, typer.Argument(help="the service whose events to publish: " + ", ".join(SERVICES))],
) -> None:
    """Publish a service's events from a separate process, for a service that runs with PRM_RELAY=false."""
    name = _known(service)

    def work(settings: Any, stopping: "Stopping") -> Coroutine[Any, Any, None]:
        from libs.runtime.process import relay_alone

        return relay_alone(name, settings, stopping)

    _execute(work)


@app.command()
def replay(
    consumer: Annotated[str, typer.Option(help="only those of this consumer: orders__registration_converted")] = "",
    letter: Annotated[list[int] | None, typer.Option(help="only the letter of this number; may be repeated")] = None,
    dry_run: Annotated[bool, typer.Option("--list", help="list the dead letters, replay none")] = False,
) -> None:
    """Replay dead letters to the consumers that could not process them."""

    async def work(settings: Any, stopping: "Stopping") -> None:
        from libs.runtime import dead_letters

        if dry_run:
            found = await dead_letters.dead_letters(settings, durable=consumer)
            if not found:
                typer.echo("no dead letters", err=True)
            for one in found:
                why = f"{one.reason.code} {one.reason.detail}"
                typer.echo(f"{one.sequence}\t{one.durable}\t{one.type}\t{one.about}\t{why}")
        else:
            count = await dead_letters.replay(settings, durable=consumer, sequences=letter or ())
            typer.echo(f"{count} dead letters given back")

    _execute(work)


@app.command()
def demo(
    data: Annotated[Path | None, typer.Option(help="import the real data sets of this folder instead")] = None,
    mongo: Annotated[bool, typer.Option("--mongo", help="on the MongoDB of PRM_STORE_URL, in own databases")] = False,
) -> None:
    """Play the life of a deal on a fresh cell and print what happened; in a terminal the cell then keeps running."""
    from services.demo import command

    _execute(
        lambda settings, stopping: command.demo(
            builders(), settings, stopping, data=data, mongo=mongo, stay=command.is_interactive(), beside=beside
        )
    )


@app.command("demo-world")
def demo_world() -> None:
    """Start three cells and a hub on this machine, show what crosses the borders between them, and stop everything."""
    from services.demo.world_story import demo_world

    _execute(lambda settings, stopping: demo_world(builders(), settings, stopping))


@app.command()
def token(
    role: Annotated[list[str], typer.Option(help="channel_manager, partner_sales, ...; may be repeated")],
    partner: Annotated[str, typer.Option(help="for one of this partner's people: ptn_...")] = "",
    subject: Annotated[str, typer.Option(help="subject of the token; no name and no email address")] = "local",
    hours: Annotated[float, typer.Option(help="hours until it expires", min=0.01, max=168)] = 12.0,
) -> None:
    """Print a token for a cell of this machine that has no issuers configured (PRM_ISSUERS_FILE)."""

    async def work(settings: Any, stopping: "Stopping") -> None:
        from libs.rpc.identity.credentials import sign
        from libs.runtime.inspection import require_folder
        from libs.runtime.platform import directory_of

        require_folder(settings.data_dir)
        typer.echo(sign(settings, directory_of(settings), role, partner_id=partner, subject=subject, hours=hours))

    _execute(work)


@app.command()
def health(
    service: Annotated[str, typer.Argument(help="prm.deals.v1.DealRegistrationService; without one, the process")] = "",
) -> None:
    """Report whether the process of this environment is serving; `prm-health` is the same, for probes."""
    from libs.rpc.health import main as ask

    raise typer.Exit(ask([service]))


@app.command()
def certificates(
    folder: Annotated[Path, typer.Argument(help="folder of the authority, with a folder for each name")],
    names: Annotated[list[str], typer.Argument(help="deals, or deals=deals.example=10.0.0.7 for more than one host")],
    days: Annotated[int, typer.Option(help="days until they expire", min=1, max=3650)] = 90,
) -> None:
    """Make certificates for a cell without another authority; if repeated, makes new ones, which running processes
    load."""
    from libs.authority import issue_all

    try:
        issue_all(folder, names, days=days)
    except ValueError as err:
        raise typer.BadParameter(str(err)) from err
    except OSError as err:
        raise _unusable(folder, err) from err
    typer.echo(f"certificates that hold {days} days are in {folder}; its ca.key signs any, so keep it secret")


@app.command()
def keys(
    folder: Annotated[Path, typer.Argument(help="shared files, and a folder for each service; see PRM_KEYS_DIR")],
    rotate: Annotated[
        bool, typer.Option("--rotate", help="add new key-encryption keys; running processes take them within minutes")
    ] = False,
    service: Annotated[list[str] | None, typer.Option(help="change only the keys of this one")] = None,
    kms: Annotated[
        str, typer.Option(help="let keys of a KMS wrap instead of files: hcvault://HOST/transit/keys/prm-SERVICE, ...")
    ] = "",
    kms_credentials: Annotated[
        Path | None, typer.Option(help="with --kms: a file with a token, a profile or a service account for it")
    ] = None,
    files: Annotated[bool, typer.Option("--files", help="let new keys in files wrap again instead of a KMS")] = False,
    rotate_signing: Annotated[
        bool, typer.Option("--rotate-signing", help="sign with new keys; what was signed before still counts")
    ] = False,
    give: Annotated[
        Path | None, typer.Option(help="copy to this folder, for a process of each service, what it may have")
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="print the public keys of the cell, a file for whoever verifies")
    ] = False,
) -> None:
    """Make the keys of a cell; existing keys do not change."""
    from libs.audit.signatures import written_keys
    from libs.backup.artefact import BACKUP
    from libs.clock import SystemClock
    from libs.privacy.keys import create_keys, give_keys, open_keys
    from libs.privacy.keysets import KeysDamaged, KeysMissing
    from libs.privacy.kms import is_uri
    from libs.privacy.rotating import sign_anew, wrap_anew

    names = [_known(one) for one in service or SERVICES]
    if kms and not is_uri(kms):
        raise typer.BadParameter("--kms is hcvault://HOST/MOUNT/keys/NAME, aws-kms://arn:... or gcp-kms://projects/...")
    if (bool(kms), files, rotate).count(True) > 1:
        raise typer.BadParameter("--kms, --files and --rotate each say what wraps from now on: give one of them")
    if kms_credentials is not None and not kms:
        raise typer.BadParameter("--kms-credentials goes with --kms")
    try:
        if public:
            typer.echo(written_keys(open_keys(folder).public_keys()), nl=False)
            return
        create_keys(folder, (*SERVICES, BACKUP))
        wrap_anew(folder, names, kms=kms, credentials=kms_credentials, files=files, rotate=rotate)
        if rotate_signing:
            sign_anew(folder, names if service else (*names, BACKUP), SystemClock().now())
        if give is not None:
            give_keys(folder, tuple(SERVICES), give)
    except (KeysDamaged, KeysMissing) as err:
        raise typer.BadParameter(err.message) from err
    except OSError as err:
        raise _unusable(folder, err) from err
    typer.echo(f"the keys of the cell are in {folder}: keep them secret, back them up apart from the data")


@app.command()
def seal(
    folder: Annotated[Path, typer.Argument(help="the folder that PRM_KEYS_DIR names in every process of the cell")],
) -> None:
    """Encrypt what an earlier release stored in clear, once none of its processes runs: running services do it."""
    from libs.privacy.keys import open_keys, order_sealing
    from libs.privacy.keysets import KeysDamaged, KeysMissing

    try:
        open_keys(folder)
        order_sealing(folder)
    except (KeysDamaged, KeysMissing) as err:
        raise typer.BadParameter(err.message) from err
    except OSError as err:
        raise _unusable(folder, err) from err
    typer.echo("running services begin within a minute; each logs store_sealed when nothing of its store is in clear")


@store_commands.callback()
def _store() -> None:
    """Maintain the stores of a cell."""


@store_commands.command()
def indexes(
    service: Annotated[list[str] | None, typer.Argument(help=f"{', '.join(SERVICES)}; without one, all")] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="drop them; no process of another release may be running")
    ] = False,
) -> None:
    """List the indexes of a MongoDB that this release does not declare, and drop them if asked to."""
    names = [_known(one) for one in service or SERVICES]

    async def work(settings: Any, stopping: "Stopping") -> None:
        from libs.runtime.indexes import unknown_indexes

        none = True
        async for one, dropped in unknown_indexes(builders(*names), settings, prune=prune):
            none = False
            state = "dropped" if dropped else "unknown"
            typer.echo(f"{state}\t{one.service}\t{one.collection}\t{one.name}\t{one.about}")
        if none:
            typer.echo("every index is declared", err=True)
        elif not prune:
            typer.echo("another release may need them; if none runs, --prune drops them", err=True)

    _execute(work, *names)


_GROUPS = (store_commands, audit_commands, cell_commands, export_commands, program_commands, prove_commands)
for one in (*_GROUPS, *INCENTIVE_COMMANDS):
    app.add_typer(one)
for command in (openapi_command, protos_command, request_command):
    app.command(command.__name__.removesuffix("_command"))(command)
app.command("import")(import_command)
app.command("records")(records_command(compositions))


def _known(service: str) -> str:
    if service not in SERVICES:
        raise typer.BadParameter(f"{service} is no service; there are {', '.join(SERVICES)}")
    return service


def _unusable(folder: Path, err: OSError) -> typer.BadParameter:
    why = f"{err.filename}: {err.strerror}"
    return typer.BadParameter(f"{folder} cannot be used ({why}); name a folder that this user may write to")


def _execute(work: Any, *services: str) -> None:
    """Run `work`, a coroutine function of settings and stopping, and exit the process with its exit code. If
    environment variables are wrong, the message names them all, including those of these services."""
    from libs.config import ConfigError, Settings, read

    try:
        settings = read(Settings)
    except ConfigError as err:
        sys.stderr.write(f"prm: {_everything_wrong(err, services)}\n")
        raise typer.Exit(1) from err
    from libs.runtime.process import execute

    raise typer.Exit(execute(lambda stopping: work(settings, stopping), settings))


def _everything_wrong(found: Exception, services: tuple[str, ...]) -> Exception:
    import asyncio

    from libs.config import ConfigError
    from libs.runtime.inspection import inspect_rest

    assert isinstance(found, ConfigError)
    try:
        asyncio.run(inspect_rest(builders(*services) if services else {}, found))
    except ConfigError as err:
        return err
    return found


app.add_typer(backup_commands(builders, _execute))
app.add_typer(broker_commands(durables, arriving, repeatable, _execute))
app.command("console")(console_command(_execute))
app.command("restore")(restore_command(builders, durables, _execute))
app.add_typer(events_commands(_execute))


if __name__ == "__main__":
    main()
