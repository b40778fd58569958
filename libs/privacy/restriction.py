"""Whose data in a service is restricted (GDPR Art. 18): which ids of persons and documents, and how later rows are
recognised.

Every process of a service reads the restrictions again when what it knows is RESTRICTIONS_KEPT_SECONDS old, and
`known_everywhere` waits for that. While nobody's data is restricted, a call costs a comparison.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from math import inf
from typing import Any

from msgspec.structs import replace

from libs.call import Call
from libs.clock import monotonic
from libs.errors import AppError, Code
from libs.person import Person
from libs.privacy.identity import Identity, Standing
from libs.privacy.keys import Keys
from libs.store.listing import Find
from libs.store.port import (
    ROWS_PER_PAGE,
    D,
    Document,
    Kind,
    Page,
    Put,
    Query,
    Store,
    VersionConflict,
    Write,
    create,
    get,
    get_all,
)

RESTRICTIONS_KEPT_SECONDS = 1.0
RESTRICTIONS_AT_MOST = 10_000  # open at the same time in one cell

IDS_AT_ONCE = 50


class Restricted(AppError):
    """The data of a person in the row is restricted, and the caller lacks `restricted_data.unmask`."""

    code, reason = Code.FAILED_PRECONDITION, "RESTRICTED"

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(
            f"{kind} {id}: the data of a person in it is restricted at the person's request; ask compliance", id=id
        )


class Restriction(Document, frozen=True, kw_only=True):
    """The restriction of a case, which is the id: who the person is."""

    identity: Identity


class RestrictedId(Document, frozen=True, kw_only=True):
    """The id of a person whose data is restricted, or of a document with such a person. cases: for which requests."""

    cases: tuple[str, ...]


RESTRICTIONS = Kind("restriction", Restriction)
RESTRICTED = Kind("restricted_id", RestrictedId)
RESTRICTION_KINDS = (RESTRICTIONS, RESTRICTED)


def restricted_data(service: str) -> str:
    """The permission to read and change data of a service that is restricted."""
    return f"{service}.restricted_data.unmask"


def altered(write: Write) -> frozenset[str]:
    """The ids of the persons in the replaced document whose data the write changes or removes."""
    if write.kind.persons is None or write.before is None:
        return frozenset()
    persons, before = write.kind.persons, write.before
    after = write.document if isinstance(write, Put) else None
    left = frozenset(persons.of(after)) if after is not None else frozenset()
    ids = {one.person_id for one in persons.of(before) if one not in left}
    about = persons.about(before)
    if about is not None and (after is None or any(getattr(before, o) != getattr(after, o) for o in persons.own)):
        ids.add(about.person_id)
    return frozenset(ids - {""})


class Restrictions:
    """The restrictions in the encrypted store of a service, as one process knows them. sealed: whether the store is
    encrypted; a store that is not has no restrictions. kept_seconds: how long the process relies on what it has read,
    the same in every process of a service."""

    kept_seconds = RESTRICTIONS_KEPT_SECONDS

    def __init__(self, store: Store, keys: Keys, service: str, *, sealed: bool) -> None:
        self._store = store
        self._keys = keys
        self._service = service
        self._known: Sequence[Restriction] = ()
        self._until = 0.0 if sealed else inf

    @property
    def none(self) -> bool:
        """Whether it is known that there are none."""
        return not self._known and monotonic() < self._until

    async def active(self) -> Sequence[Restriction]:
        """All restrictions. StoreUnavailable."""
        if (now := monotonic()) >= self._until:
            found: list[Restriction] = []
            cursor = ""
            while len(found) < RESTRICTIONS_AT_MOST:
                page = await self._store.find(Query(kind=RESTRICTIONS, limit=ROWS_PER_PAGE, cursor=cursor))
                found += [one.value for one in page.rows]
                if not (cursor := page.next_cursor):
                    break
            self._known, self._until = found, now + self.kept_seconds
        return self._known

    async def among(self, ids: Collection[str]) -> frozenset[str]:
        """Those of the ids, of persons or documents, whose data is restricted. StoreUnavailable."""
        if not ids or not await self.active():
            return frozenset()
        return frozenset(await get_all(self._store, RESTRICTED, sorted(ids)))

    def unless_restricted(self, find: Find[D], call: Call) -> Find[D]:
        """A `find` that leaves out documents with a restricted person; `find` itself if the caller may see restricted
        data. For look-ups by an alias: to find a masked document by it would tell whose it is."""
        if restricted_data(self._service) in call.caller.permissions:
            return find

        async def found(query: Query[D]) -> Page[D]:
            page = await find(query)
            hidden = await self.among([one.value.id for one in page.rows])
            return page._replace(rows=tuple(one for one in page.rows if one.value.id not in hidden))

        return found

    async def begin(self, case_id: str, identity: Identity) -> None:
        """Restrict the person, from now on also in new rows. May be repeated. StoreUnavailable, VersionConflict."""
        held = await get(self._store, RESTRICTIONS, case_id)
        document = Restriction(id=case_id, identity=identity)
        await self._store.commit([held.put(document) if held else create(RESTRICTIONS, document)])
        self._until = 0.0

    async def known_everywhere(self) -> None:
        """Wait until every process of the service knows what was begun before."""
        await asyncio.sleep(self.kept_seconds)

    async def add(self, case_id: str, ids: Iterable[str]) -> None:
        """Restrict these ids for a case. StoreUnavailable, VersionConflict."""
        wanted = sorted(set(ids) - {""})
        for start in range(0, len(wanted), IDS_AT_ONCE):
            part = wanted[start : start + IDS_AT_ONCE]
            if writes := await self._writes({one: {case_id} for one in part}):
                await self._store.commit(writes)

    async def refuse(self, writes: Sequence[Write], call: Call) -> None:
        """Restricted if an RPC changes or removes the data of a person whose data is restricted. Whoever has the
        permission `restricted_data.unmask` may do it, and jobs and consumers carry out what was accepted before."""
        if not call.method.startswith("/") or restricted_data(self._service) in call.caller.permissions:
            return
        if not await self.active():
            return
        for one in writes:
            if await self.among(altered(one)):
                raise Restricted(one.kind.name, one.document.id if isinstance(one, Put) else one.id)

    async def of_new(self, write: Put[Any], fresh: Collection[Person]) -> Sequence[Write]:
        """The writes that go with a row: they restrict those of its new persons (`fresh`) whose data is restricted in
        other rows, and the row itself if anybody in it is restricted."""
        if not await self.active() or write.kind.persons is None:
            return ()
        country = await write.kind.persons.country(self._store, write.document)
        cases = defaultdict[str, set[str]](set)
        for one in await self.active():
            for who in fresh:
                if who.person_id and one.identity.standing(self._keys, who, country) is Standing.SUBJECT:
                    cases[who.person_id].add(one.id)
        there = {who.person_id for who in write.kind.persons.of(write.document)} - {""}
        held = await get_all(self._store, RESTRICTED, sorted(there))
        if whole := set[str]().union(*cases.values(), *(row.value.cases for row in held.values())):
            cases[write.document.id] |= whole
        return await self._writes(cases)

    async def learn(self, identity: Identity) -> None:
        """Recognise a restricted person by these hashes too, after a correction. May be repeated. StoreUnavailable."""
        await self._change(lambda known: known.joined(identity))

    async def forget(self, hashes: Collection[str]) -> None:
        """Forget these keyed hashes of an erased person; a restricted person who has no others is not recognised in new
        rows any more. What is restricted stays so. May be repeated. StoreUnavailable."""
        await self._change(lambda known: known.without(frozenset(hashes)))

    async def _change(self, change: Callable[[Identity], Identity]) -> None:
        cursor = ""
        while True:
            page = await self._store.find(Query(kind=RESTRICTIONS, limit=ROWS_PER_PAGE, cursor=cursor))
            for one in page.rows:
                if (changed := change(one.value.identity)) != one.value.identity:
                    await self._store.commit([one.put(replace(one.value, identity=changed))])
            if not (cursor := page.next_cursor):
                break
        self._until = 0.0

    async def end(self, case_id: str) -> None:
        """Release the person of a case. May be repeated. StoreUnavailable."""
        cursor = ""
        while True:
            page = await self._store.find(Query(kind=RESTRICTED, limit=ROWS_PER_PAGE, cursor=cursor))
            for one in page.rows:
                if case_id in one.value.cases:
                    left = tuple(case for case in one.value.cases if case != case_id)
                    await self._store.commit([one.put(replace(one.value, cases=left)) if left else one.delete()])
            if not (cursor := page.next_cursor):
                break
        with suppress(VersionConflict):  # another process ended it
            if (held := await get(self._store, RESTRICTIONS, case_id)) is not None:
                await self._store.commit([held.delete()])
        self._until = 0.0

    async def _writes(self, wanted: Mapping[str, set[str]]) -> Sequence[Write]:
        """The writes that restrict ids for cases, without those that change nothing."""
        held = await get_all(self._store, RESTRICTED, sorted(wanted)) if wanted else {}
        writes: list[Write] = []
        for one, cases in sorted(wanted.items()):
            if (row := held.get(one)) is None:
                writes.append(create(RESTRICTED, RestrictedId(id=one, cases=tuple(sorted(cases)))))
            elif not cases <= set(row.value.cases):
                both = tuple(sorted(cases | set(row.value.cases)))
                writes.append(row.put(replace(row.value, cases=both)))
        return writes
