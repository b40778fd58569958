"""The segmentation of a quarter, made page by page, and its rows.

MEASURING -> CLASSIFYING -> COMPLETE

Nobody sees it before it is COMPLETE. MEASURING writes a row for each customer with orders in the window, and adds up
the whole; CLASSIFYING walks the rows from the largest to the smallest.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum

from msgspec.structs import replace

from libs.document import Document
from libs.quarters import months_after, next_quarter
from libs.segmentation.lifecycle import LifeCycle
from libs.segmentation.shares import Standing
from libs.segmentation.tallies import ClassChange, ClassTally, LifeCycleTally, Tallies
from services.deals.customer_segmentation.domain.figures import Figures
from services.deals.customer_segmentation.domain.rule import CustomerSegmentationRule
from services.deals.customer_segmentation.events import CustomerSegmentationCompleted


class RunPhase(Enum):
    """What the run does next."""

    MEASURING = "MEASURING"
    CLASSIFYING = "CLASSIFYING"
    COMPLETE = "COMPLETE"


class CustomerRun(Document, frozen=True, kw_only=True):
    """The run for a quarter; the id is `run_id`. first_month: of the window. cursor: where the next page of the phase
    begins. due_at: when it goes on; None: never. customer_count: rows. standing: how far rows are divided.
    previous_quarter: that of the run with which classes are compared; None if there is none."""

    rule_id: str
    rule_number: int
    currency: str
    quarter: date
    first_month: date
    phase: RunPhase = RunPhase.MEASURING
    cursor: str = ""
    due_at: datetime | None = None
    customer_count: int = 0
    unknown_count: int = 0
    standing: Standing = Standing(total=0, ranked_count=0)
    classes: tuple[ClassTally, ...] = ()
    life_cycles: tuple[LifeCycleTally, ...] = ()
    class_changes: tuple[ClassChange, ...] = ()
    previous_quarter: date | None = None
    complete_time: datetime | None = None
    update_time: datetime


class CustomerRow(Document, frozen=True, kw_only=True):
    """The row of a customer; the id is `row_id`. negated: minus the revenue, by which rows are ordered; None sorts
    first. cumulated: the revenue up to this row, itself included; 0 without a class. moved: whether the class differs
    from that in the run before."""

    run_id: str
    customer_id: str
    revenue: int | None
    negated: int | None
    order_count: int
    last_order_date: date
    cumulated: int = 0
    class_code: str = ""
    class_before: str = ""
    moved: bool = False
    life_cycle: LifeCycle | None
    update_time: datetime


def run_id(quarter: date) -> str:
    """The id of the run of a quarter."""
    return quarter.isoformat()


def row_id(run: str, customer_id: str) -> str:
    """The id of the row of a customer."""
    return f"{run}:{customer_id}"


def opened(rule: CustomerSegmentationRule, quarter: date, *, due_at: datetime, now: datetime) -> CustomerRun:
    """A new run, to begin at `due_at`."""
    return CustomerRun(
        id=run_id(quarter),
        rule_id=rule.id,
        rule_number=rule.number,
        currency=rule.currency,
        quarter=quarter,
        first_month=months_after(next_quarter(quarter), -rule.window_months),
        due_at=due_at,
        update_time=now,
    )


def row_of(run: CustomerRun, customer_id: str, figures: Figures, *, now: datetime) -> CustomerRow:
    """The measured row of a customer."""
    return CustomerRow(
        id=row_id(run.id, customer_id),
        run_id=run.id,
        customer_id=customer_id,
        revenue=figures.revenue,
        negated=None if figures.revenue is None else -figures.revenue,
        order_count=figures.order_count,
        last_order_date=figures.last_order_date,
        life_cycle=figures.life_cycle,
        update_time=now,
    )


def measured(run: CustomerRun, rows: Iterable[CustomerRow], cursor: str, *, now: datetime) -> CustomerRun:
    """The run after a page of rows was measured."""
    fresh = tuple(rows)
    ranked = [one.revenue for one in fresh if one.revenue is not None and one.revenue > 0]
    whole = run.standing
    return replace(
        run,
        phase=RunPhase.MEASURING if cursor else RunPhase.CLASSIFYING,
        cursor=cursor,
        customer_count=run.customer_count + len(fresh),
        unknown_count=run.unknown_count + sum(one.revenue is None for one in fresh),
        standing=Standing(total=whole.total + sum(ranked), ranked_count=whole.ranked_count + len(ranked)),
        update_time=now,
    )


def classified(
    run: CustomerRun,
    rule: CustomerSegmentationRule,
    rows: Iterable[CustomerRow],
    before: Mapping[str, str] | None,
    *,
    now: datetime,
) -> tuple[CustomerRun, tuple[CustomerRow, ...]]:
    """The run and the next rows, in their order, after these rows got their classes. before: the classes of their
    customers in the run before, by id; None without such a run."""
    standing = run.standing
    done: list[CustomerRow] = []
    for row in rows:
        standing, code = standing.next(rule.classes, row.revenue)
        was = (before or {}).get(row.customer_id, "")
        moved = before is not None and code != was
        cumulated = standing.cumulated if code else 0
        done.append(replace(row, class_code=code, class_before=was, moved=moved, cumulated=cumulated, update_time=now))
    counted = _tallies(run).after(done, compared=before is not None)
    return replace(run, standing=standing, update_time=now, **counted._asdict()), tuple(done)


def completed(
    run: CustomerRun, previous: CustomerRun | None, *, now: datetime
) -> tuple[CustomerRun, CustomerSegmentationCompleted]:
    """The run after its last page, and the event. Customers that had a class in the run before and have no row now have
    left it."""
    whole = replace(
        run,
        phase=RunPhase.COMPLETE,
        cursor="",
        due_at=None,
        previous_quarter=previous.quarter if previous else None,
        complete_time=now,
        update_time=now,
        **_tallies(run).completed(previous.classes if previous else ())._asdict(),
    )
    event = CustomerSegmentationCompleted(
        rule_number=run.rule_number, quarter=run.quarter, customer_count=run.customer_count
    )
    return whole, event


def _tallies(run: CustomerRun) -> Tallies:
    return Tallies(run.classes, run.life_cycles, run.class_changes)
