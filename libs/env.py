"""The dependencies of use cases, and the commit that writes documents, events and the request record at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from functools import cache
from typing import Any, Generic, NamedTuple, Self, TypeVar, Unpack, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from libs.call import SYSTEM, Call, CallOutcome, CallRecord, CallsRecorded, Command, Mark, recorded
from libs.clock import Clock
from libs.country import Directory
from libs.document import changed_fields
from libs.errors import EtagMismatch, NotFound, StoreUnavailable
from libs.ids import Ids
from libs.lane_head import LaneHead, LaneStated
from libs.messaging.border.names import edge_subject
from libs.messaging.envelope import Envelope
from libs.messaging.inbox import SEEN, AlreadySeen, seen_put
from libs.messaging.objects import ObjectStore
from libs.messaging.outbox import EDGE_OUTBOX, OUTBOX, Encode, Handover, OutboxEntry, micros, no_relay
from libs.privacy.aliases import alias_writes
from libs.privacy.keys import Keys
from libs.privacy.ledger.gate import ErasureGate
from libs.privacy.restriction import Restrictions
from libs.privacy.sealing.store import SealedStore
from libs.store import requests
from libs.store.lanes import Written
from libs.store.listing import Paging, Sieve, listing
from libs.store.port import (
    D,
    Delete,
    Document,
    Kind,
    Loaded,
    Page,
    Place,
    Put,
    Scalar,
    Store,
    VersionConflict,
    Write,
    get,
    get_all,
)
from libs.store.rehearsal import Rehearsal
from libs.store.scope import Scope, owns

C = TypeVar("C", bound=Command)
R = TypeVar("R", bound=msgspec.Struct)
S = TypeVar("S")


class About(NamedTuple):
    """An event about another document than that of the first write of its commit. document: the object in its Put."""

    event: msgspec.Struct
    document: Document


class Env(Generic[S]):
    """The dependencies of a service's use cases; `settings` are the service's own, typed.

    handover, doubt: `Relay.handover` and `Relay.doubt`. keys: those of the cell. objects: the store of sealed objects.
    partners: the kind with the hierarchy of partners; without it no partner sees the rows of its downline. written: the
    lanes of the events that were committed here. erasure_gate: whether the persons of an imported row may be stored.
    """

    def __init__(
        self,
        service: str,
        *,
        store: Store,
        directory: Directory,
        clock: Clock,
        encode: Encode,
        handover: Handover,
        doubt: Handover = no_relay,
        keys: Keys,
        objects: ObjectStore,
        settings: S,
        partners: Kind[Any] | None = None,
    ) -> None:
        self.service = service
        self.store = store
        self.scope = Scope(store, partners)
        self.directory = directory
        self.clock = clock
        self.ids = Ids(directory.here.code, clock)
        self.keys = keys
        self.objects = objects
        self.erasure_gate = ErasureGate(store, keys)
        self.restrictions = Restrictions(store, keys, service, sealed=isinstance(store, SealedStore))
        self.settings = settings
        self.written = Written()
        self._source = f"prm/{directory.here.code}/{service}"
        self._prefix = f"prm.{directory.here.code}."
        self._encode = encode
        self._handover = handover
        self._doubt = doubt
        self._last_at = 0

    def rehearsal(self) -> Self:
        """An environment in which use cases find and refuse what they would here, and nothing is written or published:
        for calls that are only validated. Pass it calls without `effects`."""
        rehearsed = copy(self)
        rehearsed.store = Rehearsal(self.store)
        rehearsed._handover = rehearsed._doubt = no_relay
        return rehearsed

    def today(self) -> date:
        """The current date in the cell's time zone."""
        return self.day_of(self.clock.now())

    def day_of(self, at: datetime) -> date:
        """The date of an instant in the cell's time zone."""
        return at.astimezone(ZoneInfo(self.directory.here.time_zone)).date()

    async def load(self, kind: Kind[D], id: str, *, call: Call, etag: str = "") -> Loaded[D]:
        """A document that the call will change. NotFound, also if it belongs to another partner than the caller's;
        PartnerNotActive if the caller's partner is not in business and the method does not answer a question of the
        vendor (`Call.answers`); EtagMismatch if `etag` is given and stale."""
        loaded = await get(self.store, kind, id)
        if loaded is None or not owns(call.caller, kind, loaded.value):
            raise NotFound(kind.name, id)
        await self.scope.require_in_business(call)
        if etag and etag != str(loaded.value.version):
            raise EtagMismatch(kind.name, id, str(loaded.value.version))
        return loaded

    async def load_many(self, kind: Kind[D], ids: Sequence[str], *, call: Call) -> Sequence[Loaded[D]]:
        """Documents that the call will change, in the order of the ids. Raises what `load` raises, for the first id
        that is refused; there is no etag to check."""
        found = await get_all(self.store, kind, ids)
        for one in ids:
            if one not in found or not owns(call.caller, kind, found[one].value):
                raise NotFound(kind.name, one)
        if ids:
            await self.scope.require_in_business(call)
        return tuple(found.values())

    async def show(self, kind: Kind[D], id: str, *, call: Call) -> D:
        """A document to show to the caller. NotFound, also if it belongs neither to the caller's partner nor to a
        partner in its downline whose rows it may see."""
        loaded = await get(self.store, kind, id)
        if loaded is None or not await self.scope.sees(call.caller, kind, loaded.value):
            raise NotFound(kind.name, id)
        return loaded.value

    async def listing(
        self,
        kind: Kind[D],
        filters: Mapping[str, Scalar],
        *,
        call: Call,
        sieve: Sieve | None = None,
        **page: Unpack[Paging],
    ) -> Page[D]:
        """As `libs.store.listing`, restricted to rows that the caller may see: for a partner's people those of their
        partner, or of the partner in its downline that the filters name; NotFound for any other. If the kind has no
        owner, `sieve` alone decides which rows a partner's people see."""
        if kind.owner or sieve is None:
            filters = await self.scope.narrowed(call.caller, kind, filters)
        within = kind.owner if call.caller.partner_id else ""
        return await listing(self.store, kind, filters, within=within, sieve=sieve, **page)

    async def commit(self, write: Put[D], *more: Write, events: Sequence[msgspec.Struct | About] = (), call: Call) -> D:
        """Write everything or nothing; durable when it returns.

        Returns the document of the first write, which is also the answer to a repetition of the request. Events are
        about that document, or the one that `About` names, and carry its version. A commit of an RPC without events
        writes a call record instead, so that the audit trail has every change. Raises what Store.commit raises,
        AlreadySeen if `call` is a consumed event that has had its effect, and PartnerNotActive as `load` does.
        """
        await self.scope.require_in_business(call, write)
        return await self._commit(write.document, (write, *more), events, call)

    async def remove(
        self, held: Loaded[D], *more: Write, events: Sequence[msgspec.Struct | About] = (), call: Call
    ) -> D:
        """Delete the document and the alias rows of its persons; otherwise as `commit`. Returns the document with the
        version after its last. For jobs and consumers only, whose calls have no `request_id`: with one the deleted
        document would be stored as the answer to a repetition. An RPC commits a document that stays, and passes
        `held.delete()` as a further write."""
        assert not call.request.request_id, f"{held.kind.name} would be kept as the answer of a repeated request"
        await self.scope.require_in_business(call)
        removed = replace(held.value, version=held.value.version + 1)
        return await self._commit(removed, (held.delete(), *more), events, call)

    async def unchanged(self, found: Loaded[D], *, call: Call) -> D:
        """Answer a call that changes nothing: no new version, no event; returns the document. It is stored as the
        answer to a repetition of the request, whatever changes later. The caller gets the position of the version that
        was found, so every change of a document that other services keep facts of has an event. VersionConflict if an
        answer is stored already."""
        document = found.value
        mark = Mark(f"{self.service}.{found.kind.name}.*", document.id, document.version)
        marks = (mark,) if call.effects is not None else ()
        if call.request.request_id:
            await self.store.commit([requests.record(call.request, document, self.clock.now(), marks)])
        if call.effects is not None:
            call.effects.marks += marks
        return document

    async def record(self, calls: Sequence[CallRecord], *more: Write) -> None:
        """Record 1 to 64 calls without an event of their own in the audit trail, with further writes. Durable when it
        returns; raises what Store.commit raises."""
        told = About(CallsRecorded(calls=tuple(calls)), Document(id=self.ids.new("cll")))
        entry = self._entry(told, (), Call(caller=SYSTEM, method=f"{self.service}__record_calls"))
        place = Place()
        await self._write([*more, Put(OUTBOX, entry, place=place)], [entry], [place])

    async def send_again(self, envelope: Envelope, *more: Write) -> None:
        """Put a message for other cells that was held into their outbox, with further writes. Raises what Store.commit
        raises."""
        entry = self._row(envelope)
        await self._write([*more, Put(EDGE_OUTBOX, entry)], (), (), [entry])

    async def state(self, head: LaneHead, row: Put[Any], *more: Write) -> None:
        """Write `row` and `more` with a lane head as an event about it, which has no number in the lane. Raises what
        Store.commit raises."""
        call = Call(caller=SYSTEM, method=f"{self.service}__state_heads")
        entry = self._entry(About(LaneStated(head=head), row.document), _changed(row.document, (row,)), call)
        await self._write([row, *more, Put(OUTBOX, entry)], [entry], [Place()])

    async def run(self, use_case: Callable[["Env[S]", C], Awaitable[R]], command: C) -> R:
        """Run a use case and return its answer, or the first answer if the request is a repetition. Version conflicts
        are tried again; AlreadySeen is not, because another attempt would end the same way. Raises as
        `requests.run`."""
        return await requests.run(self.store, command.call, _answer_type(use_case), lambda: use_case(self, command))

    async def _commit(
        self, answer: D, writes: Sequence[Write], events: Sequence[msgspec.Struct | About], call: Call
    ) -> D:
        """Commit the writes with their outbox entries, alias rows and records. answer: what is returned, and the
        document that events without `About` are about."""
        await self.restrictions.refuse(writes, call)
        told = bool(events)
        if not events and call.method.startswith("/"):
            events = (self._record_of_change(answer, call),)
        entries = []
        for one in events:
            about = one if isinstance(one, About) else About(one, answer)
            entries.append(self._entry(about, _changed(about.document, writes), call))
        whole: list[Write] = [*writes, *await self._alias_writes(*writes)]
        leaving = [entry for entry in entries if entry.envelope.crosses]
        entries = [entry for entry in entries if not entry.envelope.crosses]
        places = [Place() for _ in entries]
        whole += (Put(OUTBOX, entry, place=place) for entry, place in zip(entries, places, strict=True))
        whole += (Put(EDGE_OUTBOX, entry) for entry in leaving)
        marks = self._marks(entries) if told and call.effects is not None else ()
        if call.request.request_id:
            whole.append(requests.record(call.request, answer, self.clock.now(), marks))
        if call.dedup_key:
            whole.append(seen_put(call.dedup_key, self.clock.now()))
        try:
            await self._write(whole, entries, places, leaving)
        except VersionConflict as err:
            if err.kind == SEEN.name:
                raise AlreadySeen(call.dedup_key) from err
            raise
        if call.effects is not None:
            call.effects.committed.update(one.document.id for one in writes if isinstance(one, Put))
            call.effects.marks += marks
        return answer

    def _marks(self, entries: Sequence[OutboxEntry]) -> tuple[Mark, ...]:
        """The marks of the entries for the caller, without duplicates."""
        skipped = len(self._prefix)
        envelopes = (entry.envelope for entry in entries)
        return tuple(dict.fromkeys(Mark(one.subject[skipped:], one.about, one.version) for one in envelopes))

    async def _alias_writes(self, *writes: Write) -> Sequence[Write]:
        """The writes that add alias rows for persons who are new in a document, and remove those of persons who are no
        longer in it."""
        found: list[Write] = []
        for one in writes:
            if (persons := one.kind.persons) is None:
                continue
            before = persons.of(one.before) if one.before is not None else ()
            after = persons.of(one.document) if isinstance(one, Put) else ()
            if before != after:
                row = one.document.id if isinstance(one, Put) else one.id
                found += await alias_writes(self.store, self.keys, one.kind, row, before=before, after=after)
                if isinstance(one, Put):
                    found += await self.restrictions.of_new(one, [who for who in after if who not in before])
        return found

    async def _write(
        self,
        writes: Sequence[Write],
        entries: Sequence[OutboxEntry],
        places: Sequence[Place],
        leaving: Sequence[OutboxEntry] = (),
    ) -> None:
        """Commit, and hand over. leaving: the events for other cells, which have no place in a lane."""
        try:
            await self.store.commit(writes)
        except (asyncio.CancelledError, StoreUnavailable):
            self._doubt([*entries, *leaving])  # the commit may have landed nevertheless
            self.written.doubt(entry.id for entry in entries)
            raise
        if entries:
            if places[-1].number:
                self.written.add(places[-1].lane, places[-1].number)
            numbered = zip(entries, places, strict=True)
            self._handover([replace(entry, lane=at.lane, number=at.number) for entry, at in numbered])
        if leaving:
            self._handover(leaving)

    def _record_of_change(self, document: Document, call: Call) -> CallsRecorded:
        changed = recorded(
            call.caller,
            call.method,
            CallOutcome.CHANGED,
            time=self.clock.now(),
            resource_id=document.id,
            request_id=call.request.request_id,
        )
        return CallsRecorded(calls=(changed,))

    def _entry(self, event: About, changed: tuple[str, ...], call: Call) -> OutboxEntry:
        encoded = self._encode(event.event)
        now = self.clock.now()
        caller = call.caller
        envelope = Envelope(
            id=self.ids.new("evt"),  # ordered by time, so that inserts go to the same page of the index
            type=encoded.type,
            source=self._source,
            about=event.document.id,
            version=event.document.version,
            subject=self._prefix + encoded.subject,
            time=now,
            actor=caller.subject,
            roles=caller.roles,
            partner_id=caller.partner_id,
            on_behalf_of=caller.on_behalf_of,
            method=call.method,
            changed=changed,
            request_id=call.request.request_id,
            traceparent=call.traceparent,
            body=encoded.body,
        )
        if encoded.crosses:
            envelope = _leaving(envelope, edge_subject(self.directory.here.code, encoded.subject))
        return self._row(envelope)

    def _row(self, envelope: Envelope) -> OutboxEntry:
        """Rows are read back in order of `at`: no two events of one document share it, although the clock may stand."""
        self._last_at = max(micros(self.clock.now()), self._last_at + 1)
        return OutboxEntry(id=envelope.id, version=1, at=self._last_at, envelope=envelope)


def _leaving(envelope: Envelope, subject: str) -> Envelope:
    """The event as other cells get it: nothing about who acted and how, because a pseudonym is personal data too."""
    return Envelope(
        id=envelope.id,
        type=envelope.type,
        source=envelope.source,
        about=envelope.about,
        version=envelope.version,
        subject=subject,
        time=envelope.time,
        body=envelope.body,
    )


def _changed(document: Document, writes: Sequence[Write]) -> tuple[str, ...]:
    """The fields of the document that its write changes; none if it is new or removed. `document` must be the object in
    one of the writes, otherwise the audit trail would get a wrong version and no fields."""
    for write in writes:
        if isinstance(write, Put) and write.document is document:
            before = write.before
            return changed_fields(before, document) if before is not None and before.version else ()
    assert any(isinstance(one, Delete) and one.id == document.id for one in writes), f"{document.id} is not written"
    return ()


@cache
def _answer_type(use_case: Callable[..., Any]) -> Any:
    return get_type_hints(use_case)["return"]
