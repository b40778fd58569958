"""A claim while the partner writes it: its creation and its changes."""

from datetime import datetime

from msgspec import UNSET
from msgspec.structs import replace

from libs.day import first_day_violations
from libs.errors import InvalidInput, Violation, require_state
from libs.person import Person, home_violations
from services.deals.claims.domain.registration import (
    ClaimContent,
    Registration,
    RegistrationChanges,
    customer_violations,
    expected_amount,
    new_line_violations,
    open_registration,
)
from services.deals.claims.domain.states import MAY_UPDATE, Review
from services.deals.claims.events import RegistrationCreated, RegistrationUpdated


def create(content: ClaimContent, *, id: str, now: datetime) -> tuple[Registration, RegistrationCreated]:
    """A new claim in DRAFT and its event; InvalidInput lists every violation of the content."""
    people = {"customer_contact": content.customer_contact, "sales_contact": content.sales_contact}
    if wrong := [
        *customer_violations(content.customer),
        *home_violations(**people),
        *new_line_violations(content.lines),
        *first_day_violations("expected_close_date", content.expected_close_date),
    ]:
        raise InvalidInput(wrong)
    reg = open_registration(content, id=id, now=now)
    return reg, RegistrationCreated(registration_id=reg.id, partner_id=reg.partner_id, country=reg.customer.country)


def update(
    reg: Registration, changes: RegistrationChanges, *, now: datetime
) -> tuple[Registration, RegistrationUpdated]:
    """The claim with whole fields replaced, and its event. WrongState unless its partner may edit it. InvalidInput
    lists every violation; in ACTION_REQUIRED also each field that the vendor did not ask for."""
    require_state("registration", reg.id, reg.review, action="update", allowed=MAY_UPDATE)
    if wrong := [*_not_requested(reg, changes), *_wrong_content(changes)]:
        raise InvalidInput(wrong)
    amount = reg.expected_amount if changes.lines is UNSET else expected_amount(changes.lines)
    changed = replace(reg, **changes.given(), expected_amount=amount, update_time=now)
    fields = tuple(changes.given())
    return changed, RegistrationUpdated(registration_id=reg.id, partner_id=reg.partner_id, fields=fields)


def _not_requested(reg: Registration, changes: RegistrationChanges) -> list[Violation]:
    if reg.review is not Review.ACTION_REQUIRED:
        return []
    foreign = (name for name in changes.given() if name not in reg.requested_fields)
    return [Violation(name, "was not asked for", "NOT_REQUESTED") for name in foreign]


def _wrong_content(changes: RegistrationChanges) -> list[Violation]:
    found: list[Violation] = []
    if changes.customer is not UNSET:
        found += customer_violations(changes.customer)
    people = {name: one for name, one in changes.given().items() if isinstance(one, Person)}
    found += home_violations(**people)
    if changes.lines is not UNSET:
        found += new_line_violations(changes.lines)
    if changes.expected_close_date is not UNSET:
        found += first_day_violations("expected_close_date", changes.expected_close_date)
    return found
