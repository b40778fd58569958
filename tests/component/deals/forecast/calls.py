"""What the suites over all protos have to know of forecasts."""

from datetime import date
from typing import Any

from libs.money import Money
from libs.store.port import create, get
from services.deals.claims.domain.states import Stage
from services.deals.forecast.documents import ENTRIES, SNAPSHOTS
from services.deals.forecast.domain.accuracy import ForecastEntry, ForecastSnapshot
from services.deals.forecast.domain.months import month_of
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState
from tests.builders import NOW
from tests.capabilities import Calls, Fields

MONTH, LONG_AGO = date(2025, 9, 1), date(2026, 1, 1)
AMOUNT = Money.of(100, "EUR")


def _partner(**more: Any) -> Fields:
    return lambda loaded: {"partner_id": loaded.rows["ptn"], **more}


async def _plant(world: Any, one: Any) -> None:
    """The partner has an open deal that slipped, which was in a snapshot."""
    store, id = world.deals.env.store, world.deals.env.ids.new("reg")
    one.rows["slipped"] = id
    deal = PipelineDeal(
        id=id,
        partner_id=one.id,
        country="DE",
        state=PipelineState.OPEN,
        stage=Stage.QUALIFIED,
        expected_amount=AMOUNT,
        first_expected_close_date=LONG_AGO,
        expected_close_date=LONG_AGO,
        update_time=NOW,
    )
    entry = ForecastEntry(
        id=f"2025-09.{id}",
        snapshot_id="2025-09",
        registration_id=id,
        partner_id=one.id,
        country="DE",
        stage=Stage.QUALIFIED,
        expected_amount=AMOUNT,
        expected_close_date=LONG_AGO,
        basis_points=(100,) * 12,
    )
    writes = [create(PIPELINE_DEALS, deal), create(ENTRIES, entry)]
    if await get(store, SNAPSHOTS, "2025-09") is None:
        whole = ForecastSnapshot(id="2025-09", month_number=month_of(MONTH), taken_date=MONTH, complete=True)
        writes.append(create(SNAPSHOTS, whole))
    await store.commit(writes)


CALLS = Calls(
    reads={
        "GetForecast": _partner(group_by="FORECAST_GROUP_PARTNER"),
        "GetForecastAccuracy": _partner(),
        "ListSlippedDeals": _partner(),
    },
    shown={"GetForecast": ("ptn",), "ListSlippedDeals": ("slipped",)},
    listed={"ListSlippedDeals": "slipped"},
    plant=_plant,
)
