"""Cells that hear each other, without brokers: replicas of one service, and what passes between them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from libs.border_keys import BorderKeys
from libs.call import SYSTEM, Call
from libs.country import Cell, Directory
from libs.env import Env
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from libs.slices import Composition
from libs.transfers.projection import keep
from libs.transfers.rules import TransferFacts
from tests.builders import a_call, an_id
from tests.component.replica import Replica, body_of

KEY = "spring " + "5a" * 32
NEXT_KEY = "summer " + "c3" * 32


def neighbours(*codes: str) -> Mapping[str, Directory]:
    """By code, what each of these cells knows of itself and of the others."""
    cells = [Cell(code=code, countries=("*",), time_zone="Europe/Berlin", currency="EUR") for code in codes]
    return {one.code: Directory(one, tuple(other for other in cells if other is not one)) for one in cells}


def shared_keys(folder: Path, *lines: str) -> BorderKeys:
    """The keys that the cells share, from a file that tests may replace: `<folder>/border-keys`."""
    write_keys(folder, *lines or (KEY,))
    return BorderKeys(folder / "border-keys")


def write_keys(folder: Path, *lines: str) -> None:
    """Replace the keys in the file."""
    (folder / "border-keys").write_text("".join(f"{line}\n" for line in lines))


async def permit(env: Env[Any], flow: str) -> None:
    """As if compliance had stated a transfer for a flow."""
    facts = TransferFacts(
        id=an_id("trf"),
        facts_version=1,
        flow=flow,
        purpose="essential.service.operations",
        categories=(),
        recipient_country="CN",
        valid_from=date(2026, 1, 1),
        valid_until=None,
        ended=False,
        blocked_year=0,
    )
    await keep(env, facts, a_call())


class Post:
    """Brings the events of each cell to its own consumers, and what crosses to those of the others. away: cells that
    are not connected; what they and the others say to each other waits. crossed: what crossed, oldest first.
    recorded: by cell, what it recorded of questions between cells and of linked requests."""

    def __init__(self, composition: Composition, cells: Mapping[str, Replica[Any]]) -> None:
        self._composition = composition
        self._cells = cells
        self._waiting: list[tuple[str, str, Envelope]] = []
        self._delivered = 0
        self.away: set[str] = set()
        self.crossed: list[Envelope] = []
        self.recorded: dict[str, list[Any]] = {code: [] for code in cells}

    async def settle(self) -> None:
        """Deliver until nothing is left but what waits for a cell that is away."""
        while self._collect() or any(self._ready(*one) for one in self._waiting):
            ready = [one for one in self._waiting if self._ready(*one)]
            self._waiting = [one for one in self._waiting if not self._ready(*one)]
            for sender, receiver, envelope in ready:
                await self._deliver(sender, receiver, envelope)

    async def run_jobs(self, *codes: str) -> None:
        """Run the jobs in these cells or in all until they have nothing to do, and deliver what they say."""
        for code in codes or self._cells:
            for job in self._composition.jobs:
                while await job.run(self._cells[code].env):
                    pass
        await self.settle()

    def _collect(self) -> bool:
        told = [(code, one) for code, cell in self._cells.items() for one in cell.told]
        for cell in self._cells.values():
            cell.told = []
        for code, envelope in told:
            if envelope.crosses:
                self.crossed.append(envelope)
            elif envelope.type.endswith((".CrossCheckRecorded", ".RequestLinkRecorded")):
                self.recorded[code].append(body_of(envelope))
            receivers = [one for one in self._cells if one != code] if envelope.crosses else [code]
            self._waiting += [(code, receiver, envelope) for receiver in receivers]
        return bool(told)

    def _ready(self, sender: str, receiver: str, envelope: Envelope) -> bool:
        return not envelope.crosses or not self.away & {sender, receiver}

    async def _deliver(self, sender: str, receiver: str, envelope: Envelope) -> None:
        table: Sequence[Consumer[Any]] = self._composition.arriving if envelope.crosses else self._composition.consumers
        subject = envelope.subject.partition(f"{sender}.")[2]
        for one in table:
            if one.takes(subject) and subject.partition(".")[0] == self._composition.name:
                self._delivered += 1
                call = Call(caller=SYSTEM, method="test", dedup_key=f"test:{self._delivered}")
                handle: Callable[[Any, Envelope, Call], Awaitable[None]] = one.handle
                await handle(self._cells[receiver].env, envelope, call)
