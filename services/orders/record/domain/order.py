"""What an order is made of, and what its axes follow from."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.money import Money, total
from libs.person import Person, PersonalText
from services.orders.record.domain.states import (
    MAY_HAVE_FOLLOWERS,
    BillingState,
    CancelReason,
    FulfillmentState,
    HoldReason,
    HoldRelease,
    LineKind,
    OrderState,
    PaymentState,
    PriceSource,
)

Day = date  # for fields that are called date


class FxRate(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange rate as fixed on a document; `rate` is a decimal as text and never applied to the amounts."""

    from_currency: str
    to_currency: str
    rate: str
    date: Day
    source: str


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Something that must be released; `excess` for CREDIT. release: how it was; None while it holds."""

    reason: HoldReason
    excess: Money | None = None
    place_time: datetime
    release_time: datetime | None = None
    release_note: PersonalText | None = None
    release: HoldRelease | None = None

    @property
    def judged(self) -> bool:
        """Whether a person released it; one that was released before this was recorded counts as that."""
        return self.release_time is not None and self.release is not HoldRelease.REASON_GONE


class PriceExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """How the price of a line was found. `held_at_floor`: the promotion would take off more than the floor leaves."""

    source: PriceSource
    price_list_id: str = ""
    price_list_revision: int = 0
    list_unit_price: Money | None = None
    min_quantity: int = 0
    promotion_code: str = ""
    discount_basis_points: int = 0
    held_at_floor: bool = False


class LineAmounts(msgspec.Struct, frozen=True, kw_only=True):
    """What a position comes to; `amount` = quantity x unit_price - discount, as imported for imported ones."""

    unit_price: Money
    discount: Money
    amount: Money
    tax: Money
    freight: Money

    @property
    def total(self) -> Money:
        """What the line comes to with tax and freight."""
        return self.amount + self.tax + self.freight


class OrderLine(LineAmounts, frozen=True, kw_only=True):
    """One position.

    Pieces are counted by where they are: `returning_quantity` may come back or wait for inspection,
    `returned_quantity` was accepted, `replaced_quantity` went out for that. `serials_out`: of the pieces the partner
    has, those known by serial. `canceled_quantity`: those that will not be shipped, because the order was closed.
    """

    line_number: int
    kind: LineKind
    sku: str
    product_line: str = ""
    description: str = ""
    quantity: int
    tax_basis_points: int = 0
    price: PriceExplanation
    shipped_quantity: int = 0
    delivered_quantity: int = 0
    invoiced_quantity: int = 0
    returned_quantity: int = 0
    returning_quantity: int = 0
    replaced_quantity: int = 0
    serials_out: int = 0
    canceled_quantity: int = 0

    @property
    def wanted_quantity(self) -> int:
        """Pieces that were ordered and not canceled."""
        return self.quantity - self.canceled_quantity

    @property
    def open_quantity(self) -> int:
        """Pieces still to be shipped, of goods."""
        return self.wanted_quantity - self.shipped_quantity

    @property
    def returnable(self) -> int:
        """Pieces the partner has that no return names yet."""
        return self.shipped_quantity + self.replaced_quantity - self.returned_quantity - self.returning_quantity

    def part(self, first: int, last: int) -> LineAmounts:
        """What the pieces after the first so many come to, up to another count, without freight: a difference of
        running shares, so that all parts of a line together come to exactly the line."""

        def share(amount: Money) -> Money:
            return amount.share(last, self.quantity) - amount.share(first, self.quantity)

        discount = share(self.discount)
        # An imported amount may be a little off its own arithmetic; the difference is shared out like everything else.
        difference = self.amount - (self.unit_price * self.quantity - self.discount)
        return LineAmounts(
            unit_price=self.unit_price,
            discount=discount,
            amount=self.unit_price * (last - first) - discount + share(difference),
            tax=share(self.tax),
            freight=Money.zero(self.amount.currency),
        )


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the lines, exact."""

    subtotal: Money
    discount: Money
    tax: Money
    freight: Money
    total: Money


