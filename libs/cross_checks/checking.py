"""Asks the other cells whether they know something, answers such questions of theirs, and learns their answers.

A question goes out on the edge and is repeated until every cell has answered, so it does not matter which cell or hub
is away. Both sides record every question in the audit trail.
"""

from datetime import timedelta
from typing import Any

import msgspec

from libs.call import SYSTEM, Call, Command
from libs.cross_checks.documents import ASKED_OF_DAY, CHECKS, HASH_WALKS
from libs.cross_checks.domain import (
    ANSWERED,
    AskedOfDay,
    CellCheck,
    CheckState,
    CrossCheck,
    answered,
    asked,
    counted,
    known,
    postponed,
    used,
)
from libs.cross_checks.events import CheckStep, CrossCheckAnswered, CrossCheckAsked, CrossCheckRecorded
from libs.cross_checks.hashes import forget_retired, hashed, matched, row_writes, unfinished_walk
from libs.cross_checks.subjects import Form, Subjects
from libs.document import Document
from libs.env import Env
from libs.ids import parse
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Loaded, Put, Query, create, get
from libs.transfers.exits import refusal_of

EVERY = timedelta(minutes=1)
HASHES_AT_MOST = 8  # each is a look-up in the cell that is asked
_INSTANT = timedelta(microseconds=1)  # the resolution of a clock


class CheckDocument(Command, frozen=True, kw_only=True):
    """Ask the other cells about a document, or let them find it, as it is now."""

    id: str


