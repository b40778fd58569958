"""The structs of a registration, the checks of its content, and its creation."""

from datetime import date, datetime

import msgspec
from msgspec import UNSET, UnsetType

from libs.company_name import name_form
from libs.country import RegistrationIdType, country_violations
from libs.deadlines import Pause
from libs.document import Changes, Document
from libs.errors import AppError, Code, Violation
from libs.money import LIMIT_UNITS, PER_UNIT, Money, currency_violations, total
from libs.organisation import web_domain
from libs.person import Person, PersonalText
from services.deals.claims.domain.states import ActivityType, ClosureCode, OverrideReason, Review, Stage

Day = date  # for fields that are called date

ACTIVITIES_KEPT = 50
NAME_START = 3  # letters and digits by which names are found


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation or the natural person that the partner claims, as the partner wrote it. country: ISO 3166-1
    alpha-2. person_id: of a natural person, empty for an organisation."""

    legal_name: str = ""
    country: str = ""
    subdivision: str = ""
    registration_id: str = ""
    registration_id_type: RegistrationIdType | None = None
    domain: str = ""
    phone: str = ""
    natural_person: bool = False
    person_id: str = ""
    trading_names: tuple[str, ...] = ()
    address: str = ""
    postal_code: str = ""
    city: str = ""

    @property
    def bare_registration_id(self) -> str:
        """The number as it is compared with others."""
        return bare(self.registration_id)

    @property
    def web_domain(self) -> str:
        """The registrable domain; empty if there is none."""
        return web_domain(self.domain) if self.domain else ""

    @property
    def name_form(self) -> str:
        """The legal name as it is compared with others."""
        return name_form(self.legal_name, self.country)

    @property
    def company_registration_id(self) -> str:
        """`bare_registration_id` of an organisation, for an index; empty for a natural person."""
        return "" if self.natural_person else self.bare_registration_id

    @property
    def company_domain(self) -> str:
        """`web_domain` of an organisation, for an index; empty for a natural person."""
        return "" if self.natural_person else self.web_domain

    @property
    def name_start(self) -> str:
        """How the name of an organisation begins, for an index; empty for a natural person."""
        return "" if self.natural_person else self.name_form[:NAME_START]


class RegistrationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One product that the partner wants to sell. expected_amount: of the whole line."""

    sku: str
    product_line: str = ""
    quantity: int = 1
    expected_amount: Money | None = None


