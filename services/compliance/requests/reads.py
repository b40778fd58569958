"""The hashes by which higher slices let services search, the question that names them, the end of the answers, and the
links with requests of other cells."""

from collections.abc import Iterable
from contextlib import suppress

import msgspec
from msgspec.structs import replace

from libs.person import Person
from libs.privacy.aliases import as_written, sought
from libs.sought_hashes import ASKED, seal_sought
from libs.store.listing import everything
from libs.store.port import Loaded, Query, VersionConflict
from services.compliance.requests.documents import LINKED, LINKS, SIGNED_ANSWERS
from services.compliance.requests.domain.links import LinkedRequest, RequestLink
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.search import Events, RoundOpened
from services.compliance.requests.events import SubjectRequestOpened
from services.compliance.settings import Env


def hashes_of(env: Env, persons: Iterable[Person], country: str) -> tuple[str, ...]:
    """The keyed hashes of all aliases of these persons, sorted. country: of phone numbers without a country code."""
    keys = env.keys
    return tuple(sorted({one for who in persons for one in (*sought(keys, who, country), *as_written(keys, who))}))


async def ask(env: Env, request: SubjectRequest, events: Events) -> tuple[SubjectRequest, Events]:
    """The request and its events, to be committed. If it is in a new round, its hashes are an encrypted object now, and
    the event that asks every service names it. StoreUnavailable."""
    if RoundOpened() not in events:
        return request, events
    sealed = await seal_sought(
        env, ASKED, request.id, request.round, request.alias_hashes, possible=request.possible_hashes
    )
    opened = SubjectRequestOpened(case_id=request.id, type=request.type, round=request.round, object_name=sealed.name)
    told: list[msgspec.Struct] = [opened if isinstance(one, RoundOpened) else one for one in events]
    return replace(request, object_name=sealed.name), tuple(told)


async def link_of(env: Env, case_id: str) -> Loaded[RequestLink] | None:
    """The link of a request with those of other cells."""
    page = await env.store.find(Query(kind=LINKS, equals={"case_id": case_id}, limit=1))
    return page.rows[0] if page.rows else None


async def linked_with(env: Env, link_id: str) -> tuple[LinkedRequest, ...]:
    """What other cells stated about their requests of a link, by cell."""
    found = await everything(env.store, LINKED, {"link_id": link_id})
    return tuple(sorted(found, key=lambda one: one.cell))


async def forget_answers(env: Env, case_id: str) -> None:
    """Delete what services signed for a request, with its keyed hashes. May be repeated. StoreUnavailable."""
    while rows := (await env.store.find(Query(kind=SIGNED_ANSWERS, equals={"case_id": case_id}))).rows:
        with suppress(VersionConflict):  # another process deletes them too
            await env.store.commit([one.delete() for one in rows])
