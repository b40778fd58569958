"""A fund: money set aside for the marketing of one partner, in one currency and period."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from libs.day import first_day_violations
from libs.document import Document
from libs.errors import AppError, Code, Violation, require_state
from libs.money import Money, currency_violations
from services.partners.agreement.domain.terms import LAST_DAY_ACCEPTED
from services.partners.funds.domain.states import FundBasis, FundState
from services.partners.funds.events import FundClosed, FundOpened

ACCRUED_FUNDS_PER_PARTNER = 200


class FundRate(msgspec.Struct, frozen=True, kw_only=True):
    """The share of revenue that a partner of a tier accrues, in hundredths of a percent. tier: empty for every tier
    without a rate of its own, and for no tier."""

    tier: str = ""
    basis_points: int = 0


class Fund(Document, frozen=True, kw_only=True):
    """A fund; its amounts are the sums of its ledger entries. The period ends with `last_day`, claims are taken for
    `claim_days` more. time_zone: IANA name, of the partner's country. closes_at: the end of the last day for claims;
    None once the fund is closed."""

    partner_id: str
    name: str
    basis: FundBasis
    rates: tuple[FundRate, ...] = ()
    currency: str
    first_day: date
    last_day: date
    claim_days: int = 0
    time_zone: str
    previous_fund_id: str = ""
    next_fund_id: str = ""
    state: FundState = FundState.OPEN
    closes_at: datetime | None = None
    accrued: Money
    reserved: Money
    spent: Money
    expired: Money
    entry_count: int = 0
    create_time: datetime
    update_time: datetime

    @property
    def available(self) -> Money:
        """What can still be reserved; below zero only after an accrual was reversed."""
        return self.accrued - self.reserved - self.spent - self.expired

    @property
    def claims_until(self) -> date:
        """The last day on which claims are taken."""
        return self.last_day + timedelta(days=self.claim_days)

    def end_of(self, day: date) -> datetime:
        """The instant at which a day ends where the partner is."""
        midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(self.time_zone))
        return midnight.astimezone(UTC)

    def day_of(self, at: datetime) -> date:
        """The date of an instant where the partner is."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def unsettled(self) -> bool:
        """Whether the fund is closed and has something to expire, to take back from what expired, or to hand on."""
        left = self.available.amount
        borne = self.expired.amount > 0 or bool(self.next_fund_id)
        return self.state is FundState.CLOSED and (left > 0 or (left < 0 and borne))


class FundWindow(msgspec.Struct, frozen=True, kw_only=True):
    """The period of one accrued fund."""

    fund_id: str
    currency: str
    first_day: date
    last_day: date


class FundBook(Document, frozen=True, kw_only=True):
    """The accrued funds of a partner; the id is the partner's. Every accrued fund is opened in a commit that writes it,
    so that of two concurrent ones the later is checked against the earlier. unscanned: invoices that are known may
    belong to a fund that was opened since."""

    windows: tuple[FundWindow, ...] = ()
    unscanned: bool = False


class FundOverlaps(AppError):
    """Another accrued fund of the partner and currency has one of the days, so revenue would be counted twice."""

    code, reason = Code.ALREADY_EXISTS, "FUND_OVERLAPS"

    def __init__(self, window: FundWindow) -> None:
        super().__init__(
            f"fund {window.fund_id} accrues the revenue in {window.currency} from {window.first_day} to "
            f"{window.last_day}",
            id=window.fund_id,
            first_day=window.first_day,
            last_day=window.last_day,
        )


class FundHasSuccessor(AppError):
    """Another fund already bears the deficit of the previous one."""

    code, reason = Code.FAILED_PRECONDITION, "FUND_HAS_SUCCESSOR"

    def __init__(self, fund: Fund) -> None:
        super().__init__(f"fund {fund.next_fund_id} follows fund {fund.id}", id=fund.next_fund_id)


class FundAccrues(AppError):
    """The fund gets its money from revenue, and no budget can be added to it."""

    code, reason = Code.FAILED_PRECONDITION, "FUND_ACCRUES"

    def __init__(self, fund: Fund) -> None:
        super().__init__(f"fund {fund.id} accrues a share of revenue and takes no budget", id=fund.id)


