"""Reads and changes records and entries for one commit: what is asked after a change includes it.

Every act that may change when a customer was new also writes the record at the top of its tree, so that two of them
never decide at the same time.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from libs.call import Command
from libs.document import same_content
from libs.errors import NotFound
from libs.store.port import ROWS_PER_PAGE, D, Kind, Loaded, Put, Query, Scalar, Write, create, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.customers.documents import CUSTOMERS, ENTRIES, NOTES, PROPOSALS
from services.deals.customers.domain.customers import EndCustomer, View, described
from services.deals.customers.domain.entries import CustomerEntry, DocumentType
from services.deals.customers.domain.merging import MERGED_AT_MOST
from services.deals.customers.domain.proposals import PROPOSED_AT_MOST, MergeProposal
from services.deals.settings import Env


class Book:
    """The records and entries of one commit."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._entries: dict[str, Loaded[CustomerEntry] | None] = {}
        self._changed: dict[str, CustomerEntry] = {}
        self._rows: dict[str, Loaded[EndCustomer] | None] = {}
        self._put: dict[str, EndCustomer] = {}
        self._removed: set[str] = set()

    async def entry(self, id: str) -> CustomerEntry:
        """The entry as it is, or a new one of which nothing was heard."""
        if id in self._changed:
            return self._changed[id]
        if id not in self._entries:
            self._entries[id] = await get(self._env.store, ENTRIES, id)
        loaded = self._entries[id]
        return loaded.value if loaded else CustomerEntry(id=id)

    def keep(self, entry: CustomerEntry) -> None:
        """Write the entry, also if it has not changed, so that nobody else changes it meanwhile."""
        self._changed[entry.id] = entry

    @property
    def changed(self) -> Mapping[str, CustomerEntry]:
        """The entries to write, by id."""
        return self._changed

    async def children(self, id: str) -> list[CustomerEntry]:
        """The orders of a claim, or the tickets of an order."""
        found: list[CustomerEntry] = []
        query = Query(kind=ENTRIES, equals={"parent_id": id}, limit=ROWS_PER_PAGE)
        while True:
            page = await self._env.store.find(query)
            for loaded in page.rows:
                self._entries.setdefault(loaded.value.id, loaded)
                found.append(await self.entry(loaded.value.id))
            if not page.next_cursor:
                return found
            query = replace(query, cursor=page.next_cursor)

    async def customer(self, id: str) -> EndCustomer | None:
        """A record as it is."""
        if id in self._put or id in self._removed:
            return self._put.get(id)
        if id not in self._rows:
            self._rows[id] = await get(self._env.store, CUSTOMERS, id)
        loaded = self._rows[id]
        return loaded.value if loaded else None

    def keep_customer(self, row: EndCustomer) -> None:
        """Write the record, also if it has not changed."""
        self._put[row.id] = row
        self._removed.discard(row.id)

    async def first(
        self, customer_id: str, order: str, *, newest: bool = False, **equals: Scalar
    ) -> CustomerEntry | None:
        """The entry of a record with the least value in `order`, or with the greatest; entries without are left out."""
        limit = min(len(self._changed) + 1, ROWS_PER_PAGE)
        query = Query(
            kind=ENTRIES,
            equals={"customer_id": customer_id, **equals},
            order=order,
            at_least="",
            descending=newest,
            limit=limit,
        )
        stored: list[CustomerEntry] = []
        while True:
            page = await self._env.store.find(query)
            stored += [loaded.value for loaded in page.rows if loaded.value.id not in self._changed]
            for loaded in page.rows:
                self._entries.setdefault(loaded.value.id, loaded)
            if stored or not page.next_cursor:
                break
            query = replace(query, cursor=page.next_cursor)
        wanted = {"customer_id": customer_id, **equals}
        own = [one for one in self._changed.values() if all(getattr(one, key) == at for key, at in wanted.items())]
        ranked = [one for one in (*stored[:1], *own) if getattr(one, order) is not None]
        choose = max if newest else min
        return choose(ranked, key=lambda one: getattr(one, order), default=None)

    async def describe(self, customer_id: str, partner_id: str, now: datetime) -> None:
        """Write the record of the vendor, or that of a partner, as its newest claim names the customer. A record
        without a claim is deleted, unless it was merged, or a note is on it."""
        whose = {"partner_id": partner_id} if partner_id else {}
        newest = await self.first(customer_id, "place", newest=True, type=DocumentType.CLAIM, **whose)
        record_id = self.record_of(customer_id, partner_id)
        row = await self.customer(record_id)
        if newest is None:
            if row is not None and not await self._in_use(row):
                self._put.pop(record_id, None)
                self._removed.add(record_id)
            return
        reg = await get(self._env.store, REGISTRATIONS, newest.id)
        if row is None:
            view = View.PARTNER if partner_id else View.CELL
            row = EndCustomer(
                id=record_id,
                partner_id=partner_id,
                customer_id=customer_id,
                view=view,
                create_time=now,
                update_time=now,
            )
        self.keep_customer(described(row, reg.value, self._env.keys.keyed, now=now) if reg else row)

    def record_of(self, customer_id: str, partner_id: str) -> str:
        """The id of a partner's record; of the vendor's if there is no partner."""
        if not partner_id:
            return customer_id
        return self._env.ids.derived("cus", self._env.keys.keyed(f"customer {customer_id} {partner_id}"))

    async def changes_nothing(self) -> bool:
        """Whether everything is stored already as it is to be written."""
        for key, entry in self._changed.items():
            loaded = self._entries.get(key)
            if loaded is None or not same_content(loaded.value, entry):
                return False
        for key, row in self._put.items():
            held = self._rows.get(key)
            if held is None or not same_content(held.value, row):
                return False
        return not any(self._rows.get(key) for key in self._removed)

    def writes(self, first: str) -> list[Write]:
        """All writes, that of the document with the id `first` before the others."""
        made: list[Write] = [_put(ENTRIES, self._entries.get(key), one) for key, one in self._changed.items()]
        made += [_put(CUSTOMERS, self._rows.get(key), one) for key, one in self._put.items()]
        made += [held.delete() for key in self._removed if (held := self._rows.get(key))]
        return sorted(made, key=lambda write: _id(write) != first)

    async def root(self, row: EndCustomer) -> EndCustomer:
        """The record at the top of the tree in which a record of the vendor stands; written with this commit."""
        for _ in range(MERGED_AT_MOST):
            above = await self.customer(row.merged_into_id) if row.merged_into_id else None
            if above is None:
                break
            row = above
        return row

    async def _in_use(self, row: EndCustomer) -> bool:
        if row.merged_into_id or (await merged_into(self._env, row.id)):
            return True
        noted = await self._env.store.find(Query(kind=NOTES, equals={"customer_id": row.id}, limit=1))
        return bool(noted.rows)


