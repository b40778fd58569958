"""Shows what complete runs found: to the vendor everything, to a partner's people their own class."""

from datetime import date
from typing import NamedTuple

import msgspec

from libs.call import Command
from libs.errors import NotFound
from libs.segmentation.lifecycle import LifeCycle
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, Scalar, get
from services.partners.scorecard.reads import own_or_asked
from services.partners.segmentation.documents import SEGMENTATION_MODELS, SEGMENTATIONS, SEGMENTS
from services.partners.segmentation.domain.model import SegmentationModel
from services.partners.segmentation.domain.run import RunPhase, Segment, Segmentation, segment_id
from services.partners.segmentation.reads import complete_run
from services.partners.settings import Env

_SMALLEST_FIRST = "revenue"
_QUARTER = "quarter"


class GetSegmentation(Command, frozen=True, kw_only=True):
    """Show the summary of a run; without a quarter, of the newest one."""

    model_code: str
    quarter: date | None = None


class ListSegmentations(ListCommand, frozen=True, kw_only=True):
    """List the quarters that are segmented; an empty filter matches all of them."""

    model_code: str = ""


class ListSegments(ListCommand, frozen=True, kw_only=True):
    """List the rows of a run; an empty filter matches all of them."""

    model_code: str
    quarter: date | None = None
    class_code: str = ""
    life_cycle: LifeCycle | None = None
    moved_only: bool = False


class GetPartnerSegment(Command, frozen=True, kw_only=True):
    """Show the class and the life cycle of a partner in the newest run."""

    partner_id: str
    model_code: str


class Found(NamedTuple):
    """A complete run with its model."""

    run: Segmentation
    model: SegmentationModel


class FoundPage(NamedTuple):
    """A page of the rows of a run."""

    run: Segmentation
    page: Page[Segment]


class PartnerSegment(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner's people see of a run. class_code: empty without revenue above zero. life_cycle: None if a rate is
    unknown."""

    partner_id: str
    model_code: str
    model_number: int
    quarter: date
    class_code: str = ""
    class_actions: tuple[str, ...] = ()
    life_cycle: LifeCycle | None = None
    life_cycle_actions: tuple[str, ...] = ()


async def get_segmentation(env: Env, cmd: GetSegmentation) -> Found:
    """A complete run with its model. NotFound."""
    return await _found(env, cmd.model_code, cmd.quarter)


async def list_segmentations(env: Env, cmd: ListSegmentations) -> Page[Segmentation]:
    """One page of complete runs, the newest quarter first unless the caller asks for the oldest."""
    filters: dict[str, Scalar] = {**filters_of(cmd, "model_code"), "phase": RunPhase.COMPLETE}
    asked = paged(cmd)
    asked["order"], asked["descending"] = _QUARTER, cmd.order_by != _QUARTER
    return await env.listing(SEGMENTATIONS, filters, call=cmd.call, **asked)


async def list_segments(env: Env, cmd: ListSegments) -> FoundPage:
    """A page of rows, the largest revenue first and those without a rate before all others, or the reverse.
    NotFound."""
    run = await complete_run(env, cmd.model_code, cmd.quarter)
    filters: dict[str, Scalar] = {
        **filters_of(cmd, "class_code", "life_cycle"),
        "run_id": run.id,
        "moved": True if cmd.moved_only else None,
    }
    asked = paged(cmd)
    asked["order"], asked["descending"] = "negated", cmd.order_by == _SMALLEST_FIRST
    return FoundPage(run, await env.listing(SEGMENTS, filters, call=cmd.call, **asked))


async def get_partner_segment(env: Env, cmd: GetPartnerSegment) -> PartnerSegment:
    """The row of a partner in the newest complete run. NotFound; for a partner's people also for every other partner,
    and if the model is not for them."""
    partner_id = own_or_asked(cmd.call.caller, cmd.partner_id)
    run, model = await _found(env, cmd.model_code, None)
    loaded = await get(env.store, SEGMENTS, segment_id(run.id, partner_id))
    if loaded is None or (cmd.call.caller.partner_id and not model.shown_to_partner):
        raise NotFound(SEGMENTS.name, segment_id(run.id, partner_id))
    row = loaded.value
    return PartnerSegment(
        partner_id=partner_id,
        model_code=run.model_code,
        model_number=run.model_number,
        quarter=run.quarter,
        class_code=row.class_code,
        class_actions=next((one.actions for one in model.classes if one.code == row.class_code), ()),
        life_cycle=row.life_cycle,
        life_cycle_actions=next(
            (one.actions for one in model.life_cycle_actions if one.life_cycle is row.life_cycle), ()
        ),
    )


async def _found(env: Env, model_code: str, quarter: date | None) -> Found:
    run = await complete_run(env, model_code, quarter)
    loaded = await get(env.store, SEGMENTATION_MODELS, run.model_id)
    assert loaded is not None
    return Found(run, loaded.value)
