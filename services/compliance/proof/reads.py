"""The entries, answers and checkpoints that a proof of a request shows."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from libs.privacy.sealing.store import SealedStore
from libs.store.port import ROWS_PER_PAGE, Query, Store
from services.compliance.erasure.documents import ERASURES
from services.compliance.erasure.domain import Erasure, erasure_id
from services.compliance.requests.documents import REQUESTS, SIGNED_ANSWERS
from services.compliance.requests.domain.moves import OPEN
from services.compliance.requests.domain.request import SignedAnswer, SubjectRequest
from services.compliance.retention.documents import REPORTS
from services.compliance.retention.domain import ServicePurge
from services.compliance.trail.documents import AUDIT, CHECKPOINTS
from services.compliance.trail.domain.chain import AuditCheckpoint
from services.compliance.trail.domain.entries import AuditEntry, AuditOutcome

LOOKS_AT_MOST = 1_000
PURGES_AT_MOST = 1_000


class Purged(NamedTuple):
    """What a service reported about a run of its purge. time: when compliance got the report."""

    run_id: str
    found: ServicePurge
    time: datetime


class Entries(NamedTuple):
    """The entries about a request, by place in the chain; those without a place last. looks_left_out: how many entries
    of reads and refusals there are beyond LOOKS_AT_MOST."""

    found: tuple[AuditEntry, ...]
    looks_left_out: int


async def entries_of(store: Store, request: SubjectRequest, purges: Sequence[Purged]) -> Entries:
    """The entries about the request, about its erasure, about the answers to each of its rounds, and about purges."""
    steps, looks, left_out = list[AuditEntry](), list[AuditEntry](), 0
    for resource in (*_resources(request), *(one.run_id for one in purges)):
        cursor = ""
        while True:
            wanted = {"resource_id": resource}
            page = await store.find(Query(kind=AUDIT, equals=wanted, order="time", limit=ROWS_PER_PAGE, cursor=cursor))
            for one in (loaded.value for loaded in page.rows):
                if one.outcome is AuditOutcome.SUCCEEDED:
                    steps.append(one)
                elif len(looks) < LOOKS_AT_MOST:
                    looks.append(one)
                else:
                    left_out += 1
            if not (cursor := page.next_cursor):
                break
    placed = sorted((*steps, *looks), key=lambda one: (one.leaf_index is None, one.leaf_index or 0))
    return Entries(tuple(placed), left_out)


async def answers_of(store: Store, request: SubjectRequest) -> tuple[SignedAnswer, ...]:
    """The answers that services signed, by round and service."""
    found, cursor = list[SignedAnswer](), ""
    while True:
        wanted = {"case_id": request.id}
        page = await store.find(Query(kind=SIGNED_ANSWERS, equals=wanted, limit=ROWS_PER_PAGE, cursor=cursor))
        found += (one.value for one in page.rows)
        if not (cursor := page.next_cursor):
            return tuple(sorted(found, key=_place))


async def certified_of(store: Store, request: SubjectRequest) -> tuple[Erasure, ...]:
    """The certified erasures that erased somebody from the request, and its own, by id."""
    assert isinstance(store, SealedStore), "compliance stores persons"
    cases = {*await store.ledger.cases_of(REQUESTS.name, request.id), request.id}
    found = await store.get_many(ERASURES, sorted(map(erasure_id, cases)))
    return tuple(one.value for _, one in sorted(found.items()) if one.value.certificate is not None)


async def purges_of(store: Store, request: SubjectRequest) -> tuple[Purged, ...]:
    """What services signed about the purges that ended since the request was received, until it had ended, by id; the
    first 1,000. Neither rehearsals nor what a release before 2026-11-30 reported, which is not signed."""
    until = None if request.state in OPEN else request.update_time
    found, cursor = list[Purged](), ""
    while len(found) < PURGES_AT_MOST:
        query = Query(
            kind=REPORTS,
            equals={"rehearsal": False},
            order="update_time",
            at_least=request.receive_time,
            below=until,
            limit=ROWS_PER_PAGE,
            cursor=cursor,
        )
        page = await store.find(query)
        reports = [row.value for row in page.rows]
        found += (
            Purged(report.id, one, report.update_time) for report in reports for one in report.services if one.signature
        )
        if not (cursor := page.next_cursor):
            break
    return tuple(sorted(found[:PURGES_AT_MOST], key=lambda one: (one.run_id, one.found.service)))


async def checkpoint_before(store: Store, leaf_index: int) -> AuditCheckpoint | None:
    """The newest checkpoint that covers no entry from `leaf_index` on; None if there is none."""
    query = Query(kind=CHECKPOINTS, order="tree_size", below=leaf_index + 1, descending=True, limit=1)
    rows = (await store.find(query)).rows
    return rows[0].value if rows else None


def _resources(request: SubjectRequest) -> Iterator[str]:
    yield request.id
    yield erasure_id(request.id)
    yield from (f"{request.id}:{number}" for number in range(1, request.round + 1))


def _place(answer: SignedAnswer) -> tuple[int, str]:
    _, number, service = answer.id.rsplit(":", 2)
    return int(number), service
