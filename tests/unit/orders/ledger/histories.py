"""Random histories of orders, and a ledger in memory that learns them paper by paper."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from hypothesis import strategies as st
from msgspec.structs import replace

from libs.money import Money
from services.orders.incentives.domain.plan import (
    Accelerator,
    Band,
    Beneficiaries,
    BeneficiaryKind,
    ClawbackPeriod,
    PayoutCalendar,
    Plan,
    PlanBasis,
    PlanState,
    RateKind,
    RateRule,
    UnitCost,
    last_day_of,
)
from services.orders.ledger.domain.counting import CreditedSale, counted
from services.orders.ledger.domain.crediting import Fx, SalesShare
from services.orders.ledger.domain.entry import Account, Entry
from services.orders.ledger.domain.posting import postings
from services.orders.ledger.domain.rating import Target, TargetKey, targets
from services.orders.ledger.domain.sources import Invoiced, Noted, Part, Sale, Settled, SoldLine, SourceLine, TakenBack
from tests.builders import NOW
from tests.unit.orders.ledger import oracle

WORTH = {"EUR": Fraction(1), "USD": Fraction("0.9172"), "JPY": Fraction("0.00613")}
FIRST = date(2026, 1, 1)
LINES = ("routers", "switches")

_days = st.integers(0, 180).map(lambda days: FIRST + timedelta(days=days))
_tens = st.integers(1, 30).map(lambda tens: tens * 10_0000)  # so that totals lie on the edges of bands
_nets = _tens | st.integers(1, 40_000).map(lambda cents: cents * 100)


@st.composite
def versions(draw: st.DrawFn) -> tuple[oracle.Version, ...]:
    """One or two versions of a plan for partners, and one for persons."""
    months = draw(st.sampled_from((1, 3)))
    since = (FIRST, FIRST + timedelta(days=draw(st.integers(20, 120))))
    partner = [_version(draw, "PARTNERS", "", months, number) for number in range(draw(st.integers(1, 2)))]
    person = _version(draw, "REPS", "rep", draw(st.sampled_from((1, 3, 12))), 0)
    return tuple(one._replace(since=since[one.number]) for one in (*partner, person))


def _version(draw: st.DrawFn, code: str, role: str, months: int, number: int) -> oracle.Version:
    floor = draw(st.none() | st.integers(1, 30_0000))
    basis = draw(st.sampled_from(("ORDERED", "INVOICED", "COLLECTED", "MARGIN")))
    rules = [_rule(draw, "")] if draw(st.booleans()) else [_rule(draw, "routers")]
    if draw(st.booleans()):
        rules.append(_rule(draw, "switches"))
    return oracle.Version(
        code=code,
        number=number,
        since=FIRST,
        role=role,
        basis=basis,
        rules=tuple(rules),
        months=months,
        returns_count_at_sale=draw(st.booleans()),
        cap=draw(st.none() | st.integers(30_0000, 100_0000)),
        floor=floor,
        countries_that_claw_back=("DE",) if role else (),
        costs=(("A", draw(st.integers(0, 5_0000))),) if basis == "MARGIN" else (),
    )


def _rule(draw: st.DrawFn, product_line: str) -> oracle.Rule:
    kind = draw(st.sampled_from(("FLAT", "MARGINAL", "RETROACTIVE")))
    firsts = [0, *sorted(draw(st.sets(_tens | st.integers(1, 300_0000), min_size=1, max_size=2)))]
    rates = draw(st.lists(st.integers(0, 3_000), min_size=len(firsts), max_size=len(firsts)))
    if kind == "RETROACTIVE":
        rates.sort()
    count = 1 if kind == "FLAT" else len(firsts)
    quota = draw(st.none() | st.tuples(st.integers(0, 300_0000), st.integers(1, 1_000)))
    return oracle.Rule(product_line, kind, tuple(zip(firsts, rates, strict=True))[:count], quota)


@st.composite
def histories(draw: st.DrawFn) -> tuple[oracle.Order | oracle.Paper | oracle.Split, ...]:
    """Up to three orders with their papers."""
    found: list[oracle.Order | oracle.Paper | oracle.Split] = []
    for number in range(draw(st.integers(1, 3))):
        found += _order(draw, f"ord{number}")
    return tuple(found)


def _order(draw: st.DrawFn, id: str) -> list[oracle.Order | oracle.Paper | oracle.Split]:
    lines = tuple(
        (n + 1, draw(st.sampled_from("AB")), draw(st.sampled_from(LINES)), draw(st.integers(1, 9)), draw(_nets))
        for n in range(draw(st.integers(1, 2)))
    )
    order = oracle.Order(id, draw(_days), draw(st.sampled_from(sorted(WORTH))), draw(st.sampled_from("PQ")), lines)
    found: list[oracle.Order | oracle.Paper | oracle.Split] = [order]
    if draw(st.booleans()):
        weights = draw(st.sampled_from(((10_000,), (3_334, 3_333, 3_333), (5_000, 5_000), (1, 9_999))))
        people = zip("xyz", ("DE", "FR", "DE"), weights, strict=False)
        found.append(oracle.Split(f"{id}-split", id, tuple(people)))
    for number in range(draw(st.integers(0, 2))):
        parts = tuple((n, draw(st.integers(1, q)), draw(_nets)) for n, _, _, q, _ in lines)
        amount = sum(net for _, _, net in parts) * 119 // 100
        invoice = oracle.Paper("invoice", f"{id}-inv{number}", id, draw(_days), amount=amount, parts=parts)
        found += [invoice, *_about(draw, invoice)]
    if draw(st.booleans()):
        back = tuple((n, draw(st.integers(1, q)), 0) for n, _, _, q, _ in lines)
        found.append(oracle.Paper("return", f"{id}-ret", id, draw(_days), parts=back))
    return found


def _about(draw: st.DrawFn, invoice: oracle.Paper) -> list[oracle.Paper]:
    found = []
    for number in range(draw(st.integers(0, 2))):
        amount, day = draw(st.integers(1, invoice.amount)), draw(_days)
        paid = oracle.Paper("payment", f"{invoice.id}-pay{number}", invoice.order, day, invoice.id, amount)
        found.append(paid)
        if draw(st.integers(0, 3)) == 0:
            found.append(paid._replace(kind="bounce", id=f"{paid.id}-bounced", amount=-amount, day=draw(_days)))
    for number in range(draw(st.integers(0, 2))):
        parts = tuple((line, 0, draw(st.integers(0, net))) for line, _, net in invoice.parts)
        amount = sum(net for _, _, net in parts) * 119 // 100
        id, goods = f"{invoice.id}-note{number}", draw(st.booleans())
        found.append(oracle.Paper("note", id, invoice.order, draw(_days), invoice.id, amount, parts, goods))
    return found


class Rules(NamedTuple):
    """The functions of the domain that a ledger is made of."""

    counted: Callable[..., tuple[CreditedSale, ...]] = counted
    targets: Callable[..., Mapping[TargetKey, Target]] = targets
    postings: Callable[..., tuple[Entry, ...]] = postings


class MemoryLedger:
    """The ledger of the domain, without a store. `book` brings it to what is known."""

    def __init__(self, plans: Iterable[Plan], rules: Rules | None = None) -> None:
        self._rules = rules or Rules()
        self.closed: dict[str, date] = {}
        self.plans = {one.id: one for one in plans}
        self.known: set[oracle.Order | oracle.Paper | oracle.Split] = set()
        self.rows: dict[str, CreditedSale] = {}
        self.accounts: dict[str, Account] = {}
        self.entries: dict[str, Entry] = {}
        self._dirty: set[tuple[str, str]] = set()

    def learn(self, paper: oracle.Order | oracle.Paper | oracle.Split) -> None:
        """Take a paper in, once or again."""
        self.known.add(paper)
        order_id = paper.id if isinstance(paper, oracle.Order) else paper.order
        before = {id: row for id, row in self.rows.items() if row.order_id == order_id}
        sale, shares = _sale(self.known, order_id)
        after = (
            {row.id: row for row in self._rules.counted(sale, self.plans.values(), shares, _fx)} if sale.lines else {}
        )
        for row in (*before.values(), *after.values()):
            account = _account(row, self.plans[row.incentive_plan_id])
            self.accounts.setdefault(row.account_id, replace(account, closed_until=self.closed.get(account.plan_code)))
            self._dirty.add((row.account_id, row.tally))
        self.rows = {id: row for id, row in self.rows.items() if id not in before} | after

    def book(self, *, everything: bool = False) -> int:
        """Post what is missing, of what changed or of everything; how many entries."""
        places = {(row.account_id, row.tally) for row in self.rows.values()} if everything else set(self._dirty)
        self._dirty.clear()
        return sum(self._book(account_id, tally) for account_id, tally in sorted(places))

    def close(self, code: str, on: date) -> None:
        """Close the period of a plan in which a day lies, and all before it."""
        self.book()
        calendar = next(one.calendar for one in self.plans.values() if one.code == code)
        until = last_day_of(calendar, on)
        self.closed[code] = max(until, self.closed.get(code, until))
        for id, account in self.accounts.items():
            if account.plan_code == code:
                self.accounts[id] = replace(account, closed_until=self.closed[code])

    def of_account(self, account_id: str) -> list[Entry]:
        """The entries of an account."""
        return [one for one in self.entries.values() if one.account_id == account_id]

    def _book(self, account_id: str, tally: str) -> int:
        incentive_plan_id, _, period = tally.partition("/")
        plan, account = self.plans[incentive_plan_id], self.accounts[account_id]
        rows = [row for row in self.rows.values() if (row.account_id, row.tally) == (account_id, tally)]
        claws = plan.claws_back(account.kind, account.country)
        wanted = self._rules.targets(plan, [line for row in rows for line in row.lines], claws=claws)
        posted = [one for one in self.of_account(account_id) if one.tally == tally]
        day = date.fromisoformat(period)
        made = self._rules.postings(account, plan, wanted, posted, sale_period=day, run="test", now=NOW)
        assert not {one.id for one in made} & set(self.entries)
        self.entries |= {one.id: one for one in made}
        return len(made)


def plan_of(version: oracle.Version) -> Plan:
    """The plan of the product for a version of the oracle."""
    return Plan(
        id=f"{version.code}-{version.number}",
        code=version.code,
        number=version.number + 1,
        state=PlanState.PUBLISHED,
        beneficiaries=Beneficiaries(
            kind=BeneficiaryKind.PERSON if version.role else BeneficiaryKind.PARTNER, role=version.role
        ),
        basis=PlanBasis[version.basis],
        rules=tuple(_rate_rule(place, rule) for place, rule in enumerate(version.rules)),
        cap=None if version.cap is None else _eur(version.cap),
        floor=None if version.floor is None else _eur(version.floor),
        currency="EUR",
        rate_source="ecb",
        calendar=PayoutCalendar(version.months),
        clawback=ClawbackPeriod.SALE if version.returns_count_at_sale else ClawbackPeriod.RETURN,
        clawback_countries=version.countries_that_claw_back,
        unit_costs=tuple(UnitCost(sku=sku, cost=_eur(cost)) for sku, cost in version.costs),
        effective_day=version.since,
        create_time=NOW,
        update_time=NOW,
    )


def _rate_rule(place: int, rule: oracle.Rule) -> RateRule:
    ends = [*(_eur(later) for _, (later, _) in pairwise(rule.bands)), None]
    return RateRule(
        code=f"R{place}",
        product_line=rule.product_line,
        kind=RateKind[rule.kind],
        bands=tuple(
            Band(from_amount=_eur(first), below_amount=end, basis_points=rate)
            for (first, rate), end in zip(rule.bands, ends, strict=True)
        ),
        accelerator=Accelerator(above_amount=_eur(rule.quota[0]), added_basis_points=rule.quota[1])
        if rule.quota
        else None,
    )


def _eur(amount: int) -> Money:
    return Money(amount, "EUR")


def _fx(currency: str, plan: Plan, line: SourceLine) -> Fx | None:
    if currency == plan.currency:
        return None
    worth = str(float(WORTH[currency]))
    return Fx(from_currency=currency, rate=worth, numerator=worth, denominator="1", date=line.day, source="ecb")


def _account(row: CreditedSale, plan: Plan) -> Account:
    return Account(
        id=row.account_id,
        plan_code=plan.code,
        kind=row.kind,
        beneficiary_id=row.beneficiary_id,
        country=row.country,
        currency=plan.currency,
        create_time=NOW,
        update_time=NOW,
    )


def _sale(known: Iterable[object], order_id: str) -> tuple[Sale, tuple[SalesShare, ...]]:
    """What is known of an order, as the product takes it. A paper may come before its order."""
    orders = [one for one in known if isinstance(one, oracle.Order) and one.id == order_id]
    papers = [one for one in known if isinstance(one, oracle.Paper) and one.order == order_id]
    splits = [one for one in known if isinstance(one, oracle.Split) and one.order == order_id]
    if not orders:
        return Sale(order_id, "EUR", FIRST), ()
    order = orders[0]
    sale = Sale(
        order_id=order.id,
        currency=order.currency,
        day=order.day,
        lines=tuple(SoldLine(sku, product, Part(n, q, net)) for n, sku, product, q, net in order.lines),
        taken_back=tuple(TakenBack(one.id, one.day, _parts(one)) for one in papers if one.kind == "return"),
        invoices=tuple(Invoiced(one.id, one.day, one.amount, _parts(one)) for one in papers if one.kind == "invoice"),
        notes=tuple(
            Noted(one.id, one.day, one.invoice, one.amount, _parts(one), one.goods)
            for one in papers
            if one.kind == "note"
        ),
        settled=tuple(
            Settled(one.id, one.day, one.invoice, one.amount) for one in papers if one.kind in ("payment", "bounce")
        ),
    )
    partner = SalesShare(kind=BeneficiaryKind.PARTNER, beneficiary_id=order.partner, basis_points=10_000)
    people = [_person(*share) for split in splits for share in split.shares]
    return sale, (partner, *people)


def _parts(paper: oracle.Paper) -> tuple[Part, ...]:
    return tuple(Part(*one) for one in paper.parts)


def _person(who: str, country: str, points: int) -> SalesShare:
    kind = BeneficiaryKind.PERSON
    return SalesShare(kind=kind, role="rep", beneficiary_id=who, country=country, basis_points=points)


def by_place(entries: Iterable[Entry]) -> Mapping[oracle.Place, Fraction]:
    """The net of each place that is not zero, in whole units."""
    found: dict[oracle.Place, Fraction] = {}
    for one in entries:
        place = (one.plan_code, one.beneficiary_id, one.document_id, one.line_number, one.taken_by, one.own_period)
        found[place] = found.get(place, Fraction()) + Fraction(one.amount, 10**8)
    return {place: amount for place, amount in found.items() if amount}
