"""What higher slices ask about legal holds."""

from collections.abc import Set

from libs.store.listing import everything
from services.compliance.holds.documents import HOLDS
from services.compliance.holds.domain import LegalHold, LegalHoldState, stops
from services.compliance.settings import Env


async def stopping(env: Env, hashes: Set[str]) -> LegalHold | None:
    """The hold that stops an erasure of the person with these aliases, the earliest by id; None if there is none."""
    active = await everything(env.store, HOLDS, {"state": LegalHoldState.ACTIVE})
    return next((one for one in active if stops(one, hashes)), None)
