"""The job that appends new entries to the chain and signs checkpoints."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.errors import Contended
from libs.runtime.service import Job
from services.compliance.settings import Env, Settings
from services.compliance.trail.usecases import chain

NAME = "compliance__extend_chain"
EVERY = timedelta(seconds=1)


async def extend_chain(env: Env) -> int:
    """Append a batch of entries to the chain; how many. 0 also if another replica extended the chain first."""
    before = (await chain.chain_head(env.store)).value.size
    call = Call(caller=SYSTEM, method=NAME)
    try:
        head = await env.run(chain.extend_chain, chain.ExtendChain(call=call))
    except Contended:
        return 0
    return head.size - before


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, extend_chain),)
