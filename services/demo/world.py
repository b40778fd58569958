"""Three cells and a hub on one machine, as `prm demo-world` has them."""

import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from libs.border_keys import new_line
from libs.clock import SystemClock
from libs.config import Settings
from libs.country import Cell, Directory
from libs.messaging.border.names import leaf_user
from libs.rpc.client import Client
from libs.rpc.following import FollowingClient, KnownCell
from libs.rpc.identity.development import ISSUER
from libs.runtime.cell import VENDOR, RunningCell, running
from libs.runtime.hub import embedded_hub, make_hub_passwords
from libs.runtime.service import Build
from services.demo.scenario import SERVICES, ScenarioClient, day

LOOPBACK = "127.0.0.1"
PARTNERS, COMPLIANCE = "partners", "compliance"

CELLS = (
    Cell(code="de", countries=("DE", "AT"), time_zone="Europe/Berlin", currency="EUR"),
    Cell(code="cn", countries=("CN",), time_zone="Asia/Shanghai", currency="CNY"),
    Cell(code="ng", countries=("NG",), time_zone="Africa/Lagos", currency="NGN"),
)


class World:
    """The running cells by code, a hub that can be stopped, and a client of each cell."""

    def __init__(self, folder: Path, builders: Mapping[str, Build], settings: Settings) -> None:
        self._folder = folder
        self._builders = builders
        self._settings = settings
        self._stack = AsyncExitStack()
        self._hub = AsyncExitStack()
        self._leaf_port, *ports = free_ports(1 + len(CELLS))
        self._facts = [replace(cell, endpoint=f"{LOOPBACK}:{port}") for cell, port in zip(CELLS, ports, strict=True)]
        self.codes = [cell.code for cell in CELLS]
        self.cells: dict[str, RunningCell] = {}
        self.clients: dict[str, ScenarioClient] = {}

    async def start(self) -> None:
        """Start the hub, then the cells."""
        passwords = make_hub_passwords(self._folder / "hub", self.codes)
        keys = self._folder / "border-keys"
        keys.write_text(new_line("demo"))
        await self.start_hub()
        for facts in self._facts:
            settings = replace(
                self._settings,
                data_dir=self._folder,
                listen=facts.endpoint,
                hub_url=f"nats-leaf://{LOOPBACK}:{self._leaf_port}",
                hub_password_file=passwords / leaf_user(facts.code) / "password",
                border_keys_file=keys,
            )
            others = tuple(one for one in self._facts if one is not facts)
            cell = await self._stack.enter_async_context(
                running(self._builders, settings, directory=Directory(facts, others), sweep=False)
            )
            client = await self._stack.enter_async_context(cell.client())
            second = await self._stack.enter_async_context(cell.client(subject="second"))
            self.cells[facts.code] = cell
            self.clients[facts.code] = self._scenario(dict.fromkeys(SERVICES, client), {COMPLIANCE: second})

    async def start_hub(self) -> None:
        """Start the hub, with the files that it had."""
        await self._hub.enter_async_context(embedded_hub(self._folder / "hub", self.codes, leaf_port=self._leaf_port))

    async def stop_hub(self) -> None:
        """Stop the hub; its files stay."""
        await self._hub.aclose()

    async def stop(self) -> None:
        """Stop the cells, then the hub."""
        await self._stack.aclose()
        await self._hub.aclose()

    async def following(self, code: str) -> ScenarioClient:
        """A client of a cell that follows WRONG_CELL to the others, for each of which it has a token."""
        known = {
            other: KnownCell(
                endpoint=cell.address, issuer=ISSUER.issuer, audience=ISSUER.audience, token=partial(_token_of, cell)
            )
            for other, cell in self.cells.items()
            if other != code
        }
        home: Client = await self._stack.enter_async_context(self.cells[code].client())
        return self._scenario({PARTNERS: await self._stack.enter_async_context(FollowingClient(home, known))})

    async def partner(self, code: str, name: str, **fields: Any) -> str:
        """A partner of a cell that was approved; its id."""
        return await approve(self.clients[code], name, country=code.upper(), **fields)

    async def settle(self) -> None:
        """Wait until every cell has done what its events ask for."""
        for cell in self.cells.values():
            await cell.settled()

    async def listed(self, code: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The directory of a cell by legal name, once it is as expected. TimeoutError after a minute."""
        answer = await self.clients[code].eventually(
            PARTNERS, "ListOrganisations", lambda found: until(by_name(found)), page_size=200
        )
        return by_name(answer)

    def _scenario(self, clients: Mapping[str, Any], second: Mapping[str, Any] | None = None) -> ScenarioClient:
        return ScenarioClient(clients, second=second, run="world", today=SystemClock().now().date())


async def approve(client: ScenarioClient, name: str, **fields: Any) -> str:
    """Apply for a partner, vet and approve it; its id."""
    given = {
        "kind": "PARTNER_KIND_RESELLER",
        "country": "DE",
        "registration_id": f"REG-{len(name)}{sum(name.encode())}",
        "registration_id_type": "REGISTRATION_ID_TYPE_OTHER",
    }
    made = await client.ask(PARTNERS, "ApplyPartner", legal_name=name, **{**given, **fields})
    partner_id = str(made.partner.id)
    await client.ask(PARTNERS, "StartVetting", id=partner_id)
    await client.ask(PARTNERS, "ApprovePartner", id=partner_id)
    return partner_id


async def register(client: ScenarioClient, flow: str, **terms: Any) -> str:
    """Register a transfer for a flow of messages to the other cells, and publish it with a second person; its id.
    Unless `terms` say otherwise, it may name organisations."""
    given = {
        "mechanism": "TRANSFER_MECHANISM_NOT_PERSONAL",
        "purpose": "essential.service.operations",
        "categories": ["user.contact.organization"],
        "recipient": "The cells of the vendor",
        "recipient_country": "CN",
        "valid_from": day(client.today),
        "flow": flow,
    }
    made = await client.ask(COMPLIANCE, "RegisterTransfer", terms={**given, **terms})
    transfer_id = str(made.transfer.id)
    asked = await client.ask(COMPLIANCE, "PublishTransfer", id=transfer_id)
    await client.ask_another(COMPLIANCE, "ConfirmDecision", id=asked.decision.id)
    return transfer_id


async def _token_of(cell: RunningCell) -> str:
    return cell.development.sign((VENDOR,), now=SystemClock().now()) if cell.development is not None else ""


def free_ports(count: int) -> Sequence[int]:
    """Ports of this machine that nobody listens on."""
    found = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in found]
    for one in found:
        one.close()
    return ports


@asynccontextmanager
async def a_world(folder: Path, builders: Mapping[str, Build], settings: Settings) -> AsyncIterator[World]:
    """Three cells and a hub that run while the block runs, with their files under `folder`."""
    world = World(folder, builders, settings)
    try:
        await world.start()
        yield world
    finally:
        await world.stop()


def by_name(answer: Any) -> dict[str, Any]:
    """The organisations of an answer of ListOrganisations, by legal name."""
    return {one.legal_name: one for one in answer.organisations}
