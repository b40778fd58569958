"""What becomes due in compliance: entries of the trail that wait for their place in the chain, checkpoints,
and the end of objects that no package needs."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.errors import Contended
from libs.runtime.service import Job
from services.compliance.usecases import chain
from services.compliance.usecases.objects import delete_objects
from services.compliance.usecases.settings import Env, Settings

EVERY = timedelta(seconds=1)
OBJECTS_EVERY = timedelta(minutes=1)


async def extend_chain(env: Env) -> int:
    """Chain a batch of entries; 0 too if other replicas are quicker at it."""
    before = (await chain.chain_head(env.store)).value.size
    call = Call(caller=SYSTEM, method="compliance__extend_chain")
    try:
        head = await env.run(chain.extend_chain, chain.ExtendChain(call=call))
    except Contended:
        return 0
    return head.size - before


JOBS: tuple[Job[Settings], ...] = (
    Job("compliance__extend_chain", EVERY, extend_chain),
    Job("compliance__delete_objects", OBJECTS_EVERY, delete_objects),
)
