"""Segmentations are made by the clock, whole and once, and nobody sees one that is not complete."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import NotFound
from libs.money import Money
from libs.segmentation.lifecycle import LifeCycle
from services.partners.facts.domain.metrics import FactMetric
from services.partners.facts.usecases.lists import ListFactEvidence, list_fact_evidence
from services.partners.program.domain.program import RateBasis
from services.partners.segmentation.domain.run import RunPhase
from services.partners.segmentation.domain.summary import SegmentClassChange, summary
from services.partners.segmentation.jobs import open_segmentations, work_on_segmentations
from services.partners.segmentation.usecases import results
from services.partners.segmentation.usecases.running import ROWS_PER_COMMIT
from tests.builders import a_call
from tests.component.partners.facts.telling import settled
from tests.component.partners.harness import Harness
from tests.component.partners.scorecard.acts import in_business, ordered, rate, wait
from tests.component.partners.segmentation.acts import (
    SETTLED,
    earned,
    found,
    made,
    published,
    rows_of,
    stored,
    turn,
)
from tests.unit.partners.segmentation.built import QUARTER, RULES

MAY = date(2026, 5, 1)
NEXT = date(2026, 7, 1)
NEXT_SETTLED = datetime.fromisoformat("2026-10-01T12:00:00+00:00")


async def test_a_quarter_is_segmented_once_from_confirmed_orders_and_told(harness: Harness) -> None:
    big, small, none = await in_business(harness, 3)
    model = await published(harness)
    await ordered(harness, big, 1, cents=80_000)
    await ordered(harness, small, 2, cents=15_000)
    await ordered(harness, small, 3, cents=5_000)
    harness.events()
    await made(harness)
    assert harness.names() == ["SegmentationCompleted"]
    told = summary(*(await found(harness)))
    assert (told.partner_count, told.ranked_count, told.revenue) == (2, 2, Money.of("1000", "EUR"))
    assert [(one.class_code, one.partner_basis_points, one.revenue_basis_points) for one in told.classes] == [
        *(("A", 5_000, 8_000), ("B", 5_000, 2_000), ("C", 0, 0)),
    ]
    assert (told.model_id, told.quarter, told.as_of, told.complete_time) == (model.id, QUARTER, SETTLED, SETTLED)
    first, second = await rows_of(harness)
    assert (first.partner_id, first.class_code, first.life_cycle) == (big.id, "A", LifeCycle.NEW)
    assert (second.partner_id, second.revenue_basis_points, second.cumulated_basis_points) == (small.id, 2_000, 10_000)
    assert none.id not in (first.partner_id, second.partner_id)
    await turn(harness)
    assert harness.names() == []


async def test_the_quarters_that_are_segmented_are_listed_and_no_other(harness: Harness) -> None:
    big, small = await in_business(harness, 2)
    await published(harness)
    await published(harness, code="OTHER")
    await earned(harness, (big, MAY, 100), (small, NEXT, 50))
    wait(harness, SETTLED)
    await settled(harness)
    await open_segmentations(harness.env)
    assert await quarters(harness) == []
    await turn(harness)
    await made(harness, NEXT_SETTLED)
    assert await quarters(harness, model_code="ABC") == [("ABC", NEXT, 2, 2), ("ABC", QUARTER, 1, 1)]
    assert await quarters(harness, model_code="ABC", order_by="quarter", page_size=1) == [
        ("ABC", QUARTER, 1, 1),
        ("ABC", NEXT, 2, 2),
    ]
    assert [one[:2] for one in await quarters(harness)] == [
        *(("OTHER", NEXT), ("ABC", NEXT)),
        *(("OTHER", QUARTER), ("ABC", QUARTER)),
    ]


async def quarters(harness: Harness, **fields: Any) -> list[tuple[str, date, int, int]]:
    """What ListSegmentations shows: model, quarter, partners, partners with a class."""
    found = await harness.pages(results.list_segmentations, results.ListSegmentations, **fields)
    assert all(one.complete_time is not None for one in found)
    return [(one.model_code, one.quarter, one.partner_count, one.ranked_count) for one in found]


async def test_a_row_leads_to_the_documents_of_its_revenue(harness: Harness) -> None:
    [partner] = await in_business(harness)
    await published(harness)
    for number, day in enumerate((date(2025, 6, 30), date(2025, 7, 1), date(2026, 6, 30))):
        await ordered(harness, partner, number, cents=1_000, day=day)
    await made(harness)
    [row] = await rows_of(harness)
    named = row.evidence
    page = await list_fact_evidence(
        harness.env,
        ListFactEvidence(
            call=a_call(),
            partner_id=partner.id,
            metric=named.metric,
            day_from=named.day_from,
            day_before=named.day_before,
        ),
    )
    assert row.revenue == Money.of("20", "EUR")
    assert len(page.page.rows) == 2


async def test_equal_revenues_are_ordered_by_partner_id(harness: Harness) -> None:
    partners = await in_business(harness, 5)
    await published(harness)
    await earned(harness, *[(one, MAY, 20) for one in reversed(partners)])
    await made(harness)
    rows = await rows_of(harness)
    assert [one.partner_id for one in rows] == sorted(one.id for one in partners)
    assert "".join(one.class_code for one in rows) == "AAAAB"


async def test_amounts_are_converted_at_the_mean_of_their_month_and_an_unknown_rate_is_told(harness: Harness) -> None:
    euro, dollar, franc = await in_business(harness, 3)
    await published(harness, rate_source="ecb", rate_basis=RateBasis.MONTH_AVERAGE)
    await rate(harness, date(2026, 5, 4), "1.25")
    await rate(harness, date(2026, 5, 5), "0.5")
    await earned(harness, (euro, MAY, 100))
    await earned(harness, (dollar, MAY, 200), currency="USD")
    await earned(harness, (franc, MAY, 900), currency="CHF")
    await made(harness)
    told = summary(*(await found(harness)))
    assert (told.partner_count, told.ranked_count, told.rate_unknown_count) == (3, 2, 1)
    unknown, first, second = await rows_of(harness)
    assert (first.partner_id, first.revenue) == (dollar.id, Money.of("280", "EUR"))  # 200 x (0.8 + 2) / 2
    assert (second.partner_id, second.revenue) == (euro.id, Money.of("100", "EUR"))
    assert (unknown.partner_id, unknown.rate_unknown, unknown.class_code) == (franc.id, True, "")
    assert (unknown.revenue, unknown.life_cycle) == (None, None)


async def test_with_a_plan_every_amount_converts_at_the_rate_of_its_day(harness: Harness) -> None:
    [partner] = await in_business(harness)
    day = date(2026, 1, 2)
    await published(harness, rate_source="ecb", rate_basis=RateBasis.PLAN, plan_rate_day=day)
    await rate(harness, day, "1.25")
    await rate(harness, date(2026, 5, 4), "2")
    await earned(harness, (partner, MAY, 100), (partner, date(2026, 1, 1), 25), currency="USD")
    await made(harness)
    [row] = await rows_of(harness)
    assert row.revenue == Money.of("100", "EUR")


async def test_a_run_waits_for_the_settling_time_and_for_facts_that_are_not_summed_up(harness: Harness) -> None:
    [partner] = await in_business(harness)
    await published(harness, settling_days=5)
    await made(harness, SETTLED)
    with pytest.raises(NotFound):
        await found(harness)
    await ordered(harness, partner, 1)
    wait(harness, SETTLED + timedelta(days=10))
    for _ in range(3):
        await open_segmentations(harness.env)
        await work_on_segmentations(harness.env)
    assert (await stored(harness))[0].phase is RunPhase.MEASURING
    harness.clock.advance(timedelta(minutes=2))
    await turn(harness)
    assert summary(*(await found(harness))).ranked_count == 1


async def test_nobody_sees_a_run_before_its_last_page_and_it_goes_on_wherever_it_stopped(harness: Harness) -> None:
    """Every state between two commits is one that a killed process leaves."""
    partners = await in_business(harness, ROWS_PER_COMMIT * 2 + 10)
    await earned(harness, *[(one, MAY, 1 + place % 30) for place, one in enumerate(partners)])
    await published(harness)
    await settled(harness)
    wait(harness, SETTLED)
    await open_segmentations(harness.env)
    pages = 0
    while await work_on_segmentations(harness.env):
        pages += 1
        run, rows = await stored(harness)
        assert len(rows) % ROWS_PER_COMMIT == 0 or len(rows) == len(partners)
        assert (run.partner_count, run.ranked) == (len(rows), sum(one.class_code != "" for one in rows))
        if run.phase is not RunPhase.COMPLETE:
            with pytest.raises(NotFound):
                await found(harness)
            with pytest.raises(NotFound):
                await rows_of(harness, quarter=QUARTER)
    assert pages == 6
    run, rows = await stored(harness)
    assert (run.cumulated, run.ranked) == (run.revenue, len(partners))
    shown = await rows_of(harness, page_size=40)
    assert sum(one.revenue.amount for one in shown if one.revenue) == run.revenue
    assert await rows_of(harness, page_size=40, order_by="revenue") == [*reversed(shown)]
    assert shown == sorted(shown, key=lambda one: (-one.revenue.amount if one.revenue else 0, one.partner_id))


async def test_the_next_quarter_shows_who_moved_and_who_is_lost_or_gone(harness: Harness) -> None:
    riser, faller, gone, lost = await in_business(harness, 4)
    await published(harness, window_months=6, life_cycle_rules=replace(RULES, lost_months=3))
    await earned(harness, (faller, MAY, 800), (riser, MAY, 150), (lost, MAY, 40), (gone, date(2026, 3, 1), 10))
    await made(harness)
    await earned(harness, (riser, date(2026, 8, 1), 9_000), (faller, date(2026, 8, 1), 1))
    await made(harness, NEXT_SETTLED)
    assert [(one.partner_id, one.class_code) for one in await rows_of(harness, quarter=QUARTER)] == [
        *((faller.id, "A"), (riser.id, "B"), (lost.id, "C"), (gone.id, "C")),
    ]
    told = summary(*(await found(harness)))
    assert (told.quarter, told.previous_quarter) == (NEXT, QUARTER)
    assert told.class_changes == (
        SegmentClassChange(from_class="A", to_class="B", partner_count=1),
        SegmentClassChange(from_class="B", to_class="A", partner_count=1),
        SegmentClassChange(from_class="C", to_class="", partner_count=1),
    )
    moved = await rows_of(harness, moved_only=True)
    assert [(one.partner_id, one.class_before, one.class_code) for one in moved] == [
        *((riser.id, "B", "A"), (faller.id, "A", "B")),
    ]
    assert [one.partner_id for one in await rows_of(harness, life_cycle=LifeCycle.LOST)] == [lost.id]
    assert [one.partner_id for one in await rows_of(harness, class_code="A", life_cycle=LifeCycle.GROWING)] == [
        riser.id
    ]
    assert await rows_of(harness, class_code="C", moved_only=True) == []


async def test_credits_above_the_revenue_leave_a_row_without_a_class(harness: Harness) -> None:
    buyer, returned = await in_business(harness, 2)
    await published(harness)
    await earned(harness, (buyer, MAY, 10), (returned, MAY, -4))
    await made(harness)
    told = summary(*(await found(harness)))
    assert (told.partner_count, told.ranked_count, told.revenue) == (2, 1, Money.of("10", "EUR"))
    row = (await rows_of(harness))[1]
    assert (row.partner_id, row.revenue, row.class_code) == (returned.id, Money.of("-4", "EUR"), "")
    assert (row.revenue_basis_points, row.cumulated_basis_points, row.life_cycle) == (0, 0, LifeCycle.LOST)


async def test_a_quarter_without_revenue_has_an_empty_segmentation(harness: Harness) -> None:
    await published(harness)
    await made(harness)
    told = summary(*(await found(harness)))
    assert (told.partner_count, told.lorenz_points, [one.revenue_basis_points for one in told.classes]) == (
        0,
        (),
        [0] * 3,
    )
    assert await rows_of(harness) == []


async def test_a_metric_of_another_kind_is_not_counted(harness: Harness) -> None:
    [partner] = await in_business(harness)
    await published(harness, metric=FactMetric.REVENUE_INVOICED)
    await ordered(harness, partner, 1)
    await made(harness)
    assert await rows_of(harness) == []
