"""The report of a run; prm.<service>.v1.PurgeRunEnded documents each field."""

from datetime import datetime

import msgspec
from msgspec import to_builtins
from msgspec.structs import replace

from libs.privacy.keys import Keys
from libs.retention import Action

_PURPOSE = b"prm-purge-report/1\n"


class PurgedRows(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a kind that were due by a rule. record: the class of records of the rule. rows: how many were purged,
    or would be. frozen: how many were left because a hold, a request or a restriction freezes them.
    sample_ids: the first ids of the purged rows."""

    kind: str
    rule: str
    record: str
    action: Action
    rows: int = 0
    frozen: int = 0
    sample_ids: tuple[str, ...] = ()


class PurgeRunEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A run has looked at every row of the service. examined_rows: how many these are. unreadable_rows: how many could
    not be decrypted, and were left. ledger_number, ledger_hash: the end of the erasure ledger then. signature: Ed25519
    over `report_text`, hex; empty in reports of a release before 2026-11-30."""

    run_id: str
    service: str
    rehearsal: bool
    purged: tuple[PurgedRows, ...]
    examined_rows: int
    unreadable_rows: int
    ledger_number: int
    ledger_hash: str
    begin_time: datetime
    end_time: datetime
    signature: str = ""


def signed(report: PurgeRunEnded, keys: Keys) -> PurgeRunEnded:
    """The report with the signature of the service whose keys these are."""
    return replace(report, signature=keys.sign(report_text(report)).hex())


def is_genuine(report: PurgeRunEnded, keys: Keys) -> bool:
    """Whether a signed report is from its service in this cell, and nobody has changed it."""
    return keys.verify(bytes.fromhex(report.signature), report_text(report), by=report.service)


def report_text(report: PurgeRunEnded) -> bytes:
    """The bytes that are signed: a first line that no other signed text of a cell has, then all other fields."""
    fields = to_builtins(report)
    del fields["signature"]
    return _PURPOSE + msgspec.json.encode(fields, order="sorted")
