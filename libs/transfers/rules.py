"""Whether a registered transfer permits that something leaves the cell; pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from libs.document import Document

UNREGISTERED = "UNREGISTERED"


class TransferFacts(Document, frozen=True, kw_only=True):
    """A published transfer, as prm.compliance.v1.TransferStated describes it. facts_version: of the transfer."""

    facts_version: int
    flow: str
    purpose: str
    categories: tuple[str, ...]
    recipient_country: str
    valid_from: date
    valid_until: date | None
    ended: bool
    blocked_year: int


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """What is about to leave the cell: fideslang categories, for a purpose, to a country. An empty purpose or country
    is not compared: a message for other cells goes to all of them."""

    categories: Sequence[str]
    purpose: str = ""
    country: str = ""


def permits(transfers: Iterable[TransferFacts], leaving: Leaving, *, today: date) -> str:
    """Empty if one of the transfers permits it; otherwise the first reason against the newest of them, named as
    prm.compliance.v1.TransferRefusalReason. today: in the time zone of the cell."""
    reason = UNREGISTERED
    for one in sorted(transfers, key=lambda one: one.id):
        reason = next(_refusals(one, leaving, today), "")
        if not reason:
            break
    return reason


def _refusals(transfer: TransferFacts, leaving: Leaving, today: date) -> Iterator[str]:
    if transfer.ended:
        yield "ENDED"
    if today < transfer.valid_from:
        yield "NOT_YET_VALID"
    if transfer.valid_until is not None and today > transfer.valid_until:
        yield "EXPIRED"
    if leaving.purpose not in ("", transfer.purpose):
        yield "WRONG_PURPOSE"
    if leaving.country not in ("", transfer.recipient_country):
        yield "WRONG_COUNTRY"
    if not all(any(_covers(known, one) for known in transfer.categories) for one in leaving.categories):
        yield "WRONG_CATEGORY"
    if transfer.blocked_year == today.year:
        yield "OVER_THRESHOLD"


def _covers(category: str, other: str) -> bool:
    return other == category or other.startswith(f"{category}.")
