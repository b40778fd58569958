"""Deletes the encrypted objects that services wrote for a request when no package needs them any more."""

from libs.store.port import get
from libs.subject_data import case_of
from services.compliance.package.domain.export import needs_object
from services.compliance.requests.documents import REQUESTS
from services.compliance.settings import Env

DELETED_AT_ONCE = 100


async def delete_objects(env: Env) -> int:
    """Delete up to 100 objects that no package needs; how many were deleted. StoreUnavailable.

    These are objects of an earlier round, of an answer that was not the first, of a request that was completed more
    than a day ago, and of a request that does not exist.
    """
    deleted = 0
    for name in await env.objects.names():
        if (case := case_of(name)) is None or await _is_needed(env, name, case):
            continue
        await env.objects.delete(name)
        deleted += 1
        if deleted == DELETED_AT_ONCE:
            break
    return deleted


async def _is_needed(env: Env, name: str, case: tuple[str, int, str]) -> bool:
    case_id, number, service = case
    loaded = await get(env.store, REQUESTS, case_id)
    return loaded is not None and needs_object(loaded.value, name, round=number, service=service, now=env.clock.now())
