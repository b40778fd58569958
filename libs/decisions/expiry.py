"""The job that expires overdue decisions."""

from datetime import timedelta
from typing import Any

from libs.decisions.four_eyes import ExpireDecision, FourEyes
from libs.env import Env
from libs.runtime.service import Job
from libs.runtime.sweep import sweep

EVERY = timedelta(minutes=1)


def expiry(service: str, four_eyes: FourEyes) -> Job[Any]:
    """The job for the decisions of one service."""
    name = f"{service}__expire_decisions"

    async def expire(env: Env[Any]) -> int:
        due = await four_eyes.overdue(env)
        return await sweep(name, due, lambda call, row: env.run(four_eyes.expire, ExpireDecision(call=call, id=row)))

    return Job(name, EVERY, expire)
