"""Potentials are put and replaced; coverage reads the facts and territories of all partners."""

from datetime import date
from itertools import count
from typing import Any

import pytest
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money as WireMoney
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.money import Money
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as pb
from libs.store.port import get
from services.partners.coverage import usecases
from services.partners.coverage.api import Api
from services.partners.coverage.documents import POTENTIAL_BOOKS
from services.partners.coverage.domain.potential import POTENTIALS_PER_YEAR, MarketPotential, TooManyPotentials
from services.partners.territories.usecases import GrantTerritory, grant_territory
from tests.builders import a_call, an_id
from tests.component.partners.facts.telling import settled, tell
from tests.component.partners.harness import Harness

_NUMBERS = count(1)


async def put(harness: Harness, units: int = 100, **fields: Any) -> MarketPotential:
    """The potential of bikes in Germany in 2026."""
    content = {"country": "DE", "product_line": "BIKES", "year": 2026, "amount": Money.of(units, "EUR"), **fields}
    return await harness.run(usecases.put_market_potential, usecases.PutMarketPotential, **content)


async def invoice(harness: Harness, partner_id: str, units: int, line: str) -> None:
    """An invoice of February to a partner, for goods that went to Germany."""
    amount = WireMoney(currency_code="EUR", units=units)
    message = orders_pb.InvoiceIssued(
        invoice_id=an_id("inv")[:-3] + f"{next(_NUMBERS):03}",
        partner_id=partner_id,
        payable=amount,
        issue_date=Date(year=2026, month=2, day=10),
        ship_to_country="DE",
        product_lines=[orders_pb.ProductLineAmount(product_line=line, amount=amount)],
    )
    await tell(harness, message)


async def covered(harness: Harness) -> pb.Coverage:
    """The coverage of 2026 in euros."""
    asked = pb.GetCoverageRequest(year=2026, currency="EUR")
    return (await Api(harness.env).GetCoverage(asked, a_call())).coverage


async def test_a_potential_is_put_replaced_and_put_again_without_a_change(harness: Harness) -> None:
    made = await put(harness)
    same = await put(harness)
    changed = await put(harness, 120, source="Chamber of commerce")
    assert [(one.id, one.version) for one in (made, same, changed)] == [(made.id, 1), (made.id, 1), (made.id, 2)]
    assert harness.names() == ["MarketPotentialPut", "MarketPotentialPut"]
    other = await put(harness, product_line="HELMETS")
    listed = await Api(harness.env).ListMarketPotentials(pb.ListMarketPotentialsRequest(year=2026), a_call())
    assert [one.id for one in listed.market_potentials] == [made.id, other.id]


async def test_wrong_potentials_and_too_many_are_refused(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await put(harness, country="XX", amount=Money(10_000, "XXX"))
    assert [one.reason for one in refused.value.violations] == ["UNKNOWN_COUNTRY", "UNKNOWN_CURRENCY"]
    await put(harness)
    loaded = await get(harness.env.store, POTENTIAL_BOOKS, "2026")
    assert loaded is not None
    await harness.env.store.commit([loaded.put(replace(loaded.value, potentials=POTENTIALS_PER_YEAR))])
    with pytest.raises(TooManyPotentials):
        await put(harness, product_line="HELMETS")
    assert (await put(harness, 7)).amount == Money.of(7, "EUR")


async def test_coverage_tells_share_white_spots_and_who_may_sell(harness: Harness) -> None:
    partner, ended = await harness.active(), await harness.active(number=1)
    for line in ("BIKES", "HELMETS", "LOCKS"):
        await put(harness, product_line=line)
    grant = {"country": "DE", "valid_from": date(2026, 1, 1)}
    for one, line in ((partner, "BIKES"), (partner, "HELMETS"), (ended, "LOCKS")):
        await harness.run(grant_territory, GrantTerritory, partner_id=one.id, product_line=line, **grant)
    await harness.end(ended)
    await invoice(harness, partner.id, 40, "BIKES")
    await invoice(harness, partner.id, 5, "BELLS")
    await settled(harness)
    found = await covered(harness)
    bikes, helmets, locks = found.markets
    assert (bikes.revenue.units, bikes.share_percent, bikes.authorised_partner_count) == (40, "40.00", 1)
    assert (bikes.selling_partner_count, bikes.white_spot) == (1, pb.WHITE_SPOT_UNSPECIFIED)
    assert list(bikes.levers) == [pb.COVERAGE_LEVER_SPREAD_REVENUE]
    assert (helmets.white_spot, list(helmets.levers)) == (
        pb.WHITE_SPOT_NO_REVENUE,
        [pb.COVERAGE_LEVER_ACTIVATE_PARTNERS],
    )
    assert (locks.white_spot, list(locks.levers)) == (
        pb.WHITE_SPOT_NO_AUTHORISED_PARTNER,
        [pb.COVERAGE_LEVER_RECRUIT_PARTNER],
    )
    assert found.revenue_without_potential.units == 5
    assert [(one.kind, one.revenue.units, one.share_percent) for one in found.channels] == [
        (pb.PARTNER_KIND_RESELLER, 45, "100.00")
    ]
