"""Cells and a hub on one machine: brokers only, with the configuration that `libs.messaging.border` writes."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from libs.messaging.border.administration import administering_edge, administering_hub
from libs.messaging.border.configuration import hub_conf, leaf_conf
from libs.messaging.border.logins import edge_conf, edge_logins
from libs.messaging.border.names import DIRECTORY, HUB, edge_subject, leaf_user
from libs.messaging.embedded import EmbeddedNats, embedded_nats
from libs.messaging.jetstream import JetStream, Outgoing, Session, open_jetstream
from libs.messaging.logins import ADMINISTRATOR, Credentials, all_logins, create_passwords, password_of, users_conf
from libs.messaging.streams import DEFAULT_LIMITS, EVENTS
from tests.system.processes import free_ports

SERVICE = "partners"
SUBJECT = "partners.organisation.stated"
DURABLE = "partners__organisation_stated"
DURABLES = {SERVICE: {DURABLE: (SUBJECT,)}}

_EDGE = "-edge"


def edge_of(cell: str) -> str:
    """The name of a cell's edge among the brokers."""
    return f"{cell}{_EDGE}"


def a_message(cell: str, id: str, body: bytes = b"") -> Outgoing:
    """A message for the outgoing stream of a cell."""
    return Outgoing(edge_subject(cell, SUBJECT), {"Nats-Msg-Id": id}, body)


class World:
    """The running brokers: the hub, and of each cell its own and its edge."""

    def __init__(self, folder: Path, cells: Sequence[str], *, denies: bool) -> None:
        self._denies = denies
        self.folder = folder
        self.cells = cells
        self.hub_port, self.leaf_port = free_ports(2)
        self.brokers: dict[str, EmbeddedNats] = {}
        self._opened: dict[tuple[str, str], JetStream] = {}
        self._stack = AsyncExitStack()
        self._hub = AsyncExitStack()

    async def start(self) -> None:
        """Start the hub and every cell."""
        create_passwords(self.folder / HUB, [ADMINISTRATOR, *(leaf_user(one) for one in self.cells)])
        await self.start_hub()
        for cell in self.cells:
            await self._start_cell(cell)

    async def start_hub(self) -> None:
        """Start the hub, with the files that it had."""
        text = hub_conf(self.cells, partial(self._quoted, HUB), listen=f"127.0.0.1:{self.leaf_port}")
        hub = await self._hub.enter_async_context(
            embedded_nats(self.folder / HUB / "nats", port=self.hub_port, users=text, domain=HUB)
        )
        self.brokers[HUB] = hub
        jetstream = await self._hub.enter_async_context(self._open(HUB, ADMINISTRATOR))
        made = await self._hub.enter_async_context(administering_hub(jetstream, self.cells, DEFAULT_LIMITS))
        await made.done.wait()

    async def stop_hub(self) -> None:
        """Stop the hub; its files stay."""
        await self._hub.aclose()

    async def stop(self) -> None:
        """Stop everything."""
        await self._stack.aclose()
        await self._hub.aclose()

    async def session(self, name: str, user: str = SERVICE) -> Session:
        """A session as a user of a broker: that of a cell, its edge (`edge_of`), or the hub."""
        if (name, user) not in self._opened:
            self._opened[name, user] = await self._stack.enter_async_context(self._open(name, user))
        return await self._opened[name, user].session()

    def leaf_url(self, cell: str) -> str:
        """Where a cell finds the hub."""
        user = leaf_user(cell)
        return f"nats-leaf://{user}:{self._password(HUB, user)}@127.0.0.1:{self.leaf_port}"

    async def _start_cell(self, cell: str) -> None:
        own, edge = all_logins(cell, {SERVICE: {}}), edge_logins(cell, DURABLES)
        create_passwords(self.folder / cell, [one.name for one in own])
        create_passwords(self.folder / edge_of(cell), [one.name for one in edge])
        await self._start(cell, users_conf(own, partial(self._quoted, cell)))
        await self._stack.enter_async_context(self._open(cell, ADMINISTRATOR))
        leaf = leaf_conf(cell, self.leaf_url(cell), users=[one.name for one in edge])
        leaf = leaf if self._denies else re.sub(r"deny_imports: \[[^]]*\]", "", leaf)
        await self._start(edge_of(cell), edge_conf(edge, partial(self._quoted, edge_of(cell))) + leaf, domain=cell)
        administrator = await self._stack.enter_async_context(self._open(edge_of(cell), ADMINISTRATOR))
        making = administering_edge(administrator, DEFAULT_LIMITS, DURABLES[SERVICE])
        made = await self._stack.enter_async_context(making)
        await made.done.wait()

    async def _start(self, name: str, conf: str, *, domain: str = "") -> None:
        self.brokers[name] = await self._stack.enter_async_context(
            embedded_nats(self.folder / name / "nats", users=conf, domain=domain)
        )

    @asynccontextmanager
    async def _open(self, name: str, user: str) -> AsyncIterator[JetStream]:
        login = Credentials(user, password_of(self.folder / name, user))
        border = name not in self.cells
        limits = DEFAULT_LIMITS if user == ADMINISTRATOR and not border else None
        cell, stream = name.removesuffix(_EDGE), DIRECTORY if border else EVENTS
        async with open_jetstream(self.brokers[name].url, cell, limits=limits, login=login, stream=stream) as jetstream:
            yield jetstream

    def _quoted(self, name: str, user: str) -> str:
        return f'"{self._password(name, user)}"'

    def _password(self, name: str, user: str) -> str:
        return password_of(self.folder / name, user).current().reveal()


@asynccontextmanager
async def a_world(folder: Path, *cells: str, denies: bool = True) -> AsyncIterator[World]:
    """Cells and a hub that run while the block runs. denies: False leaves out what the cells deny the hub."""
    world = World(folder, cells, denies=denies)
    try:
        await world.start()
        yield world
    finally:
        await world.stop()
