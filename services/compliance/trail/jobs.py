"""The jobs that append new entries to the chain, sign checkpoints, and find what the trail lacks."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.errors import Contended
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from services.compliance.settings import Env, Settings
from services.compliance.trail.reads import chain_head
from services.compliance.trail.usecases import chain, lanes

NAME = "compliance__extend_chain"
EVERY = timedelta(seconds=1)
CHECK, CHECK_EVERY = "compliance__check_lanes", timedelta(seconds=10)


async def extend_chain(env: Env) -> int:
    """Append a batch of entries to the chain; how many. 0 also if another replica extended the chain first."""
    before = (await chain_head(env.store)).value.size
    call = Call(caller=SYSTEM, method=NAME)
    try:
        head = await env.run(chain.extend_chain, chain.ExtendChain(call=call))
    except Contended:
        return 0
    return head.size - before


async def check_lanes(env: Env) -> int:
    """Follow the lanes in the next entries of the chain, or else judge lanes; how many entries or lanes. 0 also if
    another replica did it first."""
    call = Call(caller=SYSTEM, method=CHECK)
    before = (await lanes.progress(env.store)).value.next_index
    try:
        after = await env.run(lanes.follow_lanes, lanes.FollowLanes(call=call))
    except Contended:
        return 0
    if followed := after.next_index - before:
        return followed
    due = await lanes.lanes_to_judge(env.store, env.clock.now())
    return await sweep(CHECK, due, lambda call, row: env.run(lanes.judge_lane, lanes.JudgeLane(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, extend_chain), Job(CHECK, CHECK_EVERY, check_lanes))
