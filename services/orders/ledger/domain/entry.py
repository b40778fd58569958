"""An entry of the ledger, and the account of a beneficiary under a plan."""

from datetime import date, datetime
from enum import Enum

import msgspec

from libs.document import Document
from libs.money import Money
from services.orders.incentives.domain.plan import BeneficiaryKind
from services.orders.ledger.domain.crediting import Fx
from services.orders.ledger.domain.rating import PER_MONEY, Step


class EntryKind(Enum):
    """What an entry says."""

    ACCRUE = "ACCRUE"
    ADJUST = "ADJUST"
    CLAWBACK = "CLAWBACK"
    SETTLE = "SETTLE"
    PAY = "PAY"


class Account(Document, frozen=True, kw_only=True):
    """What a beneficiary has under the versions of a plan; the id is `account_id`. partner_id: whose people see it;
    empty for a person. dirty: the periods of sale that are to be computed again, as `<plan>/<first day>`.
    closed_until: the last day of the last closed period; None: no period is closed."""

    plan_code: str
    kind: BeneficiaryKind
    beneficiary_id: str
    partner_id: str = ""
    country: str = ""
    currency: str
    dirty: tuple[str, ...] = ()
    pending: bool = False
    closed_until: date | None = None
    create_time: datetime
    update_time: datetime


class PlanBook(Document, frozen=True, kw_only=True):
    """The closed periods of a plan; the id is its code. closed_until: the last day of the last one. accounts: of how
    many beneficiaries it was closed."""

    closed_until: date
    accounts: int = 0
    close_time: datetime


class Entry(Document, frozen=True, kw_only=True):
    """An entry; it is never changed. amount: in hundred-millionths of the currency; below zero takes away.

    tally: the version and period of the sale. own_period: the first day of the period in which it counts; period: that
    of the statement on which it stands, a later one if its own was closed. taken_by: the document that took pieces or
    money back. base: in ten-thousandths of the currency. reverses: the entry before it about the same.
    """

    kind: EntryKind
    account_id: str
    plan_code: str
    incentive_plan_id: str = ""
    beneficiary_id: str
    partner_id: str = ""
    tally: str = ""
    period: date
    own_period: date
    effective_day: date
    amount: int
    currency: str
    rule: str = ""
    band: int = 0
    basis_points: int = 0
    base: int = 0
    share_basis_points: int = 0
    fx: Fx | None = None
    document_id: str = ""
    line_number: int = 0
    taken_by: str = ""
    clawback: bool = False
    sequence: int = 1
    reverses: str = ""
    run: str = ""
    steps: tuple[Step, ...] = ()
    record_time: datetime


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a statement, in hundred-millionths; closing = the sum of the others. payable: the closing balance,
    rounded once, half to even."""

    opening: int
    earned: int
    adjusted: int
    clawed_back: int
    paid: int
    closing: int
    payable: Money


def account_id(plan_code: str, kind: BeneficiaryKind, beneficiary_id: str) -> str:
    """The id of the account of a beneficiary under a plan."""
    return f"{plan_code}:{kind.value}:{beneficiary_id}"


def tally_of(incentive_plan_id: str, period: date) -> str:
    """The name of a version's period of sale."""
    return f"{incentive_plan_id}/{period.isoformat()}"


def payable(amount: int, currency: str) -> Money:
    """An amount of the ledger, rounded once, half to even, to what can be paid."""
    return Money(amount, currency).payable_share(1, PER_MONEY)