class Order(Document, frozen=True, kw_only=True):
    """What a partner buys.

    `invoiced` and `settled` are the sums of its invoices' payable amounts and of what payments and credit notes took
    off them; `not_invoiced` is what it still adds to the partner's open orders. `to_invoice`: shipments that no invoice
    covers yet. `freight`: what its lines share. `from_conversion`: it is what the registration became, not one made by
    hand that names it. `imported_as`: hash of the row. `canceled_total`: what the pieces would have come to that were
    canceled when it was closed, as far as they were not invoiced.
    """

    partner_id: str
    registration_id: str = ""
    from_conversion: bool = False
    state: OrderState = OrderState.DRAFT
    fulfillment: FulfillmentState = FulfillmentState.NOT_SHIPPED
    billing: BillingState = BillingState.NOT_INVOICED
    payment: PaymentState = PaymentState.UNPAID
    holds: tuple[Hold, ...] = ()
    purchase_order_number: str | None = None
    repeated_purchase_order_number: str = ""
    currency: str
    fx_rate: FxRate | None = None
    lines: tuple[OrderLine, ...] = ()
    totals: Totals
    territory: str = ""
    ship_to_country: str
    ship_to_subdivision: str = ""
    ship_to_contact: Person | None = None
    order_date: date
    requested_delivery_date: date | None = None
    cancel_reason: CancelReason | None = None
    external_source: str = ""
    external_id: str | None = None
    imported_as: str = ""
    freight: Money
    to_invoice: tuple[str, ...] = ()
    invoiced: Money
    settled: Money
    not_invoiced: Money
    canceled_total: Money | None = None
    confirm_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    def line(self, number: int) -> OrderLine | None:
        """The line with that number."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else None

    @property
    def stated_purchase_order_number(self) -> str | None:
        """The partner's own number, whether or not another order has it."""
        return self.purchase_order_number or self.repeated_purchase_order_number or None

    @property
    def goods(self) -> tuple[OrderLine, ...]:
        """The lines that are shipped."""
        return tuple(line for line in self.lines if line.kind is LineKind.PRODUCT)

    @property
    def billable_total(self) -> Money:
        """What all its invoices together come to, exact."""
        return self.totals.total - (self.canceled_total or Money.zero(self.currency))

    @property
    def product_lines(self) -> frozenset[str]:
        """What territories are asked about; a line without a product line counts by its SKU."""
        return frozenset(line.product_line or line.sku for line in self.goods)

    @property
    def open_holds(self) -> tuple[HoldReason, ...]:
        """What still holds it up."""
        return tuple(hold.reason for hold in self.holds if hold.release_time is None)

    @property
    def may_have_followers(self) -> bool:
        """Whether a shipment, invoice, credit note, payment or return may name it: the first of them takes an order
        into fulfilment, which it never leaves again; an imported credit note amends an imported order in any state."""
        return self.state in MAY_HAVE_FOLLOWERS or bool(self.imported_as)


def totals_of(lines: Sequence[LineAmounts], currency: str) -> Totals:
    """The sums over the lines."""
    subtotal = total([line.amount for line in lines], currency)
    tax = total([line.tax for line in lines], currency)
    freight = total([line.freight for line in lines], currency)
    return Totals(
        subtotal=subtotal,
        discount=total([line.discount for line in lines], currency),
        tax=tax,
        freight=freight,
        total=subtotal + tax + freight,
    )


def allocate(amount: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """Parts of an amount in these proportions (equal ones if they come to nothing), exact in sum."""
    parts = list(weights) if sum(weights) > 0 else [1] * len(weights)
    whole, done, before = sum(parts), 0, Money.zero(amount.currency)
    found = []
    for weight in parts:
        done += weight
        upto = amount.share(done, whole)
        found.append(upto - before)
        before = upto
    return tuple(found)


def settle_axes(order: Order) -> Order:
    """The order with every axis as its lines and sums say; called last by everything that changes either.

    An order in fulfilment is COMPLETED when all goods are delivered and all of it is invoiced and settled, canceled
    pieces aside.
    """
    changed = replace(order, fulfillment=_fulfillment(order), billing=_billing(order))
    changed = replace(changed, payment=_payment(changed))
    done = (
        all(line.delivered_quantity >= line.wanted_quantity for line in changed.goods)
        and changed.billing is BillingState.INVOICED
        and changed.payment is PaymentState.PAID
    )
    if changed.state is OrderState.IN_FULFILLMENT and done:
        return replace(changed, state=OrderState.COMPLETED)
    return changed


def _fulfillment(order: Order) -> FulfillmentState:
    goods = order.goods
    if not any(line.shipped_quantity for line in goods):
        return FulfillmentState.NOT_SHIPPED
    if any(line.open_quantity > 0 for line in goods):
        return FulfillmentState.PARTIALLY_SHIPPED
    if any(line.delivered_quantity < line.wanted_quantity for line in goods):
        return FulfillmentState.SHIPPED
    return FulfillmentState.DELIVERED


def _billing(order: Order) -> BillingState:
    if not any(line.invoiced_quantity for line in order.lines):
        return BillingState.NOT_INVOICED
    if any(line.invoiced_quantity < line.wanted_quantity for line in order.lines):
        return BillingState.PARTIALLY_INVOICED
    return BillingState.INVOICED


def _payment(order: Order) -> PaymentState:
    if order.billing is not BillingState.NOT_INVOICED and order.settled.amount >= order.invoiced.amount:
        return PaymentState.PAID
    return PaymentState.PARTIALLY_PAID if order.settled.amount > 0 else PaymentState.UNPAID


def persons(order: Order) -> tuple[Person, ...]:
    """Everybody an order names, by contact details or by id alone."""
    known = {hold.release_note.person_id for hold in order.holds if hold.release_note} - {""}
    contact = (order.ship_to_contact,) if order.ship_to_contact else ()
    return (*contact, *(Person(person_id=one) for one in sorted(known)))
