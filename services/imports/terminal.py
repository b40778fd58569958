"""An import in a terminal: mappings by name or file, a bar for each, sums, an exit code."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import msgspec
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from rich.console import Console

from libs.config import ConfigError
from libs.rpc.client import CallFailed, Client
from libs.runtime.visit import REACHABLE_WITHIN_SECONDS, NobodyAnswers, Visit
from services.imports import mapping, progress
from services.imports.expected import Expected
from services.imports.mapping import MappingFile, MappingMistakes
from services.imports.mappings import bundled, path_of
from services.imports.outage import NOT_LET_IN, OUTAGE_SECONDS
from services.imports.renaming import other_names, renamed
from services.imports.report import Report
from services.imports.run import Run
from services.imports.sending import PATIENCE_SECONDS, BrokenAnswer

ALL, NOT_ALL, NOT_STARTED = 0, 1, 2
ROLE = "integration"
ASKED_WITHIN_SECONDS = 2.0  # a dry run works without a cell as well


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


def check(asked: Asked, *, to: str, show: int, update: bool) -> int:
    """Do all but send, print `show` messages of each mapping, and ask the cell at `to`, if there is one, what it would
    make of them; the exit code."""
    return _with_runs(asked, lambda console, runs: asyncio.run(_check(console, runs, to, show=show, update=update)))


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


async def _check(console: Console, runs: list[Run], to: str, *, show: int, update: bool) -> list[bool]:
    expected = Expected()
    clean: list[bool] = []
    async with AsyncExitStack() as visits:
        visit, client, unasked = None, None, ""
        try:
            visit = Visit(to, role=ROLE, subject="import")
            client = await visits.enter_async_context(visit.client())
        except ConfigError as err:
            unasked = str(err)
        for run in runs:
            if visit is not None and client is not None:
                unasked = await _closed(visit, client, run)
            with progress.shown(console, run.totals.name) as watch:
                shown = _printing(console, show)
                if unasked or client is None:
                    run.check(shown, watch=watch, unasked=unasked)
                else:
                    await run.validate(client, shown, expected=expected, watch=watch, update=update)
            progress.summary(console, run.totals, sent=False, asked=not unasked)
            if unasked:
                console.print(f"  the cell was not asked: {unasked}", markup=False)
            clean.append(run.totals.clean)
    return clean


async def _closed(visit: Visit, client: Client, run: Run) -> str:
    """Why the cell cannot be asked; empty if it can."""
    try:
        await visit.reach(client, run.service, within_seconds=ASKED_WITHIN_SECONDS)
        await run.knock(client)
    except (NobodyAnswers, CallFailed) as err:
        return str(err)
    return ""


def _printing(console: Console, messages: int) -> Callable[[Message], None]:
    """Prints so many messages of those it is given."""
    left = iter(range(messages))

    def show(message: Message) -> None:
        if next(left, None) is not None:
            console.print_json(MessageToJson(message, preserving_proto_field_name=True))

    return show


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
