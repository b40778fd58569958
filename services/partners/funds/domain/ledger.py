"""The append-only ledger of a fund: entries change its totals, and nothing else does."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code
from libs.money import Money
from services.partners.funds.domain.fund import Fund
from services.partners.funds.domain.states import FundEntryType
from services.partners.funds.events import FundEntryBooked

# By how much an entry of one unit changes accrued, reserved, spent and expired.
EFFECTS = {
    FundEntryType.ACCRUE: (1, 0, 0, 0),
    FundEntryType.RESERVE: (0, 1, 0, 0),
    FundEntryType.RELEASE: (0, -1, 0, 0),
    FundEntryType.SPEND: (0, -1, 1, 0),
    FundEntryType.EXPIRE: (0, 0, 0, 1),
}
_MAY_BE_NEGATIVE = frozenset({FundEntryType.ACCRUE, FundEntryType.EXPIRE})


class FundAccrual(msgspec.Struct, frozen=True, kw_only=True):
    """By what a share of revenue was computed; the proto says what each field means."""

    basis_points: int
    level: str = ""
    program_id: str = ""
    tier: str = ""


class FundEntry(Document, frozen=True, kw_only=True):
    """One entry. number: in its fund, from 1 without a gap. document_id: what caused it. available: in the fund after
    the entry."""

    fund_id: str
    partner_id: str
    number: int
    type: FundEntryType
    amount: Money
    document_id: str
    reference: str = ""
    available: Money
    create_time: datetime
    accrual: FundAccrual | None = None


class Posting(NamedTuple):
    """An entry that is to be booked; an amount of zero books none. accrual: of an invoice and its credit notes."""

    type: FundEntryType
    amount: Money
    document_id: str
    reference: str = ""
    accrual: FundAccrual | None = None


class FundExhausted(AppError):
    """Less is available than was asked for. entry: the number of the last entry of the ledger."""

    code, reason = Code.FAILED_PRECONDITION, "FUND_EXHAUSTED"

    def __init__(self, fund: Fund, asked: Money) -> None:
        super().__init__(
            f"fund {fund.id} has {fund.available.decimal} {fund.currency} available after entry {fund.entry_count}; "
            f"{asked.decimal} was asked for",
            id=fund.id,
            available=fund.available.decimal,
            asked=asked.decimal,
            currency=fund.currency,
            entry=fund.entry_count,
        )


def post(
    fund: Fund, postings: Sequence[Posting], *, new_id: Callable[[], str], now: datetime
) -> tuple[Fund, tuple[FundEntry, ...]]:
    """The fund after these postings, and their entries, in order; FundExhausted if a reservation exceeds what is
    available. A posting that no rule allows is a bug and fails an assertion."""
    entries: list[FundEntry] = []
    for one in postings:
        if one.amount.amount:
            fund = _moved(fund, one, now)
            entries.append(_entry(fund, one, id=new_id(), now=now))
    return fund, tuple(entries)


def booked(entry: FundEntry) -> FundEntryBooked:
    """The event of an entry."""
    return FundEntryBooked(
        fund_entry_id=entry.id,
        fund_id=entry.fund_id,
        partner_id=entry.partner_id,
        number=entry.number,
        type=entry.type,
        amount=entry.amount,
        document_id=entry.document_id,
        available=entry.available,
    )


def _moved(fund: Fund, one: Posting, now: datetime) -> Fund:
    positive = one.amount.amount > 0
    assert positive or one.type in _MAY_BE_NEGATIVE, f"{one.type.name} of {one.amount}"
    if one.type is FundEntryType.RESERVE and fund.available < one.amount:
        raise FundExhausted(fund, one.amount)
    accrue, reserve, spend, expire = EFFECTS[one.type]
    moved = replace(
        fund,
        accrued=fund.accrued + one.amount * accrue,
        reserved=fund.reserved + one.amount * reserve,
        spent=fund.spent + one.amount * spend,
        expired=fund.expired + one.amount * expire,
        entry_count=fund.entry_count + 1,
        update_time=now,
    )
    assert moved.reserved.amount >= 0, f"more than is reserved: {one}"
    assert moved.expired.amount >= 0, f"more than has expired: {one}"
    assert moved.available.amount >= 0 or not (positive and one.type is FundEntryType.EXPIRE), f"not available: {one}"
    return moved


def _entry(fund: Fund, one: Posting, *, id: str, now: datetime) -> FundEntry:
    return FundEntry(
        id=id,
        fund_id=fund.id,
        partner_id=fund.partner_id,
        number=fund.entry_count,
        type=one.type,
        amount=one.amount,
        document_id=one.document_id,
        reference=one.reference,
        available=fund.available,
        create_time=now,
        accrual=one.accrual,
    )
