"""Whose data in a service is restricted (GDPR Art. 18): which ids of persons and documents, and how later rows are
recognised.

Each round in which compliance restricts is a restriction of its own, so a release, which ends the rounds before it,
never takes what a later round has restricted meanwhile, in whatever process.

Every process of a service reads the restrictions again when what it knows is RESTRICTIONS_KEPT_SECONDS old, and
`known_everywhere` waits for that. While nobody's data is restricted, a call costs a comparison.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from math import inf
from typing import Any

import structlog
from msgspec.structs import replace

from libs.call import Call
from libs.clock import monotonic
from libs.errors import AppError, Code, Contended
from libs.person import Person
from libs.privacy.aliases import recognised
from libs.privacy.identity import Identity, Standing
from libs.privacy.keys import Keys
from libs.store.listing import Find
from libs.store.port import (
    ROWS_PER_PAGE,
    D,
    Document,
    Kind,
    Loaded,
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
RESTRICTIONS_AT_MOST = 10_000  # open at the same time in one cell; beyond that all of them hold, and it is an error

IDS_AT_ONCE = 50
ATTEMPTS = 10

log = structlog.get_logger()


class Restricted(AppError):
    """The data of a person in the row is restricted, and the caller lacks `restricted_data.unmask`."""

    code, reason = Code.FAILED_PRECONDITION, "RESTRICTED"

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(
            f"{kind} {id}: the data of a person in it is restricted at the person's request; ask compliance", id=id
        )


NOBODY = Identity(found=frozenset(), named=frozenset(), names=frozenset())


class Restriction(Document, frozen=True, kw_only=True):
    """The restriction of a round of a case, with the id that `restriction_id` makes. found_hashes, named_hashes,
    name_hashes: who the person is, see Identity; encrypted in the store. identity: the same in clear in documents of
    releases before 2026-11-30, which read it; NOBODY in others."""

    found_hashes: tuple[str, ...] = ()
    named_hashes: tuple[str, ...] = ()
    name_hashes: tuple[str, ...] = ()
    identity: Identity = NOBODY

    @property
    def known(self) -> Identity:
        """Who the person is."""
        return Identity(
            found=self.identity.found.union(self.found_hashes),
            named=self.identity.named.union(self.named_hashes),
            names=self.identity.names.union(self.name_hashes),
        )


class RestrictedId(Document, frozen=True, kw_only=True):
    """The id of a person whose data is restricted, or of a document with such a person. cases: for which restrictions,
    by their ids."""

    cases: tuple[str, ...]


RESTRICTIONS = Kind("restriction", Restriction)
RESTRICTED = Kind("restricted_id", RestrictedId)
RESTRICTION_KINDS = (RESTRICTIONS, RESTRICTED)


def restriction_id(case_id: str, number: int) -> str:
    """The id of the restriction that a round of a case began. Releases before 2026-11-30 used the case alone, which
    counts as a round before the first."""
    return f"{case_id}:{number}"


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
    at_most = RESTRICTIONS_AT_MOST

    def __init__(self, store: Store, keys: Keys, service: str, *, sealed: bool) -> None:
        self._store = store
        self._keys = keys
        self._service = service
        self._known: Sequence[Restriction] = ()
        self._by_hash: Mapping[str, Sequence[Restriction]] = {}
        self._until = 0.0 if sealed else inf

    @property
    def none(self) -> bool:
        """Whether it is known that there are none."""
        return not self._known and monotonic() < self._until

    async def active(self) -> Sequence[Restriction]:
        """All restrictions, also those beyond `at_most`. StoreUnavailable."""
        if (now := monotonic()) >= self._until:
            found = [one.value async for one in self._all(RESTRICTIONS)]
            if any(one.identity != NOBODY for one in found):
                await self._encrypt()
            if len(found) > self.at_most >= len(self._known):
                log.error("too_many_restrictions", service=self._service, restrictions=len(found), bound=self.at_most)
            by_hash = defaultdict[str, list[Restriction]](list)
            for one in found:
                for known in one.known.found | one.known.named:
                    by_hash[known].append(one)
            self._known, self._by_hash, self._until = found, by_hash, now + self.kept_seconds
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

    async def begin(self, case_id: str, identity: Identity, *, number: int) -> None:
        """Restrict the person in a round of the case, from now on also in new rows; the identity of earlier rounds
        counts no more. May be repeated. StoreUnavailable, VersionConflict."""
        document = replace(Restriction(id=restriction_id(case_id, number)), **_fields(identity))
        held = await get(self._store, RESTRICTIONS, document.id)
        earlier = [one.delete() async for one in self._all(RESTRICTIONS) if _is_before(one.value.id, case_id, number)]
        await self._store.commit([held.put(document) if held else create(RESTRICTIONS, document), *earlier])
        self._until = 0.0

    async def known_everywhere(self) -> None:
        """Wait until every process of the service knows what was begun before."""
        await asyncio.sleep(self.kept_seconds)

    async def add(self, case_id: str, ids: Iterable[str], *, number: int) -> None:
        """Restrict these ids in a round of the case. StoreUnavailable, VersionConflict."""
        restriction = restriction_id(case_id, number)
        wanted = sorted(set(ids) - {""})
        for start in range(0, len(wanted), IDS_AT_ONCE):
            part = wanted[start : start + IDS_AT_ONCE]
            if writes := await self._writes({one: {restriction} for one in part}):
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
        for who in fresh:
            known = recognised(self._keys, who, country) if who.person_id else frozenset[str]()
            for one in {one.id: one for alias in known for one in self._by_hash.get(alias, ())}.values():
                if one.known.standing(self._keys, who, country) is Standing.SUBJECT:
                    cases[who.person_id].add(one.id)
        there = {who.person_id for who in write.kind.persons.of(write.document)} - {""}
        held = await get_all(self._store, RESTRICTED, sorted(there))
        if whole := set[str]().union(*cases.values(), *(row.value.cases for row in held.values())):
            cases[write.document.id] |= whole
        return await self._writes(cases)

    async def learn(self, identity: Identity) -> None:
        """Recognise a restricted person by these hashes too, after a correction. May be repeated. StoreUnavailable."""
        async for one in self._all(RESTRICTIONS):
            await self._change(one, one.value.known.joined(identity))
        self._until = 0.0

    async def forget(self, hashes: Collection[str]) -> Sequence[Loaded[Restriction]]:
        """Forget these keyed hashes of an erased person. The restrictions whose person has no others, and is not
        recognised in new rows any more, are returned: their hashes are still to be shredded. What is restricted stays
        so. May be repeated. StoreUnavailable."""
        gone: list[Loaded[Restriction]] = []
        async for one in self._all(RESTRICTIONS):
            left = one.value.known.without(frozenset(hashes))
            if left.named or one.value.identity != NOBODY:
                await self._change(one, left)
            elif one.value.named_hashes:
                gone.append(one)
        self._until = 0.0
        return gone

    async def end(self, case_id: str, *, before: int) -> None:
        """Release what the rounds of the case before this one have restricted. May be repeated. StoreUnavailable,
        Contended."""
        async for one in self._all(RESTRICTIONS):
            if _is_before(one.value.id, case_id, before):
                with suppress(VersionConflict):  # another process ended it
                    await self._store.commit([one.delete()])
        self._until = 0.0
        await self.known_everywhere()  # from then on no process restricts new rows for it
        async for held in self._all(RESTRICTED):
            await self._release(held, case_id, before)

    async def _release(self, loaded: Loaded[RestrictedId], case_id: str, before: int) -> None:
        """Take these restrictions off an id, and leave what another process adds at the same instant."""
        held: Loaded[RestrictedId] | None = loaded
        for _ in range(ATTEMPTS):
            if held is None or not any(_is_before(one, case_id, before) for one in held.value.cases):
                return
            left = tuple(one for one in held.value.cases if not _is_before(one, case_id, before))
            try:
                await self._store.commit([held.put(replace(held.value, cases=left)) if left else held.delete()])
            except VersionConflict:
                held = await get(self._store, RESTRICTED, held.value.id)
                continue
            return
        raise Contended("others keep restricting the same id")

    async def _encrypt(self) -> None:
        """Write what a release before 2026-11-30 has written in clear again."""
        async for one in self._all(RESTRICTIONS):
            if one.value.identity != NOBODY:
                with suppress(VersionConflict):  # another process does it too
                    await self._store.commit([one.put(replace(one.value, **_fields(one.value.known)))])

    async def _change(self, loaded: Loaded[Restriction], identity: Identity) -> None:
        if identity != loaded.value.known:
            await self._store.commit([loaded.put(replace(loaded.value, **_fields(identity)))])

    async def _all(self, kind: Kind[D]) -> AsyncIterator[Loaded[D]]:
        cursor = ""
        while True:
            page = await self._store.find(Query(kind=kind, limit=ROWS_PER_PAGE, cursor=cursor))
            for one in page.rows:
                yield one
            if not (cursor := page.next_cursor):
                return

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


def _fields(identity: Identity) -> dict[str, Any]:
    """The fields of a restriction of this person."""
    return {
        "found_hashes": tuple(sorted(identity.found)),
        "named_hashes": tuple(sorted(identity.named)),
        "name_hashes": tuple(sorted(identity.names)),
        "identity": NOBODY,
    }


def _is_before(id: str, case_id: str, number: int) -> bool:
    """Whether a restriction is of a round of this case before that number."""
    case, _, held = id.partition(":")
    return case == case_id and int(held or 0) < number
