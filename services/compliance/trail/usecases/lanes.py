"""Follows the lanes of all services in the chain of entries, and finds what is missing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.env import About
from libs.errors import NotFound
from libs.lane_head import LaneHead
from libs.store.port import Loaded, Put, Query, Store, Write, create, get, get_all
from services.compliance.settings import Env
from services.compliance.trail.documents import AUDIT, FINDINGS, LANES, PROGRESS
from services.compliance.trail.domain import findings
from services.compliance.trail.domain.entries import AuditEntry
from services.compliance.trail.domain.lanes import (
    Fault,
    Found,
    TrailFindingType,
    TrailLane,
    arrived,
    faults,
    lane_id,
    looked_at,
    restored,
    stated,
)
from services.compliance.trail.domain.progress import PROGRESS_ID, LaneProgress

ENTRIES_PER_COMMIT = 200
LANES_AT_ONCE = 50

_TICK = timedelta(microseconds=1)


class FollowLanes(Command, frozen=True, kw_only=True):
    """Read the next entries of the chain."""


class JudgeLane(Command, frozen=True, kw_only=True):
    """Open, change and resolve the findings about a lane; `id` is that of its document."""

    id: str


class _Book:
    """The lanes of some entries, as they are after each of them."""

    def __init__(self, known: dict[str, Loaded[TrailLane]], now: datetime) -> None:
        self._known = known
        self._lanes = {key: loaded.value for key, loaded in known.items()}
        self._now = now

    def arrived(self, service: str, lane: str, *, number: int, at: datetime) -> None:
        self._set(arrived(self.lane(service, lane, at), number, at, self._now))

    def stated(self, head: LaneHead) -> None:
        self._set(stated(self.lane(head.service, head.lane, head.time), head, self._now))
        self._set(restored(self.lane(head.service, "", head.time), head))
        lanes = self.lane(head.service, "", head.time, epoch=head.epoch)
        self._set(arrived(lanes, head.ordinal, head.time, self._now))

    def lane(self, service: str, lane: str, at: datetime, *, epoch: str = "") -> TrailLane:
        """A lane, or the lanes of a service; a new one if nothing of it arrived before."""
        key = lane_id(service, lane, epoch)
        return self._lanes.get(key) or TrailLane(id=key, service=service, lane=lane, first_time=at)

    def found(self, lane: TrailLane, finding: Found) -> None:
        self._set(replace(lane, found=(*lane.found, finding)))

    def writes(self) -> list[Put[TrailLane]]:
        """The writes of the lanes that have changed."""
        found = []
        for key, lane in self._lanes.items():
            loaded = self._known.get(key)
            if loaded is None:
                found.append(create(LANES, looked_at(lane, self._now, changed=True)))
            elif lane != loaded.value:
                found.append(loaded.put(looked_at(lane, self._now, changed=True)))
        return found

    def _set(self, lane: TrailLane) -> None:
        self._lanes[lane.id] = lane


async def follow_lanes(env: Env, cmd: FollowLanes) -> LaneProgress:
    """The progress after up to 200 more entries; forged heads among them are a finding at once."""
    loaded = await progress(env.store)
    entries = await _next_entries(env.store, loaded.value.next_index)
    if not entries:
        return loaded.value
    now = env.clock.now()
    book = _Book(await get_all(env.store, LANES, _lanes_of(entries)), now)
    forged: dict[str, list[AuditEntry]] = {}
    for entry in entries:
        if entry.lane and entry.lane_number:
            book.arrived(entry.service, entry.lane, number=entry.lane_number, at=entry.time)
        if (head := entry.lane_head) is None:
            continue
        if _is_true(env, entry, head):
            book.stated(head)
        else:
            forged.setdefault(entry.service, []).append(entry)
    told = [await _forged(env, book, found, now) for found in forged.values()]
    further = replace(loaded.value, next_index=(entries[-1].leaf_index or 0) + 1)
    writes = [*book.writes(), *(put for put, _ in told)]
    return await env.commit(loaded.put(further), *writes, events=[about for _, about in told], call=cmd.call)


async def _forged(env: Env, book: "_Book", entries: Sequence[AuditEntry], now: datetime) -> tuple[Write, About]:
    """The write and the event of the finding about forged heads of a service. There is one for each service, however
    many heads are forged."""
    lane = book.lane(entries[0].service, "", now)
    known = next((one.finding_id for one in lane.found if one.type is TrailFindingType.HEAD_FORGED), "")
    row = await get(env.store, FINDINGS, known) if known else None
    if row is not None:
        more, event = findings.repeated(row.value, len(entries))
        put = row.put(more)
        return put, About(event, put.document)
    fault = Fault(number_count=len(entries))
    finding, opened = findings.opened(
        lane, TrailFindingType.HEAD_FORGED, fault, id=env.ids.new("tfn"), now=now, entry_id=entries[0].id
    )
    book.found(lane, Found(type=TrailFindingType.HEAD_FORGED, finding_id=finding.id))
    put = create(FINDINGS, finding)
    return put, About(opened, put.document)


async def progress(store: Store) -> Loaded[LaneProgress]:
    """How much of the chain was followed; version 0 if nothing was yet."""
    return await get(store, PROGRESS, PROGRESS_ID) or Loaded(PROGRESS, LaneProgress(id=PROGRESS_ID))


async def lanes_to_judge(store: Store, now: datetime) -> Sequence[Loaded[TrailLane]]:
    """Lanes in which something may be wrong now."""
    longest = datetime.min.replace(tzinfo=now.tzinfo)
    query = Query(kind=LANES, order="judge_time", at_least=longest, below=now + _TICK, limit=LANES_AT_ONCE)
    return (await store.find(query)).rows


async def judge_lane(env: Env, cmd: JudgeLane) -> TrailLane:
    """The lane after its findings were opened, changed or resolved."""
    now, loaded = env.clock.now(), await get(env.store, LANES, cmd.id)
    if loaded is None:
        raise NotFound(LANES.name, cmd.id)
    service = await get(env.store, LANES, lane_id(loaded.value.service))
    lane = looked_at(loaded.value, now, changed=False)
    wrong = faults(lane, service.value if service is not None else None, now)
    known = await get_all(env.store, FINDINGS, [one.finding_id for one in lane.found])
    writes: list[Write] = []
    events: list[msgspec.Struct | About] = []
    still: list[Found] = []
    for one in lane.found:
        if one.type is TrailFindingType.HEAD_FORGED:
            still.append(one)
            continue
        row, fault = known[one.finding_id], wrong.get(one.type)
        if fault is not None:
            still.append(one)
        change = findings.resolved(row.value, now) if fault is None else findings.changed(row.value, fault)
        if change is not None:
            put = row.put(change[0])
            writes.append(put)
            events.append(About(change[1], put.document))
    for kind in wrong.keys() - {one.type for one in lane.found}:
        finding, event = findings.opened(lane, kind, wrong[kind], id=env.ids.new("tfn"), now=now)
        created = create(FINDINGS, finding)
        writes.append(created)
        events.append(About(event, created.document))
        still.append(Found(type=kind, finding_id=finding.id))
    return await env.commit(loaded.put(replace(lane, found=tuple(still))), *writes, events=events, call=cmd.call)


def _lanes_of(entries: Sequence[AuditEntry]) -> list[str]:
    found = [lane_id(entry.service, entry.lane) for entry in entries if entry.lane]
    for entry in entries:
        if (head := entry.lane_head) is not None:
            found += [lane_id(head.service, head.lane), lane_id(head.service), lane_id(entry.service)]
            found.append(lane_id(head.service, epoch=head.epoch))
    return found


async def _next_entries(store: Store, index: int) -> Sequence[AuditEntry]:
    query = Query(kind=AUDIT, order="leaf_index", at_least=index, limit=ENTRIES_PER_COMMIT)
    return [loaded.value for loaded in (await store.find(query)).rows]


def _is_true(env: Env, entry: AuditEntry, head: LaneHead) -> bool:
    """Whether the service of the entry stated the head, and signed it."""
    if head.service != entry.service:
        return False
    return env.keys.verify(bytes.fromhex(head.signature), head.text(env.directory.here.code), by=head.service)