class TooManyFunds(AppError):
    """The partner has had the maximum number of accrued funds."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_FUNDS"

    def __init__(self, partner_id: str) -> None:
        super().__init__(
            f"partner {partner_id} has had {ACCRUED_FUNDS_PER_PARTNER} accrued funds",
            partner_id=partner_id,
            limit=ACCRUED_FUNDS_PER_PARTNER,
        )


def fund_violations(fund: Fund, budget: Money | None, *, previous: Fund | None) -> Iterator[Violation]:
    """What is wrong with a fund that is to be opened with this budget after the `previous` one."""
    yield from currency_violations(fund.currency)
    yield from first_day_violations("first_day", fund.first_day)
    if fund.last_day < fund.first_day:
        yield Violation("last_day", f"is before {fund.first_day}", "DATES_OUT_OF_ORDER")
    if fund.last_day > LAST_DAY_ACCEPTED:
        yield Violation("last_day", f"is after {LAST_DAY_ACCEPTED}", "OUT_OF_RANGE")
    if fund.basis is FundBasis.DISCRETIONARY:
        yield from _needed("budget", budget, fund.basis)
        yield from _not_allowed("rates", fund.rates, fund.basis)
    else:
        yield from _needed("rates", fund.rates, fund.basis)
        yield from _not_allowed("budget", budget, fund.basis)
    if budget is not None:
        yield from amount_violations("budget", budget, fund.currency)
    tiers = [rate.tier for rate in fund.rates]
    for place, tier in enumerate(tiers):
        if tier in tiers[:place]:
            yield Violation(f"rates[{place}].tier", f"{tier or 'no tier'} has a rate already", "DUPLICATE_TIER")
    if previous is not None:
        yield from _previous_violations(fund, previous)


def amount_violations(field: str, amount: Money, currency: str) -> Iterator[Violation]:
    """The violations of an amount of a fund: another currency, or a fraction of its smallest unit."""
    if amount.currency != currency:
        yield Violation(
            f"{field}.currency_code", f"is {amount.currency}, the fund is in {currency}", "CURRENCY_MISMATCH"
        )
    elif amount != amount.payable():
        yield Violation(field, f"is finer than {currency} can be paid", "BAD_AMOUNT")


def opened(fund: Fund) -> FundOpened:
    """The event of a new fund."""
    return FundOpened(
        fund_id=fund.id,
        partner_id=fund.partner_id,
        basis=fund.basis,
        currency=fund.currency,
        first_day=fund.first_day,
        last_day=fund.last_day,
    )


def listed(book: FundBook, fund: Fund) -> FundBook:
    """The book with one more accrued fund; FundOverlaps, TooManyFunds."""
    for window in book.windows:
        days = max(window.first_day, fund.first_day) <= min(window.last_day, fund.last_day)
        if window.currency == fund.currency and days:
            raise FundOverlaps(window)
    if len(book.windows) >= ACCRUED_FUNDS_PER_PARTNER:
        raise TooManyFunds(fund.partner_id)
    window = FundWindow(fund_id=fund.id, currency=fund.currency, first_day=fund.first_day, last_day=fund.last_day)
    return replace(book, windows=(*book.windows, window), unscanned=True)


def accruing(book: FundBook, currency: str, on: date) -> str:
    """The id of the fund that accrues revenue in this currency on this day; empty if none does."""
    found = (one.fund_id for one in book.windows if one.currency == currency and one.first_day <= on <= one.last_day)
    return next(found, "")


def followed(previous: Fund, by: Fund, *, now: datetime) -> Fund:
    """The previous fund, whose deficit `by` bears from now on; FundHasSuccessor."""
    if previous.next_fund_id:
        raise FundHasSuccessor(previous)
    return replace(previous, next_fund_id=by.id, update_time=now)


def require_budget(fund: Fund) -> None:
    """WrongState unless the fund is open; FundAccrues unless it has a budget."""
    require_state("fund", fund.id, fund.state, action="add to the budget", allowed={FundState.OPEN})
    if fund.basis is not FundBasis.DISCRETIONARY:
        raise FundAccrues(fund)


def rate_of(fund: Fund, tier: str, *, level_rate: int | None = None) -> int:
    """The share of revenue for a tier, in hundredths of a percent: what the fund says of the tier, else what the level
    of the programme gives, else what the fund says of every other tier. level_rate: None without one."""
    rates = {rate.tier: rate.basis_points for rate in fund.rates}
    if tier and tier in rates:
        return rates[tier]
    return rates.get("", 0) if level_rate is None else level_rate


def close(fund: Fund, *, now: datetime) -> tuple[Fund, FundClosed] | None:
    """The fund, closed, and the event; None while claims are taken, and if it is closed."""
    if fund.closes_at is None or now < fund.closes_at:
        return None
    closed = replace(fund, state=FundState.CLOSED, closes_at=None, update_time=now)
    return closed, FundClosed(fund_id=fund.id, partner_id=fund.partner_id)


def _previous_violations(fund: Fund, previous: Fund) -> Iterator[Violation]:
    if previous.partner_id != fund.partner_id:
        yield Violation("previous_fund_id", "is a fund of another partner", "PARTNER_MISMATCH")
    if previous.currency != fund.currency:
        yield Violation("previous_fund_id", f"is in {previous.currency}, not in {fund.currency}", "CURRENCY_MISMATCH")
    if previous.last_day >= fund.first_day:
        yield Violation("first_day", f"is not after {previous.last_day}", "DATES_OUT_OF_ORDER")


def _needed(field: str, value: Money | Sequence[FundRate] | None, basis: FundBasis) -> Iterator[Violation]:
    if not value:
        yield Violation(field, f"is needed for {basis.name}", "REQUIRED")


def _not_allowed(field: str, value: Money | Sequence[FundRate] | None, basis: FundBasis) -> Iterator[Violation]:
    if value:
        yield Violation(field, f"is not for {basis.name}", "NOT_ALLOWED")
