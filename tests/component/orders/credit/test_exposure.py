"""What a partner owes, after any sequence of commands, against a model that adds up every document anew; and that no
order is held for want of credit that is there."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.errors import AppError
from libs.money import Money, total
from libs.privacy.keys import Keys
from libs.store.listing import everything
from services.orders.billing.documents import CREDIT_NOTES, INVOICES, PAYMENTS
from services.orders.billing.domain.credit_note import CreditLine
from services.orders.billing.domain.invoice import Invoice
from services.orders.credit.domain import excess
from services.orders.ordering.domain.drafting import OrderLineDraft
from services.orders.ordering.jobs import review_held_orders
from services.orders.ordering.usecases.release import ReleaseHold, release_hold
from services.orders.record.documents import ORDERS, SHIPMENTS
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import HoldReason, LineKind, OrderState
from services.orders.returns.documents import RETURNS
from services.orders.service import COMPOSITION
from tests.component.orders.harness import PARTNER, Harness, eur, goods
from tests.component.replica import opened

COMMANDS = (
    "create submit release cancel ship close deliver invoice pay credit credit_all authorize receive inspect refund "
    "replace review"
)
STEPS = st.lists(
    st.tuples(st.sampled_from(COMMANDS.split()), st.integers(0, 5), st.integers(1, 12)), min_size=5, max_size=30
)
Steps = list[tuple[str, int, int]]
POSTAGE = OrderLineDraft(kind=LineKind.CHARGE, sku="POST", quantity=1, unit_price=eur("7.1234"))


class Life:
    """Orders that are moved at random; a refusal is as good as a move."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.orders: list[Order] = []
        self.closed: set[str] = set()
        self.moved = 0

    async def step(self, what: str, which: int, pieces: int) -> None:
        """One command, on one of the orders."""
        if what == "create":
            line = goods(10, str(pieces * 7) + ".3333", tax=1900)
            lines = (line, POSTAGE) if pieces % 2 else (line,)
            self.orders.append(await self.harness.draft(*lines, freight=eur("4.9999")))
            return
        if what == "review":
            await review_held_orders(self.harness.env)
            return
        if not self.orders:
            return
        order = self.orders[which % len(self.orders)]
        moves: dict[str, Callable[[], Awaitable[object]]] = {
            "submit": lambda: self.harness.submit(order),
            "release": lambda: self._release(order),
            "cancel": lambda: self.harness.cancel(order),
            "ship": lambda: self.harness.ship(order, pieces),
            "close": lambda: self.harness.close(order),
            "invoice": lambda: self.harness.invoice(order),
            "authorize": lambda: self.harness.authorize(order, pieces),
        }
        try:
            await (moves[what]() if what in moves else self._follow(what, order, pieces))
        except (AppError, LookupError):
            return
        self.moved += 1
        self.closed |= {order.id} if what == "close" else set()

    async def _release(self, order: Order) -> Order:
        command = ReleaseHold
        return await self.harness.run(release_hold, command, id=order.id, reason=HoldReason.CREDIT)

    async def _follow(self, what: str, order: Order, pieces: int) -> object:
        """A command on the last document of the order; LookupError if it has none."""
        store = self.harness.env.store
        if what == "deliver":
            return await self.harness.deliver((await everything(store, SHIPMENTS, {"order_id": order.id}))[-1])
        if what in ("receive", "inspect", "refund", "replace"):
            rma = (await everything(store, RETURNS, {"order_id": order.id}))[-1]
            if what == "receive":
                return await self.harness.receive(rma, pieces)
            if what == "inspect":
                return await self.harness.inspect(rma, pieces % 4)
            if what == "replace":
                return await self.harness.ship(order, pieces, return_id=rma.id)
            return await self.harness.credit(await self._invoice(order, pieces), return_id=rma.id)
        invoice = await self._invoice(order, pieces)
        if what == "pay":
            share = invoice.open if pieces > 8 else invoice.open.share(pieces, 12).payable()
            return await self.harness.pay(invoice, str(share.decimal))
        if what == "credit_all":
            return await self.harness.credit(invoice)
        return await self.harness.credit(invoice, CreditLine(line_number=1, quantity=pieces))

    async def _invoice(self, order: Order, pieces: int) -> Invoice:
        found = await everything(self.harness.env.store, INVOICES, {"order_id": order.id})
        return found[pieces % max(1, len(found))]

    async def check(self) -> None:
        """The account, the orders and the invoices against sums over everything that is stored."""
        store = self.harness.env.store
        orders = await everything(store, ORDERS, {"partner_id": PARTNER})
        open_orders, unpaid = [], []
        for order in orders:
            invoices = await everything(store, INVOICES, {"order_id": order.id})
            invoiced = total([one.totals.total for one in invoices], "EUR")
            stands = order.state in (OrderState.CONFIRMED, OrderState.IN_FULFILLMENT, OrderState.COMPLETED)
            left = _comes_to(order, closed=order.id in self.closed) - invoiced if stands else eur("0")
            assert order.not_invoiced == left
            open_orders.append(left)
            for invoice in invoices:
                paid = await self._sum(invoice.id, order.id, paid=True)
                credited = await self._sum(invoice.id, order.id, paid=False)
                rest = max(eur("0"), invoice.payable - paid - credited)
                assert (invoice.paid, invoice.credited, invoice.open) == (paid, credited, rest)
                unpaid.append(rest)
            payables = total([one.payable for one in invoices], "EUR")
            assert order.invoiced == payables == invoiced.payable()
            assert order.settled == payables - total([one.open for one in invoices], "EUR")
        account = await self.harness.account()
        assert account.open_orders == total(open_orders, "EUR")
        assert account.unpaid_invoices == total(unpaid, "EUR")

    async def check_holds(self) -> None:
        """Once nothing is left to review, no order is held for credit that fits."""
        while await review_held_orders(self.harness.env):
            pass
        account = await self.harness.account()
        for order in await everything(self.harness.env.store, ORDERS, {"partner_id": PARTNER}):
            if order.state is OrderState.HELD:
                assert excess(account, order.totals.total) is not None

    async def _sum(self, invoice_id: str, order_id: str, *, paid: bool) -> Money:
        store = self.harness.env.store
        if paid:
            payments = await everything(store, PAYMENTS, {"order_id": order_id})
            return total([one.amount for one in payments if one.invoice_id == invoice_id], "EUR")
        notes = await everything(store, CREDIT_NOTES, {"order_id": order_id})
        return total([one.payable for one in notes if one.invoice_id == invoice_id], "EUR")


def _comes_to(order: Order, *, closed: bool) -> Money:
    """What an order comes to: of a closed one the pieces that were shipped, and all that is no goods."""
    if not closed:
        return order.totals.total
    goods = [line for line in order.lines if line.kind is LineKind.PRODUCT]
    unshipped = [
        line.unit_price * (line.quantity - line.shipped_quantity)
        + line.tax
        - line.tax.share(line.shipped_quantity, line.quantity)
        for line in goods
    ]
    return order.totals.total - total(unshipped, order.currency)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, limit=st.sampled_from(["0", "1500", "100000"]))
def test_the_account_says_what_the_documents_add_up_to(
    keys: Keys, steps: list[tuple[str, int, int]], limit: str
) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder), COMPOSITION.kinds) as store:
                harness = Harness(store, keys)
                await harness.partner()
                await harness.terms(limit)
                life = Life(harness)
                for what, which, pieces in [("create", 0, 7), *steps]:
                    await life.step(what, which, pieces)
                await life.check()
                await life.check_holds()
                await life.check()

    asyncio.run(live())
