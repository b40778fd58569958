"""What each commit of a cell's services changed, computed without the product's own code from the documents stored
before."""

from collections.abc import Sequence
from typing import Any

import msgspec

from libs.messaging.envelope import Envelope
from libs.messaging.outbox import OUTBOX
from libs.store.codec import to_plain
from libs.store.port import Delete, Put, Store, Write, get


class CommittedEvent(msgspec.Struct, frozen=True):
    """An event that was committed. written: whether the same commit wrote or removed the document of the event;
    changed: the fields of that document whose values differ from before; empty for a new or removed document."""

    envelope: Envelope
    written: bool
    changed: frozenset[str]


class Commits:
    """The events of every service whose store is wrapped by this object, in the order of their commits."""

    def __init__(self) -> None:
        self.told: list[CommittedEvent] = []

    def wrap(self, service: str, store: Store) -> Any:
        """The wrapper in the form that `Platform` needs."""
        return _Watched(store, self.told)


class _Watched:
    """A store that compares documents before it writes them."""

    def __init__(self, store: Store, told: list[CommittedEvent]) -> None:
        self._store = store
        self._told = told

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        puts = [one for one in writes if isinstance(one, Put)]
        # Two documents may have one id, a partner and its counters: the first one is the document of the event.
        written = {one.document.id: one for one in reversed(puts) if one.kind.name != OUTBOX.name}
        envelopes = [one.document.envelope for one in puts if one.kind.name == OUTBOX.name]
        changed: dict[str, frozenset[str]] = {one.id: frozenset() for one in writes if isinstance(one, Delete)}
        for about in {one.about for one in envelopes} & written.keys():
            changed[about] = await self._changed(written[about])
        await self._store.commit(writes)
        self._told += [
            CommittedEvent(one, one.about in changed, changed.get(one.about, frozenset())) for one in envelopes
        ]

    async def _changed(self, put: Put[Any]) -> frozenset[str]:
        held = await get(self._store, put.kind, put.document.id)
        if held is None:
            return frozenset()
        before, after = to_plain(held.value), to_plain(put.document)
        return frozenset(name for name in after if name != "version" and before.get(name) != after[name])
