"""Deletes the encrypted objects of a request when no package and no search needs them any more."""

from libs.sought_hashes import FOUND, HashesOf, hashes_of_name
from libs.store.port import get
from libs.subject_data import case_of
from services.compliance.package.domain.export import needs_object
from services.compliance.package.reads import downloads_of
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.search import needs_hashes
from services.compliance.settings import Env

DELETED_AT_ONCE = 100


async def delete_objects(env: Env) -> int:
    """Delete up to 100 objects that nothing needs; how many were deleted. StoreUnavailable.

    These are objects of an earlier round whose service has answered since, of an answer that was not the first, of a
    request whose package cannot be downloaded any more, and of a request that does not exist; and those with hashes of
    aliases, once the round is answered for which they were written, or the request has ended.
    """
    deleted = 0
    for name in await env.objects.names():
        if (hashes := hashes_of_name(name)) is not None:
            if await _are_needed(env, name, hashes):
                continue
        elif (case := case_of(name)) is None or await _is_needed(env, name, case):
            continue
        await env.objects.delete(name)
        deleted += 1
        if deleted == DELETED_AT_ONCE:
            break
    return deleted


async def _are_needed(env: Env, name: str, hashes: HashesOf) -> bool:
    """Whether a search needs the object with these hashes. That of a request that does not exist may be of one that is
    about to be committed; the bucket deletes it when it is old."""
    loaded = await get(env.store, REQUESTS, hashes.case_id)
    service = hashes.service if hashes.what == FOUND else ""
    return loaded is None or needs_hashes(loaded.value, name, round=hashes.round, answered_by=service)


async def _is_needed(env: Env, name: str, case: tuple[str, int, str]) -> bool:
    case_id, number, service = case
    loaded = await get(env.store, REQUESTS, case_id)
    if loaded is None:
        return False
    end = await downloads_of(env.store, loaded.value, env.settings.downloads)
    return needs_object(loaded.value, name, round=number, service=service, end=end, now=env.clock.now())
