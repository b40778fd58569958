"""Corrects, restricts and releases the data of a person in a service when compliance asks, and states what was done.

As for an erasure, the question names an encrypted object with everything about the person; an event has none of it.
Each corrected row is committed with its alias rows, its entry for the trail and the count of the statement, so that a
repetition after a kill continues and counts nothing twice.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from msgspec import to_builtins
from msgspec.structs import replace

from libs.audit.statements import canonical
from libs.call import Call, CallOutcome, CallsRecorded, Command, recorded
from libs.env import Env
from libs.erasing import WithheldRows
from libs.measure_act import MeasureAct
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.person import Person
from libs.privacy.aliases import ALIASES
from libs.privacy.correction import Correcting, Correction
from libs.privacy.identity import Identity, Standing
from libs.privacy.keys import Keys
from libs.privacy.ledger.subject import with_ids
from libs.privacy.sealing.store import SealedStore
from libs.retention import WithholdingGround
from libs.store.port import ROWS_PER_PAGE, Document, Kind, Loaded, Put, Query, get, get_all

PASSES = 20  # rows of the person that are written faster than they are corrected are left to the next round

_ROUNDS_LOOKED_AT = 20

_PURPOSE = b"prm-measure-statement/1\n"
_NAME_DIGITS = 16

_SOMEBODY_ELSE = "somebody with the same alias who may be another person (GDPR Art. 5(1)(d))"
_OF_THE_OWNER = "facts of a sole trader or a natural customer, which the owner of the row changes"


class MeasureAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of prm.compliance.v1.MeasureAsked, which every service consumes. object_name: of the encrypted
    `MeasureOrder`."""

    case_id: str
    act: MeasureAct
    round: int
    object_name: str


class MeasureOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the encrypted object: who the person is, and what is right."""

    identity: Identity
    correction: Correction = Correction()


class TakeMeasure(Command, frozen=True, kw_only=True):
    """Do what is asked in these kinds."""

    asked: MeasureAsked
    kinds: tuple[Kind[Any], ...]


class MeasuredCount(msgspec.Struct, frozen=True):
    """In how many rows of a kind the measure was taken."""

    kind: str
    rows: int


class SubjectMeasureStated(msgspec.Struct, frozen=True, kw_only=True):
    """The statement of a service about one round. left: rows that stay as they are. signature: Ed25519 over all other
    fields, hex; see `statement_text`."""

    case_id: str
    service: str
    act: MeasureAct
    round: int
    counts: tuple[MeasuredCount, ...]
    left: tuple[WithheldRows, ...] = ()
    take_time: datetime
    signature: str = ""


class SubjectMeasure(Document, frozen=True, kw_only=True):
    """How far a round has come, and its statement at the end; the id is `<case>:<act>:<round>`."""

    counts: dict[str, int] = msgspec.field(default_factory=dict)
    statement: SubjectMeasureStated | None = None


MEASURED = Kind("subject_measure", SubjectMeasure)


def measuring(*kinds: Kind[Any]) -> Consumer[Any]:
    """The consumer that takes measures in these kinds, all of which hold persons."""

    async def handle(env: Env[Any], envelope: Envelope, call: Call) -> None:
        asked = EventCodec.decode(envelope, MeasureAsked)
        await env.run(take_measure, TakeMeasure(call=call, asked=asked, kinds=kinds))

    return Consumer("compliance.measure.asked", handle)


async def take_measure(env: Env[Any], cmd: TakeMeasure) -> SubjectMeasure:
    """Do it, and state it. It may be repeated after any interruption and continues then. A person is neither restricted
    nor released by a question that arrives after a later one of the case. StoreUnavailable, also if the object store is
    unavailable; NotFound if the object has gone."""
    asked = cmd.asked
    order = unseal_order(env.keys, asked.object_name, await env.objects.get(asked.object_name))
    taking = _Taking(env, cmd, order)
    if await taking.later() is not None:
        return (await taking.progress()).value
    match asked.act:
        case MeasureAct.RECTIFY:
            await env.restrictions.learn(order.identity)
            await taking.rectify()
        case MeasureAct.RESTRICT:
            await env.restrictions.begin(asked.case_id, order.identity, number=asked.round)
            await env.restrictions.known_everywhere()  # rows that other processes write before are found after it
            await taking.restrict()
            if await taking.later() is MeasureAct.RELEASE:  # another process has released the person meanwhile
                await env.restrictions.end(asked.case_id, before=asked.round + 1)
        case MeasureAct.RELEASE:
            await taking.count()
            await env.restrictions.end(asked.case_id, before=asked.round)
    done = await taking.progress()
    statement = SubjectMeasureStated(
        case_id=asked.case_id,
        service=env.service,
        act=asked.act,
        round=asked.round,
        counts=tuple(MeasuredCount(kind, rows) for kind, rows in sorted(done.value.counts.items())),
        left=taking.left(),
        take_time=env.clock.now(),
    )
    statement = replace(statement, signature=env.keys.sign(statement_text(statement)).hex())
    told = replace(done.value, statement=statement)
    return await env.commit(done.put(told), events=[statement], call=cmd.call)


def statement_text(statement: SubjectMeasureStated) -> bytes:
    """The bytes that `signature` signs: all other fields."""
    return _PURPOSE + canonical(to_builtins(replace(statement, signature="")))


def is_genuine(keys: Keys, statement: SubjectMeasureStated) -> bool:
    """Whether the statement was signed with the keys of this cell and has not been changed."""
    return keys.verify(bytes.fromhex(statement.signature), statement_text(statement), by=statement.service)


async def seal_order(env: Env[Any], case_id: str, round: int, order: MeasureOrder) -> str:
    """Store an order as an encrypted object that every service can open; its name. StoreUnavailable."""
    plain = msgspec.json.encode(order)
    digest = hashlib.sha256(env.keys.sign(plain)).hexdigest()[:_NAME_DIGITS]  # the name says nothing about the content
    name = f"measure/{case_id}/{round}/{digest}"
    await env.objects.put(name, env.keys.seal_for_all(plain, name))
    return name


def unseal_order(keys: Keys, name: str, sealed: bytes) -> MeasureOrder:
    """The order in such an object; ForgedObject."""
    return msgspec.json.decode(keys.unseal(sealed, name), type=MeasureOrder)


def _round_id(case_id: str, act: MeasureAct, round: int) -> str:
    return f"{case_id}:{act.value}:{round}"


class _Row(msgspec.Struct, frozen=True):
    """A row in which somebody has an alias of the person. whose: finds how a person in it relates to the person."""

    kind: Kind[Any]
    loaded: Loaded[Any]
    country: str
    whose: Callable[[Person], Standing]

    @property
    def persons(self) -> tuple[Person, ...]:
        """Everybody in the row."""
        assert self.kind.persons is not None, "a kind that holds persons"
        return self.kind.persons.of(self.loaded.value)

    @property
    def subjects(self) -> tuple[Person, ...]:
        """Those who are the person."""
        return tuple(one for one in self.persons if self.whose(one) is Standing.SUBJECT)

    @property
    def of_another(self) -> bool:
        """Whether only somebody else in it has an alias of the person."""
        return not self.subjects and any(self.whose(one) is Standing.ANOTHER for one in self.persons)


class _Taking:
    """One round in one service."""

    def __init__(self, env: Env[Any], cmd: TakeMeasure, order: MeasureOrder) -> None:
        assert isinstance(env.store, SealedStore), "a service with persons has its store encrypted"
        self._env = env
        self._store = env.store
        self._cmd = cmd
        self._order = order
        self._id = _round_id(cmd.asked.case_id, cmd.asked.act, cmd.asked.round)
        self._left: dict[tuple[str, str], tuple[WithholdingGround, str]] = {}

    async def progress(self) -> Loaded[SubjectMeasure]:
        """How far the round has come."""
        held = await get(self._store, MEASURED, self._id)
        return held or Loaded(MEASURED, SubjectMeasure(id=self._id, version=0))

    async def later(self) -> MeasureAct | None:
        """What was done in the latest of the later rounds that restrict or release; None if there is none, and for a
        correction, which has no order."""
        asked, acts = self._cmd.asked, (MeasureAct.RESTRICT, MeasureAct.RELEASE)
        if asked.act not in acts:
            return None
        rounds = range(asked.round + _ROUNDS_LOOKED_AT, asked.round, -1)
        ids = {_round_id(asked.case_id, act, number): act for number in rounds for act in acts}
        done = await get_all(self._store, MEASURED, ids)
        return next((act for name, act in ids.items() if name in done), None)

    def left(self) -> tuple[WithheldRows, ...]:
        """The rows that stay as they are, by kind and ground."""
        found = Counter((kind, ground.name, basis) for (kind, _), (ground, basis) in self._left.items())
        return tuple(
            WithheldRows(kind=kind, rows=rows, ground=ground, basis=basis)
            for (kind, ground, basis), rows in sorted(found.items())
        )

    async def rectify(self) -> None:
        """Correct every row of the person, pass after pass until nothing is left to correct."""
        for _ in range(PASSES):
            self._left.clear()
            if not sum([await self._rectify(row) async for row in self._rows()]):
                return

    async def restrict(self) -> None:
        """Restrict every id and every row of the person, and count the rows."""
        counts: Counter[str] = Counter()
        async for row in self._rows():
            if not row.subjects:
                self._leave_other(row)
                continue
            named = with_ids(self._store.seals[row.kind.name], row.loaded.value, row.subjects, self._env.ids)
            if named is not row.loaded.value:
                await self._commit(row, row.loaded.put(named))
            assert row.kind.persons is not None, "a kind that holds persons"
            there = row.kind.persons.of(named)
            ids = [one.person_id for one in there if row.whose(one) is Standing.SUBJECT]
            asked = self._cmd.asked
            await self._env.restrictions.add(asked.case_id, [*ids, named.id], number=asked.round)
            counts[row.kind.name] += 1
        await self._state(counts)

    async def count(self) -> None:
        """Count the rows of the person."""
        counts: Counter[str] = Counter()
        async for row in self._rows():
            counts[row.kind.name] += bool(row.subjects)
        await self._state(+counts)

    async def _rectify(self, row: _Row) -> int:
        """Correct one row; how many rows were changed."""
        persons, value = row.kind.persons, row.loaded.value
        assert persons is not None, "a kind that holds persons"
        place = (row.kind.name, value.id)
        correction = self._order.correction

        def is_subject(person: Person) -> bool:
            return row.whose(person) is Standing.SUBJECT

        if not any(correction.applied(one, row.country) is not one for one in row.subjects):
            if any(correction.applied(one, row.country) is not one for one in row.persons):
                self._leave_other(row)
            return 0
        if persons.as_recorded:
            self._left[place] = (WithholdingGround.LEGALLY_EXEMPTED, persons.as_recorded)
            return 0
        seal = self._store.seals[row.kind.name]
        changed = seal.walk.visit(value, Correcting(correction, row.country, is_subject))
        wrong = (one for one in persons.of(changed) if correction.applied(one, row.country) is not one)
        if any(is_subject(one) for one in wrong):
            self._left[place] = (WithholdingGround.FULFILMENT_IMPOSSIBLE, _OF_THE_OWNER)
        if changed is value:
            return 0
        done = await self.progress()
        counts = {**done.value.counts, row.kind.name: done.value.counts.get(row.kind.name, 0) + 1}
        await self._commit(row, row.loaded.put(changed), done.put(replace(done.value, counts=counts)))
        return 1

    async def _commit(self, row: _Row, write: Put[Any], *more: Put[Any]) -> None:
        """Write a row with an entry for the trail, as the call that the question is."""
        call = replace(self._cmd.call, dedup_key="")  # the statement ends the question
        changed = row.loaded.value.id
        now = self._env.clock.now()
        told = recorded(call.caller, call.method, CallOutcome.CHANGED, time=now, resource_id=changed)
        await self._env.commit(write, *more, events=[CallsRecorded(calls=(told,))], call=call)

    async def _state(self, counts: Mapping[str, int]) -> None:
        done = await self.progress()
        await self._store.commit([done.put(replace(done.value, counts=dict(counts)))])

    def _leave_other(self, row: _Row) -> None:
        if row.of_another:
            ground = WithholdingGround.THIRD_PARTY_RIGHTS_IMPAIRED
            self._left[row.kind.name, row.loaded.value.id] = (ground, _SOMEBODY_ELSE)

    async def _rows(self) -> AsyncIterator[_Row]:
        """Every row in which somebody has an alias of the person, once."""
        identity = self._order.identity
        for kind in self._cmd.kinds:
            seen: set[str] = set()
            for one in sorted(identity.found | identity.named):
                async for loaded in self._under(kind, one, but=seen):
                    yield await self._row(kind, loaded)

    async def _row(self, kind: Kind[Any], loaded: Loaded[Any]) -> _Row:
        assert kind.persons is not None, "a kind that holds persons"
        country = await kind.persons.country(self._store, loaded.value)
        return _Row(kind, loaded, country, partial(self._standing, country))

    async def _under(self, kind: Kind[Any], hash: str, *, but: set[str]) -> AsyncIterator[Loaded[Any]]:
        """The rows of a kind stored under a hash, a page at a time, but for those in `but`; adds them to it."""
        cursor = ""
        while True:
            wanted = {"hash": hash, "kind": kind.name}
            query = Query(kind=ALIASES, equals=wanted, order="row", limit=ROWS_PER_PAGE, cursor=cursor)
            page = await self._store.find(query)
            fresh = [one.value.row for one in page.rows if one.value.row not in but]
            but.update(fresh)
            for loaded in (await self._store.get_many(kind, fresh)).values():
                yield loaded
            if not (cursor := page.next_cursor):
                return

    def _standing(self, country: str, person: Person) -> Standing:
        return self._order.identity.standing(self._env.keys, person, country)
