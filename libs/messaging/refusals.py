"""Refusals that wait for the audit trail: equal ones are counted together; their number and write rate are bounded.

Two bounds keep a flood from filling the trail or displacing the refusals of other callers. At most RECORDS_PER_CALLER
different refusals of one caller wait at a time; further ones are counted without the id of the document. And after a
burst only RECORDS_PER_SECOND are written: in a flood records are written later, and each counts more calls.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import islice

import msgspec
from msgspec.structs import replace

from libs.call import ANONYMOUS, CallRecord

RECORDS_PER_EVENT = 64
RECORDS_PER_CALLER = 16
RECORDS_PENDING = 1_000
BURST_RECORDS = 1_000
RECORDS_PER_SECOND = 5.0

_SECONDS_PER_RECORD = 1.0 / RECORDS_PER_SECOND
_Key = tuple[str, str, str, str, str, tuple[str, ...], str]


class _Pending(msgspec.Struct):
    first: CallRecord
    count: int


class Refusals:
    """The refusals that have not been written yet. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._pending: dict[_Key, _Pending] = {}
        self._per_caller: Counter[str] = Counter()
        self._paid_until = 0.0

    @property
    def pending(self) -> int:
        """How many different refusals wait."""
        return len(self._pending)

    def add(self, record: CallRecord) -> None:
        """Add a refusal, or count it with one that differs only in time and request id; those of the first are kept."""
        key = _key(record)
        if key not in self._pending and self._per_caller[record.actor] >= RECORDS_PER_CALLER:
            record = replace(record, resource_id="", caused_by_request_id="")
            key = _key(record)
        if key not in self._pending and len(self._pending) >= RECORDS_PENDING:
            # Without the caller, so there are at most as many of these as pairs of method and reason.
            record = CallRecord(
                time=record.time,
                actor=ANONYMOUS.subject,
                method=record.method,
                outcome=record.outcome,
                reason=record.reason,
                call_count=record.call_count,
            )
            key = _key(record)
        if (found := self._pending.get(key)) is not None:
            found.count += record.call_count
            return
        self._pending[key] = _Pending(record, record.call_count)
        self._per_caller[record.actor] += 1

    def put_back(self, records: Iterable[CallRecord]) -> None:
        """Add records again that could not be written."""
        for record in records:
            self.add(record)

    def wait_seconds(self, now: float) -> float:
        """How long until a record may be written."""
        return max(self._paid_until - now - (BURST_RECORDS - 1) * _SECONDS_PER_RECORD, 0.0)

    def take(self, now: float) -> list[CallRecord]:
        """Remove and return the records that may be written now, the oldest first, at most as many as an event
        holds."""
        paid_until = max(self._paid_until, now)
        room = int(BURST_RECORDS - (paid_until - now) * RECORDS_PER_SECOND + 1e-6)
        taken = self._take(min(room, RECORDS_PER_EVENT))
        self._paid_until = paid_until + len(taken) * _SECONDS_PER_RECORD
        return taken

    def take_anyway(self) -> list[CallRecord]:
        """Remove and return as many records as an event holds, whatever the rate; for the end of the process."""
        return self._take(RECORDS_PER_EVENT)

    def _take(self, most: int) -> list[CallRecord]:
        found = [self._pending.pop(key) for key in list(islice(self._pending, max(most, 0)))]
        for one in found:
            self._per_caller[one.first.actor] -= 1
            if not self._per_caller[one.first.actor]:
                del self._per_caller[one.first.actor]
        return [one.first if one.count == 1 else replace(one.first, call_count=one.count) for one in found]


def _key(record: CallRecord) -> _Key:
    return (
        record.actor,
        record.method,
        record.reason,
        record.resource_id,
        record.partner_id,
        record.roles,
        record.on_behalf_of,
    )
