"""A bulk import over a stream: every row is checked and imported by itself, results are in order, and an import can be
repeated."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any, Protocol, Self, TypeVar

from google.protobuf.message import Message

from libs.country import Directory
from libs.errors import AppError, Contended, InvalidInput, NotYetKnown, StoreUnavailable, Violation, WrongCell
from libs.imports import ExternalIdTaken, Imported
from libs.lifetime import Lane
from libs.pb.prm.common.v1 import import_pb2 as pb
from libs.rpc.decode import Decoder, Incoming
from libs.rpc.rules import engine_of_process
from libs.store.port import LimitExceeded

ROWS_AT_ONCE = 32  # enough for the store to group their commits
_HASH_BYTES = 16
_HOME = ("field", "cell", "endpoint")


class Rehearsable(Protocol):
    """An environment of use cases that has a twin in which nothing is written, as `libs.env.Env`."""

    def rehearsal(self) -> Self:
        """The twin."""
        ...


M = TypeVar("M", bound=Message)
E = TypeVar("E", bound=Rehearsable)
RowCheck = Callable[[Message], None]
Take = Callable[[M], Awaitable[Imported]]


def row_check(row: type[Any], directory: Directory) -> RowCheck:
    """A function that checks a row as the method wrapper checks a request; it raises InvalidInput or WrongCell."""
    return Decoder(row.DESCRIPTOR, engine_of_process(), directory).check


def row_hash(row: Message) -> str:
    """A hash of the row, hex; equal for equal rows. It has no key, so nobody stores it: see
    libs.imports.row_hashes."""
    return hashlib.blake2b(row.SerializeToString(deterministic=True), digest_size=_HASH_BYTES).hexdigest()


async def take_batches(
    batches: AsyncIterator[Incoming[Any]], check: RowCheck, env: E, take: Callable[[E, Any, Any], Awaitable[Imported]]
) -> AsyncIterator[list[pb.ImportResult]]:
    """The results of the rows of each message, in order. take: imports one valid row of a message in an environment:
    `env`, or its rehearsal if the message is to be validated only. Raises the refusal of a message that is itself
    invalid."""
    async for batch in batches:
        request = batch.checked()
        within = env.rehearsal() if request.validate_only else env
        results = await _take_rows(request.rows, check, partial(take, within, request))
        for result in results:
            if request.validate_only and result.outcome == pb.IMPORT_OUTCOME_CREATED:
                result.id = ""  # nothing has it
        yield results


async def _take_rows(rows: Iterable[M], check: RowCheck, take: Take[M]) -> list[pb.ImportResult]:
    gate, lane = asyncio.Semaphore(ROWS_AT_ONCE), Lane()

    async def one(row: M) -> pb.ImportResult:
        async with gate:
            return await _result(row, check, take, lane=lane)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(row)) for row in rows]
    return [task.result() for task in tasks]


async def _result(row: M, check: RowCheck, take: Take[M], *, lane: Lane) -> pb.ImportResult:
    external_id: str = row.external_id  # type: ignore[attr-defined]  # every row of an import has one
    try:
        async with lane.slice():  # without it a batch of refused rows would block the loop
            check(row)
        imported = await take(row)
    except (StoreUnavailable, Contended):
        raise  # not the fault of the row: the whole batch can be sent again
    except NotYetKnown as err:
        return pb.ImportResult(external_id=external_id, outcome=pb.IMPORT_OUTCOME_NOT_YET, problems=_problems(err))
    except (AppError, LimitExceeded) as err:
        known, differing = (err.id, err.differing_fields) if isinstance(err, ExternalIdTaken) else ("", ())
        return pb.ImportResult(
            external_id=external_id,
            id=known,
            outcome=pb.IMPORT_OUTCOME_REFUSED,
            problems=_problems(err),
            differing_fields=differing,
        )
    return pb.ImportResult(
        external_id=external_id,
        id=imported.id,
        outcome=_outcome(imported),
        warnings=[_problem(one) for one in imported.warnings],
        changed_fields=imported.changed_fields,
        differing_fields=imported.differing_fields,
    )


def _outcome(imported: Imported) -> pb.ImportOutcome.ValueType:
    if imported.fresh:
        return pb.IMPORT_OUTCOME_CREATED
    return pb.IMPORT_OUTCOME_CHANGED if imported.changed_fields else pb.IMPORT_OUTCOME_UNCHANGED


def _problem(found: Violation) -> pb.ImportProblem:
    return pb.ImportProblem(field=found.field, description=found.description, reason=found.reason)


def _problems(err: AppError | LimitExceeded) -> Iterable[pb.ImportProblem]:
    if isinstance(err, LimitExceeded):
        return [pb.ImportProblem(description="the row becomes more than the store takes at once", reason="TOO_LARGE")]
    if isinstance(err, InvalidInput):
        return [_problem(one) for one in err.violations]
    home = {name: err.metadata.get(name, "") for name in _HOME} if isinstance(err, WrongCell) else {}
    return [pb.ImportProblem(description=err.message, reason=err.reason, **home)]
