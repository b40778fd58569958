"""A segmentation of a quarter, made page by page, and its rows.

MEASURING -> CLASSIFYING -> COMPLETE

Nobody sees it before it is COMPLETE. MEASURING writes a row for each partner with documents in the window, and adds
up the whole; CLASSIFYING walks the rows from the largest to the smallest.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple

from msgspec.structs import replace

from libs.document import Document
from libs.quarters import months_after, next_quarter
from libs.segmentation.lifecycle import LifeCycle
from libs.segmentation.shares import LorenzPoint, Standing
from libs.segmentation.tallies import ClassChange, ClassTally, LifeCycleTally, Tallies
from services.partners.facts.domain.metrics import FactMetric
from services.partners.segmentation.domain.model import SegmentationModel
from services.partners.segmentation.events import SegmentationCompleted


class RunPhase(Enum):
    """What the run does next."""

    MEASURING = "MEASURING"
    CLASSIFYING = "CLASSIFYING"
    COMPLETE = "COMPLETE"


class Segmentation(Document, frozen=True, kw_only=True):
    """The run of a model for a quarter; the id is `run_id`. first_month: of the window. cursor: where the next page of
    the phase begins. due_at: when it goes on; None: never. partner_count: rows; ranked_count: those with revenue above
    zero. revenue: of these, in ten-thousandths; cumulated, ranked: of the rows that are classified already.
    previous_quarter: that of the run with which classes are compared; None if there is none."""

    model_id: str
    model_code: str
    model_number: int
    metric: FactMetric
    currency: str
    quarter: date
    first_month: date
    phase: RunPhase = RunPhase.MEASURING
    cursor: str = ""
    due_at: datetime | None = None
    partner_count: int = 0
    ranked_count: int = 0
    rate_unknown_count: int = 0
    revenue: int = 0
    cumulated: int = 0
    ranked: int = 0
    classes: tuple[ClassTally, ...] = ()
    life_cycles: tuple[LifeCycleTally, ...] = ()
    class_changes: tuple[ClassChange, ...] = ()
    lorenz: tuple[LorenzPoint, ...] = ()
    previous_quarter: date | None = None
    as_of: datetime | None = None
    complete_time: datetime | None = None
    update_time: datetime


class Segment(Document, frozen=True, kw_only=True):
    """The row of a partner; the id is `segment_id`. revenue: of the window, in ten-thousandths of the model's currency;
    None if a rate is unknown. negated: minus the revenue, by which rows are ordered; None sorts first. cumulated: the
    revenue up to this row, itself included; 0 without a class. life_cycle: None if a rate is unknown. moved: whether
    the class differs from that in the run before."""

    run_id: str
    partner_id: str
    revenue: int | None
    negated: int | None
    cumulated: int = 0
    class_code: str = ""
    class_before: str = ""
    moved: bool = False
    life_cycle: LifeCycle | None
    update_time: datetime


class Previous(NamedTuple):
    """The run before, and by partner id the classes that it gave to the partners of a page."""

    run: Segmentation
    classes: Mapping[str, str]


def run_id(model_code: str, quarter: date) -> str:
    """The id of the run of a model and quarter."""
    return f"{model_code}:{quarter.isoformat()}"


def segment_id(run: str, partner_id: str) -> str:
    """The id of the row of a partner."""
    return f"{run}:{partner_id}"


def opened(model: SegmentationModel, quarter: date, *, due_at: datetime, now: datetime) -> Segmentation:
    """A new run, to begin at `due_at`."""
    return Segmentation(
        id=run_id(model.code, quarter),
        model_id=model.id,
        model_code=model.code,
        model_number=model.number,
        metric=model.metric,
        currency=model.currency,
        quarter=quarter,
        first_month=months_after(next_quarter(quarter), -model.window_months),
        due_at=due_at,
        update_time=now,
    )


def measured(
    run: Segmentation, rows: Iterable[Segment], cursor: str, *, as_of: datetime, now: datetime
) -> Segmentation:
    """The run after a page of rows was measured; the first page says as of when."""
    fresh = tuple(rows)
    ranked = [one.revenue for one in fresh if one.revenue is not None and one.revenue > 0]
    return replace(
        run,
        phase=RunPhase.MEASURING if cursor else RunPhase.CLASSIFYING,
        cursor=cursor,
        partner_count=run.partner_count + len(fresh),
        ranked_count=run.ranked_count + len(ranked),
        rate_unknown_count=run.rate_unknown_count + sum(one.revenue is None for one in fresh),
        revenue=run.revenue + sum(ranked),
        as_of=run.as_of or as_of,
        update_time=now,
    )


def classified(
    run: Segmentation,
    model: SegmentationModel,
    rows: Iterable[Segment],
    previous: Previous | None,
    *,
    now: datetime,
) -> tuple[Segmentation, tuple[Segment, ...]]:
    """The run and the next rows, in their order, after these rows got their classes."""
    standing = Standing(
        total=run.revenue,
        ranked_count=run.ranked_count,
        cumulated=run.cumulated,
        ranked=run.ranked,
        points=run.lorenz,
    )
    done: list[Segment] = []
    for row in rows:
        standing, code = standing.next(model.classes, row.revenue)
        before = previous.classes.get(row.partner_id, "") if previous else ""
        done.append(
            replace(
                row,
                class_code=code,
                class_before=before,
                moved=previous is not None and code != before,
                cumulated=standing.cumulated if code else 0,
                update_time=now,
            )
        )
    after = replace(
        run,
        cumulated=standing.cumulated,
        ranked=standing.ranked,
        lorenz=standing.points,
        previous_quarter=previous.run.quarter if previous else None,
        update_time=now,
    )
    return _counted(after, _tallies(run).after(done, compared=previous is not None)), tuple(done)


def completed(run: Segmentation, previous: Segmentation | None, *, now: datetime) -> Segmentation:
    """The run after its last page. Partners that had a class in the run before and have no row now have left it."""
    run = _counted(run, _tallies(run).completed(previous.classes if previous else ()))
    return replace(
        run,
        phase=RunPhase.COMPLETE,
        cursor="",
        due_at=None,
        lorenz=tuple(reversed(run.lorenz)),
        complete_time=now,
        update_time=now,
    )


def completed_event(run: Segmentation) -> SegmentationCompleted:
    """The event of a run that is complete."""
    return SegmentationCompleted(
        model_code=run.model_code,
        model_number=run.model_number,
        quarter=run.quarter,
        partner_count=run.partner_count,
    )


def _tallies(run: Segmentation) -> Tallies:
    return Tallies(run.classes, run.life_cycles, run.class_changes)


def _counted(run: Segmentation, tallies: Tallies) -> Segmentation:
    return replace(run, **tallies._asdict())
