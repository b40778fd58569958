"""Creates a claim from an imported row, and checks that the fields of the row fit its state."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import asdict, replace

from libs.errors import Violation
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, CLOSED_STAGES, ClosureCode, Review, Stage
from services.deals.conflicts.domain.keys import KEY_RULES, Keyed, keys_of
from services.deals.migration.events import RegistrationImported

CLOSED = frozenset(Review) - CLAIMING - {Review.DRAFT}
_DECIDED = CLOSED | {Review.APPROVED}
# The states in which a row may have each field; a field that is not listed fits every state.
_FITS: dict[str, frozenset[Review]] = {
    "closure_code": frozenset({Review.REJECTED, Review.WITHDRAWN, Review.CANCELED}),
    "requested_fields": frozenset({Review.ACTION_REQUIRED}),
    "submit_time": frozenset(Review) - {Review.DRAFT},
    "decide_time": _DECIDED,
    "protected_until": _DECIDED - {Review.REJECTED},
}
_NEEDS = {
    "protected_until": Review.APPROVED,
    "closure_code": Review.REJECTED,
    "requested_fields": Review.ACTION_REQUIRED,
}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an imported claim, without its content; the fields are those of Registration."""

    review: Review
    stage: Stage
    closure_code: ClosureCode | None
    requested_fields: tuple[str, ...]
    submit_time: datetime | None
    decide_time: datetime | None
    protected_until: datetime | None
    close_time: datetime | None
    external_source: str
    external_id: str
    imported_as: str


def migrate(
    opened: Registration, standing: Standing, *, create_time: datetime | None, keyed: Keyed
) -> tuple[Registration, RegistrationImported]:
    """The claim in the state of the row, and its event; an open claim also gets its keys. create_time: None if the row
    has none; then submit, decide or close time is used, the first that is set, else the time of the import. keyed:
    hashes the keys."""
    known = (create_time, standing.submit_time, standing.decide_time, standing.close_time)
    created = next((at for at in known if at is not None), opened.create_time)
    reg = replace(opened, **asdict(standing), create_time=created)
    if reg.review in CLAIMING:
        reg = replace(reg, keys=keys_of(reg.customer, keyed), keys_version=KEY_RULES)
    event = RegistrationImported(
        registration_id=reg.id,
        partner_id=reg.partner_id,
        review=reg.review,
        stage=reg.stage,
        country=reg.customer.country,
        claimed_product_lines=reg.named_product_lines,
        create_time=reg.create_time,
        submit_time=reg.submit_time,
        decide_time=reg.decide_time,
        close_time=reg.close_time,
    )
    return reg, event


def contradictions(review: Review, stage: Stage, facts: Mapping[str, object]) -> Iterator[Violation]:
    """A violation for each field that the state requires and the row lacks, and for each that the state cannot have.
    facts: the values by field of the row, empty ones included."""
    for field, needed in _NEEDS.items():
        if review is needed and not facts[field]:
            yield Violation(field, f"is needed for a claim in {review.name}", "REQUIRED")
    for field, fitting in _FITS.items():
        if facts[field] and review not in fitting:
            yield Violation(field, f"cannot be of a claim in {review.name}", "CONTRADICTION")
    if facts["close_time"] and review not in CLOSED:
        yield Violation("close_time", f"a claim in {review.name} has not ended", "NOT_CLOSED")
    if (review is Review.CONVERTED and stage is not Stage.WON) or (review is Review.DRAFT and stage in CLOSED_STAGES):
        yield Violation("stage", f"cannot be {stage.name} for a claim in {review.name}", "CONTRADICTION")


def wrong_protection(
    review: Review, protected_until: datetime | None, *times: datetime | None, now: datetime
) -> list[Violation]:
    """A violation if protection ends before one of `times`, or if it ends after `now` although the claim is EXPIRED.
    times: creation, submission, decision."""
    if protected_until is None:
        return []
    if any(at is not None and protected_until < at for at in times):
        return [Violation("protected_until", "is before what it follows", "DATES_OUT_OF_ORDER")]
    if review is Review.EXPIRED and protected_until > now:
        return [Violation("protected_until", "is in the future of a claim that is EXPIRED", "DATES_OUT_OF_ORDER")]
    return []
