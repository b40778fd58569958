"""A claim becomes a deal with dated stages; why it was won or lost is recorded once it was."""

from datetime import date

import pytest

from libs.errors import EtagMismatch, InvalidInput
from libs.money import Money
from libs.store.port import Page
from services.deals.claims.domain.registration import RegistrationLine
from services.deals.claims.domain.states import Stage
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState
from services.deals.pipeline.domain.outcomes import DealOpen, OutcomeReason
from services.deals.pipeline.domain.rates import WinRateGroup, WinRateState
from services.deals.pipeline.usecases import outcomes
from services.deals.protection import usecases as protection
from tests.builders import a_call_of
from tests.component.deals.harness import PARTNER, RIVAL, Harness, a_customer
from tests.component.deals.pipeline.telling import deal, settle

PRICE, NO_BUDGET = OutcomeReason.PRICE, OutcomeReason.NO_BUDGET
LINES = (
    RegistrationLine(sku="A", product_line="ROUTERS", expected_amount=Money.of(100, "EUR")),
    RegistrationLine(sku="B", product_line="ROUTERS", expected_amount=Money.of(20, "EUR")),
    RegistrationLine(sku="C", product_line="CABLES"),
)


async def advance(harness: Harness, id: str, stage: Stage) -> None:
    await harness.run(protection.advance_stage, protection.AdvanceStage, id=id, stage=stage)


async def explain(harness: Harness, id: str, *reasons: OutcomeReason, **more: str) -> PipelineDeal:
    command = outcomes.RecordOutcome
    return await harness.run(outcomes.record_outcome, command, registration_id=id, reasons=reasons, **more)


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_deal_has_the_history_of_its_claim_in_whatever_order_events_arrive(
    harness: Harness, backwards: bool
) -> None:
    reg = await harness.submit(await harness.draft(lines=LINES))
    harness.days(3)
    await advance(harness, reg.id, Stage.COMMITTED)
    harness.days(10)
    await advance(harness, reg.id, Stage.LOST)
    await settle(harness, backwards=backwards)
    shown = await harness.look(outcomes.get_pipeline_deal, outcomes.GetPipelineDeal, registration_id=reg.id)
    assert [(one.state.name, one.stage, one.days) for one in shown.changes] == [
        ("OPEN", Stage.PROSPECT, 3),
        ("OPEN", Stage.COMMITTED, 10),
        ("LOST", Stage.LOST, 0),
    ]
    assert shown.deal.closed_date == date(2026, 3, 15)
    assert shown.deal.expected_amount == Money.of(120, "EUR")
    assert [(one.product_line, one.expected_amount) for one in shown.deal.lines] == [
        ("CABLES", None),
        ("ROUTERS", Money.of(120, "EUR")),
    ]


async def test_a_claim_that_ends_before_its_deal_is_dropped_and_one_that_is_converted_is_won(harness: Harness) -> None:
    gone = await harness.submit(await harness.draft())
    await harness.withdraw(gone)
    sold = await harness.approved(customer=a_customer("Bb"))
    await harness.convert(sold)
    await settle(harness)
    assert (await deal(harness, gone.id)).state is PipelineState.DROPPED
    assert (await deal(harness, sold.id)).state is PipelineState.WON


async def test_only_what_was_won_or_lost_is_explained_and_with_a_reason_that_fits(harness: Harness) -> None:
    lost = await harness.submit(await harness.draft())
    sold = await harness.convert(await harness.approved(customer=a_customer("Bb")))
    with pytest.raises(DealOpen):
        await explain(harness, lost.id, PRICE)
    with pytest.raises(InvalidInput) as refused:
        await explain(harness, sold.id, PRICE, NO_BUDGET)
    assert [one.field for one in refused.value.violations] == ["reasons[1]"]
    await advance(harness, lost.id, Stage.LOST)
    harness.told.clear()
    before = await explain(harness, lost.id, NO_BUDGET, PRICE, competitor="Rival Corp")
    assert harness.names() == ["OutcomeRecorded"]
    assert await explain(harness, lost.id, NO_BUDGET, PRICE, competitor="Rival Corp") == before
    with pytest.raises(EtagMismatch):
        await explain(harness, lost.id, PRICE, etag="77")
    assert (await explain(harness, lost.id, PRICE, etag=str(before.version))).competitor == ""


async def test_a_reason_that_is_recorded_before_the_events_arrive_stays(harness: Harness) -> None:
    reg = await harness.submit(await harness.draft())
    await advance(harness, reg.id, Stage.LOST)
    await explain(harness, reg.id, NO_BUDGET)
    await settle(harness)
    found = await deal(harness, reg.id)
    assert (found.state, found.reasons, found.unexplained) == (PipelineState.LOST, (NO_BUDGET,), False)


async def test_rates_count_what_was_won_and_lost_and_a_partner_sees_its_own(harness: Harness) -> None:
    for number in range(12):
        partner = PARTNER if number < 11 else RIVAL
        reg = await harness.approved(partner, customer=a_customer(f"Nr{number}"), lines=LINES)
        if number % 3:
            await advance(harness, reg.id, Stage.LOST)
            continue
        await harness.convert(reg)
    await settle(harness)
    found = await harness.look(outcomes.get_win_rates, outcomes.GetWinRates)
    assert [(one.won_count, one.closed_count, one.state.name) for one in found.rates] == [
        (4, 11, "KNOWN"),
        (0, 1, "INSUFFICIENT_DATA"),
    ]
    assert (found.total.won_count, found.total.closed_count, found.total.rate_basis_points) == (4, 12, 3333)
    asked = outcomes.GetWinRates(call=a_call_of(RIVAL), group_by=WinRateGroup.PRODUCT_LINE, page_size=1)
    first = await outcomes.get_win_rates(harness.env, asked)
    assert [(one.key, one.closed_count, one.state) for one in first.rates] == [
        ("CABLES", 1, WinRateState.INSUFFICIENT_DATA)
    ]
    asked = outcomes.GetWinRates(
        call=a_call_of(RIVAL), group_by=WinRateGroup.PRODUCT_LINE, page_size=1, page_token=first.next_page_token
    )
    second = await outcomes.get_win_rates(harness.env, asked)
    assert ([one.key for one in second.rates], second.next_page_token) == (["ROUTERS"], "")
    for wrong in ({"page_token": "x.y"}, {"closed_since": date(2026, 3, 9), "closed_before": date(2026, 3, 9)}):
        with pytest.raises(InvalidInput):
            await harness.look(outcomes.get_win_rates, outcomes.GetWinRates, **wrong)
    none = await harness.look(outcomes.get_win_rates, outcomes.GetWinRates, closed_before=date(2026, 3, 2))
    assert none.rates == ()
    page: Page[PipelineDeal] = await harness.look(
        outcomes.list_pipeline_deals, outcomes.ListPipelineDeals, unexplained=True, page_size=5
    )
    assert len(page.rows) == 5
