"""Reads the chances, and weighs deals with them."""

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from libs.store.port import get
from services.deals.claims.domain.states import Stage
from services.deals.forecast.documents import TABLES
from services.deals.forecast.domain.figures import Weighed, ages_of
from services.deals.forecast.domain.learning import Chance, ChanceTable, band_of, chances
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState
from services.deals.settings import Env

TABLE = "cell"


async def table_of(env: Env) -> ChanceTable | None:
    """What was last learned; None if nothing was."""
    loaded = await get(env.store, TABLES, TABLE)
    return loaded.value if loaded else None


def weighed(env: Env, deals: Iterable[PipelineDeal], table: ChanceTable | None, *, today: date) -> list[Weighed]:
    """The deals with the chances of those that are open. A table of an earlier day counts as one of today."""
    known = replace(table, as_of=today) if table else ChanceTable(id=TABLE, as_of=today)
    cached: dict[tuple[Stage | None, int, int], tuple[Chance, ...]] = {}
    found = []
    for deal in deals:
        if deal.state is not PipelineState.OPEN:
            found.append(Weighed(deal, ()))
            continue
        ages = ages_of(deal, today, env.day_of)
        key = (ages.stage, band_of(ages.stage_days), band_of(ages.open_days))
        if key not in cached:
            cached[key] = chances(known, ages)
        found.append(Weighed(deal, cached[key]))
    return found
