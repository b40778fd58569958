"""A version of an incentive plan: who earns what on which sales, and when it is paid."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, require_state
from libs.money import PER_UNIT, Money
from services.orders.incentives.events import IncentivePlanDrafted, IncentivePlanPublished, IncentivePlanRetired


class PlanState(Enum):
    """Whether a version can still change, and whether it still earns."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class BeneficiaryKind(Enum):
    """Who earns under a plan."""

    PARTNER = "PARTNER"
    PERSON = "PERSON"


class PlanBasis(Enum):
    """The amount on which a plan pays, net of tax and freight."""

    ORDERED = "ORDERED"
    INVOICED = "INVOICED"
    COLLECTED = "COLLECTED"
    MARGIN = "MARGIN"


class RateKind(Enum):
    """How the bands of a rule apply to what a beneficiary sold in a period."""

    FLAT = "FLAT"
    MARGINAL = "MARGINAL"
    RETROACTIVE = "RETROACTIVE"


class PayoutCalendar(Enum):
    """The length of a period; the value is the number of months."""

    MONTH = 1
    QUARTER = 3
    YEAR = 12


class ClawbackPeriod(Enum):
    """The period in which goods that come back count."""

    SALE = "SALE"
    RETURN = "RETURN"


MAY_PUBLISH = frozenset({PlanState.DRAFT})
MAY_RETIRE = frozenset({PlanState.PUBLISHED})
IN_USE = frozenset({PlanState.PUBLISHED, PlanState.RETIRED})
VERSIONS_AT_MOST = 1_000
PAID_AT_MOST = 90_000_000_000 * PER_UNIT  # by a period; in hundred-millionths it still fits into 63 bits


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """A rate for the amounts from `from_amount` up to below `below_amount`; None: without an end."""

    from_amount: Money
    below_amount: Money | None = None
    basis_points: int

    def holds(self, amount: int) -> bool:
        """Whether an amount in ten-thousandths lies in the band."""
        return self.from_amount.amount <= amount and (self.below_amount is None or amount < self.below_amount.amount)


class Accelerator(msgspec.Struct, frozen=True, kw_only=True):
    """What is added to the rate for the amounts above a quota."""

    above_amount: Money
    added_basis_points: int


class RateRule(msgspec.Struct, frozen=True, kw_only=True):
    """The rates of a product line; product_line empty: of all lines that have no rule of their own."""

    code: str
    product_line: str = ""
    kind: RateKind
    bands: tuple[Band, ...] = ()
    accelerator: Accelerator | None = None


class Beneficiaries(msgspec.Struct, frozen=True, kw_only=True):
    """Who earns: partners by tier and country, or persons by role; an empty list is no condition."""

    kind: BeneficiaryKind
    tiers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    role: str = ""

    def include(self, *, tier: str, country: str) -> bool:
        """Whether a beneficiary of this tier and country earns."""
        return (not self.tiers or tier in self.tiers) and (not self.countries or country in self.countries)


class UnitCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one piece costs the vendor, for plans on margin."""

    sku: str
    cost: Money


class PlanContent(msgspec.Struct, frozen=True, kw_only=True):
    """What the author of a version says; the proto says what each field means."""

    code: str
    name: str = ""
    beneficiaries: Beneficiaries
    basis: PlanBasis
    rules: tuple[RateRule, ...] = ()
    cap: Money | None = None
    floor: Money | None = None
    currency: str
    rate_source: str = ""
    calendar: PayoutCalendar
    clawback: ClawbackPeriod
    clawback_countries: tuple[str, ...] = ()
    unit_costs: tuple[UnitCost, ...] = ()
    beside: tuple[str, ...] = ()
    effective_day: date


class Plan(Document, frozen=True, kw_only=True):
    """A version of a plan; the fields are those of PlanContent, and what the service adds. last_day: the last day on
    which sales earn under the code after it was retired; None: no end."""

    code: str
    number: int
    state: PlanState = PlanState.DRAFT
    name: str = ""
    beneficiaries: Beneficiaries
    basis: PlanBasis
    rules: tuple[RateRule, ...] = ()
    cap: Money | None = None
    floor: Money | None = None
    currency: str
    rate_source: str = ""
    calendar: PayoutCalendar
    clawback: ClawbackPeriod
    clawback_countries: tuple[str, ...] = ()
    unit_costs: tuple[UnitCost, ...] = ()
    beside: tuple[str, ...] = ()
    effective_day: date
    last_day: date | None = None
    publish_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    @property
    def most(self) -> int:
        """What a period pays at most, in ten-thousandths: the cap, or what an entry can hold."""
        return min(self.cap.amount, PAID_AT_MOST) if self.cap else PAID_AT_MOST

    def rule_of(self, product_line: str) -> RateRule | None:
        """The rule of a product line: its own, else the general one; None if the plan pays nothing for it."""
        own = (one for one in self.rules if one.product_line == product_line)
        general = (one for one in self.rules if not one.product_line)
        return next(own, None) or next(general, None)

    def claws_back(self, kind: BeneficiaryKind, country: str) -> bool:
        """Whether returns take anything from a beneficiary: from persons only where the law lets the vendor."""
        return kind is BeneficiaryKind.PARTNER or country in self.clawback_countries


class PlansFull(AppError):
    """The cell has the maximum number of versions."""

    code, reason = Code.FAILED_PRECONDITION, "INCENTIVE_PLANS_FULL"

    def __init__(self) -> None:
        super().__init__(
            f"the cell has {VERSIONS_AT_MOST} versions of incentive plans, the most there can be",
            limit=VERSIONS_AT_MOST,
        )


def with_content(plan: Plan, content: PlanContent) -> Plan:
    """The version with this content."""
    return replace(plan, **{name: getattr(content, name) for name in content.__struct_fields__})


def drafted(plan: Plan) -> IncentivePlanDrafted:
    """The event that the version was drafted."""
    return IncentivePlanDrafted(incentive_plan_id=plan.id, code=plan.code, number=plan.number)


def publish(plan: Plan, *, now: datetime) -> tuple[Plan, IncentivePlanPublished]:
    """The version in PUBLISHED, and the event; its rules must be checked before. WrongState."""
    require_state("incentive_plan", plan.id, plan.state, action="publish", allowed=MAY_PUBLISH)
    done = replace(plan, state=PlanState.PUBLISHED, publish_time=now, update_time=now)
    told = IncentivePlanPublished(
        incentive_plan_id=done.id, code=done.code, number=done.number, effective_day=done.effective_day
    )
    return done, told


def retire(plan: Plan, *, last_day: date, now: datetime) -> tuple[Plan, IncentivePlanRetired]:
    """The version in RETIRED: sales after `last_day` earn nothing under it. WrongState."""
    require_state("incentive_plan", plan.id, plan.state, action="retire", allowed=MAY_RETIRE)
    done = replace(plan, state=PlanState.RETIRED, last_day=last_day, update_time=now)
    return done, IncentivePlanRetired(incentive_plan_id=done.id, code=done.code, number=done.number, last_day=last_day)


def in_force(versions: Iterable[Plan], *, on: date) -> Plan | None:
    """The version of a plan under which a sale of a day earns; None for none. versions: of one code."""
    begun = [one for one in versions if one.state in IN_USE and one.effective_day <= on]
    newest = max(begun, key=lambda one: one.effective_day, default=None)
    over = newest is not None and newest.last_day is not None and newest.last_day < on
    return None if over else newest


def first_day_of(calendar: PayoutCalendar, on: date) -> date:
    """The first day of the period in which a day lies."""
    return date(on.year, (on.month - 1) // calendar.value * calendar.value + 1, 1)


def last_day_of(calendar: PayoutCalendar, on: date) -> date:
    """The last day of the period in which a day lies."""
    month = first_day_of(calendar, on).month + calendar.value - 1
    return date(on.year, month, monthrange(on.year, month)[1])
