"""The order, its lines and amounts, and its fulfillment, billing and payment states, which follow from these."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.money import Money, total
from libs.person import Person, PersonalText
from libs.rights import Lacking, Missing
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

Day = date  # the type of fields that are named `date`


class FxRate(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange rate recorded on a document. `rate` is a decimal as text; it is never applied to the amounts."""

    from_currency: str
    to_currency: str
    rate: str
    date: Day
    source: str


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold of an order. excess: of a CREDIT hold, by how much the order exceeded the credit. missing: of a
    CERTIFICATION hold, what the partner lacked. lacking: of an AGREEMENT hold, what its agreements did not allow.
    release: how the hold ended; None while it is open."""

    reason: HoldReason
    excess: Money | None = None
    missing: tuple[Missing, ...] = ()
    lacking: tuple[Lacking, ...] = ()
    place_time: datetime
    release_time: datetime | None = None
    release_note: PersonalText | None = None
    release: HoldRelease | None = None

    @property
    def judged(self) -> bool:
        """Whether a person released the hold; an old hold without `release` counts as released by a person."""
        return self.release_time is not None and self.release is not HoldRelease.REASON_GONE


class PriceExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """How the price of a line was found. `held_at_floor`: the discount was cut so that no piece is below the minimum
    price."""

    source: PriceSource
    price_list_id: str = ""
    price_list_revision: int = 0
    list_unit_price: Money | None = None
    min_quantity: int = 0
    promotion_code: str = ""
    discount_basis_points: int = 0
    held_at_floor: bool = False


class LineAmounts(msgspec.Struct, frozen=True, kw_only=True):
    """The amounts of a line; `amount` = quantity x unit_price - discount, or as imported."""

    unit_price: Money
    discount: Money
    amount: Money
    tax: Money
    freight: Money

    @property
    def total(self) -> Money:
        """The amount of the line with tax and freight."""
        return self.amount + self.tax + self.freight


class OrderLine(LineAmounts, frozen=True, kw_only=True):
    """One line of an order.

    `returning_quantity`: pieces in open returns, not yet inspected; `returned_quantity`: pieces accepted in returns;
    `replaced_quantity`: pieces shipped in exchange for these. `serials_out`: how many of the pieces that the partner
    has were shipped with a serial number. `canceled_quantity`: pieces that will not be shipped because the order was
    closed.
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
        """The number of pieces ordered and not canceled."""
        return self.quantity - self.canceled_quantity

    @property
    def open_quantity(self) -> int:
        """Pieces still to be shipped, if the line is goods."""
        return self.wanted_quantity - self.shipped_quantity

    @property
    def returnable(self) -> int:
        """Pieces that the partner has and no open return names."""
        return self.shipped_quantity + self.replaced_quantity - self.returned_quantity - self.returning_quantity

    def part(self, first: int, last: int) -> LineAmounts:
        """The amounts of the pieces numbered above `first`, up to and including `last`, without freight. They are a
        difference of running shares, so all parts of a line add up to exactly the line."""

        def share(amount: Money) -> Money:
            return amount.share(last, self.quantity) - amount.share(first, self.quantity)

        discount = share(self.discount)
        # An imported amount may differ a little from what its quantity and price give; the difference is split as well.
        difference = self.amount - (self.unit_price * self.quantity - self.discount)
        return LineAmounts(
            unit_price=self.unit_price,
            discount=discount,
            amount=self.unit_price * (last - first) - discount + share(difference),
            tax=share(self.tax),
            freight=Money.zero(self.amount.currency),
        )


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The sums over the lines, not rounded."""

    subtotal: Money
    discount: Money
    tax: Money
    freight: Money
    total: Money


class Order(Document, frozen=True, kw_only=True):
    """An order of a partner.

    `invoiced`: the sum of the payable amounts of its invoices; `settled`: how much of that payments and credit notes
    have settled; `not_invoiced`: what the order adds to the open orders of the partner. `to_invoice`: shipments without
    an invoice. `freight`: of the whole order, spread over its lines. `from_conversion`: the order was created from its
    registration, and does not only refer to it. `imported_as`: hash of the imported row. `canceled_total`: the amounts
    of the pieces canceled when the order was closed, as far as they were not invoiced.
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
        """The line with that number; None if there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else None

    @property
    def stated_purchase_order_number(self) -> str | None:
        """The partner's own number, whether or not another order has it."""
        return self.purchase_order_number or self.repeated_purchase_order_number or None

    @property
    def goods(self) -> tuple[OrderLine, ...]:
        """The lines that are goods, not charges."""
        return tuple(line for line in self.lines if line.kind is LineKind.PRODUCT)

    @property
    def billable_total(self) -> Money:
        """The sum of all its invoices in the end, not rounded."""
        return self.totals.total - (self.canceled_total or Money.zero(self.currency))

    @property
    def product_lines(self) -> frozenset[str]:
        """The product lines to check against territories; a line without one counts with its SKU."""
        return frozenset(line.product_line or line.sku for line in self.goods)

    @property
    def open_holds(self) -> tuple[HoldReason, ...]:
        """The reasons of the holds that are not released."""
        return tuple(hold.reason for hold in self.holds if hold.release_time is None)

    @property
    def may_have_followers(self) -> bool:
        """Whether a shipment, invoice, credit note, payment or return may exist for the order. The first of these
        brings an order to IN_FULFILLMENT or later; an imported credit note may amend an imported order in any state."""
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
    """The amount split in proportion to the weights, equally if their sum is not above zero; the parts add up
    exactly."""
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
    """The order with its fulfillment, billing and payment states derived from its lines and sums; whatever changes
    these calls it last.

    An order IN_FULFILLMENT becomes COMPLETED when all goods are delivered, and all is invoiced and settled, except for
    canceled pieces.
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
    """Every person that an order names, with contact details or by id alone."""
    known = {hold.release_note.person_id for hold in order.holds if hold.release_note} - {""}
    contact = (order.ship_to_contact,) if order.ship_to_contact else ()
    return (*contact, *(Person(person_id=one) for one in sorted(known)))
