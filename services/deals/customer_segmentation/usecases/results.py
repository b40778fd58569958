"""Shows what complete runs found."""

from datetime import date
from typing import NamedTuple

from libs.call import Command
from libs.errors import NotFound
from libs.segmentation.lifecycle import LifeCycle
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, Scalar, get
from services.deals.customer_segmentation.documents import ROWS, SEGMENTATION_RULES
from services.deals.customer_segmentation.domain.rule import CustomerSegmentationRule
from services.deals.customer_segmentation.domain.run import CustomerRow, CustomerRun, row_id
from services.deals.customer_segmentation.domain.shown import CustomerSegment, explained
from services.deals.customer_segmentation.reads import complete_run
from services.deals.settings import Env

_SMALLEST_FIRST = "revenue"


class GetCustomerSegmentation(Command, frozen=True, kw_only=True):
    """Show the summary of a quarter; without one, of the newest."""

    quarter: date | None = None


class ListCustomerSegments(ListCommand, frozen=True, kw_only=True):
    """List the customers of a quarter; an empty filter matches all of them."""

    quarter: date | None = None
    class_code: str = ""
    life_cycle: LifeCycle | None = None
    moved_only: bool = False


class GetCustomerSegment(Command, frozen=True, kw_only=True):
    """Explain one customer."""

    customer_id: str
    quarter: date | None = None


class Found(NamedTuple):
    """A complete run with its rule."""

    run: CustomerRun
    rule: CustomerSegmentationRule


class FoundPage(NamedTuple):
    """A page of the rows of a run."""

    found: Found
    page: Page[CustomerRow]


async def get_customer_segmentation(env: Env, cmd: GetCustomerSegmentation) -> Found:
    """A complete run with its rule. NotFound."""
    run = await complete_run(env, cmd.quarter)
    loaded = await get(env.store, SEGMENTATION_RULES, run.rule_id)
    assert loaded is not None, "a version is never deleted"
    return Found(run, loaded.value)


async def list_customer_segments(env: Env, cmd: ListCustomerSegments) -> FoundPage:
    """A page of rows, the largest revenue first and those of unknown revenue before all others, or the reverse.
    NotFound."""
    found = await get_customer_segmentation(env, GetCustomerSegmentation(call=cmd.call, quarter=cmd.quarter))
    filters: dict[str, Scalar] = {
        **filters_of(cmd, "class_code", "life_cycle"),
        "run_id": found.run.id,
        "moved": True if cmd.moved_only else None,
    }
    asked = paged(cmd)
    asked["order"], asked["descending"] = "negated", cmd.order_by == _SMALLEST_FIRST
    return FoundPage(found, await env.listing(ROWS, filters, call=cmd.call, **asked))


async def get_customer_segment(env: Env, cmd: GetCustomerSegment) -> CustomerSegment:
    """A customer with the figures that decide. NotFound."""
    run, rule = await get_customer_segmentation(env, GetCustomerSegmentation(call=cmd.call, quarter=cmd.quarter))
    loaded = await get(env.store, ROWS, row_id(run.id, cmd.customer_id))
    if loaded is None:
        raise NotFound(ROWS.name, row_id(run.id, cmd.customer_id))
    return explained(run, rule, loaded.value)
