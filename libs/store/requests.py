"""Makes a repetition of a request safe: the commit of the first execution includes a record of its answer.

The record is not looked up in advance. A repeated request runs like a new one and fails, on the record itself or on
what the first one changed; only then is the record read and the first answer returned.
"""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import msgspec

from libs.call import Call, IdempotencyKey, Mark
from libs.errors import AppError, Contended, Duplicate, RequestIdReused
from libs.store.port import Document, Index, Kind, Put, Store, UniqueViolation, VersionConflict, create, get

ATTEMPTS = 3
KEPT = timedelta(days=7)

R = TypeVar("R")


class RequestRecord(Document, frozen=True, kw_only=True):
    """The answer to a request. fingerprint: of method and body. answer: the result; as JSON types when it was read.
    kind: of the document that the answer is, if it is stored encrypted. marks: the events that the commit wrote."""

    fingerprint: str
    answer: Any
    at: datetime
    kind: str = ""
    marks: tuple[Mark, ...] = ()


RECORDS = Kind("request", RequestRecord, (Index(("at",)),))


def record(
    request: IdempotencyKey, result: msgspec.Struct, now: datetime, marks: tuple[Mark, ...] = ()
) -> Put[RequestRecord]:
    """The write that stores an answer; include it in the commit of the request."""
    fingerprint = request.fingerprint
    return create(RECORDS, RequestRecord(id=request.key, fingerprint=fingerprint, answer=result, at=now, marks=marks))


async def run(store: Store, call: Call, result: type[R], attempt: Callable[[], Awaitable[R]]) -> R:
    """The answer of `attempt`, which takes effect once; a repetition of a request gets the first answer. result: the
    type of the answer; for a dict the first answer is one, or the struct that it was.

    A conflict leads to another attempt, three in all. Duplicate if the last one met a taken unique value, Contended if
    it met a version conflict; RequestIdReused if the request_id was used for another request. AppErrors of `attempt`
    are raised unless there is a first answer.
    """
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
    return _as(result, loaded.value.answer)


def _as(result: type[R], answer: Any) -> R:
    """The recorded answer; an earlier release recorded it as JSON in base64."""
    if isinstance(answer, msgspec.Struct):  # decrypted, so its type is known
        return cast(R, answer)
    if isinstance(answer, str):
        return msgspec.json.decode(b64decode(answer), type=result)
    return msgspec.convert(answer, result, str_keys=True)
