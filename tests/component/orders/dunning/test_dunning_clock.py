"""Dunning after any sequence of days, payments and blocks, by two replicas, against a model of the rules."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Awaitable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.country import Cell, Directory
from libs.errors import WrongState
from libs.privacy.keys import Keys
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import MoreThanOpen
from services.orders.billing.domain.states import DunningBlockReason
from services.orders.dunning.domain import DunningNotBlocked
from services.orders.dunning.jobs import dun, end_dunning_blocks, fall_overdue
from services.orders.dunning.usecases import LiftDunningBlock, SetDunningBlock, lift_dunning_block, set_dunning_block
from services.orders.service import COMPOSITION
from services.orders.settings import DunningPolicy, Policy
from tests.component.orders.harness import Harness, goods
from tests.component.replica import body_of, opened
from tests.effort import share

FOREVER = 0
WHAT = ["pass", "edge", "edge", "edge", "sweep", "sweep", "sweep", "sweep", "pay", "settle", "block", "lift"]
STEPS = st.lists(st.tuples(st.sampled_from(WHAT), st.integers(0, 1), st.integers(0, 400)), min_size=25, max_size=60)
DAYS = st.lists(st.integers(1, 40), unique=True, max_size=4).map(lambda days: tuple(sorted(days)))
ZONES = st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Pacific/Kiritimati", "Asia/Kathmandu"])


class Expected(msgspec.Struct):
    """What is known of one invoice. block: its last day, None for no block."""

    due: date
    settled: bool = False
    block: date | None = None
    taken: tuple[date, ...] = ()

    def sweep(self, today: date, days: tuple[int, ...]) -> bool:
        """Whether a step is taken today."""
        if self.block and self.block < today:
            self.block = None
        day = self.next_step(days)
        if self.settled or self.block or day is None or today < day:
            return False
        self.taken += (today,)
        return True

    def next_step(self, days: tuple[int, ...]) -> date | None:
        """The day of the next step, if nothing stops it: as many days after the one before as the policy has."""
        level = len(self.taken)
        if level == len(days):
            return None
        since, before = (self.taken[-1], days[level - 1]) if level else (self.due, 0)
        return since + timedelta(days=days[level] - before)

    def edges(self, days: tuple[int, ...]) -> list[date]:
        """The days with which something begins: to be overdue, a step, the time after a block."""
        ended = self.block + timedelta(days=1) if self.block and self.block < date.max else None
        return [day for day in (self.due + timedelta(days=1), self.next_step(days), ended) if day]


class Life:
    """Two invoices, two replicas, and the model of both invoices."""

    def __init__(self, harnesses: tuple[Harness, Harness], zone: str, days: tuple[int, ...]) -> None:
        self.harnesses = harnesses
        self.harness = harnesses[0]
        self.zone = ZoneInfo(zone)
        self.days = days
        self.invoices: list[Invoice] = []
        self.expected: dict[str, Expected] = {}
        self.told: dict[str, list[tuple[int, date, bool]]] = defaultdict(list)
        for one in harnesses:
            policy = Policy(dunning=DunningPolicy(days_past_due=days))
            one.env.settings = replace(one.env.settings, policy=policy)

    @property
    def today(self) -> date:
        return self.harness.clock.now().astimezone(self.zone).date()

    async def begin(self) -> None:
        """An invoice that is due today and one that is due in a week."""
        await self.harness.partner()
        for days in (0, 7):
            order = await self.harness.confirmed(goods(1, "1000"))
            await self.harness.ship(order, 1)
            due = self.today + timedelta(days=days)
            invoice = await self.harness.invoice(order, issue_date=self.today, due_date=due)
            self.invoices.append(invoice)
            self.expected[invoice.id] = Expected(due)

    async def step(self, what: str, which: int, number: int) -> None:
        """One thing that happens."""
        invoice = self.invoices[which]
        expected = self.expected[invoice.id]
        match what:
            case "pass":
                self._advance(timedelta(hours=number))
            case "edge":
                self._to_an_edge(expected, number)
            case "sweep":
                await self._sweep()
            case "pay":
                refused = await _refused(self.harness.pay(invoice, "1"), MoreThanOpen)
                assert refused == expected.settled
            case "settle":
                refused = await _refused(self._settle(invoice, number), MoreThanOpen)
                expected.settled, expected.block = True, None
            case "block":
                last = None if number % 3 == FOREVER else self.today + timedelta(days=number // 10)
                refused = await _refused(self._block(invoice, last), WrongState)
                assert refused == expected.settled
                expected.block = expected.block if refused else last or date.max
            case "lift":
                assert await _refused(self._lift(invoice), DunningNotBlocked) == (expected.block is None)
                expected.block = None

    def _advance(self, time: timedelta) -> None:
        for one in self.harnesses:
            one.clock.advance(time)

    def _to_an_edge(self, expected: Expected, number: int) -> None:
        """The last microsecond before a day on which something begins, or its first."""
        starts = [datetime(day.year, day.month, day.day, tzinfo=self.zone) for day in expected.edges(self.days)]
        waits = [start.astimezone(UTC) - self.harness.clock.now() for start in starts]
        ahead = [wait for wait in waits if wait > timedelta(0)]
        if ahead:
            self._advance(min(ahead) - timedelta(microseconds=number % 2))

    async def _sweep(self) -> None:
        """The jobs of both replicas at once; everything that is due happens, and happens once."""
        due = {id for id, one in self.expected.items() if one.sweep(self.today, self.days)}
        await asyncio.gather(*[self._jobs(one) for one in self.harnesses])
        taken = []
        for harness in self.harnesses:
            for envelope in harness.told:
                if envelope.type.endswith(".InvoiceDunned"):
                    taken.append(envelope.about)
                    body: Any = body_of(envelope)
                    day = envelope.time.astimezone(self.zone).date()
                    self.told[envelope.about].append((body.dunning_level, day, body.final_notice))
            harness.told.clear()
        assert sorted(taken) == sorted(due)

    async def _jobs(self, harness: Harness) -> None:
        for job in (fall_overdue, end_dunning_blocks, dun):
            await job(harness.env)

    async def _settle(self, invoice: Invoice, number: int) -> None:
        loaded = await self.harness.value(INVOICES, invoice.id)
        if number % 2 and loaded.open.amount:
            await self.harness.credit(invoice)
        else:
            await self.harness.pay(invoice, str(max(loaded.open.decimal, 1)))

    async def _block(self, invoice: Invoice, last: date | None) -> None:
        reason = DunningBlockReason.DISPUTED
        command = SetDunningBlock
        await self.harness.run(set_dunning_block, command, invoice_id=invoice.id, reason=reason, until=last)

    async def _lift(self, invoice: Invoice) -> None:
        await self.harness.run(lift_dunning_block, LiftDunningBlock, invoice_id=invoice.id)

    async def check(self) -> None:
        """What was told and what stands, invoice by invoice."""
        for id, expected in self.expected.items():
            last = len(self.days)
            told = [(level, day, level == last) for level, day in enumerate(expected.taken, start=1)]
            assert self.told[id] == told
            for days, day in zip(self.days, expected.taken, strict=False):
                assert day >= expected.due + timedelta(days=days)
            invoice = await self.harness.value(INVOICES, id)
            assert (invoice.dunning_level, invoice.dunning_block is not None) == (len(told), expected.block is not None)
            assert (invoice.dunning_time is None) == (not told)


async def _refused(act: Awaitable[Any], why: type[Exception]) -> bool:
    try:
        await act
    except why:
        return True
    return False


@settings(max_examples=share(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, days=DAYS, zone=ZONES)
def test_every_step_is_taken_on_its_day_once_and_never_on_what_is_settled_or_blocked(
    keys: Keys, steps: list[tuple[str, int, int]], days: tuple[int, ...], zone: str
) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder), COMPOSITION.kinds) as store:
                here = Directory(Cell(code="local", countries=("*",), time_zone=zone, currency="EUR"))
                harnesses = (Harness(store, keys, directory=here), Harness(store, keys, directory=here))
                life = Life(harnesses, zone, days)
                await life.begin()
                for what, which, number in [*steps, ("sweep", 0, 0)]:
                    await life.step(what, which, number)
                await life.check()

    asyncio.run(live())
