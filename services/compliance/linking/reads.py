"""What higher slices do for links: they state a request that changed."""

from msgspec.structs import replace

from libs.call import Command
from libs.store.port import get
from services.compliance.linking.events import LinkStep, RequestLinkRecorded, RequestLinkStated
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.links import linked_state
from services.compliance.requests.reads import link_of
from services.compliance.settings import Env


class StateRequest(Command, frozen=True, kw_only=True):
    """Tell the other cells the state of a request, if it is linked and they do not know it."""

    id: str


async def state_request(env: Env, cmd: StateRequest) -> None:
    """State the state of the request under its link, which is all that the other cells know of it, and record that;
    nothing is stated if the request has no link, or if they know the state."""
    held = await link_of(env, cmd.id)
    request = await get(env.store, REQUESTS, cmd.id)
    if held is None or request is None:
        return
    state = linked_state(request.value.state)
    if state is held.value.state:
        return
    told = RequestLinkStated(link_id=held.value.id, state=state)
    record = RequestLinkRecorded(
        link_id=held.value.id, case_id=cmd.id, step=LinkStep.STATED, cell=env.directory.here.code, state=state
    )
    await env.commit(held.put(replace(held.value, state=state)), events=[told, record], call=cmd.call)
