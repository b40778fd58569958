"""The commands `prm events`; what does the work is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(name="events", help="What the events of a cell are.", no_args_is_help=True)


@commands.callback()
def _events() -> None:
    """What the events of a cell are."""


@commands.command()
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
