"""What higher slices ask about measures."""

from libs.store.port import get
from services.compliance.measures.documents import MEASURES
from services.compliance.measures.domain import measure_id, require_taken
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.settings import Env


async def require_done(env: Env, request: SubjectRequest) -> None:
    """MeasureOutstanding if the services have not done what the request asks for."""
    held = await get(env.store, MEASURES, measure_id(request.id))
    require_taken(request, held.value if held is not None else None)


async def corrected(env: Env, request: SubjectRequest) -> tuple[str, ...]:
    """The fields of the person that the services were asked to correct; none before, and for other types."""
    held = await get(env.store, MEASURES, measure_id(request.id))
    return held.value.fields if held is not None else ()
