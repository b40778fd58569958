"""Checks that a claim is complete enough to be submitted."""

from collections.abc import Iterator

from libs.errors import InvalidInput, Violation
from libs.organisation import NotARegistrationNumber, registration_number
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.claims.domain.states import Review
from services.deals.conflicts.domain.keys import MatchKey, key_of


def refuse_incomplete(reg: Registration, keys: tuple[str, ...]) -> None:
    """InvalidInput that lists everything missing or wrong. keys: the ids of the customer's slots.

    Of a claim in ACTION_REQUIRED only the requested fields are checked: the partner could not correct the others.
    """
    found: list[Violation] = []
    if _may_edit(reg, "customer"):
        found += _of_customer(reg.customer, keys)
    if _may_edit(reg, "lines") and not reg.lines:
        found.append(Violation("lines", "name at least one product before you submit", "REQUIRED"))
    if found:
        raise InvalidInput(found)


def _may_edit(reg: Registration, field: str) -> bool:
    return reg.review is not Review.ACTION_REQUIRED or field in reg.requested_fields


def _of_customer(customer: Customer, keys: tuple[str, ...]) -> Iterator[Violation]:
    if not customer.legal_name.strip():
        yield Violation("customer.legal_name", "must not be blank", "REQUIRED")
    if all(key_of(key) is MatchKey.NAME for key in keys):
        yield Violation("customer", "needs a registration id, a web domain of its own or a phone", "REQUIRED")
    if not customer.registration_id:
        return
    if customer.registration_id_type is None:
        yield Violation("customer.registration_id_type", "is needed with registration_id", "REQUIRED")
        return
    try:
        registration_number(customer.country, customer.registration_id_type.name, customer.registration_id)
    except NotARegistrationNumber as err:
        yield Violation("customer.registration_id", str(err), "BAD_REGISTRATION_ID")
