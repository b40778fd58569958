"""The rules that all Import RPCs share: an external id identifies a row, its dates are in order, its partner is known.

libs/rpc/imports.py has the other half: it answers row by row.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice

import msgspec

from libs.day import first_day_violations
from libs.errors import AppError, Code, NotYetKnown, Violation

CLOCK_SKEW = timedelta(minutes=5)
MAX_DIFFERING_FIELDS = 50


class Imported(msgspec.Struct, frozen=True):
    """The outcome of an imported row. id: of the document. fresh: whether the import created it. warnings: violations
    that a person should look at, although the row was imported. changed_fields: those of an earlier import that the row
    changed, and differing_fields those that it may not change; both as in ExternalIdTaken."""

    id: str
    fresh: bool
    warnings: tuple[Violation, ...] = ()
    changed_fields: tuple[str, ...] = ()
    differing_fields: tuple[str, ...] = ()


class ExternalIdTaken(AppError):
    """Another row was imported under this external id. id: of what it became. differing_fields: paths as in the row,
    fifty at most."""

    code, reason = Code.ALREADY_EXISTS, "EXTERNAL_ID_TAKEN"

    def __init__(self, external_id: str, id: str, differing_fields: tuple[str, ...]) -> None:
        super().__init__(f"{external_id} was imported before with other content, as {id}", id=id)
        self.id = id
        self.differing_fields = differing_fields


class PartnerNotYetKnown(NotYetKnown):
    """No event about the row's partner has arrived here; one may be on its way."""

    reason = "PARTNER_NOT_YET_KNOWN"

    def __init__(self, partner: str) -> None:
        super().__init__("partner", partner)


def row_hashes(keyed: Callable[[str], str], row_hash: str) -> tuple[str, str]:
    """By what the row is recognised in a later import: the keyed hash, which is stored, and what an earlier release
    stored in its place. keyed: hashes a text with a key of the cell."""
    return keyed(f"imported row:{row_hash}"), row_hash


def known_as(id: str, external_id: str, differing: Iterable[str]) -> Imported:
    """What a row became that was imported before: nothing new if nothing differs; else ExternalIdTaken."""
    if found := tuple(islice(dict.fromkeys(differing), MAX_DIFFERING_FIELDS)):
        raise ExternalIdTaken(external_id, id, found)
    return Imported(id, fresh=False)


def date_order_violations(times: Mapping[str, datetime | None], *, now: datetime) -> list[Violation]:
    """A violation for every instant that is before an earlier entry of `times` or the first accepted day, or more than
    CLOCK_SKEW after `now`. Entries with None are skipped."""
    found = []
    latest: datetime | None = None
    for field, at in times.items():
        if at is None:
            continue
        if at > now + CLOCK_SKEW:
            found.append(Violation(field, "is in the future", "DATES_OUT_OF_ORDER"))
        found += first_day_violations(field, at.date())
        if latest is not None and at < latest:
            found.append(Violation(field, f"is before {latest.isoformat()}", "DATES_OUT_OF_ORDER"))
        latest = at if latest is None else max(latest, at)
    return found
