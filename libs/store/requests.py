"""Repeating a request is safe: the record of the first answer is part of the first commit.

There is no look-up on the way in. A repeated request runs like a new one and fails, on the record itself or on what
the first one changed; then, and only then, the record is read and the first answer given again.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from libs.call import Call, IdempotencyKey, Mark
from libs.errors import AppError, Contended, Duplicate, RequestIdReused
from libs.store.port import Document, Index, Kind, Put, Store, UniqueViolation, VersionConflict, create, get

ATTEMPTS = 3
KEPT = timedelta(days=7)

R = TypeVar("R")


class RequestRecord(Document, frozen=True, kw_only=True):
    """What was answered to a request. `fingerprint`: of method and body; `answer`: the result as JSON, sealed as in
    the store itself; `marks`: the events written with it."""

    fingerprint: str
    answer: bytes
    at: datetime
    marks: tuple[Mark, ...] = ()


RECORDS = Kind("request", RequestRecord, (Index(("at",)),))


def record(
    request: IdempotencyKey, result: msgspec.Struct, now: datetime, marks: tuple[Mark, ...] = ()
) -> Put[RequestRecord]:
    """The write that remembers an answer; goes into the commit of what it answers."""
    answer = msgspec.json.encode(result)
    fingerprint = request.fingerprint
    return create(RECORDS, RequestRecord(id=request.key, fingerprint=fingerprint, answer=answer, at=now, marks=marks))


async def run(store: Store, call: Call, result: type[R], attempt: Callable[[], Awaitable[R]]) -> R:
    """Run `attempt` once in effect: again after a version conflict, three times at most; a repetition gets the first
    answer, another request under the same id RequestIdReused, a unique value that stays taken Duplicate, endless
    competition Contended."""
    taken: UniqueViolation | None = None
    for _ in range(ATTEMPTS):
        try:
            return await attempt()
        except (VersionConflict, UniqueViolation) as err:
            taken = err if isinstance(err, UniqueViolation) else None
            if (known := await _first_answer(store, call, result)) is not None:
                return known
        except AppError:
            if (known := await _first_answer(store, call, result)) is not None:
                return known
            raise
    if taken is not None:
        raise Duplicate(taken.kind, taken.index) from taken
    raise Contended("others keep changing the same rows")


async def _first_answer(store: Store, call: Call, result: type[R]) -> R | None:
    request = call.request
    if not request.request_id or (loaded := await get(store, RECORDS, request.key)) is None:
        return None
    if loaded.value.fingerprint != request.fingerprint:
        raise RequestIdReused(request.request_id)
    if call.effects is not None:
        call.effects.marks += loaded.value.marks
    return msgspec.json.decode(loaded.value.answer, type=result)
