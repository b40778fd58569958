"""The consumers and the job by which a service takes part in handovers."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command
from libs.env import Env
from libs.handover.documents import HANDED_ROWS, TASKS, HandoverTask, TaskState
from libs.handover.moving import LOOK_FOR, ended, move_open
from libs.handover.rows import Leaving, OpenRows, leaving_of
from libs.handover_row import HandoverAct, HandoverOutcome, HandoverRow, HandoverStated, statements
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec, message_type, senders
from libs.messaging.intake import Consumer
from libs.privacy.objects import ForgedObject
from libs.runtime.service import Job
from libs.slices import Slice
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, create, get

LISTED_AT_MOST = 10_000  # rows of a service; those beyond are moved too, and said then
EVERY = timedelta(seconds=5)

_ANY = "partners.handover.*"


class HandoverPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the events about a handover; all but the id are those of prm.partners.v1.HandoverAsked."""

    handover_id: str
    leaving_partner_id: str = ""
    target_partner_id: str = ""
    object_name: str = ""


class TakePart(Command, frozen=True, kw_only=True):
    """Do what an event about a handover asks for. open_rows: of all kinds of the service."""

    told: HandoverPayload
    open_rows: tuple[OpenRows[Any], ...] = ()


def taking_part() -> tuple[str, ...]:
    """The services that take part in handovers: those whose package has `HandoverStated`."""
    found = []
    for service in senders():
        with suppress(LookupError):
            message_type(f"prm.{service}.v1.{HandoverStated.__name__}")
            found.append(service)
    return tuple(found)


def handing_over(service: str, *open_rows: OpenRows[Any]) -> Slice:
    """What a service needs to take part with these kinds of documents."""

    async def handle(env: Env[Any], envelope: Envelope, call: Call) -> None:
        use_case = _USE_CASES.get(envelope.subject.rpartition(".")[2])
        if use_case is not None:
            told = EventCodec.decode(envelope, HandoverPayload)
            await env.run(use_case, TakePart(call=call, told=told, open_rows=open_rows))

    name = f"{service}__hand_over"

    async def work(env: Env[Any]) -> int:
        return await move_open(env, open_rows, name)

    return Slice(kinds=(TASKS, HANDED_ROWS), consumers=(Consumer(_ANY, handle),), jobs=(Job(name, EVERY, work),))


async def list_open(env: Env[Any], cmd: TakePart) -> HandoverTask:
    """The task, LISTED, with what is open stated; nothing is moved. StoreUnavailable; NotFound if the object with the
    persons has gone."""
    told = cmd.told
    if (held := await get(env.store, TASKS, told.handover_id)) is not None:
        return held.value
    task = HandoverTask(
        id=told.handover_id,
        leaving_partner_id=told.leaving_partner_id,
        target_partner_id=told.target_partner_id,
        object_name=told.object_name,
        sealed=await env.objects.get(told.object_name) if told.object_name else b"",
    )
    rows = await _rows(env, cmd.open_rows, task)
    last = HandoverStated(handover_id=task.id, service=env.service, act=HandoverAct.LIST, done=True, total=len(rows))
    return await env.commit(create(TASKS, task), events=statements(last, rows), call=cmd.call)


async def begin_moving(env: Env[Any], cmd: TakePart) -> HandoverTask:
    """The task, MOVING: the job moves what is open. Whoever takes over is back, if it had left before: nothing that
    appears for it is moved away any more. NotFound before it was listed."""
    loaded = await env.load(TASKS, cmd.told.handover_id, call=cmd.call)
    if loaded.value.state is not TaskState.LISTED:
        return loaded.value
    moving = replace(loaded.value, state=TaskState.MOVING, look_at=env.clock.now())
    over = [one.put(ended(one.value)) for one in await _followed_up(env, leaving_of(env.keys, loaded.value))]
    return await env.commit(loaded.put(moving), *over, call=cmd.call)


async def forget(env: Env[Any], cmd: TakePart) -> HandoverTask:
    """The task, CANCELED, without the persons; also if it was not listed yet."""
    held = await get(env.store, TASKS, cmd.told.handover_id)
    if held is None:
        canceled = HandoverTask(id=cmd.told.handover_id, state=TaskState.CANCELED)
        return await env.commit(create(TASKS, canceled), call=cmd.call)
    return await env.commit(held.put(replace(held.value, state=TaskState.CANCELED, sealed=b"")), call=cmd.call)


_USE_CASES = {"asked": list_open, "confirmed": begin_moving, "canceled": forget}


async def _followed_up(env: Env[Any], leaving: Leaving) -> list[Loaded[HandoverTask]]:
    """The tasks by which this service still moves what appears for whoever takes over now."""
    query = Query(kind=TASKS, order="look_at", below=env.clock.now() + LOOK_FOR, limit=ROWS_PER_PAGE)
    found: list[Loaded[HandoverTask]] = []
    while True:
        page = await env.store.find(query)
        found += [one for one in page.rows if one.value.state is TaskState.MOVED and _left(env, one.value, leaving)]
        if not page.next_cursor:
            return found
        query = replace(query, cursor=page.next_cursor)


def _left(env: Env[Any], task: HandoverTask, leaving: Leaving) -> bool:
    """Whether a task was about the one who takes over now; False if its persons cannot be read."""
    try:
        before = leaving_of(env.keys, task)
    except ForgedObject:
        return False
    return (before.partner_id, before.user) == (leaving.target_partner_id, leaving.target_user)


async def _rows(env: Env[Any], open_rows: Sequence[OpenRows[Any]], task: HandoverTask) -> list[HandoverRow]:
    """What is open, LISTED_AT_MOST rows at most."""
    leaving, found = leaving_of(env.keys, task), list[HandoverRow]()
    for one in open_rows:
        async for page in one.pages(env, leaving):
            for loaded in page:
                stay = await one.stays(env, loaded.value, leaving)
                outcome = HandoverOutcome.TO_MOVE if stay is None else HandoverOutcome.STAYS
                found.append(HandoverRow(kind=one.kind.name, id=loaded.value.id, outcome=outcome, stay=stay))
            if len(found) >= LISTED_AT_MOST:
                return found[:LISTED_AT_MOST]
    return found