async def tree(env: Env, id: str) -> tuple[str, ...]:
    """The ids of a record of the vendor and of all that were merged into it, as they are stored."""
    found, ahead = [id], [id]
    while ahead and len(found) <= MERGED_AT_MOST:
        below = await merged_into(env, ahead.pop())
        found += below
        ahead += below
    return tuple(found)


async def with_last_win(book: Book, row: EndCustomer, members: Sequence[str]) -> EndCustomer:
    """The record at the top of a tree with the day of its newest win. members: the records of the tree."""
    won = await last_win(book, members)
    return replace(row, last_won_date=won.won_date if won else None)


async def last_win(book: Book, members: Sequence[str]) -> CustomerEntry | None:
    """The newest win of a customer, whose records are `members`; None without."""
    wins = [one for member in members if (one := await book.first(member, "won_key", newest=True))]
    return max(wins, key=lambda one: str(one.won_key), default=None)


async def merged_into(env: Env, id: str) -> list[str]:
    """The ids of the records that were merged into a record directly."""
    page = await env.store.find(Query(kind=CUSTOMERS, equals={"merged_into_id": id}, limit=ROWS_PER_PAGE))
    return [loaded.value.id for loaded in page.rows]


async def registrations(env: Env, ids: Iterable[str]) -> dict[str, Registration]:
    """Claims by id; those that were deleted are left out."""
    found = await env.store.get_many(REGISTRATIONS, list(ids))
    return {key: loaded.value for key, loaded in found.items()}


async def proposals_of(env: Env, id: str) -> list[MergeProposal]:
    """Up to 50 proposals about a record, the most certain first."""
    found: list[MergeProposal] = []
    for side in ("one_id", "other_id"):
        page = await env.store.find(Query(kind=PROPOSALS, equals={side: id}, limit=PROPOSED_AT_MOST))
        found += (loaded.value for loaded in page.rows)
    return sorted(found, key=lambda one: (-one.score, one.id))[:PROPOSED_AT_MOST]


async def of_the_vendor(env: Env, cmd: Command, id: str, *, etag: str = "") -> Loaded[EndCustomer]:
    """A record of the vendor, loaded for a change; NotFound also for that of a partner."""
    loaded = await env.load(CUSTOMERS, id, call=cmd.call, etag=etag)
    if loaded.value.view is View.PARTNER:
        raise NotFound(CUSTOMERS.name, id)
    return loaded


def proposal_id(env: Env, ids: tuple[str, str]) -> str:
    """The id of the proposal about a pair of records."""
    return env.ids.derived("mpr", env.keys.keyed(f"merge {ids[0]} {ids[1]}"))


def _put(kind: Kind[D], held: Loaded[D] | None, document: D) -> Put[D]:
    return held.put(document) if held else create(kind, document)


def _id(write: Write) -> str:
    return write.document.id if isinstance(write, Put) else write.id
