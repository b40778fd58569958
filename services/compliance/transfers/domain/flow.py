"""A flow of data out of the cell, and whether a registered transfer permits it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

import msgspec

from libs.country import country_violations
from libs.document import Document
from libs.errors import Violation
from libs.person import Person, home_violations
from services.compliance.law.domain.categories import category_violations, covers, is_sensitive
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.law.domain.thresholds import Threshold, ThresholdState, ThresholdUse, uses
from services.compliance.transfers.domain.states import TransferRefusal, TransferRefusalReason, TransferState
from services.compliance.transfers.domain.transfer import Transfer


class TransferFlow(msgspec.Struct, frozen=True, kw_only=True):
    """What is about to leave the cell; prm.compliance.v1.TransferFlow describes each field."""

    transfer_id: str = ""
    purpose: str
    categories: tuple[str, ...] = ()
    recipient_country: str
    sensitive: bool = False
    persons: tuple[Person, ...] = ()

    @property
    def is_sensitive(self) -> bool:
        """Whether something sensitive is in it, by its categories or by the caller's word."""
        return self.sensitive or is_sensitive(self.categories)


class TransferCount(Document, frozen=True, kw_only=True):
    """The distinct persons of a calendar year. sealed_key: the key of the year's marks, sealed by the cell's key, hex;
    empty once the year is closed. open_year: the year, None once it is closed."""

    year: int
    person_count: int = 0
    sensitive_person_count: int = 0
    sealed_key: str = ""
    open_year: int | None = None


class TransferMark(Document, frozen=True, kw_only=True):
    """Somebody counts in a year. The id is the year and a keyed hash; sensitive: whether something sensitive was
    sent."""

    year: int
    sensitive: bool = False


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What a flow adds to the count of its year. marked: the persons in it, each once."""

    marked: int
    new: int
    new_sensitive: int
    person_count: int
    sensitive_person_count: int


class TransferRecord(Document, frozen=True, kw_only=True):
    """A flow that was allowed and counted, or refused; prm.compliance.v1.TransferRecord describes each field."""

    transfer_id: str
    allowed: bool
    refused: bool
    refusals: tuple[TransferRefusal, ...] = ()
    warnings: tuple[str, ...] = ()
    purpose: str
    categories: tuple[str, ...] = ()
    recipient_country: str
    sensitive: bool
    year: int
    person_count: int
    new_person_count: int = 0
    new_sensitive_person_count: int = 0
    create_time: datetime


def flow_violations(flow: TransferFlow, identities: Iterable[str], *, counting: bool) -> Iterator[Violation]:
    """Everything that is wrong with a flow. identities: of its persons, in order; empty for one who has none. counting:
    whether its persons are to be counted."""
    yield from country_violations(flow.recipient_country, "recipient_country")
    yield from category_violations(flow.categories)
    if flow.persons and not flow.categories:
        yield Violation("categories", "name what is sent of the persons", "NO_CATEGORY")
    if counting and flow.categories and not flow.persons:
        yield Violation("persons", "name the persons whose data is sent", "NO_PERSON")
    for place, identity in enumerate(identities):
        if not identity:
            yield Violation(f"persons[{place}]", "has no email, phone number or id", "NO_ALIAS")
    for place, person in enumerate(flow.persons):
        yield from home_violations(**{f"persons[{place}]": person})


def tally(count: TransferCount, known: Mapping[str, TransferMark | None], *, sensitive: bool) -> Tally:
    """What the flow of these persons adds. known: by mark, what is stored of it, or None."""
    new = sum(1 for one in known.values() if one is None)
    new_sensitive = sum(1 for one in known.values() if sensitive and (one is None or not one.sensitive))
    return Tally(
        marked=len(known),
        new=new,
        new_sensitive=new_sensitive,
        person_count=count.person_count + new,
        sensitive_person_count=count.sensitive_person_count + new_sensitive,
    )


def judge(
    flow: TransferFlow, transfer: Transfer | None, counted: Tally, *, today: date, thresholds: Iterable[Threshold]
) -> tuple[tuple[TransferRefusal, ...], tuple[ThresholdUse, ...]]:
    """Every reason against the flow, and each threshold as it would be with it. A flow that adds nobody is judged by
    the thresholds too: what is reached stays reached for the rest of the year."""
    near = tuple(uses(thresholds, persons=counted.person_count, sensitive=counted.sensitive_person_count))
    if transfer is None:
        return (TransferRefusal(reason=TransferRefusalReason.UNREGISTERED),), near
    refusals = [*_state_refusals(transfer, today), *_terms_refusals(flow, transfer)]
    if flow.categories:
        refusals += _threshold_refusals(transfer, near)
    return tuple(refusals), near


def neared(before: Iterable[ThresholdUse], after: Iterable[ThresholdUse]) -> Iterator[ThresholdUse]:
    """The thresholds that were clear before a flow and are not after it."""
    for one, other in zip(before, after, strict=True):
        if one.state is ThresholdState.CLEAR and other.state is not ThresholdState.CLEAR:
            yield other


def _state_refusals(transfer: Transfer, today: date) -> Iterator[TransferRefusal]:
    if transfer.state is TransferState.DRAFT:
        yield TransferRefusal(reason=TransferRefusalReason.NOT_PUBLISHED)
    if transfer.state is TransferState.ENDED:
        yield TransferRefusal(reason=TransferRefusalReason.ENDED)
    if today < transfer.terms.valid_from:
        detail = transfer.terms.valid_from.isoformat()
        yield TransferRefusal(reason=TransferRefusalReason.NOT_YET_VALID, detail=detail)
    if transfer.terms.valid_until is not None and today > transfer.terms.valid_until:
        yield TransferRefusal(reason=TransferRefusalReason.EXPIRED, detail=transfer.terms.valid_until.isoformat())


def _terms_refusals(flow: TransferFlow, transfer: Transfer) -> Iterator[TransferRefusal]:
    if flow.purpose != transfer.terms.purpose:
        yield TransferRefusal(reason=TransferRefusalReason.WRONG_PURPOSE, detail=flow.purpose)
    if flow.recipient_country != transfer.terms.recipient_country:
        yield TransferRefusal(reason=TransferRefusalReason.WRONG_COUNTRY, detail=flow.recipient_country)
    for category in dict.fromkeys(flow.categories):
        if not any(covers(one, category) for one in transfer.terms.categories):
            yield TransferRefusal(reason=TransferRefusalReason.WRONG_CATEGORY, detail=category)


def is_blocked(transfer: Transfer, near: Iterable[ThresholdUse]) -> bool:
    """Whether the year's count refuses a transfer, whatever is in the flow. One without personal data it never does."""
    personal = transfer.terms.mechanism is not TransferMechanism.NOT_PERSONAL
    return personal and any(_threshold_refusals(transfer, near))


def _threshold_refusals(transfer: Transfer, near: Iterable[ThresholdUse]) -> Iterator[TransferRefusal]:
    for one in near:
        if one.state is ThresholdState.REACHED and transfer.terms.mechanism not in one.mechanisms:
            yield TransferRefusal(reason=TransferRefusalReason.OVER_THRESHOLD, detail=one.name)
