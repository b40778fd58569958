"""`prm demo`: starts a fresh cell in this process, plays the story or imports the real data sets, prints tables."""

import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from libs import logs
from libs.clock import ShiftedClock
from libs.config import ConfigError, Settings, with_http
from libs.ids import unique
from libs.rpc.client import Client
from libs.rpc.identity.development import share_key
from libs.runtime.cell import RunningCell, running
from libs.runtime.indexes import drop_store
from libs.runtime.inspection import require_folder
from libs.runtime.platform import directory_of
from libs.runtime.process import Beside, Stopping
from libs.runtime.service import Build
from services.demo import reseller_figures, resellers
from services.demo.scenario import SERVICES, ScenarioClient, StoryLine, rpc_path
from services.demo.sets import Importing, import_sets, order_table, order_totals
from services.demo.story import CHANNEL_STEPS, STEPS, TIMED_STEPS, play

FOLDER = "demo"
WIDTH = 120
ANY_PORT = "127.0.0.1:0"


async def demo(
    builders: Mapping[str, Build],
    settings: Settings,
    stopping: Stopping,
    *,
    data: Path | None,
    mongo: bool,
    stay: bool,
    beside: Beside,
) -> None:
    """Play the story, or import `data`; then serve until stopped if `stay`. The cell starts empty each time, under
    `<data_dir>/demo`. mongo: store the documents in the MongoDB of the settings, in databases of its own, which are
    dropped at the end. beside: serves the console of the cell; its address."""
    logs.configure("warning")  # a log line for every call would hide the story
    require_folder(settings.data_dir)
    folder = settings.data_dir / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    share_key(settings.data_dir, folder, directory_of(settings).here.code)
    clock = ShiftedClock(resellers.BEGIN if data else None)
    console = Console() if is_interactive() else Console(width=WIDTH)
    alone = replace(with_http(settings), data_dir=folder, nats_url="", nats_logins_dir=None)
    if not stay:
        alone = replace(alone, listen=ANY_PORT, http_listen=ANY_PORT)
    if not mongo:
        alone = replace(alone, store_url="", store_password_file=None)
    elif not settings.store_url:
        raise ConfigError("PRM_STORE_URL: --mongo needs the URL of a MongoDB there")
    else:
        alone = replace(alone, store_prefix=f"demo_{unique()[-10:]}")
    async with _thrown_away(builders, alone), running(builders, alone, clock=clock, sweep=False) as cell:
        console.rule("One cell: six services, a broker, a store for each")
        console.print(f"gRPC at {cell.address}, JSON at http://{cell.http_address}")
        console.print(f"Files in {folder}{', documents in MongoDB' if mongo else ''}")
        async with cell.client() as client, cell.client(subject="second") as second:
            if data is None:
                await _tell_story(console, cell, (client, second), clock)
            else:
                await _import(Importing(console, cell, client, clock, data, folder / "import-report.csv"))
        async with beside(alone, cell.address) if stay else nullcontext() as page:
            how_to_call(console, cell.address, cell.http_address, stay=stay, page=str(page or ""))
            if stay:
                await stopping.wait()


@asynccontextmanager
async def _thrown_away(builders: Mapping[str, Build], settings: Settings) -> AsyncIterator[None]:
    """Drop the databases at the end of the block; files stay for inspection."""
    try:
        yield
    finally:
        for service in builders if settings.store_url else ():
            await drop_store(service, settings)


async def _tell_story(console: Console, cell: RunningCell, clients: tuple[Client, Client], clock: ShiftedClock) -> None:
    first, second = (dict.fromkeys(SERVICES, client) for client in clients)

    async def wait(time: timedelta) -> None:
        await cell.settled()
        clock.advance(time)
        await cell.run_jobs()
        await cell.settled()

    scenario = ScenarioClient(first, second=second, run="demo", today=clock.now().date(), wait=wait)
    await play(scenario, (*STEPS, *TIMED_STEPS, *CHANNEL_STEPS))
    _print_story(console, scenario)


async def _import(of: Importing) -> None:
    """Import the data sets, and print what the orders come to and where the resellers stand."""
    found = await import_sets(of)
    of.console.print(f"every row that needs a look is in {of.report}")
    of.console.print(order_table(await order_totals(of.client)))
    scenario = of.scenario()
    reseller_figures.tell(scenario, found.figures)
    _print_story(of.console, scenario)


def _print_story(console: Console, scenario: ScenarioClient) -> None:
    for chapter in dict.fromkeys(line.chapter for line in scenario.told):
        console.print(table(chapter, [line for line in scenario.told if line.chapter == chapter]))


def table(chapter: str, lines: list[StoryLine]) -> Table:
    """The lines of a chapter as a table, as wide as the console."""
    rows = Table(title=chapter, title_justify="left", title_style="bold", show_header=False, expand=True)
    rows.add_column(ratio=5)
    rows.add_column(ratio=5, overflow="fold")
    for line in lines:
        rows.add_row(line.what, line.outcome)
    return rows


def how_to_call(console: Console, address: str, http_address: str, *, stay: bool, page: str) -> None:
    """Print how to call the cell; commands to be copied are never wrapped. page: the address of the web console."""
    console.rule("How to call it")
    where, http = (address, http_address) if stay else ("localhost:7400", "localhost:7480")
    prm = sys.argv[0] if sys.argv[0].endswith("/prm") else "prm"  # so that the printed commands work when copied
    if not stay:
        console.print("This cell has stopped. `make run` starts one that stays, at localhost:7400 and localhost:7480.")
    console.print("Server reflection is on, so any gRPC client can look around; calls need a token. With grpcurl:")
    for line in (
        f"grpcurl -plaintext {where} list",
        f"TOKEN=$({prm} token --role channel_manager)",
        f'grpcurl -plaintext -H "authorization: Bearer $TOKEN" -d \'{{"page_size": 5}}\' {where} '
        + rpc_path("partners", "ListPartners"),
    ):
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    console.print("The same in JSON, with curl:")
    curl = f'curl -H "authorization: Bearer $TOKEN" --json \'{{"pageSize": 5}}\' http://{http}/'
    console.print(f"  {curl}{rpc_path('partners', 'ListPartners')}", markup=False, highlight=False, soft_wrap=True)
    console.print("Or generate a client from proto/ in your language; the protos contain every rule for a request.")
    console.rule("How to look at it")
    console.print(f"The web console is at {page or 'http://127.0.0.1:7490'}{'' if page else ' while `make run` runs'}.")
    console.print("Sign in there as channel_manager; as one of a partner's people, name the partner's id as well.")
    if stay:
        console.print("It goes on until Ctrl-C; its clock stays as far ahead as the story put it.")


def is_interactive() -> bool:
    """Whether the command runs in a terminal, where a person can stop it."""
    return sys.stdin.isatty() and sys.stdout.isatty()
