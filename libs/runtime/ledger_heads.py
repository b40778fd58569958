"""Compares the erasure ledger of a service with what the service has stated, before it becomes ready.

Each store of a service has a mark of how far it has carried out the ledger, so one that was put back from an older copy
is noticed by the others. If all three are put back, only the broker knows of the erasure: it has the signed statements
that the service gave to compliance, the reports of its purges and the checkpoints of the trail, each with the end of
its ledger.
"""

import asyncio
from datetime import UTC, datetime

import msgspec
import structlog

from libs.audit.signatures import COMPLIANCE
from libs.audit.statements import LedgerEnd, Purpose, Statement
from libs.erasing import SubjectDataErased, is_genuine
from libs.errors import AppError
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.jetstream import BROKER_ERRORS, JetStream
from libs.messaging.stated import last_stated
from libs.privacy.keys import Keys
from libs.privacy.sealing.store import SealedStore
from libs.purge_report import PurgeRunEnded
from libs.purge_report import is_genuine as is_genuine_report
from libs.runtime.service import Service

_ERASED, _PURGED, _CHECKPOINT = "subject_data.erased", "purge_run.ended", "compliance.checkpoint.signed"

WAIT_SECONDS = 5.0  # for the broker, without which a service starts all the same

log = structlog.get_logger()


class _End(msgspec.Struct, frozen=True, kw_only=True):
    service: str
    number: int
    hash: str


class _Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of prm.compliance.v1.AuditCheckpoint that are signed, and the signature."""

    cell: str
    tree_size: int
    root_hash: str
    time: datetime
    signature: str
    ledgers: tuple[_End, ...]


class _CheckpointSigned(msgspec.Struct, frozen=True, kw_only=True):
    checkpoint: _Checkpoint


async def require_stated(service: Service, jetstream: JetStream) -> None:
    """LedgerShort if the ledger of a service lacks an entry that its last statement, the report of its last purge, or
    the last checkpoint of the audit trail names. Only a warning if the broker does not answer, or has what nobody of
    this cell has signed."""
    store = service.env.store
    if not isinstance(store, SealedStore):
        return
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            session = await jetstream.session()
            told = {
                subject: await last_stated(session, subject)
                for subject in (f"{service.name}.{_ERASED}", f"{service.name}.{_PURGED}", _CHECKPOINT)
            }
        ends = [stated_end(service.name, service.env.keys, event) for event in told.values() if event is not None]
    except (*BROKER_ERRORS, AppError, ValueError) as err:
        log.warning("ledger_not_compared", service=service.name, cause=err)
        return
    for end in ends:
        if end is None:
            log.warning("ledger_not_compared", service=service.name, cause="a statement is not signed in this cell")
        else:
            await store.ledger.require_entry(end.number, end.hash)


def stated_end(service: str, keys: Keys, event: Envelope) -> LedgerEnd | None:
    """The end of the service's ledger that an event states; None if it is not signed. AppError, ValueError."""
    if event.subject.endswith(_ERASED):
        stated = EventCodec.decode(event, SubjectDataErased)
        genuine = stated.service == service and is_genuine(keys, stated)
        return LedgerEnd(service, stated.ledger_number, stated.ledger_hash) if genuine else None
    if event.subject.endswith(_PURGED):  # only the service itself may publish on this subject
        report = EventCodec.decode(event, PurgeRunEnded)
        if report.signature and not (report.service == service and is_genuine_report(report, keys)):
            return None
        return LedgerEnd(service, report.ledger_number, report.ledger_hash)
    checkpoint = EventCodec.decode(event, _CheckpointSigned).checkpoint
    known = tuple(LedgerEnd(one.service, one.number, one.hash) for one in checkpoint.ledgers)
    time = checkpoint.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    statement = Statement(checkpoint.cell, checkpoint.tree_size, checkpoint.root_hash, time, known)
    if not keys.verify(bytes.fromhex(checkpoint.signature), statement.text(Purpose.CHECKPOINT), by=COMPLIANCE):
        return None
    return next((one for one in known if one.service == service), LedgerEnd(service, 0, ""))
