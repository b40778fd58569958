"""Prices on a real store: which are checked, which open a case, which are refused; each switch both ways; races."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from libs.country import LawfulBound
from libs.errors import Contended, InvalidInput, NotFound
from libs.pb.prm.partners import v1 as pb
from libs.privacy.keys import Keys
from libs.store.listing import everything
from libs.store.port import Store
from services.partners.conduct.documents import CONDUCT_CASES
from services.partners.conduct.domain.states import ConductBasis, ConductSource, ConductState
from services.partners.conduct.reads import points_at
from services.partners.price_corridor.api import Api
from services.partners.price_corridor.documents import PRICE_REPORTS
from services.partners.price_corridor.domain.check import PriceOutcome, PriceReport, PriceSource
from services.partners.price_corridor.domain.law import NotLawfulHere, PriceBound
from services.partners.record.domain.states import PartnerKind
from tests.builders import NOW, a_call
from tests.component.partners.conduct.acts import decide, put_rule
from tests.component.partners.harness import Harness
from tests.component.partners.price_corridor.acts import CEILING_ON, eur, put, selling, sighted

DAY = timedelta(days=1)
FLOOR_ON = LawfulBound(bound="FLOOR", since=date(2020, 1, 1), law="x")


@pytest.fixture
async def lawful(store: Store, keys: Keys) -> Harness:
    """A cell in which the ceiling is switched on, with a rule and a corridor."""
    harness = selling(store, keys, *CEILING_ON)
    await put_rule(harness)
    await put(harness)
    return harness


async def test_a_price_is_judged_by_the_corridor_of_its_product_country_currency_and_day(lawful: Harness) -> None:
    partner = await lawful.active()
    await put(lawful, sku="", product_line="ROUTERS", ceiling=eur(500), floor=None)
    seen: dict[PriceOutcome, tuple[int, dict[str, Any]]] = {
        PriceOutcome.WITHIN: (100, {}),
        PriceOutcome.NOT_AS_RECOMMENDED: (90, {}),
        PriceOutcome.CASE_OPENED: (121, {}),
        PriceOutcome.CASE_ESCALATED: (501, {"sku": "R-2", "product_line": "ROUTERS"}),
    }
    for outcome, (units, fields) in seen.items():
        assert (await sighted(lawful, partner.id, units, **fields)).outcome is outcome
    elsewhere: tuple[dict[str, Any], ...] = ({"sku": "R-2"}, {"country": "AT"}, {"priced_on": NOW.date() - DAY})
    for item in elsewhere:
        assert (await sighted(lawful, partner.id, 999, **item)).outcome is PriceOutcome.NO_CORRIDOR


async def test_a_breach_opens_a_case_or_escalates_the_open_one_and_never_both(lawful: Harness) -> None:
    partner, other = await lawful.active(), await lawful.active(number=1)
    lawful.events()
    first = await sighted(lawful, partner.id, 130)
    assert lawful.names() == ["PriceReportRecorded", "ConductCaseOpened"]
    second = await sighted(lawful, partner.id, 140)
    assert lawful.names() == ["PriceReportRecorded", "ConductCaseEscalated"]
    assert (first.outcome, second.outcome) == (PriceOutcome.CASE_OPENED, PriceOutcome.CASE_ESCALATED)
    case = await lawful.value(CONDUCT_CASES, first.conduct_case_id)
    assert (case.source, case.state, case.report_count) == (
        ConductSource.PRICE,
        ConductState.UNDER_INVESTIGATION,
        2,
    )
    assert (second.conduct_case_id, len(case.evidence)) == (case.id, 2)
    assert (await sighted(lawful, other.id, 130)).conduct_case_id != case.id
    await decide(lawful, case, ConductState.DISMISSED)
    again = await sighted(lawful, partner.id, 130)
    assert (again.outcome, again.conduct_case_id != case.id) == (PriceOutcome.CASE_OPENED, True)


@pytest.mark.parametrize("replicas", [1, 2])
async def test_racing_breaches_open_one_case(store: Store, keys: Keys, replicas: int) -> None:
    harnesses = [selling(store, keys, *CEILING_ON) for _ in range(replicas)]
    await put_rule(harnesses[0])
    await put(harnesses[0])
    partner = await harnesses[0].active()

    async def until_done(place: int) -> PriceReport:
        while True:
            try:
                return await sighted(harnesses[place % replicas], partner.id, 130 + place)
            except Contended:
                continue

    done = await asyncio.gather(*(until_done(place) for place in range(8)))
    assert sorted(one.outcome.name for one in done) == ["CASE_ESCALATED"] * 7 + ["CASE_OPENED"]
    [case] = await everything(store, CONDUCT_CASES, {"partner_id": partner.id})
    assert (case.report_count, len(case.evidence)) == (8, 8)


async def test_where_a_bound_is_unlawful_nothing_is_stored_and_nothing_counts(lawful: Harness) -> None:
    partner = await lawful.active()
    lawful.events()
    with pytest.raises(NotLawfulHere) as refused:
        await sighted(lawful, partner.id, 79)
    assert refused.value.metadata == {
        "country": "DE",
        "bound": "FLOOR",
        "law": "Regulation (EU) 2022/720, Art. 4(a)",
    }
    assert await everything(lawful.env.store, PRICE_REPORTS, {"partner_id": partner.id}) == ()
    assert await everything(lawful.env.store, CONDUCT_CASES, {"partner_id": partner.id}) == ()
    assert (lawful.events(), await points_at(lawful.env, partner.id, NOW)) == ([], 0)


async def test_both_the_law_and_the_cell_must_allow_a_bound(store: Store, keys: Keys) -> None:
    switched_off, floor_on = selling(store, keys), selling(store, keys, FLOOR_ON, *CEILING_ON)
    await put_rule(switched_off)
    await put(switched_off)
    partner = await switched_off.active()
    with pytest.raises(NotLawfulHere):
        await sighted(switched_off, partner.id, 121)
    with pytest.raises(NotLawfulHere):
        await sighted(floor_on, partner.id, 79)  # the cell says yes, the law no
    assert (await sighted(floor_on, partner.id, 121)).outcome is PriceOutcome.CASE_OPENED


async def test_a_ceiling_that_fixes_the_price_is_refused_as_a_floor_is(lawful: Harness) -> None:
    partner = await lawful.active()
    await put(lawful, sku="FIXED", floor=eur(100), ceiling=eur(100))
    with pytest.raises(NotLawfulHere):
        await sighted(lawful, partner.id, 101, sku="FIXED")


async def test_agents_and_the_vendor_itself_are_checked_whatever_the_law(store: Store, keys: Keys) -> None:
    harness = selling(store, keys)
    await put_rule(harness)
    await put(harness)
    agent = await harness.active(kind=PartnerKind.AGENT)
    for units, bound in ((79, PriceBound.FLOOR), (121, PriceBound.CEILING)):
        report = await sighted(harness, agent.id, units)
        assert (bool(report.conduct_case_id), report.bound) == (True, bound)
        own = await sighted(harness, "", units)
        assert (own.outcome, own.conduct_case_id) == (PriceOutcome.OWN_BREACH, "")


async def test_a_report_names_every_fault(lawful: Harness) -> None:
    partner = await lawful.active()
    with pytest.raises(InvalidInput) as refused:
        await sighted(lawful, partner.id, 130, evidence=(), priced_on=NOW.date() + DAY)
    assert [one.reason for one in refused.value.violations] == ["REQUIRED", "IN_THE_FUTURE"]
    sold = await sighted(lawful, partner.id, 100, evidence=(), source=PriceSource.ORDER, reference="ord_1")
    assert sold.outcome is PriceOutcome.WITHIN


async def test_a_corridor_needs_a_rule_of_the_programme(lawful: Harness) -> None:
    with pytest.raises(NotFound):
        await put(lawful, sku="R-3", rule_code="NONE")
    await put_rule(lawful, code="CLAUSE", basis=ConductBasis.AGREEMENT, section="")
    with pytest.raises(InvalidInput):
        await put(lawful, sku="R-3", rule_code="CLAUSE")


async def test_a_listed_corridor_shows_what_is_lawful_today(lawful: Harness) -> None:
    await put(lawful)  # as it is already
    answer = await Api(lawful.env).ListPriceCorridors(pb.ListPriceCorridorsRequest(country="DE"), a_call())
    [one] = answer.price_corridors
    assert [(standing.bound, standing.lawful) for standing in one.standings] == [
        (pb.PRICE_BOUND_FLOOR, False),
        (pb.PRICE_BOUND_CEILING, True),
        (pb.PRICE_BOUND_RECOMMENDED, False),  # this cell has not switched it on
    ]
    assert "2022/720" in one.standings[0].law
