"""Statements of a return on a real store: what is measured, what is stated, rates, and what is refused."""

from datetime import date, timedelta
from typing import Any

import pytest

from libs.errors import InvalidInput
from libs.exchange import Quote, RateUnknown
from libs.money import Money
from libs.pb.prm.orders import v1 as pb
from services.orders.billing.domain.credit_note import CreditLine
from services.orders.diversion.domain.states import DiversionCaseState
from services.orders.rates.usecases import PutRates, put_rates
from services.orders.roi import usecases
from services.orders.roi.api import Api
from services.orders.roi.domain.statement import RoiStatement, computed
from services.orders.roi.domain.terms import BenefitKind, CostKind, Period, RoiCost, RoiTerms, StatedFigure
from tests.builders import NOW, a_call
from tests.component.orders.diversion.acts import decided, seen, sold
from tests.component.orders.harness import Harness, eur, goods

TODAY = NOW.date()
PERIOD = Period(first_day=TODAY, last_day=TODAY + timedelta(days=89))
BASELINE = Period(first_day=TODAY - timedelta(days=90), last_day=TODAY - timedelta(days=1))


def terms(**fields: Any) -> RoiTerms:
    cost = RoiCost(kind=CostKind.PURCHASE, amount=eur("100"), period=PERIOD, source="contract 17")
    content = {
        "code": "PRM-2026",
        "currency": "EUR",
        "period": PERIOD,
        "baseline": BASELINE,
        "margin_basis_points": 4_000,
        "margin_source": "controlling",
        "costs": (cost,),
    }
    return RoiTerms(**{**content, **fields})


async def put(harness: Harness, **fields: Any) -> RoiStatement:
    return await harness.run(usecases.put_roi_statement, usecases.PutRoiStatement, terms=terms(**fields))


async def test_benefits_are_measured_from_the_documents_of_the_period(harness: Harness) -> None:
    order = await harness.confirmed(goods(10, "100", tax=1_900))
    shipment = await harness.ship(order, 10)
    invoice = await harness.invoice(order, shipment)
    await harness.credit(invoice, CreditLine(line_number=1, quantity=1))
    await harness.pay(invoice, "200")
    harness.days(20)
    await harness.pay(invoice, "300")
    await sold(harness, "SN-1")
    case = (await seen(harness, "SN-1", "US")).diversion_case_id
    await decided(harness, case, DiversionCaseState.VIOLATION, rule_code="GREY")
    found = computed(await put(harness))
    lines = {one.kind: one for one in found.benefits}
    assert [*lines] == [BenefitKind.SALES, BenefitKind.RECOVERED_OVERDUE, BenefitKind.DIVERSION_STOPPED]
    sales = lines[BenefitKind.SALES]
    assert (sales.actual, sales.baseline, sales.benefit) == (eur("900"), eur("0"), eur("360"))
    assert sales.actual_evidence.document_count == 2
    recovered = lines[BenefitKind.RECOVERED_OVERDUE]
    assert (recovered.benefit, recovered.actual_evidence.document_count) == (eur("300"), 1)
    assert lines[BenefitKind.DIVERSION_STOPPED].benefit == eur("120")
    assert (found.benefit, found.roi_basis_points) == (eur("780"), 68_000)


async def test_a_stated_figure_takes_the_place_of_the_measured_one_with_its_source(harness: Harness) -> None:
    figures = (
        StatedFigure(kind=BenefitKind.SERVICE_COST, baseline=eur("80"), actual=eur("30"), source="ledger 4711"),
        StatedFigure(kind=BenefitKind.SALES, baseline=eur("-50"), source="the system before"),
    )
    found = computed(await put(harness, figures=figures))
    sales, service = found.benefits[0], found.benefits[1]
    assert (sales.benefit, sales.baseline_evidence.source, sales.actual_evidence.source) == (
        eur("20"),
        "the system before",
        "",
    )
    assert (service.benefit, service.actual_evidence.source) == (eur("50"), "ledger 4711")


async def test_put_again_it_is_measured_again_and_stays_if_nothing_differs(harness: Harness) -> None:
    first = await put(harness)
    assert (await put(harness)).version == first.version
    order = await harness.confirmed()
    await harness.invoice(order, await harness.ship(order, 10))
    again = await put(harness)
    assert (again.id, again.version) == (first.id, first.version + 1)
    assert computed(again).benefit == eur("400")


async def test_currencies_are_added_by_a_rate_or_not_at_all(harness: Harness) -> None:
    usd = RoiCost(kind=CostKind.TRAINING, amount=Money.of(125, "USD"), period=PERIOD, source="invoice 3")
    costs = {"costs": (*terms().costs, usd)}
    for source in ("", "ecb"):
        with pytest.raises(RateUnknown):
            await put(harness, rate_source=source, **costs)
    quotes = (Quote(currency="USD", rate="1.25"),)
    await harness.run(put_rates, PutRates, source="ecb", base_currency="EUR", date=TODAY, quotes=quotes)
    statement = await put(harness, rate_source="ecb", **costs)
    assert computed(statement).cost == eur("200")
    assert [leg.rate for rate in statement.rates for leg in rate.legs] == ["1.25"]


async def test_the_reader_switches_benefits_off(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.invoice(order, await harness.ship(order, 10))
    statement, api = await put(harness), Api(harness.env)
    whole = (await api.GetRoiStatement(pb.GetRoiStatementRequest(id=statement.id), a_call())).roi_statement
    asked = pb.GetRoiStatementRequest(id=statement.id, off=[pb.BENEFIT_KIND_SALES])
    part = (await api.GetRoiStatement(asked, a_call())).roi_statement
    assert (whole.roi_basis_points, part.roi_basis_points) == (30_000, -10_000)
    assert [one.counted for one in part.benefits] == [False, True, True]
    [listed] = (await api.ListRoiStatements(pb.ListRoiStatementsRequest(), a_call())).roi_statements
    assert listed == whole


async def test_wrong_terms_are_refused_whole(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await put(harness, baseline=PERIOD, margin_basis_points=0, currency="XXX")
    assert len(refused.value.violations) == 3
    huge = StatedFigure(kind=BenefitKind.SALES, actual=Money(10**18, "EUR"), source="x")
    with pytest.raises(InvalidInput, match="beyond"):
        await put(harness, figures=(huge,), margin_basis_points=10_000)
    assert harness.names() == []


async def test_costs_that_round_to_nothing_have_no_return(harness: Harness) -> None:
    long = Period(first_day=date(2000, 1, 1), last_day=date.max)
    cost = RoiCost(kind=CostKind.OPERATION, amount=Money(1, "EUR"), period=long, source="contract 18")
    with pytest.raises(InvalidInput, match="nothing"):
        await put(harness, costs=(cost,), period=Period(first_day=TODAY, last_day=TODAY))


async def test_a_period_to_the_last_of_all_days_is_measured(harness: Harness) -> None:
    statement = await put(harness, period=Period(first_day=TODAY, last_day=date.max))
    assert computed(statement).cost == eur("100")


async def test_a_piece_that_is_seen_again_after_the_decision_is_a_benefit_once(harness: Harness) -> None:
    await sold(harness, "SN-1")
    for _ in range(2):
        case = (await seen(harness, "SN-1", "US")).diversion_case_id
        await decided(harness, case, DiversionCaseState.VIOLATION, rule_code="GREY")
    [stopped] = [one for one in (await put(harness)).facts if one.kind is BenefitKind.DIVERSION_STOPPED]
    assert (stopped.actual.amounts, stopped.actual.document_count) == ((eur("120"),), 2)