class ApprovalProgress(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the chain of approvals of a claim; role: who decides it."""

    code: str
    role: str
    decided_by: str = ""
    decided_for: str = ""
    decide_time: datetime | None = None


class RegistrationChanges(Changes, frozen=True, kw_only=True):
    """The fields that an update may replace; UNSET keeps the present value."""

    customer: Customer | UnsetType | None = UNSET
    customer_contact: Person | UnsetType | None = UNSET
    sales_contact: Person | UnsetType | None = UNSET
    lines: tuple[RegistrationLine, ...] | UnsetType = UNSET
    expected_close_date: date | UnsetType | None = UNSET
    description: PersonalText | UnsetType | None = UNSET
    asked_discount_basis_points: int | UnsetType = UNSET


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """One activity of the partner for the deal; an extension requires it as proof."""

    type: ActivityType
    date: Day
    note: PersonalText | None = None


class Registration(Document, frozen=True, kw_only=True):
    """A claim. clock_start: when it was first submitted to this service. pauses: when the decision clock was paused.
    keys: ids of the slots in which it is matched, computed by version `keys_version` of the rules. person_...: keyed
    hashes by which a customer is looked up who is a natural person; None for an organisation. imported_as: hash of the
    imported row, else empty. stage_time: when it reached its stage; None in its first. approval_rule_id: the version
    under which it was first submitted; empty without one. dispute_id: the case about the claim that is not settled,
    else empty."""

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
    override_reason: OverrideReason | None = None
    conflict_count: int = 0
    near_match_count: int = 0
    keys: tuple[str, ...] = ()
    keys_version: int = 0
    person_name_key: str | None = None
    person_registration_key: str | None = None
    person_domain_key: str | None = None
    activities: tuple[Activity, ...] = ()
    submit_time: datetime | None = None
    clock_start: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    decision_due_time: datetime | None = None
    decision_breached: bool = False
    decide_time: datetime | None = None
    stage_time: datetime | None = None
    protected_until: datetime | None = None
    expiry_warned: bool = False
    extended: bool = False
    close_time: datetime | None = None
    order_id: str = ""
    external_source: str = ""
    external_id: str | None = None
    imported_as: str = ""
    lead_id: str = ""
    dispute_id: str = ""
    asked_discount_basis_points: int = 0
    approval_rule_id: str = ""
    approval_steps: tuple[ApprovalProgress, ...] = ()
    create_time: datetime
    update_time: datetime

    @property
    def clock_began(self) -> datetime | None:
        """When the decision clock started; None before submission, and for a claim that was submitted only in the
        system it was imported from."""
        return self.clock_start or (None if self.imported_as else self.submit_time)

    @property
    def named_product_lines(self) -> tuple[str, ...]:
        """The product lines claimed, sorted; one that is empty for lines without."""
        return tuple(sorted({line.product_line for line in self.lines}))

    @property
    def product_lines(self) -> frozenset[str]:
        """The product lines claimed; the SKU stands for a line that names no product line."""
        return frozenset(line.product_line or line.sku for line in self.lines)


def bare(registration_id: str) -> str:
    """The letters and digits of a number, in capitals."""
    return "".join(letter for letter in registration_id.upper() if letter.isalnum())


class DealLost(AppError):
    """The stage of the deal is LOST, so it cannot be submitted, approved, extended or converted."""

    code, reason = Code.FAILED_PRECONDITION, "DEAL_LOST"

    def __init__(self, id: str) -> None:
        super().__init__(f"the deal of {id} is LOST, which is final", id=id, stage=Stage.LOST.name)


def refuse_lost(reg: Registration) -> None:
    """DealLost if the stage is LOST."""
    if reg.stage is Stage.LOST:
        raise DealLost(reg.id)


class ClaimDisputed(AppError):
    """A case is open about which of several claims on the customer stays; until it is settled none can be approved or
    converted. viewer: the id of the caller's partner, whose people do not learn the case; empty for the vendor's."""

    code, reason = Code.FAILED_PRECONDITION, "CLAIM_DISPUTED"

    def __init__(self, reg: Registration, viewer: str) -> None:
        case = "" if viewer else reg.dispute_id
        super().__init__(f"{reg.id} is in a case that is not settled", id=reg.id, adjudication_id=case)


def refuse_disputed(reg: Registration, *, viewer: str) -> None:
    """ClaimDisputed if a case about the claim is not settled. viewer: as in ClaimDisputed."""
    if reg.dispute_id:
        raise ClaimDisputed(reg, viewer)


class ClaimContent(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a new claim; its contacts already have person ids."""

    partner_id: str
    customer: Customer
    customer_contact: Person | None
    sales_contact: Person | None
    lines: tuple[RegistrationLine, ...]
    expected_close_date: date | None
    description: PersonalText | None
    asked_discount_basis_points: int = 0


def open_registration(content: ClaimContent, *, id: str, now: datetime) -> Registration:
    """A claim in DRAFT. The caller has checked the content with `customer_violations` and `line_violations`."""
    return Registration(
        id=id,
        partner_id=content.partner_id,
        customer=content.customer,
        customer_contact=content.customer_contact,
        sales_contact=content.sales_contact,
        lines=content.lines,
        expected_amount=expected_amount(content.lines),
        expected_close_date=content.expected_close_date,
        description=content.description,
        asked_discount_basis_points=content.asked_discount_basis_points,
        create_time=now,
        update_time=now,
    )


def expected_amount(lines: tuple[RegistrationLine, ...]) -> Money | None:
    """The sum of the lines; None if no line has an amount. `line_violations` has checked that they share a currency."""
    amounts = [line.expected_amount for line in lines if line.expected_amount is not None]
    return total(amounts, amounts[0].currency) if amounts else None


def customer_violations(customer: Customer | None) -> list[Violation]:
    """REQUIRED if there is no customer, UNKNOWN_COUNTRY if its country does not exist."""
    if customer is None:
        return [Violation("customer", "can be replaced, not removed", "REQUIRED")]
    return country_violations(customer.country, "customer.country")


def new_line_violations(lines: tuple[RegistrationLine, ...]) -> list[Violation]:
    """As `line_violations`, and UNKNOWN_CURRENCY for each amount whose currency is not in use today; an imported claim
    may be older than that."""
    amounts = ((place, line.expected_amount) for place, line in enumerate(lines) if line.expected_amount is not None)
    past = [
        violation
        for place, amount in amounts
        for violation in currency_violations(amount.currency, f"lines[{place}].expected_amount.currency_code")
    ]
    return [*past, *line_violations(lines)]


def line_violations(lines: tuple[RegistrationLine, ...]) -> list[Violation]:
    """MIXED_CURRENCY for each amount that is not in the currency of the first; OUT_OF_RANGE if the sum is too large for
    an order."""
    amounts = {place: line.expected_amount for place, line in enumerate(lines) if line.expected_amount is not None}
    currency = next(iter(amounts.values())).currency if amounts else ""
    mixed = [
        Violation(f"lines[{place}].expected_amount", f"is not in {currency} as the first amount is", "MIXED_CURRENCY")
        for place, amount in amounts.items()
        if amount.currency != currency
    ]
    if not mixed and sum(amount.amount for amount in amounts.values()) > LIMIT_UNITS * PER_UNIT:
        return [Violation("lines", f"come to more than {LIMIT_UNITS} {currency}", "OUT_OF_RANGE")]
    return mixed


def awaits_partner(reg: Registration) -> bool:
    """Whether the claim waits for changes that the vendor requested from the partner."""
    return reg.review is Review.ACTION_REQUIRED
