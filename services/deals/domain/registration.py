"""What a registration is made of."""

from datetime import date, datetime

import msgspec

from libs.country import RegistrationIdType
from libs.deadlines import Pause
from libs.document import Document
from libs.errors import InvalidInput, Violation
from libs.money import LIMIT_UNITS, PER_UNIT, Money, total
from libs.person import Person, PersonalText
from services.deals.domain.states import ActivityType, ClosureCode, Review, Stage

ACTIVITIES_KEPT = 50
EDITABLE = ("customer", "customer_contact", "sales_contact", "lines", "expected_close_date", "description")


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation that is claimed, as the partner names it."""

    legal_name: str = ""
    country: str = ""
    subdivision: str = ""
    registration_id: str = ""
    registration_id_type: RegistrationIdType | None = None
    domain: str = ""
    phone: str = ""


class RegistrationLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sold."""

    sku: str
    product_line: str = ""
    quantity: int = 1
    expected_amount: Money | None = None


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """Work on the deal, as proof."""

    type: ActivityType
    date: date
    note: PersonalText | None = None


class Registration(Document, frozen=True, kw_only=True):
    """A claim. `pauses` stopped the decision clock; `keys` are what it is matched by."""

    partner_id: str
    customer: Customer
    review: Review = Review.DRAFT
    stage: Stage = Stage.PROSPECT
    closure_code: ClosureCode | None = None
    customer_contact: Person | None = None
    sales_contact: Person | None = None
    lines: tuple[RegistrationLine, ...] = ()
    expected_amount: Money | None = None
    expected_close_date: date | None = None
    description: PersonalText | None = None
    requested_fields: tuple[str, ...] = ()
    decision_note: PersonalText | None = None
    conflict_count: int = 0
    keys: tuple[str, ...] = ()
    activities: tuple[Activity, ...] = ()
    submit_time: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    decision_due_time: datetime | None = None
    decision_breached: bool = False
    decide_time: datetime | None = None
    protected_until: datetime | None = None
    expiry_warned: bool = False
    extended: bool = False
    close_time: datetime | None = None
    order_id: str = ""
    external_source: str = ""
    external_id: str | None = None
    imported_as: str = ""
    create_time: datetime
    update_time: datetime

    @property
    def product_lines(self) -> frozenset[str]:
        """The product lines claimed; a line without one counts by its SKU."""
        return frozenset(line.product_line or line.sku for line in self.lines)


def with_lines(lines: tuple[RegistrationLine, ...]) -> dict[str, object]:
    """The fields that lines set; InvalidInput unless all amounts have one currency (MIXED_CURRENCY) and a sum that an
    order can have (OUT_OF_RANGE)."""
    amounts = [line.expected_amount for line in lines if line.expected_amount is not None]
    if not amounts:
        return {"lines": lines, "expected_amount": None}
    currency = amounts[0].currency
    wrong = [
        Violation(f"lines[{place}].expected_amount", f"is not in {currency} as the first amount is", "MIXED_CURRENCY")
        for place, line in enumerate(lines)
        if line.expected_amount is not None and line.expected_amount.currency != currency
    ]
    if wrong:
        raise InvalidInput(wrong)
    expected = total(amounts, currency)
    if expected.amount > LIMIT_UNITS * PER_UNIT:
        raise InvalidInput([Violation("lines", f"come to more than {LIMIT_UNITS} {currency}", "OUT_OF_RANGE")])
    return {"lines": lines, "expected_amount": expected}
