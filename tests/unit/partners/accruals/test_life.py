"""Whatever happens to two funds of one partner, their ledgers have what a book of plain integers has.

The oracle knows one number for each request and claim, and what a return, an expiry and a deficit mean; it has no
ledger. The rules are run as the use cases run them.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import AppError
from libs.money import Money, minor_digits
from libs.person import PersonalText
from services.partners.accruals.domain import InvoiceShare, book, credited, invoiced
from services.partners.fund_claims import domain as claims
from services.partners.fund_claims.domain import FundClaim
from services.partners.funds.domain import request as requests
from services.partners.funds.domain.fund import Fund, close
from services.partners.funds.domain.ledger import FundAccrual, FundEntry, FundExhausted, Posting, post
from services.partners.funds.domain.request import FundingRequest
from services.partners.funds.domain.settlement import carried, own_settlement
from services.partners.funds.domain.states import FundBasis, FundEntryType, FundTreatment
from tests.builders import NOW, an_id
from tests.unit.partners.fund_claims.test_claims import a_claim
from tests.unit.partners.funds.built import FIRST, LAST, a_fund, a_request

WHY = PersonalText(text="No.")
RATE = 1_000  # a tenth
ORDER = an_id("ord")
LATER = {"first_day": LAST + timedelta(days=1), "last_day": LAST + timedelta(days=90)}
ACTS = (
    *("invoice", "credit", "ask", "ask", "ask", "approve", "approve", "approve", "reject", "cancel", "wait", "close"),
    *("claim", "claim", "claim", "return", "resubmit", "accept", "accept", "accept", "pay", "pay", "pay"),
)


class Book:
    """The oracle, in the smallest units of the currency. accrued, expired: by fund; held, paid: by request."""

    def __init__(self) -> None:
        self.accrued = [0, 0]
        self.expired = [0, 0]
        self.held: dict[str, int] = {}
        self.paid: dict[str, int] = {}

    def free(self, place: int, funds: dict[str, int]) -> int:
        """What is available in a fund. funds: of which fund a request is."""
        used = sum(self.held[one] + self.paid.get(one, 0) for one, at in funds.items() if at == place)
        return self.accrued[place] - used - self.expired[place]


class Play:
    """The rules, with the documents that use cases would load."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.step = 10 ** (4 - minor_digits(currency))
        self.now = NOW
        first = a_fund(1, currency=currency, basis=FundBasis.ACCRUED, next_fund_id=an_id("fnd", 2))
        second = a_fund(2, currency=currency, basis=FundBasis.ACCRUED, previous_fund_id=first.id, **LATER)
        self.funds: list[Fund] = [first, second]
        self.entries: list[list[FundEntry]] = [[], []]
        self.shares: list[tuple[InvoiceShare, int]] = []
        self.requests: dict[str, FundingRequest] = {}
        self.claims: dict[str, FundClaim] = {}
        self.at: dict[str, int] = {}
        self.book = Book()
        self._ids: Iterator[int] = count()

    def money(self, units: int) -> Money:
        """An amount in smallest units."""
        return Money(units * self.step, self.currency)

    def units(self, amount: Money) -> int:
        """The other way round."""
        return int(amount.amount // self.step)

    def posted(self, place: int, postings: tuple[Posting, ...] | list[Posting]) -> None:
        """Book, or raise."""
        fund, entries = post(self.funds[place], postings, new_id=lambda: f"fle{next(self._ids)}", now=self.now)
        self.funds[place] = fund
        self.entries[place] += entries

    def act(self, name: str, place: int, units: int, chosen: int) -> None:
        """One thing that happens, if it can."""
        getattr(self, f"_{name}")(place, units, chosen)

    def _invoice(self, place: int, units: int, chosen: int) -> None:
        share = InvoiceShare(id=f"inv{next(self._ids)}", partner_id=an_id("ptn"))
        amount = self.money(units * 10)
        share = invoiced(share, order_id=ORDER, subtotal=amount, payable=amount, issue_date=FIRST)
        share, postings = book(share, self.funds[place].id, FundAccrual(basis_points=RATE))
        self.posted(place, postings)
        self.shares.append((share, place))
        self.book.accrued[place] += units

    def _credit(self, place: int, units: int, chosen: int) -> None:
        if not self.shares:
            return
        share, place = self.shares[chosen % len(self.shares)]
        assert share.payable is not None
        left = self.units(share.payable) - sum(self.units(one.payable) for one in share.credits)
        if not (part := min(units * 10, left)):
            return
        share, postings = book(
            credited(share, f"crn{next(self._ids)}", self.money(part)), "", FundAccrual(basis_points=1)
        )
        self.posted(place, postings)
        self.shares[chosen % len(self.shares)] = (share, place)
        self.book.accrued[place] -= part // 10

    def _ask(self, place: int, units: int, chosen: int) -> None:
        if not units:
            return
        fund = self.funds[place]
        made = a_request(amount=self.money(units), id=f"frq{next(self._ids)}", fund_id=fund.id)
        free = self.book.free(place, self.at)
        try:
            after, postings = requests.submit(replace(made, expires_at=fund.end_of(fund.last_day)), fund, now=self.now)
            self.posted(place, postings)
        except FundExhausted:
            assert free < units
            return
        except AppError:
            return  # closed, or not in its days
        assert free >= units
        self.requests[after.id], self.at[after.id], self.book.held[after.id] = after, place, units

    def _one(self, chosen: int) -> FundingRequest | None:
        made = list(self.requests.values())
        return made[-1 - chosen % len(made)] if made else None

    def _approve(self, _: int, units: int, chosen: int) -> None:
        if (one := self._one(chosen)) is None:
            return
        amount = min(self.money(max(units, 1) * 2), one.amount)
        self._move(one, lambda: requests.approve(one, self.funds[self.at[one.id]], amount=amount, now=self.now))
        if self.requests[one.id] is not one:
            self.book.held[one.id] = self.units(amount)

    def _reject(self, _: int, units: int, chosen: int) -> None:
        if (one := self._one(chosen)) is not None:
            self._ended(one, lambda: requests.reject(one, WHY, now=self.now))

    def _cancel(self, _: int, units: int, chosen: int) -> None:
        if (one := self._one(chosen)) is not None:
            self._ended(one, lambda: requests.cancel(one, now=self.now))

    def _ended(self, one: FundingRequest, move: object) -> None:
        self._move(one, move)
        if self.requests[one.id] is not one:
            self.book.held[one.id] = 0

    def _move(self, one: FundingRequest, move: object) -> None:
        try:
            moved = move()  # type: ignore[operator]  # one of the functions above
        except AppError:
            return
        self.posted(self.at[one.id], moved.postings)
        self.requests[one.id] = moved.request

    def _claim(self, _: int, units: int, chosen: int) -> None:
        if (one := self._one(chosen)) is None:
            return
        made = a_claim(
            amount=self.money(units // 3 + 1),
            id=f"fcl{next(self._ids)}",
            funding_request_id=one.id,
            final=units % 3 == 0,
        )
        self._claimed(lambda: claims.submit(made, one, self.funds[self.at[one.id]], now=self.now))

    def _claimed(self, move: object) -> bool:
        try:
            done = move()  # type: ignore[operator]  # one of the functions above
        except AppError:
            return False
        self.posted(self.at[done.request.id], done.postings)
        self.claims[done.claim.id] = done.claim
        self.requests[done.request.id] = done.request
        return True

    def _picked(self, chosen: int) -> tuple[FundClaim, FundingRequest, Fund] | None:
        made = list(self.claims.values())
        if not made:
            return None
        one = made[-1 - chosen % len(made)]
        request = self.requests[one.funding_request_id]
        return one, request, self.funds[self.at[request.id]]

    def _return(self, _: int, units: int, chosen: int) -> None:
        if (found := self._picked(chosen)) is not None:
            self._claimed(lambda: claims.give_back(*found, reason=WHY, now=self.now))

    def _resubmit(self, _: int, units: int, chosen: int) -> None:
        if (found := self._picked(chosen)) is None:
            return
        amount = self.money(units // 3 + 1)
        self._claimed(
            lambda: claims.resubmit(*found, amount=amount, evidence=found[0].evidence, final=False, now=self.now)
        )

    def _accept(self, _: int, units: int, chosen: int) -> None:
        if (found := self._picked(chosen)) is None:
            return
        try:
            done = claims.approve(found[0], treatment=FundTreatment.PRICE_REDUCTION, fair_value=None, now=self.now)
        except AppError:
            return
        self.claims[done.id] = done

    def _pay(self, _: int, units: int, chosen: int) -> None:
        if (found := self._picked(chosen)) is None:
            return
        one, request, _fund = found
        if not self._claimed(lambda: claims.pay(one, request, reference="", now=self.now)):
            return
        paid, others = self.units(one.amount), self.units(request.claimed - one.amount)
        self.book.paid[request.id] = self.book.paid.get(request.id, 0) + paid
        kept = self.book.held[request.id] - paid
        self.book.held[request.id] = others if one.final or request.finished else kept

    def _wait(self, _: int, units: int, chosen: int) -> None:
        self.now += timedelta(days=units % 25)
        for one in list(self.requests.values()):
            moved = requests.expire(one, now=self.now)
            if moved is not None:
                self.posted(self.at[one.id], moved.postings)
                self.requests[one.id] = moved.request
                self.book.held[one.id] = self.units(one.claimed - one.returned)

    def _close(self, place: int, units: int, chosen: int) -> None:
        if (closed := close(self.funds[place], now=self.now)) is not None:
            self.funds[place] = closed[0]
        while self.funds[place].unsettled:
            fund = self.funds[place]
            if postings := own_settlement(fund):
                self.posted(place, postings)
                free = self.book.free(place, self.at)
                self.book.expired[place] += max(free, -self.book.expired[place])
                continue
            here, there = carried(fund, self.funds[1])
            deficit = -self.book.free(0, self.at)
            self.posted(0, [here])
            self.posted(1, [there])
            self.book.accrued[0] += deficit
            self.book.accrued[1] -= deficit

    def check(self) -> None:
        """Both books agree, and each ledger explains its fund."""
        for place, (fund, entries) in enumerate(zip(self.funds, self.entries, strict=True)):
            mine = [one for one, at in self.at.items() if at == place]
            assert self.units(fund.available) == self.book.free(place, self.at)
            assert self.units(fund.accrued) == self.book.accrued[place]
            assert self.units(fund.reserved) == sum(self.book.held[one] for one in mine)
            assert self.units(fund.spent) == sum(self.book.paid.get(one, 0) for one in mine)
            assert self.units(fund.expired) == self.book.expired[place]
            assert [one.number for one in entries] == list(range(1, len(entries) + 1))
            free = 0
            for one in entries:
                signs = {FundEntryType.ACCRUE: 1, FundEntryType.RELEASE: 1, FundEntryType.SPEND: 0}
                free += self.units(one.amount) * signs.get(one.type, -1)
                assert self.units(one.available) == free
                assert free >= 0 or one.type is not FundEntryType.RESERVE
        for request in self.requests.values():
            approved = request.approved_amount or request.amount
            assert (request.spent + request.claimed).amount <= approved.amount


@settings(max_examples=300)
@given(
    st.sampled_from(["EUR", "JPY", "KWD"]),
    st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 1), st.integers(0, 60), st.integers(0, 3)),
        min_size=20,
        max_size=80,
    ),
)
def test_two_ledgers_have_what_plain_integers_have(currency: str, steps: list[tuple[str, int, int, int]]) -> None:
    play = Play(currency)
    for name, place, units, chosen in steps:
        play.act(name, place, units, chosen)
        play.check()
