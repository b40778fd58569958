"""What is done with segmentations in tests, as an RPC, a projection or the clock would do it."""

from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from libs.store.port import Query, create
from services.partners.facts.documents import FACTS
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.domain.sums import Key, fact_of
from services.partners.record.domain.partner import Partner
from services.partners.segmentation.documents import SEGMENTATIONS, SEGMENTS
from services.partners.segmentation.domain.model import SegmentationModel
from services.partners.segmentation.domain.run import Segment, Segmentation
from services.partners.segmentation.domain.summary import SegmentRow, row_of
from services.partners.segmentation.jobs import JOBS
from services.partners.segmentation.usecases import models, results
from tests.builders import a_call
from tests.component.partners.facts.telling import settled
from tests.component.partners.harness import Harness
from tests.component.partners.scorecard.acts import wait
from tests.unit.partners.segmentation.built import QUARTER, a_model

SETTLED = datetime.fromisoformat("2026-07-01T12:00:00+00:00")
"""The quarter is over."""


async def published(harness: Harness, *, effective: date = QUARTER, **fields: Any) -> SegmentationModel:
    """A model that applies from the second quarter on."""
    model = a_model(**fields)
    content = {
        field: getattr(model, field) for field in models.DraftSegmentationModel.__struct_fields__ if field != "call"
    }
    draft = await harness.run(models.draft_segmentation_model, models.DraftSegmentationModel, **content)
    return await harness.run(
        models.publish_segmentation_model, models.PublishSegmentationModel, id=draft.id, effective_day=effective
    )


async def earned(
    harness: Harness,
    *amounts: tuple[Partner, date, int],
    currency: str = "EUR",
    metric: FactMetric = FactMetric.REVENUE_ORDERED,
) -> None:
    """The documents of a month of these partners are summed up: so many units of the currency."""
    facts = []
    for partner, month, units in amounts:
        key = Key(metric, month, "", currency, partner.country)
        facts.append(create(FACTS, replace(fact_of(partner.id, key), own=Sum(units * 10_000))))
    await harness.env.store.commit(facts)


async def turn(harness: Harness) -> None:
    """The facts are summed up, and the jobs of segmentations have nothing left to do."""
    await settled(harness)
    while any([await job.run(harness.env) for job in JOBS]):
        pass


async def made(harness: Harness, at: datetime = SETTLED) -> None:
    """It is `at`, and the segmentations of all quarters that are over by then are made."""
    wait(harness, at)
    await turn(harness)


async def found(harness: Harness, quarter: date | None = None) -> results.Found:
    """What GetSegmentation finds."""
    return await harness.look(results.get_segmentation, results.GetSegmentation, model_code="ABC", quarter=quarter)


async def rows_of(harness: Harness, **fields: Any) -> list[SegmentRow]:
    """All rows that ListSegments shows, page by page."""
    shown: list[SegmentRow] = []
    token = ""
    while True:
        cmd = results.ListSegments(call=a_call(), model_code="ABC", page_token=token, **fields)
        answer = await results.list_segments(harness.env, cmd)
        shown += [row_of(answer.run, row.value) for row in answer.page.rows]
        if not (token := answer.page.next_cursor):
            return shown


async def stored(harness: Harness) -> tuple[Segmentation, list[Segment]]:
    """The only run and its rows, complete or not."""
    [run] = (await harness.env.store.find(Query(kind=SEGMENTATIONS))).rows
    rows = (await harness.env.store.find(Query(kind=SEGMENTS, limit=200))).rows
    return run.value, [row.value for row in rows]
