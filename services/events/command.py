"""The commands `prm events`; what does the work is imported when it runs."""

import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from libs.config import Settings
    from libs.messaging.following import Passed
    from libs.runtime.broker import Stop

Work = Callable[["Settings", "Stop"], Coroutine[Any, Any, None]]


def commands(execute: Callable[[Work], None]) -> typer.Typer:
    """execute: runs a coroutine function of settings and stopping."""
    app = typer.Typer(name="events", invoke_without_command=True)

    @app.callback()
    def events(
        context: typer.Context,
        follow: Annotated[bool, typer.Option("--follow", help="Print each event that passes, until Ctrl-C.")] = False,
        subject: Annotated[
            str, typer.Option(help="Only these: orders.order.confirmed, orders.order.*, orders.>")
        ] = ">",
        since: Annotated[str, typer.Option(help="Those stored since then first: 2026-11-28T20:00:00Z, or PT15M.")] = "",
    ) -> None:
        """The events of a cell: what they mean, and which pass now: time, subject, document, version, fields."""
        if context.invoked_subcommand is not None:
            return
        if not follow:
            typer.echo(context.get_help())
            return
        wanted, start = _subject(subject), _instant(since)

        async def work(settings: "Settings", stopping: "Stop") -> None:
            from libs.runtime.following import follow

            try:
                await follow(settings, _tell, subject=wanted, since=start)
            except BrokenPipeError:  # whoever read it has read enough; what is left in the buffer goes nowhere
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

        execute(work)

    app.command()(catalogue)
    return app


def catalogue(
    folder: Annotated[Path, typer.Argument(help="Where events.md and asyncapi.json go; earlier ones are replaced.")],
) -> None:
    """Write what every event of this release means, with its fields: events.md for people, asyncapi.json for tools."""
    from importlib.metadata import version

    import msgspec

    from services.events import asyncapi, markdown
    from services.events.catalogue import read

    found, release = read(), version("prm")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "events.md").write_text(markdown.render(found, release))
        document = msgspec.json.encode(asyncapi.render(found, release))
        (folder / "asyncapi.json").write_bytes(msgspec.json.format(document, indent=2) + b"\n")
    except OSError as err:
        raise typer.BadParameter(f"{folder} cannot be written ({err.filename}: {err.strerror})") from err
    typer.echo(f"{len(found.events)} events are described in {folder}/events.md and {folder}/asyncapi.json")


def _tell(passed: "Passed") -> None:
    from services.events.lines import line

    sys.stdout.write(f"{line(passed)}\n")
    sys.stdout.flush()


def _subject(text: str) -> str:
    import msgspec

    from libs.messaging.logins import Subject

    try:
        return msgspec.convert(text, Subject)
    except msgspec.ValidationError as err:
        raise typer.BadParameter(
            "--subject is one of the catalogue, or with wildcards: orders.order.*, orders.>"
        ) from err


def _instant(text: str) -> datetime | None:
    """An instant with its zone, or a duration before now (ISO 8601); None if empty."""
    import msgspec

    from libs.clock import SystemClock

    if not text:
        return None
    with suppress(msgspec.ValidationError):
        at: datetime = msgspec.convert(text, Annotated[datetime, msgspec.Meta(tz=True)])
        return at
    with suppress(msgspec.ValidationError, OverflowError):
        return SystemClock().now() - msgspec.convert(text, timedelta)
    raise typer.BadParameter("--since is an instant with its zone, 2026-11-28T20:00:00Z, or a duration, PT15M or P2D")
