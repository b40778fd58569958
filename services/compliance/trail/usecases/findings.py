"""Lists what the trail lacks, or has and should not have."""

from msgspec.structs import replace

from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page
from services.compliance.settings import Env
from services.compliance.trail.documents import FINDINGS
from services.compliance.trail.domain.findings import TrailFinding, TrailFindingState
from services.compliance.trail.domain.lanes import TrailFindingType

_NEWEST_FIRST = "create_time desc"


class ListTrailFindings(ListCommand, frozen=True, kw_only=True):
    """List findings; an empty filter matches all of them. order_by: empty: the newest first."""

    state: TrailFindingState | None = None
    type: TrailFindingType | None = None
    service: str = ""


async def list_trail_findings(env: Env, cmd: ListTrailFindings) -> Page[TrailFinding]:
    """One page of findings, the newest first unless the caller asks for the oldest."""
    paging = paged(replace(cmd, order_by=cmd.order_by or _NEWEST_FIRST))
    return await env.listing(FINDINGS, filters_of(cmd, "service", "type", "state"), call=cmd.call, **paging)
