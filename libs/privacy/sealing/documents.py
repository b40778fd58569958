"""The kind with the progress of the encryption of a store that an earlier release wrote."""

from datetime import datetime

from libs.store.port import Document, Kind

WALK_ID = "walk"


class SealWalk(Document, frozen=True, kw_only=True):
    """rules: by which places the walk looks for what is in clear, see `SealedStore.rules`. kind, cursor: where it goes
    on. found: the documents in clear of this walk; sealed: those of former walks. order_time: when the first walk
    began. walked: a walk has ended. settled: this walk began when every process knew of the order. done: nothing is in
    clear any more, and nothing may be."""

    rules: str = ""
    kind: str = ""
    cursor: str = ""
    found: int = 0
    sealed: int = 0
    order_time: datetime | None = None
    walked: bool = False
    settled: bool = False
    done: bool = False


SEAL_WALKS = Kind("seal_walk", SealWalk)
