"""Merges of the vendor's records, and how they are undone.

A merge moves no document: a record names the one into which it was merged, and the history of that one is read with
those of all records below it. So an undo restores both sides, and what arrived in between is where its claim says.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation
from services.deals.customers.domain.customers import EndCustomer, View
from services.deals.customers.events import CustomerMerged, CustomerMergeUndone

UNDO_WITHIN = timedelta(days=90)
MERGED_AT_MOST = 50  # records in one history


class CustomerMergedAlready(AppError):
    """The record was merged into another one, so it can neither be merged again nor take others up."""

    code, reason = Code.FAILED_PRECONDITION, "CUSTOMER_MERGED"

    def __init__(self, id: str, into_id: str) -> None:
        super().__init__(f"customer {id} was merged into {into_id}", id=id, into_id=into_id)


class CustomerNotMerged(AppError):
    """The record is not merged into another."""

    code, reason = Code.FAILED_PRECONDITION, "CUSTOMER_NOT_MERGED"

    def __init__(self, id: str) -> None:
        super().__init__(f"customer {id} is not merged into another", id=id)


class UndoTooLate(AppError):
    """The merge is more than UNDO_WITHIN ago."""

    code, reason = Code.FAILED_PRECONDITION, "UNDO_TOO_LATE"

    def __init__(self, id: str, until: datetime) -> None:
        super().__init__(
            f"the merge of customer {id} could be undone until {until:%Y-%m-%dT%H:%M:%SZ}", id=id, until=until
        )


class TooManyMerged(AppError):
    """More than MERGED_AT_MOST records would share one history."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_MERGED"

    def __init__(self, id: str) -> None:
        super().__init__(f"customer {id} would have more than {MERGED_AT_MOST} records", id=id, limit=MERGED_AT_MOST)


def refuse_merge(source: EndCustomer, target: EndCustomer, *, together: int) -> None:
    """InvalidInput, CustomerMergedAlready or TooManyMerged if the records cannot be merged. together: how many records
    the history would then have."""
    if source.id == target.id:
        raise InvalidInput([Violation("into_id", "is the record itself", "SAME_CUSTOMER")])
    for one in (source, target):
        if one.view is View.MERGED:
            raise CustomerMergedAlready(one.id, one.merged_into_id)
    if together > MERGED_AT_MOST:
        raise TooManyMerged(target.id)


def merge(source: EndCustomer, target: EndCustomer, *, now: datetime) -> tuple[EndCustomer, CustomerMerged]:
    """The merged record, and the event; `refuse_merge` has passed."""
    merged = replace(source, view=View.MERGED, merged_into_id=target.id, merge_time=now, update_time=now)
    return merged, CustomerMerged(customer_id=source.id, into_customer_id=target.id)


def undo(row: EndCustomer, *, now: datetime) -> tuple[EndCustomer, CustomerMergeUndone]:
    """The record that stands for itself again, and the event. CustomerNotMerged, UndoTooLate."""
    if row.view is not View.MERGED or row.merge_time is None:
        raise CustomerNotMerged(row.id)
    if now > row.merge_time + UNDO_WITHIN:
        raise UndoTooLate(row.id, row.merge_time + UNDO_WITHIN)
    apart = replace(row, view=View.CELL, merged_into_id="", merge_time=None, update_time=now)
    return apart, CustomerMergeUndone(customer_id=row.id, from_customer_id=row.merged_into_id)
