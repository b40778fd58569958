"""The report of a run; prm.<service>.v1.PurgeRunEnded documents each field."""

from datetime import datetime

import msgspec

from libs.retention import Action


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
    not be decrypted, and were left. ledger_number, ledger_hash: the end of the erasure ledger then."""

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
