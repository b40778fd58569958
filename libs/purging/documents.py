"""What a service keeps of its purges and of the persons whose rows are frozen."""

from datetime import datetime

from libs.privacy.ledger.documents import Erased
from libs.purge_report import PurgedRows
from libs.store.port import Document, Index, Kind

GATE = "gate"


class PurgeRun(Document, frozen=True, kw_only=True):
    """A run, or a rehearsal, which changes nothing. kind, cursor: where it is; no kind at the start. purged, examined,
    unreadable: so far. pending: what the last commit erased and the ledger does not have yet. The commit that publishes
    its report removes it."""

    rehearsal: bool
    kind: str = ""
    cursor: str = ""
    purged: tuple[PurgedRows, ...] = ()
    examined: int = 0
    unreadable: int = 0
    pending: tuple[Erased, ...] = ()
    begin_time: datetime


class PurgeGate(Document, frozen=True, kw_only=True):
    """Written by every commit that purges and by every one that freezes, with the id GATE, so that the two exclude each
    other. begin_time: of the last run, or of the first start of a release with purges."""

    begin_time: datetime


class Freeze(Document, frozen=True, kw_only=True):
    """A person whose rows are frozen, as compliance stated it in `statement`, a number that grows. object_name, sealed:
    the encrypted object with the person's hashes; without it every row is frozen, because nobody knows whose are."""

    statement: int
    active: bool
    object_name: str = ""
    sealed: bytes = b""


RUNS = Kind("purge_run", PurgeRun)
GATES = Kind("purge_gate", PurgeGate)
FREEZES = Kind("person_freeze_state", Freeze, (Index(("active",)),))
