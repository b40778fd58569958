"""Sends messages to an Import RPC, many in flight at once, and collects the answer to each.

Sending is safe to repeat because of the external ids. So a stream that breaks is opened again with everything that was
not answered, and a row that is NOT_YET is sent again until the patience for it is used up.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from itertools import count
from typing import Any, cast

import msgspec
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from msgspec.structs import replace

from libs.clock import monotonic
from libs.pb.prm.common.v1 import import_pb2 as pb
from libs.rpc.client import CallFailed, Client
from services.imports.notes import Fate, Note, Outcome
from services.imports.outage import FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS, NOT_LET_IN, Outage, PatientClient, passes
from services.imports.preparation import BATCH_BYTES, Prepared
from services.imports.target import Target
from services.imports.updating import Differing

BATCH_ROWS = 100
BATCHES_UNDER_WAY = 8
READY_ROWS = 2 * BATCH_ROWS
WAITING_ROWS = 10_000
FRAME_BYTES = 8  # what a row costs in its request beside itself
PATIENCE_SECONDS = 60.0
STREAM_SECONDS = 7200.0
_FATES = {pb.IMPORT_OUTCOME_CREATED: Fate.CREATED, pb.IMPORT_OUTCOME_UNCHANGED: Fate.UNCHANGED}

# Gives up to so many messages; fewer when there are no more.
Fetch = Callable[[int], Awaitable[list[Prepared]]]
# What a service made of a message, and why.
Settle = Callable[[Prepared, Fate, tuple[Note, ...]], None]


# Takes a row that differs from what was imported before, to settle it; False where it does not.
Differs = Callable[[Differing], bool]


class BrokenAnswer(Exception):
    """The service answered something else than one result for each row, in their order."""


class _Parcel(msgspec.Struct):
    """A message on its way. since: when it was NOT_YET for the first time; pause: before it is sent again."""

    prepared: Prepared
    since: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS


class Sender:
    """Sends the messages of one mapping to one target. `settle` is called once for each message, `answered` after
    every answer, also where it settled nothing."""

    def __init__(
        self,
        client: Client,
        target: Target,
        *,
        fetch: Fetch,
        settle: Settle,
        answered: Callable[[], None],
        patience_seconds: float,
        outage_seconds: float,
        differs: Differs | None = None,
        validate_only: bool = False,
    ) -> None:
        """differs: what is done about rows that were imported before with other content; None: they are refused.
        outage_seconds: how long a cell may answer nothing at all before the import stops. validate_only: the cell is
        asked what it would make of the rows."""
        self._client = client
        self._validate_only = validate_only
        self._target = target
        self._fetch = fetch
        self._settle = settle
        self._answered = answered
        self._patience = patience_seconds
        self._outage = outage_seconds
        self._differs = differs
        self._ready: deque[_Parcel] = deque()
        self._late: list[tuple[float, int, _Parcel]] = []
        self._under_way: deque[list[_Parcel]] = deque()
        self._changed = asyncio.Event()
        self._taken = asyncio.Event()
        self._exhausted = False
        self._failure: Exception | None = None
        self._stream = 0
        self._lateness = count()

    @property
    def waiting(self) -> int:
        """How many messages are NOT_YET at the moment."""
        return len(self._late)

    async def send(self) -> None:
        """Send them all. CallFailed if the cell cannot be reached or refuses the call as such, BrokenAnswer."""
        if not self._target.rows:
            await self._one_by_one()
            return
        producer = asyncio.create_task(self._produce())
        try:
            await self._pump()
        finally:
            producer.cancel()
            await asyncio.gather(producer, return_exceptions=True)

    async def _pump(self) -> None:
        """Open the stream, again and again while it breaks, until everything is settled."""
        outage = Outage(self._outage)
        while not self._finished():
            answered, err = await self._converse()
            self._stream += 1
            if self._failure is not None:
                raise self._failure
            if self._finished():
                return
            if answered:
                outage = Outage(self._outage)
            self._resend()
            await outage.wait(err or CallFailed("UNAVAILABLE", "the stream ended early", Status()))

    async def _converse(self) -> tuple[bool, CallFailed | None]:
        """One stream until it ends: whether anything was answered, and how it broke."""
        answered = False
        requests = self._requests(self._stream)
        stream = self._client.converse(self._target.path, requests, timeout_seconds=STREAM_SECONDS)
        try:
            async with aclosing(cast("AsyncGenerator[Any, None]", stream)) as answers:
                async for answer in answers:
                    answered = True
                    self._take(answer)
        except CallFailed as err:
            return answered, err
        return answered, None

    async def _one_by_one(self) -> None:
        while batch := await self._fetch(1):
            prepared = batch[0]
            assert prepared.message is not None
            try:
                await PatientClient(self._client, self._outage).call(self._target.path, prepared.message)
            except CallFailed as err:
                if passes(err) or err.code in NOT_LET_IN:  # not of this message
                    raise
                self._settle(prepared, Fate.REFUSED, refusals(prepared, err))
            else:
                self._settle(prepared, Fate.ACCEPTED, ())
            self._answered()

    async def _produce(self) -> None:
        """Keep some messages ready. Outlives a stream that breaks, so that nothing fetched is lost with it."""
        try:
            while not self._exhausted:
                while len(self._ready) >= READY_ROWS or len(self._late) >= WAITING_ROWS:
                    self._taken.clear()
                    await self._taken.wait()
                fetched = await self._fetch(BATCH_ROWS)
                self._ready.extend(_Parcel(one) for one in fetched)
                self._exhausted = len(fetched) < BATCH_ROWS
                self._changed.set()
        except (OSError, ValueError) as err:
            self._failure = err
            self._changed.set()

    async def _requests(self, stream: int) -> AsyncIterator[Message]:
        """The requests of one stream. It must not take anything once another stream was opened after it."""
        while stream == self._stream and self._failure is None and not self._finished():
            self._changed.clear()
            batch = self._choose() if len(self._under_way) < BATCHES_UNDER_WAY else []
            if batch:
                self._under_way.append(batch)
                self._taken.set()
                rows = [one.prepared.message for one in batch if one.prepared.message is not None]
                yield self._target.batch(rows, validate_only=self._validate_only, update=self._differs is not None)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_due()):
                    await self._changed.wait()

    def _until_due(self) -> float | None:
        """Seconds until a late message is to be sent again; None if only an answer can change anything."""
        if not self._late or len(self._under_way) >= BATCHES_UNDER_WAY:
            return None
        return max(0.0, self._late[0][0] - monotonic())

    def _choose(self) -> list[_Parcel]:
        """As many as one request holds, late ones that are due first."""
        batch: list[_Parcel] = []
        size = 0
        now = monotonic()
        while len(batch) < BATCH_ROWS:
            due = bool(self._late) and self._late[0][0] <= now
            if not due and not self._ready:
                break
            one = self._late[0][2] if due else self._ready[0]
            assert one.prepared.message is not None
            size += one.prepared.message.ByteSize() + FRAME_BYTES
            if batch and size > BATCH_BYTES:
                break
            batch.append(heapq.heappop(self._late)[2] if due else self._ready.popleft())
        return batch

    def _take(self, answer: Any) -> None:
        results = getattr(answer, self._target.results)
        batch = self._under_way.popleft() if self._under_way else []
        if [one.prepared.external_id for one in batch] != [result.external_id for result in results]:
            raise BrokenAnswer(f"{self._target.path}: {len(results)} results for {len(batch)} rows, or of other rows")
        for one, result in zip(batch, results, strict=True):
            self._judge(one, result)
        self._changed.set()
        self._answered()

    def _judge(self, one: _Parcel, result: Any) -> None:
        changed, paths = tuple(result.changed_fields), tuple(result.differing_fields)
        notes = tuple(_note(one.prepared, problem, paths) for problem in result.problems)
        if result.outcome == pb.IMPORT_OUTCOME_NOT_YET:
            self._again_or_never(one, notes)
            return
        if (changed or paths) and self._differs is not None:
            differing = Differing(id=result.id, prepared=one.prepared, changed=changed, differing=paths)
            if self._differs(differing):
                return
        warned = tuple(replace(_note(one.prepared, found), outcome=Outcome.NOTICED) for found in result.warnings)
        self._settle(one.prepared, _FATES.get(result.outcome, Fate.REFUSED), notes + warned)

    def _again_or_never(self, one: _Parcel, notes: tuple[Note, ...]) -> None:
        now = monotonic()
        one.since = one.since or now
        if now - one.since + one.pause > self._patience:
            self._settle(one.prepared, Fate.NOT_YET, notes)
            return
        heapq.heappush(self._late, (now + one.pause, next(self._lateness), one))
        one.pause = min(one.pause * 2, MAX_PAUSE_SECONDS)

    def _resend(self) -> None:
        """What was sent and not answered goes first when the stream is opened again."""
        for batch in reversed(self._under_way):
            self._ready.extendleft(reversed(batch))
        self._under_way.clear()

    def _finished(self) -> bool:
        return self._exhausted and not (self._ready or self._late or self._under_way)


def _note(prepared: Prepared, problem: Any, differing_fields: Iterable[str] = ()) -> Note:
    """The line of the report on a problem; one of the whole row names the fields in which it differs."""
    file, line = prepared.origin
    return Note(
        outcome=Outcome.REFUSED,
        file=file,
        line=line,
        external_id=prepared.external_id,
        field=problem.field or ", ".join(differing_fields),
        reason=problem.reason,
        description=problem.description,
    )


def refusals(prepared: Prepared, err: CallFailed) -> tuple[Note, ...]:
    """The lines of the report on a call for one message that was refused."""
    found = [pb.ImportProblem(field=v.field, description=v.description, reason=v.reason) for v in err.violations]
    whole = pb.ImportProblem(description=err.message, reason=err.reason or err.code)
    return tuple(_note(prepared, problem) for problem in found or [whole])
