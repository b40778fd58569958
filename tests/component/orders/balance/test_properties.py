"""Balances after any sequence of commands, against a book that is kept beside them: the same is open on every document,
the same commands are refused, and the statement of account has every document once and ends in the balance."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.errors import AppError
from libs.money import Money, minor_digits
from libs.privacy.keys import Keys
from libs.store.listing import everything
from services.orders.balance.documents import ALLOCATIONS
from services.orders.balance.domain.allocation import Allocation
from services.orders.balance.jobs import allocate_credits
from services.orders.billing.domain.credit_note import CreditLine
from services.orders.billing.domain.invoice import Invoice
from services.orders.credit.documents import PARTNER_CREDITS
from services.orders.credit.domain import PartnerCredit
from services.orders.service import COMPOSITION
from services.orders.settings import AllocationPolicy, Policy, Settings
from tests.component.orders.balance import acts
from tests.component.orders.harness import PARTNER, TODAY, Harness
from tests.component.replica import opened
from tests.effort import share

COMMANDS = (
    "invoice invoice pay pay credit credit prepay prepay cover cover allocate oldest undo refund bounce bounce_account "
    "orphan policy"
)
STEPS = st.lists(
    st.tuples(st.sampled_from(COMMANDS.split()), st.integers(0, 5), st.integers(0, 5), st.integers(1, 12)),
    min_size=5,
    max_size=30,
)


class Book:
    """What is open by plain arithmetic: integers by the id of the document, in the smallest amount of the currency."""

    def __init__(self) -> None:
        self.payable: dict[str, int] = {}
        self.open: dict[str, int] = {}
        self.credited: dict[str, int] = {}
        self.paid: dict[str, tuple[str, int]] = {}
        self.credits: dict[str, int] = {}
        self.refunded: set[str] = set()
        self.held_back: set[str] = set()
        self.released: dict[str, int] = Counter()
        self.notes: dict[str, list[str]] = {}
        self.allocated: list[tuple[str, str, int]] = []
        self.moves: list[tuple[date, int]] = []

    @property
    def balance(self) -> int:
        """What the partner owes, by what was charged, paid, credited and paid back, whatever is open where."""
        return sum(amount for _, amount in self.moves)

    def allocate(self, invoice: str, credit: str, amount: int) -> None:
        """An amount is open on neither side any more."""
        if amount:
            self.open[invoice] -= amount
            self.credits[credit] -= amount
            self.allocated.append((invoice, credit, amount))
            self.held_back.discard(credit)

    def undo(self, invoice: str, credit: str, amount: int) -> None:
        """It is open on both again."""
        self.allocated.remove((invoice, credit, amount))
        self.open[invoice] += amount
        self.credits[credit] += amount

    def reclaim(self, invoice: str, *, spare: str = "") -> None:
        """What credit notes released counts for the invoice again, the last one first, as far as it is open."""
        for credit in reversed(self.notes.get(invoice, [])):
            if credit != spare:
                part = min(self.released[invoice], self.open[invoice], self.credits[credit])
                self.released[invoice] -= part
                self.open[invoice] -= part
                self.credits[credit] -= part

    def oldest_first(self, invoices: Sequence[str], credits: Sequence[str]) -> None:
        """Every credit to every invoice, as far as both are open."""
        for credit in credits:
            for invoice in invoices:
                self.allocate(invoice, credit, min(self.open[invoice], self.credits[credit]))


class Life:
    """Commands at random; a refusal has to be one in the book, too."""

    def __init__(self, harness: Harness, currency: str) -> None:
        self.harness = harness
        self.currency = currency
        self.unit = 10 ** (4 - minor_digits(currency))
        self.book = Book()
        self.invoices: list[Invoice] = []
        self.credits: list[PartnerCredit] = []
        self.payments: list[str] = []
        self.prepaid: list[PartnerCredit] = []
        self.allocations: list[Allocation] = []
        self.undone: set[str] = set()
        self.last: Any = None

    def money(self, amount: int) -> Money:
        """An amount in the smallest that can be paid."""
        return Money(amount * self.unit, self.currency)

    async def step(self, what: str, one: int, other: int, size: int) -> None:
        """One command, and the same in the book."""
        self.harness.days(size % 2)
        await getattr(self, f"_{what}")(one, other, size)
        await self._learn()

    async def _invoice(self, one: int, other: int, size: int) -> None:
        invoice = await acts.invoiced(self.harness, self.money(size * 7), 10)
        self.invoices.append(invoice)
        self.book.payable[invoice.id] = self.book.open[invoice.id] = size * 70
        self.book.credited[invoice.id] = 0
        self._moved(size * 70)

    async def _pay(self, one: int, other: int, size: int) -> None:
        if not self.invoices:
            return
        invoice, amount = self.invoices[one % len(self.invoices)], size * 20 + other
        if await self._done(amount <= self.book.open[invoice.id], acts.pay(self.harness, invoice, self.money(amount))):
            self.book.open[invoice.id] -= amount
            self.payments.append(self.last.id)
            self.book.paid[self.last.id] = (invoice.id, amount)
            self._moved(-amount)

    async def _credit(self, one: int, other: int, size: int) -> None:
        if not self.invoices:
            return
        invoice, amount = self.invoices[one % len(self.invoices)], size * 15
        left = self.book.payable[invoice.id] - self.book.credited[invoice.id]
        line = CreditLine(line_number=1, amount=self.money(amount))
        if await self._done(amount <= left, self.harness.credit(invoice, line)):
            self.book.credited[invoice.id] += amount
            taken = min(amount, self.book.open[invoice.id])
            self.book.open[invoice.id] -= taken
            if amount > taken:
                self.book.credits[f"crd{self.last.id[3:]}"] = amount - taken
                self.book.released[invoice.id] += amount - taken
                self.book.notes.setdefault(invoice.id, []).append(f"crd{self.last.id[3:]}")
            self._moved(-amount)

    async def _orphan(self, one: int, other: int, size: int) -> None:
        note = await acts.an_orphan(self.harness, self.money(size * 11), str(len(self.book.moves)))
        self.book.credits[f"crd{note[3:]}"] = size * 11
        self._moved(-size * 11)

    async def _prepay(self, one: int, other: int, size: int) -> None:
        self.prepaid.append(await acts.receive(self.harness, self.money(size * 13)))
        self.book.credits[self.prepaid[-1].id] = size * 13
        self._moved(-size * 13)

    async def _cover(self, one: int, other: int, size: int) -> None:
        if not self.invoices:
            return
        named = list(dict.fromkeys(self.invoices[n % len(self.invoices)].id for n in (one, other)))
        parts = [(invoice, min(self.book.open[invoice], size * 10)) for invoice in named]
        amount = size * 19
        possible = all(part for _, part in parts) and sum(part for _, part in parts) <= amount
        invoices = {invoice.id: invoice for invoice in self.invoices}
        wanted = [(invoices[id], self.money(part) if part else None) for id, part in parts]
        if await self._done(possible, acts.receive(self.harness, self.money(amount), *wanted)):
            self.prepaid.append(self.last)
            self.book.credits[self.last.id] = amount
            for id, part in parts:
                self.book.allocate(id, self.last.id, part)
            self._moved(-amount)

    async def _allocate(self, one: int, other: int, size: int) -> None:
        if not self.invoices or not self.credits:
            return
        invoice, credit = self.invoices[one % len(self.invoices)], self.credits[other % len(self.credits)]
        amount = size * 10
        possible = amount <= min(self.book.open[invoice.id], self.book.credits[credit.id])
        if await self._done(possible, acts.allocate(self.harness, credit, (invoice, self.money(amount)))):
            self.book.allocate(invoice.id, credit.id, amount)

    async def _oldest(self, one: int, other: int, size: int) -> None:
        if not self.credits:
            return
        credit = self.credits[other % len(self.credits)]
        left = self.book.credits[credit.id]
        possible = bool(left and sum(self.book.open.values()))
        if await self._done(possible, acts.allocate(self.harness, credit)):
            self.book.oldest_first(self._due(), [credit.id])

    async def _policy(self, one: int, other: int, size: int) -> None:
        self.harness.env.settings = Settings(policy=Policy(allocation=AllocationPolicy.OLDEST_FIRST))
        while await allocate_credits(self.harness.env):
            pass
        self.harness.env.settings = Settings()
        self.book.oldest_first(self._due(), [one for one in self._ages() if one not in self.book.held_back])

    async def _undo(self, one: int, other: int, size: int) -> None:
        if not self.allocations:
            return
        allocation = self.allocations[one % len(self.allocations)]
        if await self._done(allocation.id not in self.undone, acts.reverse(self.harness, allocation)):
            self._undo_in_book(allocation)
            self.book.held_back.add(allocation.credit_id)
            self.book.reclaim(allocation.invoice_id, spare=allocation.credit_id)

    async def _refund(self, one: int, other: int, size: int) -> None:
        amount = size * 9
        possible = amount <= sum(self.book.credits.values())
        if await self._done(possible, acts.refund(self.harness, self.money(amount))):
            left = amount
            for id in self._ages():
                part = min(left, self.book.credits[id])
                self.book.credits[id] -= part
                left -= part
                if part:
                    self.book.refunded.add(id)
            self._moved(amount)

    async def _bounce(self, one: int, other: int, size: int) -> None:
        if not self.payments:
            return
        id = self.payments[one % len(self.payments)]
        if await self._done(id in self.book.paid, acts.bounce(self.harness, id)):
            invoice, amount = self.book.paid.pop(id)
            self.book.open[invoice] += amount
            self.book.reclaim(invoice)
            self._moved(amount)

    async def _bounce_account(self, one: int, other: int, size: int) -> None:
        if not self.prepaid:
            return
        credit = self.prepaid[one % len(self.prepaid)]
        holding = [one for one in self.allocations if one.credit_id == credit.id and one.id not in self.undone]
        if await self._done(credit.id not in self.book.refunded, acts.bounce(self.harness, credit.payment_id)):
            for allocation in holding:
                self._undo_in_book(allocation)
            for allocation in holding:
                self.book.reclaim(allocation.invoice_id)
            self.prepaid.remove(credit)
            self.book.credits[credit.id] = 0
            self._moved(credit.amount.amount // self.unit)

    def _undo_in_book(self, one: Allocation) -> None:
        self.undone.add(one.id)
        self.book.undo(one.invoice_id, one.credit_id, one.amount.amount // self.unit)

    def _moved(self, amount: int) -> None:
        self.book.moves.append((self.harness.today, amount))

    def _due(self) -> list[str]:
        return [one.id for one in sorted(self.invoices, key=lambda one: (one.due_date, one.id))]

    def _ages(self) -> list[str]:
        return [id for _, id in sorted((one.date, one.id) for one in self.credits)]

    async def _done(self, possible: bool, attempt: Awaitable[object]) -> bool:
        """Whether the command was done, as the book says it has to be."""
        refused = None
        try:
            self.last = await attempt
        except AppError as err:
            refused = err
        assert possible == (refused is None), refused
        return possible

    async def _learn(self) -> None:
        store = self.harness.env.store
        self.credits = list(await everything(store, PARTNER_CREDITS, {"partner_id": PARTNER}))
        self.allocations = list(await everything(store, ALLOCATIONS, {"partner_id": PARTNER}))

    async def check(self) -> None:
        """What is stored and shown against the book."""
        book = self.book
        assert {one.id: (await acts.now(self.harness, one)).open for one in self.invoices} == self._moneys(book.open)
        assert {one.id: one.open for one in self.credits} == self._moneys(book.credits)
        held = Counter(
            (one.invoice_id, one.credit_id, one.amount) for one in self.allocations if one.id not in self.undone
        )
        assert held == Counter((invoice, credit, self.money(amount)) for invoice, credit, amount in book.allocated)
        shown = await acts.open_credits(self.harness, page_size=200)
        assert {one.id: one.open for one in shown} == self._moneys(
            {id: amount for id, amount in book.credits.items() if amount}
        )
        unpaid, owed = sum(book.open.values()), sum(book.credits.values())
        assert unpaid - owed == book.balance
        if book.moves:
            account = await self.harness.account(currency=self.currency)
            assert (account.unpaid_invoices, account.owed) == (self.money(unpaid), self.money(owed))
            assert account.exposure == self.money(book.balance)
        row = await acts.aging(self.harness, self.currency)
        assert (row is not None) == bool(unpaid or owed)
        if row is not None:
            assert (row.total, row.open_credits, row.balance) == tuple(
                self.money(one) for one in (unpaid, owed, book.balance)
            )
        await self._check_statement()

    async def _check_statement(self) -> None:
        whole = await acts.statement(self.harness, self.currency)
        assert (whole.opening_balance, whole.closing_balance) == (self.money(0), self.money(self.book.balance))
        moved = [(entry.date, entry.amount) for entry in whole.entries if entry.allocated is None]
        assert sorted(moved, key=str) == sorted([(on, self.money(one)) for on, one in self.book.moves], key=str)
        assert len(whole.entries) - len(moved) == len(self.allocations) + len(self.undone)
        middle = TODAY + (self.harness.today - TODAY) / 2
        part = await acts.statement(self.harness, self.currency, from_date=middle, to_date=middle)
        before, upto = (
            sum(amount for on, amount in self.book.moves if on < last) for last in (middle, middle + timedelta(days=1))
        )
        assert (part.opening_balance, part.closing_balance) == (self.money(before), self.money(upto))
        assert part.entries == tuple(entry for entry in whole.entries if entry.date == middle)

    def _moneys(self, amounts: Mapping[str, int]) -> dict[str, Money]:
        return {id: self.money(amount) for id, amount in amounts.items()}


@settings(max_examples=share(120), deadline=None)
@given(steps=STEPS, currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_nothing_owed_is_lost_or_doubled(keys: Keys, steps: list[tuple[str, int, int, int]], currency: str) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder), COMPOSITION.kinds) as store:
                harness = Harness(store, keys)
                await harness.partner()
                life = Life(harness, currency)
                for what, one, other, size in steps:
                    await life.step(what, one, other, size)
                await life.check()

    asyncio.run(live())
