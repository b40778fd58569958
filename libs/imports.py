"""The rules that all Import RPCs share: an external id identifies a row, its dates are in order, its partner is known.

libs/rpc/imports.py has the other half: it answers row by row.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from libs.errors import AppError, Code, NotYetKnown, Violation

CLOCK_SKEW = timedelta(minutes=5)


class Imported(msgspec.Struct, frozen=True):
    """The outcome of an imported row. id: of the document. fresh: whether the import created it. warnings: violations
    that a person should look at, although the row was imported."""

    id: str
    fresh: bool
    warnings: tuple[Violation, ...] = ()


class ExternalIdTaken(AppError):
    """A row with other content was imported under this external id."""

    code, reason = Code.ALREADY_EXISTS, "EXTERNAL_ID_TAKEN"

    def __init__(self, external_id: str, id: str) -> None:
        super().__init__(f"{external_id} was imported before with other content, as {id}", id=id)


class PartnerNotYetKnown(NotYetKnown):
    """No event about the row's partner has arrived here; one may be on its way."""

    reason = "PARTNER_NOT_YET_KNOWN"

    def __init__(self, partner: str) -> None:
        super().__init__("partner", partner)


def date_order_violations(times: Mapping[str, datetime | None], *, now: datetime) -> list[Violation]:
    """A violation for every instant that is before an earlier entry of `times`, or more than CLOCK_SKEW after `now`.
    Entries with None are skipped."""
    found = []
    latest: datetime | None = None
    for field, at in times.items():
        if at is None:
            continue
        if at > now + CLOCK_SKEW:
            found.append(Violation(field, "is in the future", "DATES_OUT_OF_ORDER"))
        if latest is not None and at < latest:
            found.append(Violation(field, f"is before {latest.isoformat()}", "DATES_OUT_OF_ORDER"))
        latest = at if latest is None else max(latest, at)
    return found
