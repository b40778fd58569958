"""An import in a terminal: mappings by name or file, a bar for each, sums, an exit code."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from rich.console import Console

from libs.config import Settings
from libs.config import read as read_settings
from libs.rpc.client import CallFailed, Client, connect
from libs.rpc.identity.credentials import own_token
from libs.runtime.platform import directory_of
from services.imports import mapping, progress
from services.imports.mapping import MappingMistakes
from services.imports.mappings import bundled, path_of
from services.imports.report import Report
from services.imports.run import Run
from services.imports.sending import PATIENCE_SECONDS, BrokenAnswer

ALL, NOT_ALL, NOT_STARTED = 0, 1, 2
REACHABLE_WITHIN_SECONDS = 5.0
ROLE = "integration"


def list_bundled() -> None:
    """Print the names of the mappings that come along."""
    Console().print("mappings that come along:", *bundled(), sep="\n  ")


def check(names: list[str], data: Path, report: Path, *, show: int) -> int:
    """Do all but send, print `show` messages of each mapping; the exit code."""
    return _with_runs(names, data, report, lambda console, runs: [_check(console, run, show) for run in runs])


def send(names: list[str], data: Path, report: Path, *, to: str, patience_seconds: float | None) -> int:
    """Import to the cell at `to` (host:port; empty: the one the environment names); the exit code."""
    settings = read_settings(Settings)
    target = to or settings.listen
    patience = PATIENCE_SECONDS if patience_seconds is None else patience_seconds
    token = own_token(settings, directory_of(settings), ROLE, subject="import")

    def work(console: Console, runs: list[Run]) -> list[bool]:
        client = partial(connect, settings, to=to, token=token)
        return asyncio.run(_send(console, runs, client, target=target, patience_seconds=patience))

    return _with_runs(names, data, report, work)


def _with_runs(names: list[str], data: Path, report: Path, work: Callable[[Console, list[Run]], list[bool]]) -> int:
    console = Console()
    try:
        with Report(report) as lines:
            if (runs := _prepare(console, names, data, lines)) is None:
                return NOT_STARTED
            clean = work(console, runs)
    except OSError as err:
        console.print(f"[red]{err}[/]")
        return NOT_STARTED
    console.print(f"every row that needs a look is in {report}")
    return ALL if len(clean) == len(names) and all(clean) else NOT_ALL


def _prepare(console: Console, names: list[str], data: Path, report: Report) -> list[Run] | None:
    """The runs; None if any mapping is not right, when every mistake of all of them has been said."""
    runs, wrong = [], []
    for name in names:
        try:
            runs.append(Run(mapping.read(path_of(name)), data, report))
        except MappingMistakes as err:
            wrong.append(err)
    for one in wrong:
        console.print(f"[red]{one.name} is not right, nothing was sent:[/]")
        for mistake in one.mistakes:
            console.print(f"  {mistake}", markup=False)
    return None if wrong else runs


def _check(console: Console, run: Run, show: int) -> bool:
    left = iter(range(show))

    def print_some(message: Message) -> None:
        if next(left, None) is not None:
            console.print_json(MessageToJson(message, preserving_proto_field_name=True))

    with progress.shown(console, run.totals.name) as watch:
        totals = run.check(print_some, watch=watch)
    progress.summary(console, totals, sent=False)
    return totals.clean


async def _send(
    console: Console, runs: list[Run], connected: Callable[[], Client], *, target: str, patience_seconds: float
) -> list[bool]:
    """Whether everything got in, for each mapping until one stops."""
    clean = []
    async with connected() as client:
        for run in runs:
            try:
                await client.ready(run.service, within_seconds=REACHABLE_WITHIN_SECONDS)
                with progress.shown(console, run.totals.name) as watch:
                    await run.send(client, watch=watch, patience_seconds=patience_seconds)
            except (CallFailed, BrokenAnswer, TimeoutError) as err:
                what = str(err) or f"{run.service} does not answer at {target}"
                console.print(f"[red]{run.totals.name} stopped: {what}[/]")
                progress.summary(console, run.totals, sent=True)
                break
            progress.summary(console, run.totals, sent=True)
            clean.append(run.totals.clean)
    return clean