class CrossChecks:
    """The questions of one service. service: its name. subjects: what it asks and is asked about."""

    def __init__(self, service: str, subjects: Subjects) -> None:
        self._service = service
        self._subjects = subjects
        self.jobs = (
            Job[Any](f"{service}__ask_cells", EVERY, self._ask_due),
            Job[Any](f"{service}__keep_border_hashes", EVERY, self._walk),
        )
        self.arriving: tuple[Consumer[Any], ...] = (
            Consumer(f"{service}.cross_check.asked", self._on_question),
            Consumer(f"{service}.cross_check.answered", self._on_answer),
        )

    async def states(self, env: Env[Any], id: str) -> tuple[CellCheck, ...]:
        """What is known of the answer of each other cell about a document; UNCHECKED for a cell that was not asked."""
        held = await self._held(env, id)
        there = {one.cell: one for one in held.value.cells} if held else {}
        return tuple(there.get(one) or CellCheck(cell=one) for one in sorted({*there, *_others(env)}))

    async def silent(self, env: Env[Any], id: str) -> tuple[str, ...]:
        """The cells that have not answered about a document about which there is something to ask."""
        if not await self._subjects.asked(env, id):
            return ()
        return tuple(one.cell for one in await self.states(env, id) if one.state not in ANSWERED)

    async def keep(self, env: Env[Any], cmd: CheckDocument) -> Document:
        """Let questions of other cells find the document, and ask them about it. What can be found is written first: of
        two cells that ask each other at the same moment, one finds the document of the other."""
        forms = await self._subjects.indexed(env, cmd.id)
        keys = env.settings.checks.keys.current()
        if writes := await row_writes(env, self._service, keys, cmd.id, forms):
            await env.store.commit(writes)
        return await self.ask(env, cmd)

    async def ask(self, env: Env[Any], cmd: CheckDocument) -> Document:
        """Ask the cells that have not answered, if it is time to; the check. It is removed once there is nothing to ask
        any more."""
        forms = await self._subjects.asked(env, cmd.id)
        held = await self._held(env, cmd.id)
        if not forms:
            if held is not None:
                await env.remove(held, call=cmd.call)
            return Document(id=cmd.id, version=1 if held else 0)
        about = env.keys.keyed("\0".join(("cross check", *("\0".join(one) for one in forms))))
        if held is not None and held.value.asked != about:
            await env.remove(held, call=Call(caller=SYSTEM, method=cmd.call.method))
            held = None
        now = env.clock.now()
        check = (
            held.value
            if held
            else CrossCheck(id=env.ids.new("chk"), subject=cmd.id, asked=about, create_time=now, update_time=now)
        )
        check = known(check, _others(env))
        if not check.silent or (check.next_time is not None and check.next_time > now):
            return check
        return await self._send(env, check, held, forms=forms, call=cmd.call)

    async def _send(
        self,
        env: Env[Any],
        check: CrossCheck,
        held: Loaded[CrossCheck] | None,
        *,
        forms: tuple[Form, ...],
        call: Call,
    ) -> Document:
        policy, now = env.settings.checks, env.clock.now()
        keys = policy.keys.current()
        if not keys and held is None:
            return check
        async with policy.locks.of("asking"):
            counts = [await _count(env, f"to:{one}") for one in check.silent]
            free = [one for one in counts if used(_value(one), env.today()) < policy.per_day]
            held_back = check.attempts > 0 and await refusal_of(env, f"prm.{self._service}.v1.CrossCheckAsked")
            if not keys or not free or held_back:  # the first question waits at the gate
                done = postponed(check, now)
                return await env.commit(held.put(done) if held else create(CHECKS, done), call=call)
            cells = tuple(_value(one).id.removeprefix("to:") for one in free)
            done = asked(check, cells, now)
            question = CrossCheckAsked(
                question_id=check.id,
                to_cells=cells,
                key=keys[0].name,
                hashes=hashed(keys[0], self._service, forms),
            )
            record = CrossCheckRecorded(
                question_id=check.id, resource_id=check.subject, step=CheckStep.ASKED, cells=cells
            )
            return await env.commit(
                held.put(done) if held else create(CHECKS, done),
                *(_counted(env, one) for one in free),
                events=[question, record],
                call=call,
            )

    async def answer(self, env: Env[Any], question: CrossCheckAsked, cell: str, *, call: Call) -> None:
        """Answer a question of a cell, unless it goes to others, or that cell has asked too much today. A question with
        a key that this cell does not have is not answered, and asked again later."""
        named = parse(question.question_id)
        if env.directory.here.code not in question.to_cells or named is None or named.cell != cell:
            return
        policy = env.settings.checks
        async with policy.locks.of("answering"):
            count = await _count(env, f"by:{cell}")
            before = used(_value(count), env.today())
            if before > policy.per_day:
                return
            refused = before == policy.per_day or len(question.hashes) > HASHES_AT_MOST
            refused = refused or question.key not in {one.name for one in policy.keys.current()}
            events = (
                [_recorded(question, CheckStep.REFUSED, cell)] if refused else await self._found(env, question, cell)
            )
            await env.commit(_counted(env, count), events=events, call=call)

    async def _found(self, env: Env[Any], question: CrossCheckAsked, cell: str) -> list[msgspec.Struct]:
        found = await self._subjects.found(env, await matched(env, question.key, question.hashes))
        state = CheckState.CLEAR if found is None else CheckState.HIT
        told = CrossCheckAnswered(
            question_id=question.question_id, to_cell=cell, hit=found is not None, findings=found or ()
        )
        return [told, _recorded(question, CheckStep.ANSWERED, cell, state)]

    async def learn(self, env: Env[Any], answer: CrossCheckAnswered, cell: str, *, call: Call) -> None:
        """Keep the answer of a cell to a question of this one."""
        if answer.to_cell != env.directory.here.code:
            return
        held = await get(env.store, CHECKS, answer.question_id)
        if held is None:
            return
        done = answered(held.value, cell, answer.findings, hit=answer.hit, now=env.clock.now())
        if done is None:
            return
        state = CheckState.HIT if answer.hit else CheckState.CLEAR
        record = CrossCheckRecorded(
            question_id=done.id, resource_id=done.subject, step=CheckStep.LEARNED, cells=(cell,), state=state
        )
        await env.commit(held.put(done), events=[record], call=call)

    async def on_change(self, env: Env[Any], envelope: Envelope, call: Call) -> None:
        """A consumer of events about the documents. Without a key there is nothing to do: the walk of the first one
        visits every document."""
        if env.settings.checks.keys.current():
            await self.keep(env, CheckDocument(call=call, id=envelope.about))

    async def _on_question(self, env: Env[Any], envelope: Envelope, call: Call) -> None:
        await self.answer(env, EventCodec.decode(envelope, CrossCheckAsked), envelope.cell, call=call)

    async def _on_answer(self, env: Env[Any], envelope: Envelope, call: Call) -> None:
        await self.learn(env, EventCodec.decode(envelope, CrossCheckAnswered), envelope.cell, call=call)

    async def _ask_due(self, env: Env[Any]) -> int:
        due = env.clock.now() + _INSTANT
        page = await env.store.find(Query(kind=CHECKS, order="next_time", below=due, limit=ROWS_PER_PAGE))

        async def again(call: Call, id: str) -> Document:
            held = await get(env.store, CHECKS, id)
            cmd = CheckDocument(call=call, id=held.value.subject if held else "")
            return await env.run(self.ask, cmd) if held else Document(id=id)

        return await sweep(f"{self._service}__ask_cells", page.rows, again)

    async def _walk(self, env: Env[Any]) -> int:
        """Give documents the rows of a new key, a page at a time, and delete those of a retired one."""
        names = [one.name for one in env.settings.checks.keys.current()]
        if forgotten := await forget_retired(env, names):
            return forgotten
        walk = await unfinished_walk(env, names)
        if walk is None:
            return 0
        stored = walk if isinstance(walk, Loaded) else None
        progress = walk.value if isinstance(walk, Loaded) else walk
        ids, cursor = await self._subjects.page(env, progress.cursor)
        call = Call(caller=SYSTEM, method=f"{self._service}__keep_border_hashes")
        for one in ids:
            await env.run(self.keep, CheckDocument(call=call, id=one))
        after = msgspec.structs.replace(progress, cursor=cursor, done=not cursor)
        await env.store.commit([stored.put(after) if stored else create(HASH_WALKS, after)])
        return max(1, len(ids))

    async def _held(self, env: Env[Any], id: str) -> Loaded[CrossCheck] | None:
        page = await env.store.find(Query(kind=CHECKS, equals={"subject": id}, limit=1))
        return page.rows[0] if page.rows else None


def _others(env: Env[Any]) -> list[str]:
    return sorted({one.code for one in env.directory.others} - {env.directory.here.code})


async def _count(env: Env[Any], id: str) -> Loaded[AskedOfDay] | AskedOfDay:
    return await get(env.store, ASKED_OF_DAY, id) or AskedOfDay(id=id, day=env.today())


def _value(count: Loaded[AskedOfDay] | AskedOfDay) -> AskedOfDay:
    return count.value if isinstance(count, Loaded) else count


def _counted(env: Env[Any], count: Loaded[AskedOfDay] | AskedOfDay) -> Put[AskedOfDay]:
    more = counted(_value(count), env.today())
    return count.put(more) if isinstance(count, Loaded) else create(ASKED_OF_DAY, more)


def _recorded(
    question: CrossCheckAsked, step: CheckStep, cell: str, state: CheckState | None = None
) -> CrossCheckRecorded:
    return CrossCheckRecorded(question_id=question.question_id, step=step, cells=(cell,), state=state)
