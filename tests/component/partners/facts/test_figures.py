"""Every figure equals what its documents say, in exact decimals, whatever happened in which order; and its evidence
adds up to it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from google.protobuf.message import Message
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money as WireMoney
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.pb.prm.deals import v1 as deals_pb
from libs.pb.prm.orders import v1 as orders_pb
from libs.privacy.keys import Keys
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.domain.sources import Evidence
from services.partners.facts.domain.sums import Fact
from services.partners.facts.usecases.lists import ListFactEvidence, ListFacts, list_fact_evidence, list_facts
from services.partners.record.domain.partner import Partner
from services.partners.service import COMPOSITION
from tests.builders import NOW, UNIQUE, a_call
from tests.component.partners.facts.telling import passed_up, settled, summed_up, tell, tell_together
from tests.component.partners.harness import Harness
from tests.component.replica import sealed

PARTNERS = 4
TAX_CENTS = 19
Place = tuple[FactMetric, date, str, str, str]
"""Metric, month, currency and country of a figure; `value`, or the `of` of a ratio."""


class Deal(NamedTuple):
    """An order, or a claim without one: what happens to it, one event after the other."""

    partner: int
    number: int
    ordered: bool
    day: date
    currency: str
    country: str
    cents: int
    canceled_cents: int | None
    ends: bool


class Move(NamedTuple):
    """A partner is moved below an earlier one; None: below nobody."""

    partner: int
    parent: int | None


DEALS = st.lists(
    st.builds(
        Deal,
        partner=st.integers(0, PARTNERS - 1),
        number=st.just(0),
        ordered=st.booleans(),
        day=st.dates(date(2025, 12, 20), date(2026, 2, 10)),
        currency=st.sampled_from(["EUR", "USD"]),
        country=st.sampled_from(["DE", "FR"]),
        cents=st.integers(0, 10**9),
        canceled_cents=st.none() | st.integers(0, 10**9),
        ends=st.booleans(),
    ),
    max_size=12,
).map(lambda found: [one._replace(number=place + 1) for place, one in enumerate(found)])


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Deal], list[Any]]:
    """Deals, and everything that happens in a random order: their events, some of them twice and some together, moves,
    turns of jobs."""
    deals = draw(DEALS)
    told = [(deal, event, version) for deal in deals for version, event in enumerate(_events(deal), 1)]
    twice = draw(st.lists(st.sampled_from(told), max_size=5)) if told else []
    moves = draw(st.lists(st.builds(_move, st.integers(1, PARTNERS - 1), st.none() | st.integers(0, 2)), max_size=4))
    jobs = draw(st.lists(st.sampled_from(["sum", "pass"]), max_size=6))
    happens = draw(st.permutations([*told, *twice, *moves, *jobs]))
    return deals, list(_grouped(happens)) if draw(st.booleans()) else happens


@settings(max_examples=30, deadline=None)
@given(lives())
def test_figures_are_what_documents_say(keys: Keys, told: tuple[list[Deal], list[Any]]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_live(Path(folder), keys, *told))


async def _live(folder: Path, keys: Keys, deals: Sequence[Deal], happens: Sequence[Any]) -> None:
    async with sealed(folder, COMPOSITION.name, COMPOSITION.kinds, keys) as store:
        harness = Harness(store, keys)
        partners = [await harness.distributor() for _ in range(PARTNERS)]
        parents: dict[int, int | None] = dict.fromkeys(range(PARTNERS))
        for one in happens:
            await _happen(harness, partners, parents, one)
        await settled(harness)
        own = [_figures(deals, partner) for partner in range(PARTNERS)]
        for place, partner in enumerate(partners):
            below: dict[Place, Decimal] = defaultdict(Decimal)
            for other in range(PARTNERS):
                if place in _upline(parents, other):
                    for figure, value in own[other].items():
                        below[figure] += value
            await _check(harness, partner, own[place], _left(below))


async def _happen(harness: Harness, partners: list[Partner], parents: dict[int, int | None], one: Any) -> None:
    if one == "sum":
        await summed_up(harness)
    elif one == "pass":
        await passed_up(harness)
    elif isinstance(one, Move):
        parents[one.partner] = one.parent
        parent = "" if one.parent is None else partners[one.parent].id
        await harness.update(partners[one.partner].id, parent_partner_id=parent)
    elif isinstance(one, list):
        for deal, event, _ in one:
            event.partner_id = partners[deal.partner].id
        await tell_together(harness, [(event, version) for _, event, version in one])
    else:
        deal, event, version = one
        event.partner_id = partners[deal.partner].id
        await tell(harness, event, version=version)


def _grouped(happens: Sequence[Any]) -> Iterator[Any]:
    """The same, with all events between two things of another kind as one list."""
    for events, some in groupby(happens, key=lambda one: isinstance(one, tuple) and not isinstance(one, Move)):
        found = list(some)
        yield from [found] if events else found


async def _check(harness: Harness, partner: Partner, own: dict[Place, Decimal], below: dict[Place, Decimal]) -> None:
    """The listed figures and the sums of their evidence are these."""
    found_own: dict[Place, Decimal] = defaultdict(Decimal)
    found_below: dict[Place, Decimal] = defaultdict(Decimal)
    page = await list_facts(harness.env, ListFacts(call=a_call(), partner_id=partner.id, page_size=200))
    assert page.as_of == harness.env.clock.now()
    for fact in (loaded.value for loaded in page.page.rows):
        assert fact.month is not None
        for found, sums in ((found_own, fact.own), (found_below, fact.below)):
            _add(found, (fact.metric, fact.month, fact.currency, fact.country), sums)
    assert (_left(found_own), _left(found_below)) == (own, below)
    for metric in {place[0] for place in (*own, *below)}:
        assert await _opened(harness, partner, metric, downline=False) == _of(metric, own)
        assert await _opened(harness, partner, metric, downline=True) == _of(metric, below)


async def _opened(harness: Harness, partner: Partner, metric: FactMetric, *, downline: bool) -> dict[Place, Decimal]:
    """What the evidence of a metric adds up to."""
    found: dict[Place, Decimal] = defaultdict(Decimal)
    asked = ListFactEvidence(
        call=a_call(), partner_id=partner.id, metric=metric, downline=downline, page_size=200, include_total_size=True
    )
    listed = await list_fact_evidence(harness.env, asked)
    assert listed.page.total == len(listed.page.rows)
    for row in (loaded.value for loaded in listed.page.rows):
        if isinstance(row, Evidence):
            day, sums = row.day, Sum(row.value, row.of)
        else:
            assert isinstance(row, Fact)
            assert row.month is not None
            day, sums = row.month, row.passed
        _add(found, (metric, day.replace(day=1), row.currency, row.country), sums)
    return _left(found)


def _of(metric: FactMetric, figures: dict[Place, Decimal]) -> dict[Place, Decimal]:
    return {place: value for place, value in figures.items() if place[0] is metric}


def _add(found: dict[Place, Decimal], place: tuple[FactMetric, date, str, str], sums: Sum) -> None:
    _, _, currency, _ = place
    for part, value in (("value", sums.value), ("of", sums.of)):
        found[*place, part] += Decimal(value) / 10_000 if currency else Decimal(value)


def _left(found: dict[Place, Decimal]) -> dict[Place, Decimal]:
    return {place: value for place, value in found.items() if value}


def _figures(deals: Sequence[Deal], partner: int) -> dict[Place, Decimal]:
    """The figures of a partner's own documents, computed from what happened in the end."""
    found: dict[Place, Decimal] = defaultdict(Decimal)
    told = NOW.date().replace(day=1)
    for deal in (one for one in deals if one.partner == partner):
        month = deal.day.replace(day=1)
        if not deal.ordered:
            found[FactMetric.REGISTRATIONS, told, "", deal.country, "value"] += 1
            if deal.ends:
                found[FactMetric.DEALS_LOST, told, "", deal.country, "value"] += 1
                found[FactMetric.CONVERSION, told, "", deal.country, "of"] += 1
        elif not deal.ends:
            found[FactMetric.ORDERS, month, "", deal.country, "value"] += 1
            place = (month, deal.currency, deal.country)
            worth = Decimal(deal.cents - (deal.canceled_cents or 0)) / 100
            discounts = Decimal("0.05") * (1 if deal.canceled_cents is None else 0)
            found[FactMetric.REVENUE_ORDERED, *place, "value"] += worth
            found[FactMetric.ORDER_TOTAL, *place, "value"] += worth + Decimal(TAX_CENTS) / 100
            found[FactMetric.DISCOUNT, *place, "value"] += discounts
            found[FactMetric.DISCOUNT, *place, "of"] += worth + discounts
    return _left(found)


