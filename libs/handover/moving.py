"""Moves what is open, and states it.

A walk looks at all open documents of the leaver and moves each in a commit of its own, with its receipt. Walks are
repeated until one moves nothing, so documents that appear meanwhile are moved too; then the receipts are stated. A
process that is killed leaves the task as it is, and the next walk goes on: a moved document is not the leaver's any
more. Afterwards the service looks again for thirty days, for what arrives late.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from libs.call import SYSTEM, Call
from libs.document import Document
from libs.env import Env
from libs.errors import AppError, StoreUnavailable
from libs.handover.documents import HANDED_ROWS, TASKS, HandedRow, HandoverTask, TaskState
from libs.handover.rows import MoveRow, OpenRows, leaving_of
from libs.handover_row import (
    ROWS_PER_EVENT,
    HandoverAct,
    HandoverOutcome,
    HandoverRow,
    HandoverStated,
    HandoverStay,
    statements,
)
from libs.runtime.sweep import sweep
from libs.store.port import Loaded, Query, VersionConflict

LOOK_AGAIN = timedelta(minutes=10)
LOOK_FOR = timedelta(days=30)
TASKS_AT_ONCE = 10


async def move_open(env: Env[Any], open_rows: Sequence[OpenRows[Any]], job: str) -> int:
    """Take a walk for up to ten tasks; how many documents were moved, and tasks ended. A task that is refused, for
    instance because its persons cannot be read, does not hold up the others. StoreUnavailable."""
    due = await env.store.find(Query(kind=TASKS, order="look_at", below=env.clock.now(), limit=TASKS_AT_ONCE))
    done = 0
    for loaded in due.rows:
        try:
            done += await _Walk(env, job, loaded).take(open_rows)
        except StoreUnavailable:
            raise
        except (VersionConflict, AppError):  # another replica is at it, or it is refused
            continue
    return done


def ended(task: HandoverTask) -> HandoverTask:
    """The task after the service has looked for the last time."""
    return replace(task, look_at=None, sealed=b"")


class _Walk:
    """One walk for one task."""

    def __init__(self, env: Env[Any], job: str, held: Loaded[HandoverTask]) -> None:
        self._env = env
        self._job = job
        self._held = held
        self._leaving = leaving_of(env.keys, held.value)
        self._stay: list[HandoverRow] = []
        self._call = Call(caller=SYSTEM, method=job)

    async def take(self, open_rows: Sequence[OpenRows[Any]]) -> int:
        """Move what is open; if nothing was moved, state everything. How many documents were moved, or 1."""
        moved = sum([await self._move(one) for one in open_rows])
        if moved:
            return moved
        for rows in await self._receipts():
            await self._state(rows)
        await self._end()
        return 1

    async def _move(self, one: OpenRows[Any]) -> int:
        """Move the documents of one kind, and note those that stay; how many were moved."""
        env, leaving, done = self._env, self._leaving, 0

        async def move(call: Call, id: str) -> Document:
            assert one.move is not None, "only documents that may be moved come here"
            found: Document = await env.run(one.move, MoveRow(call=call, id=id, kind=one.kind.name, leaving=leaving))
            return found

        async for page in one.pages(env, leaving):
            judged = [(loaded, await one.stays(env, loaded.value, leaving)) for loaded in page]
            done += await sweep(self._job, [loaded for loaded, stay in judged if stay is None], move)
            self._stay += (
                HandoverRow(
                    kind=one.kind.name,
                    id=loaded.value.id,
                    outcome=HandoverOutcome.STAYS,
                    stay=stay or HandoverStay.REFUSED,  # counts only if nothing was moved: then its move was refused
                )
                for loaded, stay in judged
            )
        return done

    async def _receipts(self) -> list[list[Loaded[HandedRow]]]:
        """The receipts that were not stated, in the parts in which they are."""
        query = Query(
            kind=HANDED_ROWS,
            equals={"handover_id": self._held.value.id, "stated": False},
            limit=ROWS_PER_EVENT,
        )
        found = []
        while True:
            page = await self._env.store.find(query)
            if page.rows:
                found.append(list(page.rows))
            if not page.next_cursor:
                return found
            query = replace(query, cursor=page.next_cursor)

    async def _state(self, receipts: list[Loaded[HandedRow]]) -> None:
        """State these receipts."""
        task = self._held.value
        rows = tuple(
            HandoverRow(kind=one.value.kind, id=one.value.row, outcome=HandoverOutcome.MOVED) for one in receipts
        )
        told = HandoverStated(handover_id=task.id, service=self._env.service, act=self._act, rows=rows)
        after = replace(task, stated_rows=task.stated_rows + len(rows))
        stated = [one.put(replace(one.value, stated=True)) for one in receipts]
        await self._commit(after, *stated, events=[told])

    async def _end(self) -> None:
        """State what stays, and when the service looks again."""
        task, now = self._held.value, self._env.clock.now()
        if task.state is TaskState.MOVING:
            last = HandoverStated(
                handover_id=task.id,
                service=self._env.service,
                act=self._act,
                done=True,
                total=task.stated_rows + len(self._stay),
            )
            moved = replace(task, state=TaskState.MOVED, look_at=now + LOOK_AGAIN, look_until=now + LOOK_FOR)
            await self._commit(moved, events=statements(last, self._stay))
        elif task.look_until is not None and now < task.look_until:
            await self._commit(replace(task, look_at=now + LOOK_AGAIN))
        else:
            await self._commit(ended(task))

    @property
    def _act(self) -> HandoverAct:
        return HandoverAct.MOVE if self._held.value.state is TaskState.MOVING else HandoverAct.FOLLOW_UP

    async def _commit(self, task: HandoverTask, *more: Any, events: Sequence[HandoverStated] = ()) -> None:
        await self._env.commit(self._held.put(task), *more, events=events, call=self._call)
        self._held = await self._env.load(TASKS, task.id, call=self._call)
