"""Files what events say of a claim under its deal."""

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.document import same_content
from libs.store.port import create, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain import deals as domain
from services.deals.pipeline.domain.history import PipelineState, Transition
from services.deals.settings import Env


class FileTransitions(Command, frozen=True, kw_only=True):
    """File what an event said of a claim; without transitions, only what the claim is worth now."""

    registration_id: str
    transitions: tuple[Transition, ...] = ()


class Filed(msgspec.Struct, frozen=True):
    """Whether something was written."""

    written: bool = False


async def file_transitions(env: Env, cmd: FileTransitions) -> Filed:
    """Write the deal of the claim, unless nothing in it is new. A draft that was never submitted makes no deal, but its
    stage is kept for the day on which it is."""
    loaded = await get(env.store, REGISTRATIONS, cmd.registration_id)
    held = await get(env.store, PIPELINE_DEALS, cmd.registration_id)
    if loaded is None or (held is None and not cmd.transitions):
        return Filed()
    deal = domain.described(held.value if held else None, loaded.value, now=env.clock.now())
    deal = _dated(env, domain.moved(deal, cmd.transitions))
    if held is not None and same_content(held.value, deal):
        return Filed()
    await env.commit(held.put(deal) if held else create(PIPELINE_DEALS, deal), call=cmd.call)
    return Filed(written=True)


def _dated(env: Env, deal: domain.PipelineDeal) -> domain.PipelineDeal:
    """The deal with the day of its end in the cell's time zone."""
    ended = deal.state not in (PipelineState.OPEN, PipelineState.OUTSIDE)
    return replace(deal, closed_date=env.day_of(deal.stage_since) if ended and deal.stage_since else None)
