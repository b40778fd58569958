"""Two cells and a hub between them, whose messages are recorded."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from libs.border_keys import new_line
from libs.clock import SystemClock
from libs.config import Settings
from libs.country import Cell, Directory
from libs.messaging.border.names import DIRECTORY, leaf_user
from libs.messaging.jetstream import open_jetstream
from libs.messaging.logins import ADMINISTRATOR, Credentials, password_of
from libs.runtime.cell import RunningCell, running
from libs.runtime.hub import embedded_hub, make_hub_passwords
from libs.runtime.platform import LOCAL
from services.__main__ import builders
from services.demo.scenario import SERVICES, ScenarioClient
from tests.system.hearing import record
from tests.system.processes import free_ports

HERE, THERE = "local", "cn"
ABROAD = Cell(code=THERE, countries=("CN",), time_zone="Asia/Shanghai", currency="CNY")
DIRECTORIES = {HERE: Directory(LOCAL, (ABROAD,)), THERE: Directory(ABROAD, (LOCAL,))}


class Border:
    """A cell, another cell, and the hub between them, whose messages are recorded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        [self._port] = free_ports(1)
        self._passwords = make_hub_passwords(folder / "hub", [HERE, THERE])
        self._hub = AsyncExitStack()
        self._recorded = folder / "recorded"
        self._recorded.touch()
        self._keys = folder / "border-keys"
        self._keys.write_text(new_line("test"))

    def settings(self, code: str) -> Settings:
        """Of a cell that is connected to the hub."""
        return Settings(
            data_dir=self._folder,
            listen="127.0.0.1:0",
            hub_url=f"nats-leaf://127.0.0.1:{self._port}",
            hub_password_file=self._passwords / leaf_user(code) / "password",
            border_keys_file=self._keys,
        )

    @asynccontextmanager
    async def cell(self, code: str, *services: str, sweep: bool = True) -> AsyncIterator[RunningCell]:
        """A cell that runs while the block runs, with these services or all, and knows the other one. sweep: as for
        `running`."""
        found = running(builders(*services), self.settings(code), directory=DIRECTORIES[code], sweep=sweep)
        async with found as cell:
            yield cell

    async def start_hub(self) -> None:
        """Start the hub, and record what is said there. What is delivered is not heard but stored, in files that
        `outside` has: who listens to deliveries counts as their receiver."""
        found = embedded_hub(self._folder / "hub", [HERE, THERE], leaf_port=self._port)
        server = await self._hub.enter_async_context(found)
        login = Credentials(ADMINISTRATOR, password_of(self._passwords, ADMINISTRATOR))
        opened = open_jetstream(server.url, "hub", login=login, limits=None, stream=DIRECTORY)
        jetstream = await self._hub.enter_async_context(opened)
        await record(jetstream, self._recorded, HERE, THERE)

    async def stop_hub(self) -> None:
        """Stop the hub; its files stay."""
        await self._hub.aclose()

    def outside(self) -> Iterator[Path]:
        """Every file outside of the cell: of the hub, of the other cell, and what was recorded."""
        yield self._recorded
        for name in ("hub", THERE):
            yield from (path for path in sorted((self._folder / name).rglob("*")) if path.is_file())

    def has_crossed(self, subject: str) -> bool:
        """Whether a message with this subject stands in a file outside of the cell."""
        return any(subject.encode() in path.read_bytes() for path in self.outside())


@asynccontextmanager
async def a_border(folder: Path) -> AsyncIterator[Border]:
    """The border, with the hub at work."""
    border = Border(folder)
    try:
        await border.start_hub()
        yield border
    finally:
        await border.stop_hub()


def scenario(client: Any, second: Any = None, *, run: str = "marked") -> ScenarioClient:
    """The client of the stories. run: part of every request id, so that no two have the same."""
    seconds = dict.fromkeys(SERVICES, second) if second is not None else None
    return ScenarioClient(dict.fromkeys(SERVICES, client), second=seconds, run=run, today=SystemClock().now().date())
