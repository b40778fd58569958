"""The forecast shows each its own deals, a snapshot keeps them, and months later it says how good it was."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.money import Money
from libs.store.port import Query, create, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import RegistrationLine
from services.deals.claims.domain.states import Stage
from services.deals.forecast import jobs
from services.deals.forecast.documents import ENTRIES, SNAPSHOTS, TABLES, TALLIES
from services.deals.forecast.domain.accuracy import ForecastEntry, ForecastSnapshot
from services.deals.forecast.domain.figures import ForecastGroup, ForecastWindow
from services.deals.forecast.domain.learning import ChanceTable, Counted
from services.deals.forecast.domain.months import month_of
from services.deals.forecast.usecases import showing
from services.deals.forecast.usecases.keeping import KEPT
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.protection import usecases as protection
from tests.builders import NOW, a_call_of, an_id
from tests.component.deals.harness import PARTNER, RIVAL, Harness, a_customer
from tests.component.deals.pipeline.telling import settle

LINES = (
    RegistrationLine(sku="A", product_line="ROUTERS", expected_amount=Money.of(90, "EUR")),
    RegistrationLine(sku="B", product_line="CABLES", expected_amount=Money.of(10, "EUR")),
)
CLOSE = date(2026, 4, 20)


async def opened(harness: Harness, name: str, partner: str = PARTNER) -> str:
    """A deal over 100 EUR that its partner expects in April; the id of its claim."""
    reg = await harness.submit(
        await harness.draft(partner, customer=a_customer(name), lines=LINES, expected_close_date=CLOSE)
    )
    return reg.id


async def known(harness: Harness) -> None:
    """What was learned today: of 40 prospects a tenth is won in this month, in the next and so on."""
    counted = (Counted(month_of(NOW.date()) - 12, Stage.PROSPECT, 0, 40, (4,) * 12),)
    table = ChanceTable(id="cell", as_of=harness.env.today(), counted=counted)
    await harness.env.store.commit([create(TABLES, table)])


async def tallied(harness: Harness) -> None:
    """Every snapshot whose months are over is compared."""
    while await jobs.tally(harness.env):
        pass


async def show(harness: Harness, partner: str = "", **asked: object) -> showing.Forecast:
    call = a_call_of(partner, role="channel_manager" if not partner else "partner_sales")
    return await showing.get_forecast(harness.env, showing.GetForecast(call=call, **asked))  # type: ignore[arg-type]  # by the test


async def test_the_forecast_has_both_views_and_a_partner_sees_its_own(harness: Harness) -> None:
    for name, partner in (("Aa", PARTNER), ("Bb", PARTNER), ("Cc", RIVAL)):
        await opened(harness, name, partner)
    await settle(harness)
    unknown = await show(harness)
    assert {one.unknown_amount for one in unknown.lines} == {Money.of(300, "EUR")}
    assert {one.weighted_amount for one in unknown.lines} == {Money.zero("EUR")}
    assert unknown.chances_date is None
    await known(harness)
    lines = {one.month: one for one in (await show(harness)).lines}
    assert len(lines) == 12
    assert (lines["2026-04"].pipeline_amount, lines["2026-04"].deal_count) == (Money.of(300, "EUR"), 3)
    assert lines["2026-05"].pipeline_amount == Money.zero("EUR")
    assert {one.weighted_amount for one in lines.values()} == {Money.of(30, "EUR")}
    own = (await show(harness, RIVAL, group_by=ForecastGroup.PARTNER)).lines
    assert {one.key for one in own} == {RIVAL}
    by_line = (await show(harness, RIVAL, group_by=ForecastGroup.PRODUCT_LINE, page_size=5)).lines
    assert [(one.key, one.weighted_amount) for one in by_line[:2]] == [
        ("CABLES", Money.of(1, "EUR")),
        ("ROUTERS", Money.of(9, "EUR")),
    ]
    page = await show(harness, page_size=5)
    rest = await show(harness, page_size=50, page_token=page.next_page_token)
    assert [one.month for one in (*page.lines, *rest.lines)] == sorted(lines)
    with pytest.raises(InvalidInput):
        await show(harness, page_token=page.next_page_token, country="DE")
    rows, day = await showing.get_stage_chances(harness.env)
    assert (len(rows), day) == (5 * 7 * 12, harness.env.today())


async def test_a_snapshot_is_taken_once_a_month_and_compared_when_its_months_are_over(harness: Harness) -> None:
    ids = [await opened(harness, name) for name in ("Aa", "Bb", "Cc")]
    await settle(harness)
    await known(harness)
    while await jobs.take(harness.env):
        pass
    assert await jobs.take(harness.env) == 0
    held = await harness.value(SNAPSHOTS, "2026-03")
    assert (held.deal_count, held.unknown_count, held.complete) == (3, 0, True)
    assert (await harness.value(ENTRIES, f"2026-03.{ids[0]}")).basis_points == (1000,) * 12
    harness.days(10)
    for id, stage in zip(ids, (Stage.WON, Stage.LOST, Stage.QUALIFIED), strict=True):
        await harness.run(protection.advance_stage, protection.AdvanceStage, id=id, stage=stage)
    await settle(harness)
    early = await harness.look(showing.get_forecast_accuracy, showing.GetForecastAccuracy)
    assert early.rows == ()
    harness.days(90)
    await jobs.learn(harness.env)
    await tallied(harness)
    found = await harness.look(showing.get_forecast_accuracy, showing.GetForecastAccuracy)
    (row,), (total,) = found
    assert (row.snapshot_month, row.deal_count) == ("2026-03", 3)
    assert (row.forecast_amount, row.actual_amount) == (Money.of(90, "EUR"), Money.of(100, "EUR"))
    assert (total.wape_basis_points, total.bias_basis_points, total.known) == (1000, -1000, True)
    other = showing.GetForecastAccuracy(call=a_call_of(RIVAL))
    assert (await showing.get_forecast_accuracy(harness.env, other)).rows == ()
    too_many = {"first_month": "2025-01", "last_month": "2026-01"}
    for wrong in (too_many, {"first_month": "2026-02", "last_month": "2026-01"}):
        with pytest.raises(InvalidInput):
            await harness.look(showing.get_forecast_accuracy, showing.GetForecastAccuracy, **wrong)
    slipped = await harness.look(showing.list_slipped_deals, showing.ListSlippedDeals)
    assert [one.value.id for one in slipped.rows] == [ids[2]]
    harness.clock.advance(timedelta(days=31 * (KEPT + 1)))
    while await jobs.forget(harness.env):
        pass
    assert (await harness.look(showing.list_forecast_snapshots, showing.ListForecastSnapshots)).rows == []
    for kind in (ENTRIES, TALLIES):
        assert list((await harness.env.store.find(Query(kind=kind))).rows) == []


async def test_a_partner_does_not_learn_what_came_of_a_deal_that_went_to_another(harness: Harness) -> None:
    kept, gone = [await opened(harness, name) for name in ("Aa", "Bb")]
    await settle(harness)
    await known(harness)
    while await jobs.take(harness.env):
        pass
    loaded = await get(harness.env.store, REGISTRATIONS, gone)
    assert loaded is not None
    told = replace(loaded.value, partner_id=RIVAL)
    await harness.env.store.commit([loaded.put(told)])
    for id in (kept, gone):
        await harness.run(protection.advance_stage, protection.AdvanceStage, id=id, stage=Stage.WON)
    await settle(harness)
    harness.days(100)
    await tallied(harness)
    for viewer, deals in ((PARTNER, 1), (RIVAL, 0), ("", 2)):
        asked = showing.GetForecastAccuracy(call=a_call_of(viewer))
        found = await showing.get_forecast_accuracy(harness.env, asked)
        assert sum(row.deal_count for row in found.rows) == deals
        assert sum(row.actual_amount.amount for row in found.rows) == deals * Money.of(100, "EUR").amount


async def test_more_deals_than_a_page_are_compared_once_each_and_the_day_after_their_months(harness: Harness) -> None:
    """A month is compared once, with a day for its last events to arrive."""
    month = ForecastSnapshot(id="2026-03", month_number=month_of(NOW.date()), taken_date=NOW.date(), complete=True)
    entries = [
        ForecastEntry(
            id=f"2026-03.{number}",
            snapshot_id="2026-03",
            registration_id=an_id("reg", number),
            partner_id=(PARTNER, RIVAL)[number % 2],
            country="DE",
            stage=Stage.PROSPECT,
            expected_amount=Money.of(1, "EUR"),
            expected_close_date=None,
            basis_points=(1_000,) * 12,
        )
        for number in range(450)
    ]
    deals = [
        PipelineDeal(id=one.registration_id, partner_id=one.partner_id, country="DE", update_time=NOW)
        for one in entries
    ]
    await harness.env.store.commit(
        [
            create(SNAPSHOTS, month),
            *(create(ENTRIES, one) for one in entries),
            *(create(PIPELINE_DEALS, one) for one in deals),
        ]
    )
    harness.days((date(2026, 4, 1) - NOW.date()).days)
    assert await jobs.tally(harness.env) == 0
    harness.days(1)
    assert [await jobs.tally(harness.env) for _ in range(4)] == [200, 200, 50, 0]
    for viewer, count in ((PARTNER, 225), ("", 450)):
        asked = showing.GetForecastAccuracy(call=a_call_of(viewer), month_count=1)
        (row,) = (await showing.get_forecast_accuracy(harness.env, asked)).rows
        assert (row.deal_count, row.forecast_amount) == (count, Money.of(count, "EUR").payable_share(1, 10))
    later = showing.GetForecastAccuracy(call=a_call_of(""), month_count=2)
    assert (await showing.get_forecast_accuracy(harness.env, later)).rows == ()
    harness.days(62)
    await tallied(harness)
    (row,) = (await showing.get_forecast_accuracy(harness.env, later)).rows
    assert (row.deal_count, row.forecast_amount) == (450, Money.of(90, "EUR"))


async def test_months_before_the_first_year_have_no_snapshots(harness: Harness) -> None:
    for asked in (
        {"last_month": "0000-03"},
        {"last_month": "0001-05"},
        {"first_month": "0000-05", "last_month": "0000-07"},
    ):
        found = await harness.look(showing.get_forecast_accuracy, showing.GetForecastAccuracy, **asked)
        assert found.rows == ()


async def test_the_day_and_its_table_are_learned_once(harness: Harness) -> None:
    await opened(harness, "Aa")
    await settle(harness)
    assert [await jobs.learn(harness.env) for _ in range(2)] == [1, 0]
    harness.days(1)
    assert await jobs.learn(harness.env) == 1


async def test_a_deal_that_is_overdue_stands_apart(harness: Harness) -> None:
    await opened(harness, "Aa")
    await settle(harness)
    harness.days(60)
    windows = {one.window for one in (await show(harness)).lines if one.pipeline_amount.amount}
    assert windows == {ForecastWindow.OVERDUE}
