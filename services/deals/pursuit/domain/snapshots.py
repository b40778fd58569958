"""What of a claim is handed to a member: fields of a closed list, and never one that is personal.

Facts of a customer that is a natural person are personal. A customer may become one after the snapshot was taken. What
became personal has one answer: it is withheld from then on, in what is shown and in what is stored.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum

from msgspec.structs import replace

from libs.document import Document
from libs.errors import InvalidInput, Violation
from libs.money import Money
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Stage


class SharedField(Enum):
    """The fields that may be handed over."""

    CUSTOMER_NAME = "CUSTOMER_NAME"
    CUSTOMER_DOMAIN = "CUSTOMER_DOMAIN"
    CUSTOMER_COUNTRY = "CUSTOMER_COUNTRY"
    CUSTOMER_SUBDIVISION = "CUSTOMER_SUBDIVISION"
    PRODUCT_LINES = "PRODUCT_LINES"
    EXPECTED_AMOUNT = "EXPECTED_AMOUNT"
    EXPECTED_CLOSE_DATE = "EXPECTED_CLOSE_DATE"
    STAGE = "STAGE"


OF_CUSTOMER = (
    SharedField.CUSTOMER_NAME,
    SharedField.CUSTOMER_DOMAIN,
    SharedField.CUSTOMER_COUNTRY,
    SharedField.CUSTOMER_SUBDIVISION,
)


class PursuitSnapshot(Document, frozen=True, kw_only=True):
    """The fields as they were at `take_time`; those that are not shared, or withheld, are empty. The id is that of the
    membership, which does not hold the snapshot: the answer to a repeated request is stored as it was at first.
    withheld_fields: those of `shared_fields` that are or became personal."""

    partner_id: str
    registration_id: str
    shared_fields: tuple[SharedField, ...]
    withheld_fields: tuple[SharedField, ...] = ()
    customer_name: str = ""
    customer_domain: str = ""
    customer_country: str = ""
    customer_subdivision: str = ""
    product_lines: tuple[str, ...] = ()
    expected_amount: Money | None = None
    expected_close_date: date | None = None
    stage: Stage | None = None
    take_time: datetime


def personal(reg: Registration, fields: Iterable[SharedField]) -> tuple[SharedField, ...]:
    """Those of the fields that are personal now."""
    return tuple(one for one in fields if one in OF_CUSTOMER and reg.customer.natural_person)


def refuse_personal(reg: Registration, fields: tuple[SharedField, ...]) -> None:
    """InvalidInput with FIELD_PERSONAL for every field that is personal."""
    wrong = [
        Violation(f"shared_fields[{fields.index(one)}]", "is about a natural person", "FIELD_PERSONAL")
        for one in personal(reg, fields)
    ]
    if wrong:
        raise InvalidInput(wrong)


def taken(
    reg: Registration, fields: tuple[SharedField, ...], *, id: str, partner: str, now: datetime
) -> PursuitSnapshot:
    """The snapshot of these fields for a membership, without those that are personal."""
    values = {
        SharedField.CUSTOMER_NAME: reg.customer.legal_name,
        SharedField.CUSTOMER_DOMAIN: reg.customer.domain,
        SharedField.CUSTOMER_COUNTRY: reg.customer.country,
        SharedField.CUSTOMER_SUBDIVISION: reg.customer.subdivision,
        SharedField.PRODUCT_LINES: reg.named_product_lines,
        SharedField.EXPECTED_AMOUNT: reg.expected_amount,
        SharedField.EXPECTED_CLOSE_DATE: reg.expected_close_date,
        SharedField.STAGE: reg.stage,
    }
    empty = PursuitSnapshot(id=id, partner_id=partner, registration_id=reg.id, shared_fields=fields, take_time=now)
    return guarded(replace(empty, **{one.value.lower(): values[one] for one in fields}), reg)


def guarded(snapshot: PursuitSnapshot, reg: Registration | None) -> PursuitSnapshot:
    """The snapshot without what became personal, now or before. reg: the claim as it is now; None if it is no more, and
    then nothing of its customer is left either."""
    gone = personal(reg, snapshot.shared_fields) if reg else OF_CUSTOMER
    hidden = tuple(one for one in snapshot.shared_fields if one in {*gone, *snapshot.withheld_fields})
    return replace(snapshot, **{one.value.lower(): "" for one in hidden}, withheld_fields=hidden)