def _events(deal: Deal) -> list[Message]:
    """The events of a deal in their order; each has a higher version than the one before."""
    unique = f"local_{UNIQUE[:-1]}{deal.number:02}"
    if not deal.ordered:
        claim: dict[str, Any] = {"registration_id": f"reg_{unique}"}
        found: list[Message] = [
            deals_pb.RegistrationSubmitted(**claim, country="US", claimed_product_lines=["bikes"]),
            deals_pb.RegistrationRecalled(**claim),
            deals_pb.RegistrationSubmitted(**claim, country=deal.country, claimed_product_lines=["", "bikes"]),
        ]
        return [*found, deals_pb.RegistrationExpired(**claim)] if deal.ends else found
    order: dict[str, Any] = {"order_id": f"ord_{unique}"}
    found = [
        orders_pb.OrderConfirmed(
            **order,
            total=_money(deal.cents + TAX_CENTS, deal.currency),
            product_lines=_lines(deal, deal.cents),
            order_date=Date(year=deal.day.year, month=deal.day.month, day=deal.day.day),
            ship_to_country=deal.country,
        )
    ]
    if (canceled := deal.canceled_cents) is not None:
        total = _money(canceled, deal.currency)
        found.append(orders_pb.OrderClosed(**order, canceled_total=total, product_lines=_lines(deal, canceled)))
    if deal.ends:
        found.append(orders_pb.OrderCanceled(**order, confirmed=True))
    return found


def _lines(deal: Deal, cents: int) -> list[orders_pb.ProductLineAmount]:
    """The amount in two product lines, with a discount of five cents."""
    parts = {"bikes": (cents // 3, 5), "": (cents - cents // 3, 0)}
    return [
        orders_pb.ProductLineAmount(
            product_line=line, amount=_money(one, deal.currency), discount=_money(discount, deal.currency)
        )
        for line, (one, discount) in parts.items()
    ]


def _money(cents: int, currency: str) -> WireMoney:
    return WireMoney(currency_code=currency, units=cents // 100, nanos=cents % 100 * 10_000_000)


def _move(partner: int, parent: int | None) -> Move:
    return Move(partner, parent if parent is not None and parent < partner else None)


def _upline(parents: dict[int, int | None], partner: int) -> set[int]:
    found: set[int] = set()
    while (parent := parents[partner]) is not None:
        found.add(parent)
        partner = parent
    return found
