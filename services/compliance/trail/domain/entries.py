"""Entries of the trail: they record who did what, and never content."""

from datetime import datetime
from enum import Enum

from libs.document import Document
from libs.lane_head import LaneHead
from services.compliance.trail.domain.chain import LedgerEnd


class AuditOutcome(Enum):
    """The outcome of a call."""

    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"
    DISCLOSED = "DISCLOSED"


class AuditEntry(Document, frozen=True, kw_only=True):
    """The entry for one event of the cell or for one recorded call; it has only ids and names of fields.

    commitment: SHA-256 over salt and event body, hex; binds the entry to the event without revealing it; empty for a
    recorded call, whose entry contains everything. salt: needed to check the commitment; it never leaves the service.
    leaf_index, leaf_hash (hex): place and hash in the chain; None and empty before it is chained. call_count: how many
    equal calls it stands for; None is one. lane, lane_number: the place of its event among those of one process; "" and
    None in entries of older releases and of lane heads. lane_head: the head that its event states. purpose: for what
    personal data was shown in clear, several separated by commas. ledger_end: of the erasure ledger of the service, as
    its event states it.

    A new field must be empty ("", (), None) in older entries, because their hashes would change otherwise.
    """

    time: datetime
    actor: str
    method: str
    outcome: AuditOutcome
    service: str
    resource_id: str
    resource_version: int
    event_type: str
    event_id: str
    caused_by_request_id: str = ""
    create_time: datetime
    commitment: str = ""
    salt: str = ""
    leaf_index: int | None = None
    leaf_hash: str = ""
    roles: tuple[str, ...] = ()
    partner_id: str = ""
    on_behalf_of: str = ""
    reason: str = ""
    changed_fields: tuple[str, ...] = ()
    shown_ids: tuple[str, ...] = ()
    call_count: int | None = None
    lane: str = ""
    lane_number: int | None = None
    lane_head: LaneHead | None = None
    purpose: str = ""
    ledger_end: LedgerEnd | None = None
