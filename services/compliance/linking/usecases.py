"""Links a request, keeps what the other cells state of theirs, and forgets it."""

from datetime import timedelta

from msgspec.structs import replace

from libs.call import Call, Command, ResourceCommand
from libs.ids import unique
from libs.store.port import ROWS_PER_PAGE, Query, create, get
from services.compliance.linking.events import LinkStep, RequestLinkRecorded, RequestLinkStated, SubjectRequestLinked
from services.compliance.requests.documents import LINKED, LINKS, REQUESTS
from services.compliance.requests.domain.links import (
    AlreadyLinked,
    LinkedRequest,
    LinkTaken,
    RequestLink,
)
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.reads import link_of
from services.compliance.settings import Env

KEPT = timedelta(days=800)  # as long as any request may last, and longer


class LinkRequest(ResourceCommand, frozen=True, kw_only=True):
    """Link a request. link_id: empty for a new link."""

    link_id: str = ""


class Learn(Command, frozen=True, kw_only=True):
    """Keep what another cell states of its request. version: of the statement."""

    cell: str
    version: int
    statement: RequestLinkStated


async def link_request(env: Env, cmd: LinkRequest) -> RequestLink:
    """The link. Its event lets this service state the request to the other cells. AlreadyLinked, LinkTaken."""
    await env.load(REQUESTS, cmd.id, call=cmd.call, etag=cmd.etag)
    held = await link_of(env, cmd.id)
    if held is not None:
        if cmd.link_id in ("", held.value.id):
            return await env.unchanged(held, call=cmd.call)
        raise AlreadyLinked(held.value)
    link_id = cmd.link_id or unique()
    if (taken := await get(env.store, LINKS, link_id)) is not None:
        raise LinkTaken(taken.value)
    told = SubjectRequestLinked(case_id=cmd.id, link_id=link_id)
    return await env.commit(create(LINKS, RequestLink(id=link_id, case_id=cmd.id)), events=[told], call=cmd.call)


async def request_of(env: Env, link: RequestLink, *, call: Call) -> SubjectRequest:
    """The request of this cell that has the link."""
    return await env.show(REQUESTS, link.case_id, call=call)


async def learn(env: Env, cmd: Learn) -> None:
    """Keep the statement and record it, unless it is this cell's own or one at least as new is kept. It is kept even if
    no request here has the link yet, because the request of this cell may be linked later."""
    link_id, row_id = cmd.statement.link_id, f"{cmd.statement.link_id}:{cmd.cell}"
    held = await get(env.store, LINKED, row_id)
    if cmd.cell == env.directory.here.code or (held is not None and held.value.stated >= cmd.version):
        return
    row = LinkedRequest(
        id=row_id,
        link_id=link_id,
        cell=cmd.cell,
        state=cmd.statement.state,
        stated=cmd.version,
        update_time=env.clock.now(),
    )
    link = await get(env.store, LINKS, link_id)
    record = RequestLinkRecorded(
        link_id=link_id,
        case_id=link.value.case_id if link else "",
        step=LinkStep.LEARNED,
        cell=cmd.cell,
        state=row.state,
    )
    write = held.put(replace(row, version=held.value.version)) if held else create(LINKED, row)
    await env.commit(write, events=[record], call=cmd.call)


async def forget(env: Env) -> int:
    """Delete up to a page of what other cells stated longer ago than any request lasts; how many rows."""
    before = env.clock.now() - KEPT
    page = await env.store.find(Query(kind=LINKED, order="update_time", below=before, limit=ROWS_PER_PAGE))
    if page.rows:
        await env.store.commit([row.delete() for row in page.rows])
    return len(page.rows)
