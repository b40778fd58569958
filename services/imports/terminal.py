"""An import in a terminal: mappings by name or file, a bar for each, sums, an exit code."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from rich.console import Console

from libs.rpc.client import CallFailed
from libs.runtime.visit import REACHABLE_WITHIN_SECONDS, NobodyAnswers, Visit
from services.imports import mapping, progress
from services.imports.mapping import MappingFile, MappingMistakes
from services.imports.mappings import bundled, path_of
from services.imports.renaming import other_names, renamed
from services.imports.report import Report
from services.imports.run import Run
from services.imports.sending import NOT_LET_IN, OUTAGE_SECONDS, PATIENCE_SECONDS, BrokenAnswer

ALL, NOT_ALL, NOT_STARTED = 0, 1, 2
ROLE = "integration"


class Asked(msgspec.Struct, frozen=True):
    """What is to be imported: mappings by name or file, the folder of their files, `NAME=OTHER` for each file that has
    another name there, and where the report goes."""

    mappings: list[str]
    data: Path
    files: tuple[str, ...]
    report: Path


def list_bundled() -> None:
    """Print the names of the bundled mappings."""
    Console().print("mappings that come along:", *bundled(), sep="\n  ")


def check(asked: Asked, *, show: int) -> int:
    """Do all but send, print `show` messages of each mapping; the exit code."""
    return _with_runs(asked, lambda console, runs: [_check(console, run, show) for run in runs])


def send(asked: Asked, *, to: str, patience_seconds: float | None, update: bool) -> int:
    """Import to the cell at `to` (host:port; empty: the one the environment names); the exit code."""
    visit = Visit(to, role=ROLE, subject="import")
    patience = PATIENCE_SECONDS if patience_seconds is None else patience_seconds

    def work(console: Console, runs: list[Run]) -> list[bool]:
        return asyncio.run(_send(console, runs, visit, patience_seconds=patience, update=update))

    return _with_runs(asked, work)


def _with_runs(asked: Asked, work: Callable[[Console, list[Run]], list[bool]]) -> int:
    console = Console()
    try:
        with Report(asked.report) as lines:
            if (runs := _prepare(console, asked, lines)) is None:
                return NOT_STARTED
            clean = work(console, runs)
    except (NobodyAnswers, CallFailed) as err:
        console.print(f"[red]nothing was sent: {err}[/]")
        return NOT_STARTED
    except OSError as err:
        console.print(f"[red]{err}[/]")
        return NOT_STARTED
    console.print(f"every row that needs a look is in {asked.report}")
    return ALL if len(clean) == len(asked.mappings) and all(clean) else NOT_ALL


def _prepare(console: Console, asked: Asked, report: Report) -> list[Run] | None:
    """The runs; None if any mapping is not right, when every mistake of all of them has been said."""
    runs: list[Run] = []
    found: list[MappingFile] = []
    wrong: list[MappingMistakes] = []
    for name in asked.mappings:
        with _collecting(wrong):
            found.append(mapping.read(path_of(name)))
    names: dict[str, str] = {}
    if not wrong:
        with _collecting(wrong):
            names = other_names(asked.files, found)
    for one in found if not wrong or not asked.files else ():
        with _collecting(wrong):
            runs.append(Run(renamed(one, names), asked.data, report))
    for err in wrong:
        console.print(f"[red]{err.name} is not right, nothing was sent:[/]")
        for mistake in err.mistakes:
            console.print(f"  {mistake}", markup=False)
    return None if wrong else runs


@contextmanager
def _collecting(wrong: list[MappingMistakes]) -> Iterator[None]:
    try:
        yield
    except MappingMistakes as err:
        wrong.append(err)


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
    console: Console, runs: list[Run], visit: Visit, *, patience_seconds: float, update: bool
) -> list[bool]:
    """Whether everything got in, for each mapping until one stops. If the first cannot begin: NobodyAnswers, or
    CallFailed if the caller is refused."""
    clean: list[bool] = []
    async with visit.client() as client:
        for run in runs:
            try:
                await visit.reach(client, run.service, within_seconds=_reachable_within(run is runs[0]))
                with progress.shown(console, run.totals.name) as watch:
                    await run.send(client, watch=watch, patience_seconds=patience_seconds, update=update)
            except (CallFailed, BrokenAnswer, NobodyAnswers) as err:
                if run is runs[0] and _never_began(err, run):
                    raise
                console.print(f"[red]{run.totals.name} stopped: {err}[/]")
                progress.summary(console, run.totals, sent=True)
                break
            progress.summary(console, run.totals, sent=True)
            clean.append(run.totals.clean)
    return clean


def _reachable_within(first: bool) -> float:
    """A cell that was there when the first mapping began, and restarts, is waited for."""
    return REACHABLE_WITHIN_SECONDS if first else OUTAGE_SECONDS


def _never_began(err: Exception, run: Run) -> bool:
    refused = isinstance(err, CallFailed) and err.code in NOT_LET_IN
    return isinstance(err, NobodyAnswers) or (refused and not run.totals.rows_sent)
